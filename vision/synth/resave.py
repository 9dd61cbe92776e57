"""What happens to a picture between the camera and the upload: it is saved again, up to three times.

Every way of saving is drawn from one distribution for genuine and edited pictures alike. A step says where it put the
pixels (3x3, old to new), so that masks and boxes follow it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from vision.synth.lettering import Rgb

Manner = Literal["plain", "resize", "crop", "rotate", "screenshot", "messenger", "heavy_messenger"]
Codec = Literal["jpeg", "webp"]
Plane = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
QUALITY: Mapping[Manner, tuple[int, int]] = {"messenger": (55, 72), "heavy_messenger": (38, 55)}
"""At what quality messengers save, as JPEG; others save at 75 to 96, some as WebP."""
SCALE: Mapping[Manner, tuple[float, float]] = {
    "resize": (0.7, 1.1),
    "screenshot": (0.75, 1.0),
    "messenger": (0.75, 0.92),
    "heavy_messenger": (0.5, 0.7),
}


@dataclass(frozen=True)
class Save:
    """One compression: codec, quality 1 to 100, JPEG chroma subsampling as Pillow counts it (0 is 4:4:4, 2 is 4:2:0),
    and the shape of a camera maker's own tables, or None for the library's."""

    codec: Codec
    quality: int
    subsampling: int = 2
    tables: tuple[float, float] | None = None


@dataclass(frozen=True)
class Resave:
    """One re-save: what was done first, and how it was compressed."""

    manner: Manner
    save: Save
    scale: float = 1.0
    angle: float = 0.0
    edges: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """Shares of width and height cut off left, top, right and bottom; negative where a border is added."""


def drawn_save(rng: np.random.Generator, low: int, high: int, webp: float = 0.0) -> Save:
    """A compression of this quality; one JPEG in three has tables that a camera maker tuned himself."""
    quality = int(rng.integers(low, high + 1))
    own = (float(rng.uniform(1.2, 1.5)), float(rng.uniform(3.0, 5.0))) if rng.random() < 1 / 3 else None
    subsampling = int(rng.choice([0, 1, 2], p=(0.35, 0.15, 0.5)))
    if rng.random() < webp:
        return Save("webp", quality)
    return Save("jpeg", quality, subsampling, own)


def encode(rgb: Rgb, save: Save, exif: Image.Exif | None = None) -> bytes:
    """The file, with the metadata given."""
    buffer, picture = io.BytesIO(), Image.fromarray(rgb)
    metadata = {"exif": exif} if exif is not None else {}
    if save.codec == "webp":
        picture.save(buffer, "WEBP", quality=save.quality, method=2, **metadata)
    elif save.tables is not None:
        picture.save(buffer, "JPEG", qtables=_tables(save), subsampling=save.subsampling, **metadata)
    else:
        picture.save(buffer, "JPEG", quality=save.quality, subsampling=save.subsampling, **metadata)
    return buffer.getvalue()


def _tables(save: Save) -> list[list[int]]:
    power, slope = save.tables or (1.0, 1.0)
    step = np.add.outer(np.arange(8), np.arange(8)).ravel()
    strength = (100 - save.quality) / 50
    return [
        np.clip(np.rint((base + step**power * slope) * strength), 1, 255).astype(int).tolist() for base in (12.0, 15.0)
    ]


def decode(data: bytes) -> Rgb:
    """The pixels of a file this module wrote."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def drawn_resave(rng: np.random.Generator, manner: Manner) -> Resave:
    """The particulars of one re-save."""
    low, high = SCALE.get(manner, (1.0, 1.0))
    scale = float(rng.uniform(low, high)) if high > low else 1.0
    angle = float(rng.uniform(-2.5, 2.5)) if manner == "rotate" else 0.0
    cut = {"crop": (0.0, 0.04), "screenshot": (-0.08, 0.0)}.get(manner, (0.0, 0.0))
    left, top, right, bottom = (float(share) for share in rng.uniform(*cut, 4))
    webp = 0.0 if manner in QUALITY else 0.12
    save = drawn_save(rng, *QUALITY.get(manner, (75, 96)), webp=webp)
    return Resave(manner, save, scale, angle, (left, top, right, bottom))


def placed(resave: Resave, width: int, height: int) -> tuple[Plane, tuple[int, int]]:
    """Where a re-save puts the pixels of a picture (3x3), and the new picture's width and height."""
    left, top, right, bottom = resave.edges
    x, y = round(left * width), round(top * height)
    wide, tall = width - x - round(right * width), height - y - round(bottom * height)
    size = (round(wide * resave.scale), round(tall * resave.scale))
    turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), resave.angle, 1.0), [0, 0, 1]])
    move = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]], np.float64)
    # Pixel centres, not corners, lie at whole numbers: half a pixel is taken off before scaling and given back.
    zoom = np.diag([size[0] / wide, size[1] / tall, 1.0])
    zoom[:2, 2] = (np.diag(zoom)[:2] - 1) / 2
    return np.asarray(zoom @ move @ (turn if resave.angle else np.eye(3)), np.float64), size


def resaved(rgb: Rgb, resave: Resave, exif: Image.Exif | None = None) -> tuple[bytes, Plane]:
    """Save a picture again; the file, and where its pixels went."""
    height, width = rgb.shape[:2]
    plane, size = placed(resave, width, height)
    if resave.manner == "plain":
        return encode(rgb, resave.save, exif), plane
    border = _beside(rgb) if resave.manner == "rotate" else (24, 24, 28)
    if resave.scale < 1:
        # Shrinking is averaging; a warp alone would alias.
        unscaled, middle = placed(Resave(resave.manner, resave.save, 1.0, resave.angle, resave.edges), width, height)
        moved = rgb if np.array_equal(unscaled, np.eye(3)) else _warp(rgb, unscaled, middle, border)
        return encode(
            np.asarray(cv2.resize(moved, size, interpolation=cv2.INTER_AREA), np.uint8), resave.save, exif
        ), plane
    return encode(_warp(rgb, plane, size, border), resave.save, exif), plane


def _beside(rgb: Rgb) -> tuple[int, ...]:
    """The colour at the picture's left edge."""
    return tuple(int(value) for value in np.median(rgb[::16, 0], axis=0))


def _warp(rgb: Rgb, plane: Plane, size: tuple[int, int], border: tuple[int, ...]) -> Rgb:
    return np.asarray(cv2.warpPerspective(rgb, plane, size, flags=cv2.INTER_CUBIC, borderValue=border), np.uint8)


def followed(mask: Mask, plane: Plane, size: tuple[int, int]) -> Mask:
    """A mask after its picture was moved by `plane` into a picture of this width and height."""
    return np.asarray(cv2.warpPerspective(mask.astype(np.float32), plane, size) >= 0.5)
