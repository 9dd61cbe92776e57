"""Faces: find, judge, align, describe and compare. Similarities are cosines of a recogniser's vectors.

A picture is searched for faces whichever way they lie (`vision.face.rotations`).

Where there is no single usable face there is no similarity: none found, two of comparable size, under 24 pixels, or a
quality too low to tell. Two photographs of dogs came out as faces at scores of 0.65 and 0.77, hence `SURE`. A covered
face scores like them, so that one of comparable size (`UNSURE`) leaves open whose face would be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from vision import decode, video, weights
from vision.face import recogniser, sface
from vision.face.photograph import shared_detail
from vision.face.recogniser import Recogniser
from vision.face.rotations import SURE, Sight, sight
from vision.face.yunet import Detector, Face
from vision.types import (
    FaceBand,
    FaceCount,
    FaceEmbedding,
    FaceMatch,
    FacePair,
    Faces,
    ModelVersion,
    Quality,
    Shortcomings,
    face_band,
)

Pixels = NDArray[np.uint8]

TINY = 24
COMPARABLE = 0.6
USABLE = 0.25
# Sharpness of an aligned crop: fine detail over coarse, neither of which noise or JPEG touches much. Sharp photographs
# lie above SHARP, also at 40 pixels or with heavy grain. At 0.13 (a blur of a fourteenth of the face) genuine pairs
# score about 0.26, at 0.16 (a twentieth) about 0.5: such a face is refused instead of called a mismatch.
DULL, SHARP = 0.17, 0.30
# The same for the direction that has the least of it, which a moving camera takes from a face. Sharp photographs reach
# 0.24 or more. Smears of 0.15 and 0.2 of the face's width leave 0.20 and 0.17, and 3 and 50 of 150 such pictures score
# below 0.28 with a photograph of the same person.
SMEARED, STEADY = 0.15, 0.26
# The face of an aligned crop, and the directions in which its detail is measured.
FACE = np.s_[24:104, 20:92]
DIRECTIONS = np.deg2rad(np.arange(0, 180, 22.5))


_loading = Lock()


@cache
def _load() -> Detector:
    return Detector(weights.find("yunet"))


def detector() -> Detector:
    """The detector, loaded once per process. Raises `WeightsError`."""
    with _loading:
        return _load()


def align(rgb: Pixels, landmarks: NDArray[np.float32], side: int = sface.SIDE) -> Pixels:
    """The face moved, turned and scaled (no shear) onto the five-point template: side x side x 3."""
    template = sface.TEMPLATE * np.float32(side / sface.SIDE)
    shrink = _spread(landmarks) / _spread(template)
    if shrink > 2:
        rgb = np.asarray(cv2.resize(rgb, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA), np.uint8)
        landmarks = landmarks / np.float32(shrink)
    crop = cv2.warpAffine(rgb, _similarity(landmarks, template), (side, side))
    return np.asarray(crop, np.uint8)


def _spread(points: NDArray[np.float32]) -> float:
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum()))


def _similarity(source: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float64]:
    """The 2 x 3 similarity transform that brings `source` nearest to `target`: least squares over complex numbers."""
    here, there = (points.astype(np.float64) @ (1, 1j) for points in (source, target))
    centred = here - here.mean()
    turn = np.vdot(centred, there - there.mean()) / np.vdot(centred, centred)
    shift = there.mean() - turn * here.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def quality(face: Face, crop: Pixels) -> Quality:
    """How far a face can be trusted. `score` is the weakest of sharpness, exposure, size and the detector's own score.

    Half marks: a face of 40 pixels, a detector score of 0.85. Sharpness and exposure are measured on the aligned crop.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    low, middle, high = np.percentile(grey, (5, 50, 95))
    parts = {
        "blurred": min(
            _unit((_detail(grey) - DULL) / (SHARP - DULL)),
            _unit((_least_detail(grey) - SMEARED) / (STEADY - SMEARED)),
        ),
        "badly exposed": min(_unit(float(high - low) / 60), _unit(float(middle) / 35), _unit(float(255 - middle) / 20)),
        "small": _unit(face.side / 80),
        "hardly like a face": _unit((face.score - 0.75) / 0.15 * 0.75),
    }
    worst = min(parts, key=lambda part: parts[part])
    note = f"{worst}; face of {face.side:.0f} pixels, detector {face.score:.2f}" if parts[worst] < 0.5 else ""
    sharp, exposed, size = (round(parts[part], 4) for part in ("blurred", "badly exposed", "small"))
    return Quality(score=round(parts[worst], 4), sharpness=sharp, exposure=exposed, size=size, note=note)


def _detail(grey: NDArray[np.float32]) -> float:
    """Strength of detail of about 2 pixels over that of about 6, within the face of an aligned crop."""
    fine, middle, coarse = (cv2.GaussianBlur(grey, (0, 0), sigma)[FACE] for sigma in (1.5, 3.0, 12.0))
    return float((fine - middle).std() / max(float((middle - coarse).std()), 1e-3))


def _least_detail(grey: NDArray[np.float32]) -> float:
    """The same in the direction that has the least: a smear takes detail along its way and leaves it across."""
    fine, coarse, towards = _bands()
    face = grey[FACE]
    power = np.abs(np.fft.fft2((face - face.mean()) * np.outer(*map(np.hanning, face.shape)))) ** 2
    least = (towards * power * fine).sum(axis=(1, 2)).min()
    return float(np.sqrt(least / max(float((power * coarse).sum()), 1e-3)))


@cache
def _bands() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """By frequency of the face of a crop: how far it is fine, how far coarse, and how far it runs in each direction."""
    down, across = (2 * np.pi * np.fft.fftfreq(part.stop - part.start) for part in FACE)
    square = down[:, None] ** 2 + across**2
    low = [np.exp(-(sigma**2) * square / 2) for sigma in (1.5, 3.0, 12.0)]
    towards = np.abs(np.cos(np.arctan2(down[:, None], across) - DIRECTIONS[:, None, None])) ** 4
    weighed = towards / towards.mean(axis=(1, 2), keepdims=True)
    return (low[0] - low[1]) ** 2, (low[1] - low[2]) ** 2, weighed


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def refusal(seen: Sight, judged: Quality | None, document: bool = False) -> str:
    """Why there is no single usable face in a picture; "" where there is one. On a `document` emblems and ghost
    portraits are hardly like a face, and nobody covers one there: what is unsure does not count."""
    if not seen.faces:
        nearest = f"; the nearest to one scores {seen.best:.2f}, below {SURE}" if seen.best else ""
        return f"no face was found{nearest}"
    first, *others = seen.faces
    rivals = sum(other.side >= COMPARABLE * first.side for other in others)
    if rivals:
        return f"{rivals + 1} faces of comparable size"
    if not document and any(other.side >= COMPARABLE * first.side for other in seen.unsure):
        return "a second face of comparable size, covered or too unclear to tell"
    if first.side < TINY:
        return f"the face has {int(first.side)} pixels, fewer than {TINY}"
    if judged and judged.score < USABLE:
        return f"the quality of the face is too low ({judged.note})"
    return ""


@dataclass(frozen=True, eq=False)
class Described:
    """One picture, seen through: its faces, the largest one's aligned crop (112 x 112 x 3) and quality, and its vector
    or the reason for none."""

    count: FaceCount
    crop: Pixels | None
    quality: Quality | None
    vector: NDArray[np.float32] | None
    reason: str


def describe(rgb: Pixels, model: Recogniser | None = None, document: bool = False) -> Described:
    """Find, judge and embed the one face of a picture (RGB); by default with SFace. Raises `WeightsError`."""
    seen = sight(rgb, detector())
    crop = align(seen.upright, seen.faces[0].landmarks) if seen.faces else None
    judged = quality(seen.faces[0], crop) if crop is not None else None
    reason = refusal(seen, judged, document)
    if crop is None or reason:
        return Described(seen.count, crop, judged, None, reason)
    model = model or recogniser.load()
    fitting = crop if model.side == sface.SIDE else align(seen.upright, seen.faces[0].landmarks, model.side)
    return Described(seen.count, crop, judged, model.embed(fitting[None])[0], "")


FRAMES = 9
"""Frames of a clip that are looked at for the one to compare."""


def shown(data: bytes) -> Pixels:
    """A picture decoded, or of a clip the frame that shows a face best: sharp, well lit, and from the front. Raises
    `BadImage` and `WeightsError`."""
    if not video.is_clip(data):
        return decode.still(data).rgb
    frames = decode.clip(data).frames
    chosen = frames[np.linspace(0, len(frames) - 1, min(FRAMES, len(frames))).round().astype(int)]
    return np.asarray(max(chosen, key=_showing))


def _showing(rgb: Pixels) -> float:
    seen = sight(rgb, detector())
    if not seen.faces:
        return -1.0
    first = seen.faces[0]
    right, left, nose = first.landmarks[:3, 0]
    turned = abs(float((nose - (right + left) / 2) / max(abs(left - right), 1.0)))
    return quality(first, align(seen.upright, first.landmarks)).score - turned


class FaceModel:
    """Compares faces; at or above `match_threshold` they match, below `mismatch_threshold` they do not, between the two
    it is unclear. `model` is SFace where none is given, and then loaded at the first picture. One object may
    serve many threads."""

    def __init__(self, match_threshold: float, mismatch_threshold: float, model: Recogniser | None = None) -> None:
        if not -1 <= mismatch_threshold <= match_threshold <= 1:
            raise ValueError(f"want -1 <= mismatch <= match <= 1, not {mismatch_threshold!r} and {match_threshold!r}")
        self.match_threshold = match_threshold
        self.mismatch_threshold = mismatch_threshold
        self._model = model

    @property
    def version(self) -> ModelVersion:
        """The recogniser behind every similarity. Raises `WeightsError`."""
        return (self._model or recogniser.load()).version

    def describe(self, rgb: Pixels, document: bool = False) -> Described:
        """Find, judge and embed the one face of a picture (RGB). Raises `WeightsError`."""
        return describe(rgb, self._model, document)

    def band(self, similarity: float) -> FaceBand:
        """The band a similarity falls into."""
        return face_band(similarity, self.match_threshold, self.mismatch_threshold)

    def detect(self, rgb: Pixels) -> FaceCount:
        """Faces of an upright RGB picture, the largest first. Raises `WeightsError`."""
        return sight(rgb, detector()).count

    def embed(self, picture: bytes) -> FaceEmbedding:
        """The unit vector of the one face in an encoded picture. Raises `BadImage` and `WeightsError`."""
        found = self.describe(shown(picture))
        vector = None if found.vector is None else tuple(float(number) for number in found.vector)
        return FaceEmbedding(vector=vector, quality=found.quality, model=self.version, reason=found.reason)

    def match(self, left: bytes, right: bytes) -> FaceMatch:
        """Compare the face on a document with that in another encoded picture, or clip. Raises `BadImage` and
        `WeightsError`."""
        first, second = self.describe(shown(left), document=True), self.describe(shown(right))
        similarity = detail = None
        if first.vector is not None and second.vector is not None:
            similarity = round(float(first.vector @ second.vector), 6)
        if similarity is not None and first.crop is not None and second.crop is not None:
            detail = round(shared_detail(first.crop, second.crop), 4)
        both = first.quality and second.quality and FacePair(left=first.quality, right=second.quality)
        return FaceMatch(
            similarity=similarity,
            band=None if similarity is None else self.band(similarity),
            quality=both or None,
            faces=Faces(left=first.count, right=second.count),
            model=self.version,
            threshold=self.match_threshold,
            shared_detail=detail,
            shortcomings=Shortcomings(left=first.reason, right=second.reason),
        )
