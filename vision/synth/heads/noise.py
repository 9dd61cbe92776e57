"""Repeating textures of noise, looked up at any coordinates: the grain of skin, hair and cloth."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from vision.synth.heads.raster import Floats

SIDE = 512


@cache
def texture(seed: int, across: float, along: float) -> Floats:
    """Noise of mean 0 and deviation 1 that repeats every 512 pixels; its grain is about `across` by `along` pixels."""
    white = np.random.default_rng([0x2015E, seed]).normal(size=(SIDE, SIDE))
    row, column = np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None, :]
    keep = np.exp(-2 * np.pi**2 * ((column * across) ** 2 + (row * along) ** 2) / 4)
    shaped = np.fft.irfft2(np.fft.rfft2(white) * keep, (SIDE, SIDE))
    noise: Floats = ((shaped - shaped.mean()) / shaped.std()).astype(np.float32)
    return noise


def look_up(source: Floats, u: Floats, v: Floats) -> Floats:
    """The texture at P places, `u` to the right and `v` down, in repeats of the texture."""
    wide = 1024
    rows = max(1, -(-len(u) // wide))
    maps = np.zeros((2, rows * wide), np.float32)
    maps[0, : len(u)], maps[1, : len(u)] = (u % 1) * SIDE, (v % 1) * SIDE
    shaped = maps.reshape(2, rows, wide)
    found = cv2.remap(source, shaped[0], shaped[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(found, np.float32).ravel()[: len(u)]
