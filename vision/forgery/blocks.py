"""The detector that reviews use unless a setting says otherwise: traces of tampering by statistics of small blocks.

Boosted trees judge windows of 24 pixels by `vision.forgery.features`; a picture's score is the mean of its most
suspicious windows, calibrated on pictures held back from training. A second forest tells photographs of screens and
prints, a third pictures that were saved so coarsely that the first has nothing left to see.
Measured figures and limits: `vision/weights/forgery_blocks.md`. It knows the cameras of its training: of those it never
saw, it calls many genuine pictures forged.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict
from safetensors import safe_open

from vision import decode, weights
from vision.errors import WeightsError
from vision.forgery.features import CELL, NAMES, STRIDE, WINDOW, Blocks, blocks, whole
from vision.forgery.limits import sigmoid
from vision.forgery.shown import edit_signals, heatmap, inconclusive, region, spots
from vision.forgery.sight import Floats, Rgb, clarity, quality, too_small, unclear, zone_top
from vision.forgery.trees import Trees
from vision.image import Picture
from vision.types import ForgeryReport, ModelVersion, Quality, Signal

POOL = 6
"""The most suspicious windows whose mean logit is a picture's: fixed before anything was measured."""
SMALLEST, LARGEST = 256, 3_000_000
"""Side below which nothing is measured, and pixels above which a picture is shrunk first."""
INKED = 3.2
"""Logarithm of the contrast of a window that holds print."""
SHAPES = 0.25, 0.16
"""How tall a portrait is at least and a line of text at most, as shares of the map of windows."""
STEP = CELL * STRIDE
EDGE = CELL * WINDOW - STEP
"""Pixels from the beginning of a window to that of the next, and what a window reaches beyond that."""


class BlockLimits(BaseModel):
    """What training fixed beside the trees: calibration, thresholds, and the quality below which nothing is claimed.

    `heat` is a logit, the thresholds are probabilities; `sharpness` and `fineness` are parts of `Quality`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float
    offset: float
    forged: float
    recaptured: float
    heat: float
    side: int
    sharpness: float
    fineness: float
    features: tuple[str, ...] = NAMES


@dataclass(frozen=True)
class Line:
    """How a picture's logit becomes the probability that it was edited, and from which on it is called forged."""

    slope: float
    offset: float
    forged: float

    def probability(self, logit: float) -> float:
        return float(sigmoid(np.array([self.slope * logit + self.offset], np.float32))[0])


@dataclass(frozen=True)
class BlockLooks:
    """What decides whether a picture can tell: longer side in pixels, sharpness, exposure and fineness in [0, 1]."""

    side: int
    sharpness: float
    exposure: float
    fineness: float

    @classmethod
    def of(cls, rgb: Rgb, fineness: float) -> BlockLooks:
        """Judge a picture; `fineness` is what the forest for coarse saving leaves."""
        return cls(max(rgb.shape[:2]), *clarity(rgb), fineness)

    def shortcoming(self, limits: BlockLimits) -> str:
        """Why this picture cannot tell, "" if it can."""
        seen = too_small(self.side, limits.side) or unclear(self.sharpness, self.exposure, limits.sharpness)
        if not seen and self.fineness < limits.fineness:
            return "the picture has been compressed so hard that traces of editing are gone"
        return seen

    def quality(self, limits: BlockLimits, note: str) -> Quality:
        """The same as the shared value; compression counts into sharpness."""
        return quality(min(self.sharpness, self.fineness), self.exposure, self.side, limits.side, note)


@dataclass(frozen=True, eq=False)
class Measured:
    """A picture as the trees see it: its pixels, how many of the original one of them spans, and its windows with their
    map of smoothed logits; neither where the picture is too small."""

    rgb: Rgb
    zoom: float
    windows: Blocks | None = None
    heat: Floats | None = None


def smoothed(logits: Floats) -> Floats:
    """A map of window logits, each averaged with its eight neighbours by weights 1, 2, 1 in both directions."""
    return np.asarray(cv2.GaussianBlur(logits, (3, 3), 0, borderType=cv2.BORDER_REFLECT), np.float32)


def pooled(heat: Floats) -> float:
    """One number for a map of smoothed logits: the mean of its POOL largest."""
    flat = heat.ravel()
    return float(np.partition(flat, -POOL)[-POOL:].mean())


class BlockForgery:
    """The detector with its weights. Safe to share between threads: nothing changes after it was made."""

    def __init__(self, path: Path | None = None) -> None:
        """Load the pinned weights, or those at `path`. Raises `WeightsError`."""
        file = path or weights.find("forgery-blocks")
        with safe_open(file, framework="numpy") as opened:
            arrays = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            self.limits = BlockLimits.model_validate_json(opened.metadata()["limits"])
        if self.limits.features != NAMES:
            raise WeightsError(
                f"the weights in {file.name!r} are for other features", "restore the file of the release"
            )
        self.windows, self.recapture = Trees.of("windows", arrays), Trees.of("recapture", arrays)
        self.coarse = Trees.of("coarse", arrays)
        self.line = Line(self.limits.slope, self.limits.offset, self.limits.forged)
        self.version = ModelVersion(name="forgery-blocks", sha256=weights.sha256_of(file))

    def heat(self, found: Blocks) -> Floats:
        """The map of smoothed logits of a picture's windows."""
        rows, columns = found.values.shape[:2]
        return smoothed(self.windows.logit(found.flat).reshape(rows, columns))

    def picture_logit(self, picture: Picture) -> float:
        """The logit of a decoded picture of at least SMALLEST pixels a side."""
        return pooled(self.heat(_measured(picture, shrunk(picture.rgb)[0])))

    def inspect(self, data: bytes) -> ForgeryReport:
        """Look for traces of tampering in an encoded picture. Raises `BadImage`."""
        return self.examine(decode.still(data))

    def examine(self, picture: Picture) -> ForgeryReport:
        """Look for traces of tampering in a decoded picture."""
        return self.judged(self.measured(picture))

    def measured(self, picture: Picture) -> Measured:
        """What there is to be seen in a decoded picture."""
        rgb, zoom = shrunk(picture.rgb)
        if min(rgb.shape[:2]) < SMALLEST:
            return Measured(rgb, zoom)
        found = _measured(picture, rgb)
        return Measured(rgb, zoom, found, self.heat(found))

    def judged(self, seen: Measured, other: float = 0.0, line: Line | None = None) -> ForgeryReport:
        """What was seen, as a report. `other` is the logit of another witness, added to that of the trees; the `line`
        is then that of both."""
        note = "" if seen.zoom == 1 else "examined at a smaller size than it was sent"
        if seen.windows is None or seen.heat is None:
            looks = BlockLooks.of(seen.rgb, 0.0)
            reason = looks.shortcoming(self.limits) or "the picture is too small"
            return inconclusive(reason, looks.quality(self.limits, note), self.version)
        return self._report(seen, seen.windows, seen.heat, note, other, line or self.line)

    def recapture_logit(self, picture: Picture) -> float | None:
        """What the forest for screens and prints says of a decoded picture, for a detector that marks edits by other
        means; None where the picture is too small to be measured."""
        rgb, _ = shrunk(picture.rgb)
        if min(rgb.shape[:2]) < SMALLEST:
            return None
        return float(self.recapture.logit(whole(rgb, _measured(picture, rgb))[None])[0])

    def recaptured(self, probability: float) -> tuple[Signal, ...]:
        """The signal of a screen or a print from the threshold on, else none."""
        if probability < self.limits.recaptured:
            return ()
        meaning = "the picture shows the regular pattern of a screen or a print"
        return (
            Signal(code="RECAPTURED", severity="medium", score=round(probability, 4), box=None, meaning=meaning),
        )  # fmt: skip

    def _report(
        self, seen: Measured, found: Blocks, heat: Floats, note: str, other: float, line: Line
    ) -> ForgeryReport:
        row = whole(seen.rgb, found)[None]
        looks = BlockLooks.of(seen.rgb, 1 - float(sigmoid(self.coarse.logit(row))[0]))
        hot = spots(heat, self.limits.heat)
        recapture = float(sigmoid(self.recapture.logit(row))[0])
        marks, again = edit_signals(hot, STEP, EDGE, seen.zoom), self.recaptured(recapture)
        if reason := looks.shortcoming(self.limits):
            known = None if looks.sharpness < self.limits.sharpness else round(recapture, 4)
            worth, marked = looks.quality(self.limits, note), (*marks, *again)
            return inconclusive(reason, worth, self.version, known, marked, heatmap(heat))
        score = round(line.probability(pooled(heat) + other), 4)
        forged = score >= line.forged
        where = (
            region(hot[0] if hot else None, heat.shape, zone_top(found.spread, INKED), *SHAPES) if forged else "other"
        )
        side = "at or above" if forged else "below"
        return ForgeryReport(
            verdict="forged" if forged else "genuine",
            score=score,
            recapture=round(recapture, 4),
            region=where,
            signals=(*marks, *again) if forged else again,
            heatmap_png=heatmap(heat),
            quality=looks.quality(self.limits, note),
            model=self.version,
            reason=f"score {score:.2f} is {side} the threshold {line.forged:.2f}",
        )


def shrunk(rgb: Rgb) -> tuple[Rgb, float]:
    """A picture of at most LARGEST pixels, and how many pixels of the original one of its pixels spans."""
    pixels = rgb.shape[0] * rgb.shape[1]
    if pixels <= LARGEST:
        return rgb, 1.0
    zoom = float(np.sqrt(pixels / LARGEST))
    size = (int(rgb.shape[1] / zoom), int(rgb.shape[0] / zoom))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8), zoom


def _measured(picture: Picture, rgb: Rgb) -> Blocks:
    """The windows of a picture, or of what it was shrunk or turned to: its JPEG grid is then no longer there."""
    upright = picture.stored_size == (rgb.shape[1], rgb.shape[0])
    return blocks(rgb, picture.quantisation[0] if picture.quantisation and upright else ())
