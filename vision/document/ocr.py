"""Lines of text in a picture: where they stand, which way up they are, what they say.

Two ONNX models of PaddleOCR, carried by the package rapidocr and pinned in `vision.weights`, run here directly in
onnxruntime: nothing is fetched, sessions are shared between threads, and a line can be read in a small alphabet (a
machine readable zone has 37 characters). Reading costs CPU time by the width of what is read, so that whoever asks says
which lines, and how wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from vision import runtime, weights
from vision.document.quads import Floats, Turn, crop, flipped, holds, length, ordered, stands, tallness, turned
from vision.image import Pixels
from vision.types import Box

if TYPE_CHECKING:
    import onnxruntime

# Lines lower than this in the detector's view are looked for again, closer up.
DETECT_SIDE, CLOSER_SIDE, LOW_LINE = 704, 1216, 9.0
MIN_SCORE = 0.5
TEXT_HEIGHT, MAX_WIDTH = 48, 2048
MAX_LINES = 120
# The model reads a line at 48 pixels height; narrowed to this share of its width it reads as well, and in less time.
# Widths are evened out, so that several lines are read in one run of the model.
NARROW, EVEN = 0.62, 24
# Less sure than this, a line is read again at its full width.
SURE = 0.9
# Which way up a page lies is told by up to this many lines, of a width over height between these. One that reads more
# surely than UPRIGHT settles it: of 144 lines on their heads none did, of 144 upright ones most.
TRIED, HANDY, UPRIGHT, LETTERS = 3, (2.5, 6.0), 0.95, 4
# The detector marks the core of a line; its box is grown by this share of its area over its outline.
GROWTH = 1.6
# The recogniser knows 18,708 characters, most of them Chinese. Latin ones are kept, and every so many of the others:
# a line in another script then still reads as that, not as Latin letters.
LATIN, OTHERS = 0x250, 16


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
        return tallness(self.quad)


@dataclass(frozen=True, eq=False)
class Page:
    """A picture turned so that its text stands upright, and the corners of its lines from top to bottom. `turn` is the
    clockwise turn in degrees that did it."""

    rgb: Pixels
    turn: Turn
    quads: tuple[Floats, ...]

    def turned(self, turn: Turn) -> Page:
        """The page after one more clockwise turn."""
        height, width = self.rgb.shape[:2]
        placed = (turned(quad, height, width, turn) for quad in self.quads)
        quads = tuple(sorted(placed, key=lambda quad: float(quad[:, 1].mean())))
        rgb = np.ascontiguousarray(np.rot90(self.rgb, -turn // 90))
        return Page(rgb, cast(Turn, (self.turn + turn) % 360), quads)


class TextReader:
    """Finds and reads lines of text. Loads its models when made (about 0.4 s); calls are safe from several threads."""

    def __init__(self, threads: int = 2) -> None:
        self._detector = _session(weights.find("text-detect").read_bytes(), threads)
        model = onnx.load(str(weights.find("text-read")))
        characters = next(entry.value for entry in model.metadata_props if entry.key == "character").splitlines()
        # The blank of CTC comes first and the space last, by the model's convention.
        self._alphabet = _keep_columns(model, ["", *characters, " "])
        self._reader = _session(model.SerializeToString(), threads)

    def open(self, rgb: Pixels) -> Page:
        """Find the lines of a picture and turn it so that they run across; they may still stand on their heads."""
        quads = self._detect(rgb)
        tall = sum(length(quad) for quad in quads if stands(quad))
        return Page(rgb, 0, tuple(quads)).turned(90 if tall > sum(map(length, quads)) / 2 else 0)

    def upright(self, page: Page) -> Page:
        """A turned page with the lines that are found only now: which way up it lies decides on single letters."""
        more = (quad for quad in self._detect(page.rgb) if not any(holds(other, quad) for other in page.quads))
        return Page(page.rgb, page.turn, (*page.quads, *more)).turned(0)

    def closer(self, page: Page) -> Page:
        """The page with its lines found anew in a larger view: dearer, and it finds smaller ones."""
        return Page(page.rgb, page.turn, tuple(self._detect_in(page.rgb, CLOSER_SIDE))[:MAX_LINES]).turned(0)

    def on_its_head(self, page: Page) -> bool:
        """Whether a few large lines of middling length read poorly, and better the other way up."""
        handy = _handy(page)
        upright: list[Line] = []
        for quad in handy:
            upright += self.narrow(page, [quad])
            if _surely(upright[-1]):
                return False
        height, width = page.rgb.shape[:2]
        other = self.narrow(page.turned(180), [turned(quad, height, width, 180) for quad in handy])
        return _weight(other) > _weight(upright)

    def mirrored(self, page: Page) -> bool:
        """Whether a few large lines read better in a mirror, one way up or the other, than without, and one surely."""
        standing = Page(page.rgb, 0, tuple(_handy(page)))
        width = page.rgb.shape[1]
        quads = tuple(flipped(quad, width) for quad in standing.quads)
        mirror = Page(np.ascontiguousarray(page.rgb[:, ::-1]), 0, quads)
        plain, inside = (self._either_way_up(each) for each in (standing, mirror))
        return any(map(_surely, inside)) and _weight(inside) > _weight(plain)

    def poor(self, page: Page) -> Page:
        """The page with those of its lines alone that do not surely stand upright."""
        lines = self.narrow(page, page.quads)
        return Page(page.rgb, page.turn, tuple(line.quad for line in lines if not _surely(line)))

    def _either_way_up(self, page: Page) -> list[Line]:
        """What the lines of a page say, the way up in which they read better."""
        return max((self.narrow(each, each.quads) for each in (page, page.turned(180))), key=_weight)

    def read(self, page: Page, quads: Sequence[Floats], share: float = NARROW) -> list[Line]:
        """What some lines of a page say, "" where one cannot be read. A line that does not read surely at that share of
        its width is read again at all of it; one in another script, or none at all, is not."""
        lines = []
        for line in self.narrow(page, quads, share):
            if share < 1 and MIN_SCORE <= line.confidence < SURE and not _foreign(line.text):
                piece = crop(page.rgb, line.quad)
                ((text, sure),) = self.transcribe([piece], natural_width(piece))
                line = max(line, Line(text, sure, line.quad), key=lambda each: each.confidence)  # noqa: PLW2901
            lines.append(line if line.confidence >= MIN_SCORE else replace(line, text=""))
        return lines

    def narrow(self, page: Page, quads: Sequence[Floats], share: float = NARROW) -> list[Line]:
        """What some lines of a page say at a hasty look, laid at this share of their width. Those of about one width
        are read together."""
        groups: dict[int, list[int]] = {}
        pieces = [crop(page.rgb, quad) for quad in quads]
        for place, piece in enumerate(pieces):
            width = -(-natural_width(piece, share) // EVEN) * EVEN
            groups.setdefault(width, []).append(place)
        said: dict[int, tuple[str, float]] = {}
        for width, places in groups.items():
            said |= zip(places, self.transcribe([pieces[place] for place in places], width), strict=True)
        return [Line(*said[place], quad) for place, quad in enumerate(quads)]

    def transcribe(self, pieces: Sequence[Pixels], width: int, alphabet: str = "") -> list[tuple[str, float]]:
        """The text of each of some upright lines and its confidence. All are laid `width` pixels wide before the model,
        and read in `alphabet` alone where that is given."""
        laid = [cv2.resize(piece, (width, TEXT_HEIGHT), interpolation=_way(piece)) for piece in pieces]
        scores = _run(self._reader, np.stack(laid))
        if alphabet:
            scores = scores[..., [0, *(self._alphabet.index(character) for character in alphabet)]]
        known = "\0" + alphabet if alphabet else self._alphabet
        return [_decoded(each, known) for each in scores]

    def _detect(self, rgb: Pixels) -> list[Floats]:
        """The corners of every line; text that is low in the detector's view is looked for again, closer up."""
        found = self._detect_in(rgb, DETECT_SIDE)
        scale = DETECT_SIDE / max(rgb.shape[:2])
        if found and scale < 1 and np.median([tallness(quad) for quad in found]) * scale < LOW_LINE:
            corners = np.concatenate(found)
            edge = 0.08 * max(rgb.shape[:2])
            left, top = np.maximum(corners.min(axis=0) - edge, 0).astype(int)
            right, bottom = np.ceil(corners.max(axis=0) + edge).astype(int)
            window = np.ascontiguousarray(rgb[top:bottom, left:right])
            found = [quad + np.array([left, top], np.float32) for quad in self._detect_in(window, CLOSER_SIDE)]
        return sorted(found, key=length, reverse=True)[:MAX_LINES]

    def _detect_in(self, rgb: Pixels, side: int) -> list[Floats]:
        height, width = rgb.shape[:2]
        scale = min(2.0, side / max(height, width))
        size = tuple(max(round(side * scale / 32), 1) * 32 for side in (width, height))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        options = runtime.onnxruntime().RunOptions()
        if side > DETECT_SIDE:
            # A session keeps what its largest picture took: 300 MB after a closer look.
            options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        likely = _run(self._detector, cv2.resize(rgb, size, interpolation=way)[None], options)[0, 0]
        mask = cv2.dilate((likely > 0.3).astype(np.uint8), np.ones((2, 2), np.uint8))
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        ratio = np.array([width / size[0], height / size[1]], np.float32)
        return [quad * ratio for contour in contours if (quad := _quad(contour, likely)) is not None]


def natural_width(piece: Pixels, share: float = 1.0) -> int:
    """How wide a line is at the height the model reads at, or the given share of that."""
    height, width = piece.shape[:2]
    return min(max(round(TEXT_HEIGHT * share * int(width) / int(height)), TEXT_HEIGHT), MAX_WIDTH)


def _handy(page: Page) -> list[Floats]:
    """A few large lines of middling length."""
    handy = [quad for quad in page.quads if HANDY[0] < length(quad) / max(tallness(quad), 1.0) < HANDY[1]]
    return sorted(handy or page.quads, key=tallness, reverse=True)[:TRIED]


def _surely(line: Line) -> bool:
    """Whether a line reads as only upright ones do, or nearly so."""
    return line.confidence >= UPRIGHT and len(line.text) >= LETTERS


def _weight(lines: Sequence[Line]) -> float:
    return sum(len(line.text) * line.confidence**2 for line in lines)


def _session(model: bytes, threads: int) -> onnxruntime.InferenceSession:
    ort = runtime.onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4
    # Threads that wait for one another by spinning double the CPU time of a page, and slow down whoever shares it.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _keep_columns(model: onnx.ModelProto, characters: Sequence[str]) -> list[str]:
    """Cut the recogniser's last layer down to the characters that documents are read in, in place; those kept."""
    foreign = [place for place, character in enumerate(characters) if character and ord(character[0]) >= LATIN]
    kept = sorted({*range(len(characters))} - {*foreign} | {*foreign[::OTHERS]})
    for stored in model.graph.initializer:
        if stored.dims and stored.dims[-1] == len(characters):
            values = numpy_helper.to_array(stored)[..., kept]
            stored.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), stored.name))
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = len(kept)
    del model.graph.value_info[:]
    return [characters[place] for place in kept]


def _run(
    session: onnxruntime.InferenceSession, rgb: npt.NDArray[Any], options: onnxruntime.RunOptions | None = None
) -> Floats:
    """Pictures of one size through a model that was trained on blue, green, red in [-1, 1]."""
    scaled = rgb[..., ::-1].astype(np.float32).transpose(0, 3, 1, 2) / 127.5 - 1
    outputs = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(scaled)}, options)
    return cast(Floats, outputs[0])


def _decoded(scores: Floats, known: Sequence[str]) -> tuple[str, float]:
    """The text of a line and its confidence: for each step the likeliest character, repetitions and blanks (the first
    column) taken out."""
    best = scores.argmax(axis=1)
    kept = (best != 0) & np.append(True, best[1:] != best[:-1])
    text = "".join(known[place] for place in best[kept])
    return text.strip(), float(scores.max(axis=1)[kept].mean()) if kept.any() else 0.0


def _foreign(text: str) -> bool:
    return any(character >= chr(LATIN) for character in text)


def _way(piece: Pixels) -> int:
    return cv2.INTER_AREA if piece.shape[0] > TEXT_HEIGHT else cv2.INTER_LINEAR


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
    return ordered(cv2.boxPoints((centre, (size[0] + more, size[1] + more), angle)))
