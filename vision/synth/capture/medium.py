"""What the camera looks at: the document's own paper, a display that shows it, or a print of it."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from vision.synth.capture.pose import Light

Medium = Literal["paper", "screen", "print", "even_screen"]
"""What is photographed; an even screen is one whose pixels are too fine to be told apart."""
HALFTONE_ANGLES = (0.26, 1.31, 0.0)


def on_card(seen: Light, places: tuple[Light, Light], rng: np.random.Generator) -> Light:
    """The document itself: ink that spread a little, a fine screen where it was printed so, and the paper's fibres."""
    height, width = seen.shape[:2]
    coarse = rng.normal(0, rng.uniform(0.5, 2.5), (height // 2 + 1, width // 2 + 1)).astype(np.float32)
    fibres = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    if rng.random() < 0.4:
        fibres += _dots(places, rng.uniform(2.0, 3.2), rng.uniform(0, 1.5)) * np.float32(rng.uniform(1, 5))
    return np.asarray(seen + fibres[..., None], np.float32)


def _dots(places: tuple[Light, Light], period: float, angle: float) -> Light:
    """A screen of clustered dots on the page, from -1 to 1."""
    across, down = places
    turn = np.float32(2 * np.pi / period)
    first = cv2.addWeighted(across, np.cos(angle) * turn, down, np.sin(angle) * turn, 0)
    second = cv2.addWeighted(across, -np.sin(angle) * turn, down, np.cos(angle) * turn, 0)
    return np.asarray((np.cos(first) + np.cos(second)) * np.float32(0.5), np.float32)


def on_screen(seen: Light, places: tuple[Light, Light], rng: np.random.Generator, striped: bool = True) -> Light:
    """Show the page on a display: stripes of red, green and blue that beat against the sensor's own grid. The same
    display without them draws the same numbers."""
    pitch = rng.uniform(0.75, 1.5)
    depth, rows = rng.uniform(0.06, 0.22), rng.uniform(0.02, 0.10)
    across, down = places
    glow = seen * np.float32(rng.uniform(0.86, 0.95)) + np.float32(rng.uniform(8, 20))
    tint = np.array([rng.uniform(0.92, 1.0), rng.uniform(0.96, 1.0), rng.uniform(1.0, 1.06)], np.float32)
    if not striped:
        return np.asarray(glow * tint, np.float32)
    phase = 2 * np.pi * across / pitch
    stripes = np.stack([np.cos(phase - shift) for shift in (0.0, 2.094, 4.189)], axis=2)
    lines = np.cos(2 * np.pi * down / pitch)[..., None]
    return np.asarray(glow * tint * (1 + depth * stripes) * (1 + rows * lines), np.float32)


def on_paper(seen: Light, places: tuple[Light, Light], rng: np.random.Generator) -> Light:
    """Print the page again: clustered dots in three inks on paper with fibres, and blacks that are not quite black."""
    period, hard = rng.uniform(2.4, 4.2), rng.uniform(2.5, 5.0)
    dots = np.empty_like(seen)
    for ink, angle in enumerate(HALFTONE_ANGLES):
        tone = seen[..., ink] / 255
        dots[..., ink] = 255 / (1 + np.exp(-hard * (2 * tone - 1 + 0.8 * _dots(places, period, angle))))
    share = rng.uniform(0.25, 0.5)
    fibres = cv2.GaussianBlur(rng.normal(0, 9, seen.shape[:2]).astype(np.float32), (0, 0), rng.uniform(0.8, 1.6))
    mixed = (seen * (1 - share) + dots * share) * rng.uniform(0.84, 0.92) + rng.uniform(18, 32)
    return np.asarray(mixed + fibres[..., None], np.float32)
