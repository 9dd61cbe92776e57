"""What a forger does after the edit so that nobody sees it.

`noise`, `blur` and `seam` work where the edit is; `jpeg` and `resample` on the whole picture, as customers do who
edit nothing.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from vision.synth.lettering import Rgb
from vision.synth.resave import Mask, Plane, decode, drawn_save, encode, followed

Concealment = Literal["noise", "blur", "seam", "jpeg", "resample"]
LOCAL: tuple[Concealment, ...] = ("noise", "blur", "seam")
WHOLE: tuple[Concealment, ...] = ("jpeg", "resample")
CONCEALMENTS: tuple[Concealment, ...] = LOCAL + WHOLE


def conceal(rgb: Rgb, mask: Mask, way: Concealment, rng: np.random.Generator) -> tuple[Rgb, Plane]:
    """The picture with its edit concealed, and where its pixels went (3x3)."""
    if way == "jpeg":
        return decode(encode(rgb, drawn_save(rng, 82, 96))), np.eye(3)
    if way == "resample":
        return _resampled(rgb, rng)
    return _local(rgb, mask, way, rng), np.eye(3)


def concealed(rgb: Rgb, mask: Mask, way: Concealment, rng: np.random.Generator) -> tuple[Rgb, Mask]:
    """The same, with the mask moved along."""
    picture, plane = conceal(rgb, mask, way, rng)
    if picture.shape == rgb.shape:
        return picture, mask
    return picture, followed(mask, plane, (picture.shape[1], picture.shape[0]))


def _resampled(rgb: Rgb, rng: np.random.Generator) -> tuple[Rgb, Plane]:
    scale = rng.uniform(0.88, 0.99)
    size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
    x, y = size[0] / rgb.shape[1], size[1] / rgb.shape[0]
    # Pixel centres lie at whole numbers.
    plane = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8), plane


def _local(rgb: Rgb, mask: Mask, way: Concealment, rng: np.random.Generator) -> Rgb:
    hidden, core = rgb.copy(), mask.astype(np.uint8)
    near = cv2.dilate(core, np.ones((5, 5), np.uint8)) > 0
    if way == "noise":
        level = _grain(rgb, ~near)
        noise = cv2.GaussianBlur(rng.normal(0, 1, rgb.shape).astype(np.float32), (0, 0), rng.uniform(0.35, 0.7))
        matched = rgb + noise * np.float32(level * rng.uniform(0.8, 1.6) / max(float(noise.std()), 1e-3))
        hidden[mask] = np.clip(np.rint(matched), 0, 255).astype(np.uint8)[mask]
    elif way == "blur":
        hidden[near] = cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.5, 0.8))[near]
    else:
        seam = near & ~(cv2.erode(core, np.ones((3, 3), np.uint8)) > 0)
        hidden[seam] = cv2.medianBlur(rgb, 3)[seam]
    return hidden


def _grain(rgb: Rgb, where: Mask) -> float:
    """The picture's own noise in levels (Immerkær 1996, with a median in place of the mean)."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    response = np.abs(cv2.filter2D(grey, -1, kernel))[where]
    return float(np.clip(1.48 * np.median(response), 0.4, 8)) if response.size else 1.0
