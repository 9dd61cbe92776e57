"""Lines of text in a picture: where they stand, which way up they are, what they say.

Two ONNX models of PaddleOCR, carried by the package rapidocr and pinned in `vision.weights`, run here directly in
onnxruntime: nothing is fetched, sessions are shared between threads, and a line can be read in a small alphabet (a
machine readable zone has 37 characters) instead of the model's 18,708.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from vision import weights
from vision.image import Pixels
from vision.types import Box

Floats = npt.NDArray[np.float32]
Picture = npt.NDArray[np.generic]
Turn = Literal[0, 90, 180, 270]

DETECT_SIDE = 1216
MIN_SCORE = 0.5
TEXT_HEIGHT = 48
MAX_LINES = 120
# Which way up a page lies is told by reading this many lines both ways, of about this width over height.
TRIED, HANDY = 3, 7.0
# The detector marks the core of a line; its box is grown by this share of its area over its outline.
GROWTH = 1.6


@dataclass(frozen=True, eq=False)
class Line:
    """One line of text. `quad` holds its corners in the upright page: top left and right, bottom right and left."""

    text: str
    confidence: float
    quad: Floats

    @property
    def box(self) -> Box:
        """The upright rectangle around the line."""
        left, top = np.floor(self.quad.min(axis=0)).astype(int)
        right, bottom = np.ceil(self.quad.max(axis=0)).astype(int)
        return Box(x=int(left), y=int(top), width=int(right - left), height=int(bottom - top))

    @property
    def height(self) -> float:
        """The height of the line itself, however it is tilted."""
        return float(np.linalg.norm(self.quad[3] - self.quad[0]) + np.linalg.norm(self.quad[2] - self.quad[1])) / 2


@dataclass(frozen=True, eq=False)
class Page:
    """A picture turned so that its text stands upright. `turn` is the clockwise turn in degrees that did it."""

    rgb: Pixels
    turn: Turn
    lines: tuple[Line, ...]


class TextReader:
    """Finds and reads lines of text. Loads its models when made (about 0.3 s); calls are safe from several threads."""

    def __init__(self, threads: int = 2) -> None:
        self._detector = _session("text-detect", threads)
        self._reader = _session("text-read", threads)
        characters = self._reader.get_modelmeta().custom_metadata_map["character"].splitlines()
        # The blank of CTC comes first and the space last, by the model's convention.
        self._alphabet = ["", *characters, " "]

    def read(self, rgb: Pixels) -> Page:
        """All lines of a picture, which is turned upright first."""
        quads = self._detect(rgb)
        crops = [crop(rgb, quad) for quad in quads]
        tall = sum(_length(quad) for quad, piece in zip(quads, crops, strict=True) if _stands(piece))
        sideways = tall > sum(map(_length, quads)) / 2
        level = [np.ascontiguousarray(np.rot90(piece, -1)) if sideways else piece for piece in crops]
        turn = cast(Turn, (90 if sideways else 0) + (180 if self._upside_down(level) else 0))
        if turn:
            quads = [turned(quad, rgb.shape[0], rgb.shape[1], turn) for quad in quads]
            rgb = np.ascontiguousarray(np.rot90(rgb, -turn // 90))
            crops = [crop(rgb, quad) for quad in quads]
        said = [self.transcribe(piece) for piece in crops]
        lines = [Line(text, sure, quad) for (text, sure), quad in zip(said, quads, strict=True)]
        lines.sort(key=lambda line: float(line.quad[:, 1].mean()))
        return Page(rgb, turn, tuple(line for line in lines if line.text and line.confidence >= MIN_SCORE))

    def transcribe(self, piece: Pixels, alphabet: str = "") -> tuple[str, float]:
        """The text of one upright line and its confidence, read in `alphabet` alone where that is given."""
        height, width = piece.shape[:2]
        across = min(max(round(TEXT_HEIGHT * width / height), TEXT_HEIGHT), 4096)
        scores = _run(self._reader, cv2.resize(piece, (across, TEXT_HEIGHT)))[0]
        if alphabet:
            places = [0, *(self._alphabet.index(character) for character in alphabet)]
            scores = scores[:, places]
        best = scores.argmax(axis=1)
        kept = (best != 0) & np.append(True, best[1:] != best[:-1])
        known = "\0" + alphabet if alphabet else self._alphabet
        text = "".join(known[place] for place in best[kept])
        return text.strip(), float(scores.max(axis=1)[kept].mean()) if kept.any() else 0.0

    def _detect(self, rgb: Pixels) -> list[Floats]:
        """The corners of every line; text that fills little of a large picture is looked for twice."""
        found = self._detect_in(rgb)
        if found and max(rgb.shape[:2]) > 1.3 * DETECT_SIDE:
            corners = np.concatenate(found)
            edge = 0.05 * max(rgb.shape[:2])
            left, top = np.maximum(corners.min(axis=0) - edge, 0).astype(int)
            right, bottom = np.ceil(corners.max(axis=0) + edge).astype(int)
            window = rgb[top:bottom, left:right]
            if max(window.shape[:2]) < 0.75 * max(rgb.shape[:2]):
                corner = np.array([left, top], np.float32)
                found = [quad + corner for quad in self._detect_in(np.ascontiguousarray(window))]
        return sorted(found, key=_length, reverse=True)[:MAX_LINES]

    def _detect_in(self, rgb: Pixels) -> list[Floats]:
        height, width = rgb.shape[:2]
        scale = min(2.0, DETECT_SIDE / max(height, width))
        size = tuple(max(round(side * scale / 32), 1) * 32 for side in (width, height))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        likely = _run(self._detector, cv2.resize(rgb, size, interpolation=way))[0, 0]
        mask = cv2.dilate((likely > 0.3).astype(np.uint8), np.ones((2, 2), np.uint8))
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        ratio = np.array([width / size[0], height / size[1]], np.float32)
        return [quad * ratio for contour in contours if (quad := _quad(contour, likely)) is not None]

    def _upside_down(self, crops: Sequence[Pixels]) -> bool:
        """Whether a few lines of middling length, taken together, read better the other way up."""
        handy = sorted(crops, key=lambda piece: abs(piece.shape[1] / piece.shape[0] - HANDY))[:TRIED]
        return sum(self._weight(np.ascontiguousarray(piece[::-1, ::-1])) - self._weight(piece) for piece in handy) > 0

    def _weight(self, piece: Pixels) -> float:
        text, confidence = self.transcribe(piece)
        return len(text) * confidence**2


def crop(rgb: Pixels, quad: Floats, grow: float = 0.0) -> Pixels:
    """The part of a picture inside four corners, laid flat; `grow` widens it by that share of its height all round."""
    across = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])
    down = np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1])
    width, height = max(int(max(across)), 4), max(int(max(down)), 4)
    edge = grow * height
    corners = [[edge, edge], [width + edge, edge], [width + edge, height + edge], [edge, height + edge]]
    plane = cv2.getPerspectiveTransform(quad.astype(np.float32), np.array(corners, np.float32))
    size = (round(width + 2 * edge), round(height + 2 * edge))
    flat = cv2.warpPerspective(rgb, plane, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, np.uint8)


def turned(quad: Floats, height: int, width: int, turn: Turn) -> Floats:
    """The corners of a line after its picture (height x width) was turned clockwise, in reading order again."""
    x, y = quad[:, 0], quad[:, 1]
    places = {0: (x, y), 90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}[turn]
    return _ordered(np.stack(places, axis=1))


def _session(name: str, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4
    # Every picture has another size: an arena would keep the largest of them for good.
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(weights.find(name), options, providers=["CPUExecutionProvider"])


def _run(session: onnxruntime.InferenceSession, rgb: npt.NDArray[Any]) -> Floats:
    """One picture through a model that was trained on blue, green, red in [-1, 1]."""
    scaled = rgb[..., ::-1].astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1
    outputs = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(scaled)})
    return cast(Floats, outputs[0])


def _quad(contour: npt.NDArray[Any], likely: Floats) -> Floats | None:
    """The box of a line from the outline of its core, or None if it is too small or too unlikely."""
    centre, size, angle = cv2.minAreaRect(contour)
    if min(size) < 3:
        return None
    left, top, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [contour - np.array([left, top])], -1, 1, cv2.FILLED)
    if cv2.mean(likely[top : top + height, left : left + width], inside)[0] < MIN_SCORE:
        return None
    more = 2 * size[0] * size[1] * GROWTH / (2 * (size[0] + size[1]))
    return _ordered(cv2.boxPoints((centre, (size[0] + more, size[1] + more), angle)))


def _ordered(corners: npt.NDArray[Any]) -> Floats:
    """Four corners as top left, top right, bottom right, bottom left."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    top_left, bottom_left = left[np.argsort(left[:, 1], kind="stable")]
    top_right, bottom_right = right[np.argsort(right[:, 1], kind="stable")]
    return np.stack([top_left, top_right, bottom_right, bottom_left]).astype(np.float32)


def _length(quad: Floats) -> float:
    return float(max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])))


def _stands(piece: Pixels) -> bool:
    return bool(piece.shape[0] >= 1.5 * piece.shape[1])
