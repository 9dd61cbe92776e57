"""What a reviewer looks at: patches of edited places with their boxes, the part of the document, the heat map."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from vision.forgery.sight import Floats, Rgb, zone_top
from vision.types import Box

LEAST = 3
"""Cells below which a patch is not shown."""
INKED = 20.0
"""Standard deviation of luma in a window of 24 pixels that holds print."""
SHAPES = 0.2, 0.14
"""How tall a portrait is at least and a line of text at most, as shares of the mask."""
HEAT_STEP = 4
"""Cells of the mask that one pixel of the heat map spans, in either direction."""


@dataclass(frozen=True)
class Spot:
    """A patch of edited cells: its box in cells (left, top, wide, tall), the probability at its peak, its weight."""

    left: int
    top: int
    wide: int
    tall: int
    peak: float
    weight: float

    def box(self, step: int) -> Box:
        """The patch in pixels, `step` of which are a cell."""
        return Box(x=self.left * step, y=self.top * step, width=self.wide * step, height=self.tall * step)


def edited_spots(mask: Floats, limit: float) -> tuple[Spot, ...]:
    """The patches of a mask of logits at or above a limit, the heaviest first."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((mask >= limit).astype(np.uint8), connectivity=8)
    found = []
    for index in range(1, count):
        left, top, wide, tall, area = (int(value) for value in boxes[index])
        if area < LEAST:
            continue
        here = np.s_[top : top + tall, left : left + wide]
        inside = mask[here][labels[here] == index]
        peak = float(1 / (1 + np.exp(-inside.max())))
        found.append(Spot(left, top, wide, tall, peak, float((inside - limit).sum())))
    return tuple(sorted(found, key=lambda spot: -spot.weight))


def printed_zone(rgb: Rgb) -> float:
    """Where a machine readable zone begins, as a share of the height; 1 if there is none."""
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    spread = np.sqrt(np.maximum(cv2.blur(luma * luma, (24, 24)) - cv2.blur(luma, (24, 24)) ** 2, 0))[8::16, 8::16]
    return zone_top(spread, INKED)


def heatmap(mask: Floats) -> str:
    """A mask of logits as a small grey PNG in base64: each pixel the hottest of its cells."""
    rows, columns = (-(-side // HEAT_STEP) * HEAT_STEP for side in mask.shape)
    padded = np.pad(mask, ((0, rows - mask.shape[0]), (0, columns - mask.shape[1])), mode="edge")
    cells = padded.reshape(rows // HEAT_STEP, HEAT_STEP, columns // HEAT_STEP, HEAT_STEP).max(axis=(1, 3))
    grey = np.rint(255 / (1 + np.exp(-np.clip(cells, -30, 30)))).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()
