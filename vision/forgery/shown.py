"""What both detectors show of a map of logits: suspicious patches with their boxes and signals and the part of the
document they lie in, the heat map, and the report of a picture that cannot tell."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from vision.forgery.limits import sigmoid
from vision.forgery.sight import Floats
from vision.types import Box, ForgeryReport, ModelVersion, Quality, Region, Signal

SHOWN = 5
TRACES = "noise, sharpness or compression differ here from the rest of the picture"


@dataclass(frozen=True)
class Spot:
    """A patch of suspicious cells: its box in cells (left, top, wide, tall), its peak logit and its weight."""

    left: int
    top: int
    wide: int
    tall: int
    peak: float
    weight: float

    def box(self, step: int, edge: int = 0, zoom: float = 1.0) -> Box:
        """The patch in pixels of the original picture. Cells begin `step` pixels apart and reach `edge` pixels further
        than that; `zoom` is how many pixels of the original one of these spans."""
        x, y, right, bottom = (step * at for at in (self.left, self.top, self.left + self.wide, self.top + self.tall))
        return Box(
            x=int(x * zoom),
            y=int(y * zoom),
            width=int((right + edge - x) * zoom),
            height=int((bottom + edge - y) * zoom),
        )


def spots(logits: Floats, limit: float, least: int = 1) -> tuple[Spot, ...]:
    """The patches of a map at or above a limit, the heaviest first, of `least` cells and more."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((logits >= limit).astype(np.uint8), connectivity=8)
    found = []
    for index in range(1, count):
        left, top, wide, tall, area = (int(value) for value in boxes[index])
        if area < least:
            continue
        here = np.s_[top : top + tall, left : left + wide]
        inside = logits[here][labels[here] == index]
        found.append(Spot(left, top, wide, tall, float(inside.max()), float((inside - limit).sum())))
    return tuple(sorted(found, key=lambda spot: -spot.weight))


def edit_signals(found: Sequence[Spot], step: int, edge: int = 0, zoom: float = 1.0) -> tuple[Signal, ...]:
    """The heaviest patches as signals; see `Spot.box`."""
    peaks = sigmoid(np.array([spot.peak for spot in found[:SHOWN]], np.float32)).tolist()
    return tuple(
        Signal(
            code="EDIT_TRACES",
            severity="high" if peak > 0.9 else "medium" if peak > 0.7 else "low",
            score=round(peak, 4),
            box=spot.box(step, edge, zoom),
            meaning=TRACES,
        )
        for spot, peak in zip(found, peaks, strict=False)
    )


def region(spot: Spot | None, shape: tuple[int, ...], zone: float, tall: float, flat: float) -> Region:
    """Which part of a document a patch lies in, by its place and shape alone: `other` where they do not say. A portrait
    is at least `tall`, a line of text at most `flat`, as shares of the map's height."""
    if spot is None:
        return "other"
    rows, columns = shape
    if spot.wide * spot.tall > 0.5 * rows * columns:
        return "whole"
    middle = (spot.top + spot.tall / 2) / rows
    if middle >= zone - 0.03:
        return "mrz"
    if spot.tall >= tall * rows and spot.wide <= 0.45 * columns:
        return "portrait"
    return "text" if spot.tall <= flat * rows else "other"


def heatmap(logits: Floats, step: int = 1) -> str:
    """A map of logits as a small grey PNG in base64: each pixel the hottest of `step` x `step` cells."""
    rows, columns = (-(-side // step) * step for side in logits.shape)
    padded = np.pad(logits, ((0, rows - logits.shape[0]), (0, columns - logits.shape[1])), mode="edge")
    cells = padded.reshape(rows // step, step, columns // step, step).max(axis=(1, 3))
    grey = np.rint(sigmoid(cells) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def inconclusive(
    reason: str,
    quality: Quality,
    model: ModelVersion,
    recapture: float | None = None,
    signals: Sequence[Signal] = (),
    heatmap_png: str = "",
) -> ForgeryReport:
    """No verdict and no score; what was seen all the same is there to be looked at."""
    return ForgeryReport(
        verdict="inconclusive",
        score=None,
        recapture=recapture,
        region="other",
        signals=tuple(signal.model_copy(update={"severity": "info"}) for signal in signals),
        heatmap_png=heatmap_png,
        quality=quality,
        model=model,
        reason=f"quality too low: {reason}",
    )
