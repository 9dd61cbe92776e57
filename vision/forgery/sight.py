"""What both detectors see in a picture beside traces of editing: how clear it is and why it cannot tell, and where its
printed zone begins."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vision.types import Quality

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
LEAST_EXPOSURE = 0.2


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


def too_small(side: int, least: int) -> str:
    """Why a picture of this many pixels on its longer side cannot tell, "" if it can."""
    if side >= least:
        return ""
    return f"the picture is too small: {side} pixels on its longer side, {least} are needed"


def unclear(sharpness: float, exposure: float, least: float) -> str:
    """Why a picture this blurred or badly lit cannot tell, "" if it can; `least` is the sharpness that is needed."""
    if sharpness < least:
        return "the picture is blurred"
    return "the picture is far too dark or too bright" if exposure < LEAST_EXPOSURE else ""


def quality(sharpness: float, exposure: float, side: int, least: int, note: str = "") -> Quality:
    """The same as the shared value; half as many pixels again as the `least` on the longer side are a full size."""
    size = min(side / (1.5 * least), 1.0)
    return Quality(
        score=round(min(sharpness, exposure, size), 3),
        sharpness=round(sharpness, 3),
        exposure=round(exposure, 3),
        size=round(size, 3),
        note=note,
    )


def zone_top(spread: Floats, inked: float) -> float:
    """Where a machine readable zone begins, as a share of the height; 1 if there is none. `spread` is a map of contrast
    that is above `inked` where there is print.

    The zone's lines are the only rows in the lower third that hold strong contrast over most of the width."""
    crowded = (spread > inked).mean(axis=1) > 0.7
    rows = [row for row in np.nonzero(crowded)[0] if row > 0.6 * len(crowded)]
    return float(rows[0] / len(crowded)) if len(rows) > 2 else 1.0


def _slope(luma: Floats) -> Floats:
    across, down = cv2.Sobel(luma, -1, 1, 0, scale=0.125), cv2.Sobel(luma, -1, 0, 1, scale=0.125)
    return np.asarray(cv2.magnitude(across, down), np.float32)
