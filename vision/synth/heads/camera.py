"""The picture around a head: the canvas it is painted on, what stands behind it, and the camera that takes it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vision.synth.heads.raster import Floats, Hits

Picture = NDArray[np.uint8]


class Canvas:
    """The picture in linear light as it is painted, with the depth of what stands in front."""

    def __init__(self, side: int, ground: Floats) -> None:
        self.side = side
        self.colour = ground.reshape(-1, 3)
        self.depth = np.full(side * side, -np.inf, np.float32)
        self.covered = np.zeros(side * side, np.float32)

    def lay(self, hits: Hits, colour: Floats, alpha: Floats) -> None:
        """Paint `colour` where the surface is in front of what is there; nearly opaque paint sets the depth."""
        front = np.flatnonzero((hits.depth > self.depth[hits.pixel]) & (alpha > 0.01))
        pixel, share = hits.pixel[front], alpha[front]
        self.colour[pixel] += share[:, None] * (colour[front] - self.colour[pixel])
        self.covered[pixel] += share * (1 - self.covered[pixel])
        solid = share > 0.5
        self.depth[pixel[solid]] = hits.depth[front][solid]


def ground(rng: Generator, side: int, formal: bool) -> Floats:
    """What is behind the head: a plain wall, or a blurred room of a few large shapes."""
    if formal:
        wall = np.array((0.72, 0.74, 0.77)) * rng.uniform(0.7, 1.05) + rng.normal(0, 0.02, 3)
        fall = 1 - 0.12 * np.linspace(0, 1, side)[:, None, None] * rng.uniform(0, 1)
        return np.broadcast_to(wall * fall, (side, side, 3)).astype(np.float32).copy()
    small = np.empty((48, 48, 3), np.float32)
    small[:] = rng.uniform(0.08, 0.6) * (1 + rng.normal(0, 0.06, 3))
    for _ in range(int(rng.integers(2, 8))):
        left, top = rng.integers(-10, 44, 2)
        wide, tall = rng.integers(5, 30, 2)
        small[max(top, 0) : top + tall, max(left, 0) : left + wide] = rng.uniform(0.03, 0.8) * (
            1 + rng.normal(0, 0.07, 3)
        )
    blurred = cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.6, 3)))
    return np.clip(cv2.resize(blurred, (side, side), interpolation=cv2.INTER_CUBIC), 0.005, 1).astype(np.float32)


def develop(canvas: Canvas, rng: Generator, size: int, formal: bool) -> Picture:
    """Expose for the face, shrink, soften, add grain, and apply the tone curve."""
    linear = canvas.colour.reshape(canvas.side, canvas.side, 3)
    middle = slice(int(canvas.side * 0.35), int(canvas.side * 0.65))
    face = float(np.median(linear[middle, middle].mean(axis=2)))
    exposure = float(np.clip(0.24 / max(face, 0.01), 0.75, 1.9)) * float(
        rng.uniform(0.95, 1.1) if formal else rng.uniform(0.7, 1.25)
    )
    shrunk = cv2.resize(np.asarray(linear), (size, size), interpolation=cv2.INTER_AREA) * np.float32(exposure)
    soft = cv2.GaussianBlur(shrunk, (0, 0), 0.4 if formal else float(rng.uniform(0.4, 0.9)))
    noise = rng.normal(0, 1, (size, size, 3)) * (0.004 if formal else float(rng.uniform(0.004, 0.014)))
    grained = np.clip(soft + noise * np.sqrt(np.clip(soft, 0.01, 1)), 0, None)
    toned = np.where(grained < 0.6, grained, 0.6 + 0.4 * np.tanh((grained - 0.6) / 0.4))
    encoded = np.where(toned < 0.0031308, 12.92 * toned, 1.055 * np.maximum(toned, 1e-6) ** (1 / 2.4) - 0.055)
    return (255 * np.clip(encoded, 0, 1) + 0.5).astype(np.uint8)
