"""How far a capture can be trusted: sharpness, exposure and size, each in [0, 1]."""

from __future__ import annotations

import cv2
import numpy as np

from vision.image import Pixels
from vision.types import Quality

# Measured on rendered documents at 1000 pixels: scans and phone pictures stay above SHARP, unreadable blur below DULL.
DULL, SHARP = 0.001, 0.01
LONG_SIDE = 1000
FULL_SIZE = 600
NOTES = {"sharpness": "blurred", "exposure": "too dark or too bright", "size": "too few pixels"}


def measure(rgb: Pixels, full_size: int = FULL_SIZE) -> Quality:
    """Judge a capture. `full_size` is the shorter side in pixels from which size is no concern.

    Sharpness is the variance of the Laplacian of the smoothed grey picture over the variance of the picture itself, on
    a logarithmic scale: neither noise, nor contrast, nor resolution beyond 1000 pixels counts as sharpness.
    """
    grey = cv2.cvtColor(_shrunk(rgb), cv2.COLOR_RGB2GRAY)
    parts = {
        "sharpness": _sharpness(grey.astype(np.float32) / 255),
        "exposure": _exposure(np.asarray(grey, np.uint8)),
        "size": _unit(min(rgb.shape[:2]) / full_size),
    }
    worst = min(parts, key=lambda part: parts[part])
    return Quality(score=parts[worst], note=NOTES[worst] if parts[worst] < 0.5 else "", **parts)


def _shrunk(rgb: Pixels) -> Pixels:
    scale = LONG_SIDE / max(rgb.shape[:2])
    if scale >= 1:
        return rgb
    return np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _sharpness(grey: np.ndarray) -> float:
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.0)
    contrast = float(smooth.var())
    if contrast < 1e-5:
        return 0.0
    edges = float(cv2.Laplacian(smooth, cv2.CV_32F).var()) / contrast
    return _unit(np.log(max(edges, 1e-9) / DULL) / np.log(SHARP / DULL))


def _exposure(grey: Pixels) -> float:
    """One for a picture with middle tones; falls as its brightness leaves them or much of it is burnt out or black."""
    mean = float(grey.mean()) / 255
    level = _unit(min(mean / 0.25, (1 - mean) / 0.06))
    spread = _unit(float(grey.std()) / 20)
    return min(level, spread)


def _unit(value: float) -> float:
    return round(float(min(max(value, 0.0), 1.0)), 4)
