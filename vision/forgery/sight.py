"""What both detectors see in a picture beside traces of editing: how clear it is, where its printed zone begins, and in
which part of a document a patch lies."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from vision.types import Region

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class Patch(Protocol):
    """A box on the map of a detector, in the map's own cells."""

    @property
    def top(self) -> int: ...
    @property
    def wide(self) -> int: ...
    @property
    def tall(self) -> int: ...


def clarity(rgb: Rgb) -> tuple[float, float]:
    """Sharpness and exposure of a picture, each in [0, 1]. Sharp edges lose much of their slope to a blur."""
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    edges = [
        np.quantile(_slope(seen)[::2, ::2], 0.995)
        for seen in (luma, np.asarray(cv2.GaussianBlur(luma, (0, 0), 2), np.float32))
    ]
    sharpness = float(np.clip((edges[0] / (edges[1] + 0.1) - 1.1) / 0.7, 0, 1))
    middle = float(np.median(luma))
    exposure = float(np.clip(min((middle - 10) / 60, (255 - middle) / 12), 0, 1))
    return sharpness, exposure


def zone_top(spread: Floats, inked: float) -> float:
    """Where a machine readable zone begins, as a share of the height; 1 if there is none. `spread` is a map of contrast
    that is above `inked` where there is print.

    The zone's lines are the only rows in the lower third that hold strong contrast over most of the width."""
    crowded = (spread > inked).mean(axis=1) > 0.7
    rows = [row for row in np.nonzero(crowded)[0] if row > 0.6 * len(crowded)]
    return float(rows[0] / len(crowded)) if len(rows) > 2 else 1.0


def region(patch: Patch | None, shape: tuple[int, ...], zone: float, tall: float, flat: float) -> Region:
    """Which part of a document a patch lies in, by its place and shape alone: `other` where they do not say. A portrait
    is at least `tall`, a line of text at most `flat`, as shares of the map's height."""
    if patch is None:
        return "other"
    rows, columns = shape
    if patch.wide * patch.tall > 0.5 * rows * columns:
        return "whole"
    middle = (patch.top + patch.tall / 2) / rows
    if middle >= zone - 0.03:
        return "mrz"
    if patch.tall >= tall * rows and patch.wide <= 0.45 * columns:
        return "portrait"
    return "text" if patch.tall <= flat * rows else "other"


def _slope(luma: Floats) -> Floats:
    across, down = cv2.Sobel(luma, -1, 1, 0, scale=0.125), cv2.Sobel(luma, -1, 0, 1, scale=0.125)
    return np.asarray(cv2.magnitude(across, down), np.float32)
