"""What a device makes of the light that reaches it: sensor, denoising, sharpening, tone and its own compression.

A device is a set of ranges; one capture draws a value from each. Whole devices can be kept out of training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from vision.synth.capture.pose import Light
from vision.synth.lettering import Rgb
from vision.synth.resave import Save, drawn_save

Pipeline = Literal["scan", "office", "phone", "flagship", "budget", "tablet", "webcam", "camera"]
Denoise = Literal["none", "coring", "chroma", "median", "bilateral"]
Range = tuple[float, float]


@dataclass(frozen=True)
class Device:
    """Ranges a device draws from. `scale`: pixels delivered per pixel of the flat page. `zoom`: pixels on the sensor
    per pixel delivered. `blur`: of the lens, in pixels delivered. `gain`, `floor`: photon and read noise of linear
    light in [0, 1]. `sharpen`: amount of unsharp masking. `contrast`: slope of the tone curve in the middle."""

    flat: bool = False
    mosaic: bool = True
    scale: Range = (0.92, 1.1)
    zoom: tuple[float, ...] = (1.0, 1.35)
    blur: Range = (0.45, 0.95)
    gain: Range = (0.0002, 0.0016)
    floor: Range = (0.001, 0.004)
    denoise: tuple[Denoise, ...] = ("none", "coring")
    sharpen: Range = (-0.35, 0.8)
    contrast: Range = (0.95, 1.1)
    quality: tuple[int, int] = (85, 97)
    webp: float = 0.0


DEVICES: Mapping[Pipeline, Device] = {
    "scan": Device(flat=True, mosaic=False, scale=(0.97, 1.03), zoom=(1.0,), blur=(0.35, 0.6), gain=(0.0001, 0.0006),
                   denoise=("none",), sharpen=(0.0, 0.6)),
    "office": Device(flat=True, mosaic=False, scale=(0.8, 1.05), zoom=(1.0, 1.4), blur=(0.5, 0.9),
                     gain=(0.00005, 0.0003), denoise=("median", "coring"), sharpen=(0.4, 1.4), contrast=(1.15, 1.5),
                     quality=(62, 88)),
    "phone": Device(),
    "flagship": Device(scale=(0.9, 1.15), zoom=(1.2, 1.4), blur=(0.35, 0.7), gain=(0.0002, 0.0008),
                       denoise=("coring", "chroma"), sharpen=(0.6, 1.6), contrast=(1.0, 1.2), quality=(90, 97)),
    "budget": Device(scale=(0.8, 1.05), zoom=(0.85, 1.0), blur=(0.6, 1.2), gain=(0.001, 0.004), floor=(0.003, 0.008),
                     denoise=("chroma", "none"), sharpen=(0.2, 1.2), quality=(76, 92)),
    "tablet": Device(scale=(0.85, 1.05), zoom=(1.0,), blur=(0.5, 1.0), gain=(0.0008, 0.003),
                     denoise=("bilateral", "median"), sharpen=(0.0, 0.8), quality=(84, 95)),
    "webcam": Device(scale=(0.75, 0.95), zoom=(0.65, 0.8), blur=(0.5, 0.9), gain=(0.001, 0.004),
                     floor=(0.004, 0.01), denoise=("chroma", "median"), sharpen=(0.5, 2.0), contrast=(1.0, 1.3),
                     quality=(68, 90), webp=0.6),
    "camera": Device(scale=(0.95, 1.2), zoom=(1.4,), blur=(0.35, 0.6), gain=(0.0001, 0.0005), floor=(0.0005, 0.002),
                     denoise=("none",), sharpen=(0.0, 0.7), quality=(90, 98)),
}  # fmt: skip


def first_save(device: Device, rng: np.random.Generator) -> Save:
    """How the device compresses what it delivers."""
    return drawn_save(rng, *device.quality, webp=device.webp)


def expose(seen: Light, device: Device, rng: np.random.Generator) -> Rgb:
    """Sensor and developing: mosaic, photon and read noise, demosaicing, denoising, sharpening, tone, 8 bits."""
    linear = np.clip(seen * np.float32(1 / 255), 0, 1) ** 2
    gain, floor = rng.uniform(*device.gain), rng.uniform(*device.floor)
    if not device.mosaic:
        noisy = np.sqrt(np.clip(_noisy(linear, gain, floor, rng), 0, 1)) * np.float32(255)
    else:
        mosaic = linear[..., 1].copy()
        mosaic[0::2, 0::2], mosaic[1::2, 1::2] = linear[0::2, 0::2, 0], linear[1::2, 1::2, 2]
        raw = np.sqrt(np.clip(_noisy(mosaic, gain, floor, rng), 0, 1)) * np.float32(65535)
        ways = (cv2.COLOR_BayerRGGB2RGB, cv2.COLOR_BayerRGGB2RGB_EA)
        colour = cv2.cvtColor(raw.astype(np.uint16), ways[int(rng.integers(2))])
        noisy = colour.astype(np.float32) * np.float32(1 / 257)
    return _developed(noisy, device, rng)


def _noisy(linear: Light, gain: float, floor: float, rng: np.random.Generator) -> Light:
    spread = np.sqrt(linear * np.float32(gain) + np.float32(floor**2))
    return np.asarray(linear + spread * rng.standard_normal(linear.shape, dtype=np.float32), np.float32)


def _developed(colour: Light, device: Device, rng: np.random.Generator) -> Rgb:
    way = device.denoise[int(rng.integers(len(device.denoise)))]
    radius, amount = rng.uniform(0.8, 1.6), rng.uniform(*device.sharpen)
    smooth = cv2.GaussianBlur(colour, (0, 0), radius)
    detail = colour - smooth
    if way == "coring":
        keep = np.float32(rng.uniform(1.0, 4.0))
        detail = np.sign(detail) * np.maximum(np.abs(detail) - keep, 0)
    sharp = cv2.addWeighted(smooth, 1.0, detail, 1 + amount, 0)
    picture = np.clip(np.rint(sharp), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(_denoised(picture, way, rng), _tone(rng.uniform(*device.contrast))), np.uint8)


def _denoised(picture: Rgb, way: Denoise, rng: np.random.Generator) -> Rgb:
    if way == "median":
        return np.asarray(cv2.medianBlur(picture, 3), np.uint8)
    if way == "bilateral":
        return np.asarray(cv2.bilateralFilter(picture, 5, rng.uniform(10, 30), 2), np.uint8)
    if way == "chroma":
        planes = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)
        planes[..., 1:] = cv2.blur(planes[..., 1:], (7, 7))
        return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB), np.uint8)
    return picture


def _tone(contrast: float) -> Rgb:
    """A tone curve of slope `contrast` in the middle grey that keeps black and white."""
    level = np.arange(256) / 255
    curve = level + (contrast - 1) * (level - 0.5) * (1 - (2 * level - 1) ** 2)
    return np.clip(np.rint(curve * 255), 0, 255).astype(np.uint8)
