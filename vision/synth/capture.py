"""From a flat page to the JPEG a customer uploads: one chain of optics, sensor, camera and re-save for every picture.

    genuine = capture(page.rgb, "phone", seed)                                  # bytes
    edited = forge(photograph(page, "phone", seed), "portrait", seed, portrait=other)
    forged = upload(edited.rgb, seed)                                           # bytes

A forger edits the photograph, not the page: what is forged goes through `photograph`, `forge` and `upload`. A forgery
of the flat page that is then captured is a printed forgery; no trace of editing survives the camera in it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from vision.synth.documents import Rendered
from vision.synth.lettering import Rgb
from vision.types import Box

CaptureKind = Literal["scan", "phone", "screen", "print", "blurred"]
Plane = npt.NDArray[np.float64]
Light = npt.NDArray[np.float32]

RESAVED = 0.7
"""Share of genuine captures that are saved once more before upload, as every edited one is."""
KINDS: tuple[CaptureKind, ...] = ("scan", "phone", "screen", "print", "blurred")
HALFTONE_ANGLES = (0.26, 1.31, 0.0)


@dataclass(frozen=True)
class Shot:
    """What the camera saw, before it was compressed, and where the page lies in it (3x3, page to picture)."""

    rgb: Rgb
    plane: Plane


def jpeg(rgb: Rgb, rng: np.random.Generator, low: int, high: int) -> bytes:
    """Compress with tables of the usual library or, one time in three, with tables a camera maker tuned himself."""
    quality = int(rng.integers(low, high + 1))
    buffer, picture = io.BytesIO(), Image.fromarray(rgb)
    subsampling = int(rng.choice([0, 1, 2], p=(0.35, 0.15, 0.5)))
    if rng.random() < 1 / 3:
        picture.save(buffer, "JPEG", qtables=_maker_tables(rng, quality), subsampling=subsampling)
    else:
        picture.save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return buffer.getvalue()


def _maker_tables(rng: np.random.Generator, quality: int) -> list[list[int]]:
    step = np.add.outer(np.arange(8), np.arange(8)).ravel()
    strength = (100 - quality) / 50
    tables = []
    for base in (12.0, 15.0):
        curve = base + step ** rng.uniform(1.2, 1.5) * rng.uniform(3.0, 5.0)
        tables.append(np.clip(np.rint(curve * strength), 1, 255).astype(int).tolist())
    return tables


def decode(data: bytes) -> Rgb:
    """The pixels of a JPEG this module wrote."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def upload(rgb: Rgb, seed: int) -> bytes:
    """Save a finished picture as the customer sends it: JPEG quality 78 to 95."""
    return jpeg(rgb, np.random.default_rng([0x5A7E, seed]), 78, 95)


def messenger(data: bytes, seed: int) -> bytes:
    """Send a picture through a messenger: shrunk to 75 to 90 % and saved at quality 55 to 68."""
    rng = np.random.default_rng([0x3E55, seed])
    picture = decode(data)
    scale = rng.uniform(0.75, 0.9)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return jpeg(np.asarray(small, np.uint8), rng, 55, 68)


def _outline(width: int, height: int, kind: CaptureKind, rng: np.random.Generator) -> tuple[Plane, tuple[int, int]]:
    """A homography that lays the page into the picture, and the picture's size."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    turn, tilt, margin = (0.005, 0.001, 0.015) if kind == "scan" else (0.035, 0.014, 0.045)
    scale = rng.uniform(0.97, 1.03) if kind == "scan" else rng.uniform(0.92, 1.1)
    angle = rng.uniform(-turn, turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = (corners - corners.mean(axis=0)) @ spin.T * scale + rng.uniform(-tilt, tilt, (4, 2)) * width
    placed -= placed.min(axis=0)
    edge = rng.uniform(0.2 * margin, margin, 4) * width
    size = np.ceil(placed.max(axis=0) + edge[:2] + edge[2:]).astype(int)
    plane = cv2.getPerspectiveTransform(corners.astype(np.float32), (placed + edge[:2]).astype(np.float32))
    return np.asarray(plane, np.float64), (int(size[0]), int(size[1]))


def _surface(size: tuple[int, int], kind: CaptureKind, rng: np.random.Generator) -> Light:
    """What lies behind the page: a scanner lid, a table, a dark bezel."""
    width, height = size
    if kind == "scan":
        colour, grain = rng.uniform(235, 252, 3), 1.0
    elif kind == "screen":
        colour, grain = rng.uniform(4, 40, 3), 2.0
    else:
        colour, grain = rng.uniform(40, 200, 3) * 0.25 + rng.uniform(40, 200) * 0.75, rng.uniform(2, 10)
    coarse = rng.normal(0, grain, (height // 6 + 1, width // 24 + 1, 1)).astype(np.float32)
    texture = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(colour, np.float32) + texture[..., None]


def _places(size: tuple[int, int], plane: Plane) -> tuple[Light, Light]:
    """For each pixel of the picture the place (x, y) on the flat page it looks at."""
    back = np.linalg.inv(plane)
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    across = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / depth
    down = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / depth
    return across.astype(np.float32), down.astype(np.float32)


def _on_screen(seen: Light, places: tuple[Light, Light], rng: np.random.Generator) -> Light:
    """Show the page on a display: stripes of red, green and blue that beat against the sensor's own grid."""
    pitch = rng.uniform(0.75, 1.5)
    depth, rows = rng.uniform(0.06, 0.22), rng.uniform(0.02, 0.10)
    across, down = places
    phase = 2 * np.pi * across / pitch
    stripes = np.stack([np.cos(phase - shift) for shift in (0.0, 2.094, 4.189)], axis=2)
    lines = np.cos(2 * np.pi * down / pitch)[..., None]
    glow = seen * np.float32(rng.uniform(0.86, 0.95)) + np.float32(rng.uniform(8, 20))
    tint = np.array([rng.uniform(0.92, 1.0), rng.uniform(0.96, 1.0), rng.uniform(1.0, 1.06)], np.float32)
    return np.asarray(glow * tint * (1 + depth * stripes) * (1 + rows * lines), np.float32)


def _on_paper(seen: Light, places: tuple[Light, Light], rng: np.random.Generator) -> Light:
    """Print the page again: clustered dots in three inks on paper with fibres, and blacks that are not quite black."""
    period, hard = rng.uniform(2.4, 4.2), rng.uniform(2.5, 5.0)
    across, down = places
    dots = np.empty_like(seen)
    for ink, angle in enumerate(HALFTONE_ANGLES):
        first = across * np.cos(angle) + down * np.sin(angle)
        second = -across * np.sin(angle) + down * np.cos(angle)
        cell = (np.cos(2 * np.pi * first / period) + np.cos(2 * np.pi * second / period)) / 2
        tone = seen[..., ink] / 255
        dots[..., ink] = 255 / (1 + np.exp(-hard * (2 * tone - 1 + 0.8 * cell)))
    share = rng.uniform(0.25, 0.5)
    fibres = cv2.GaussianBlur(rng.normal(0, 9, seen.shape[:2]).astype(np.float32), (0, 0), rng.uniform(0.8, 1.6))
    mixed = (seen * (1 - share) + dots * share) * rng.uniform(0.84, 0.92) + rng.uniform(18, 32)
    return np.asarray(mixed + fibres[..., None], np.float32)


def _light(seen: Light, kind: CaptureKind, rng: np.random.Generator) -> Light:
    """Uneven light and its colour, in place."""
    height, width = seen.shape[:2]
    down, across = np.linspace(-1, 1, height, dtype=np.float32)[:, None], np.linspace(-1, 1, width, dtype=np.float32)
    strength = 0.02 if kind == "scan" else 0.14
    slope = rng.uniform(-strength, strength, 2).astype(np.float32)
    field = 1 + slope[0] * across + slope[1] * down - np.float32(rng.uniform(0, strength / 2)) * (across**2 + down**2)
    if kind != "scan" and rng.random() < 0.25:
        spot = rng.uniform(-0.9, 0.9, 2)
        field += rng.uniform(0.05, 0.2) * np.exp(-((across - spot[0]) ** 2 + (down - spot[1]) ** 2) / 0.12)
    colour = np.asarray(rng.uniform(0.95, 1.05, 3) * (1 if kind == "scan" else rng.uniform(0.8, 1.0)), np.float32)
    return np.asarray(seen * field[..., None] * colour, np.float32)


def _blur(seen: Light, kind: CaptureKind, rng: np.random.Generator, zoom: float) -> Light:
    if kind == "blurred":
        return np.asarray(cv2.GaussianBlur(seen, (0, 0), rng.uniform(6.0, 9.0) * zoom), np.float32)
    low, high = (0.35, 0.6) if kind == "scan" else (0.45, 0.95)
    return np.asarray(cv2.GaussianBlur(seen, (0, 0), rng.uniform(low, high) * zoom), np.float32)


def _expose(seen: Light, rng: np.random.Generator) -> Rgb:
    """Sensor and developing: Bayer mosaic, photon and read noise, demosaicing, denoising, sharpening, 8 bits."""
    linear = np.clip(seen / 255, 0, 1) ** 2.2
    mosaic = linear[..., 1].copy()
    mosaic[0::2, 0::2], mosaic[1::2, 1::2] = linear[0::2, 0::2, 0], linear[1::2, 1::2, 2]
    gain, floor = rng.uniform(0.0002, 0.0016), rng.uniform(0.001, 0.004)
    noise = rng.standard_normal(mosaic.shape, dtype=np.float32)
    mosaic += np.sqrt(gain * mosaic + floor**2).astype(np.float32) * noise
    raw = np.clip(np.clip(mosaic, 0, 1) ** (1 / 2.2) * 65535, 0, 65535).astype(np.uint16)
    ways = (cv2.COLOR_BayerRGGB2RGB, cv2.COLOR_BayerRGGB2RGB_EA)
    colour = cv2.cvtColor(raw, ways[int(rng.integers(2))]).astype(np.float32) / 257
    smooth = cv2.GaussianBlur(colour, (0, 0), 1.0)
    amount = rng.uniform(-0.35, 0.8)
    return np.clip(np.rint(colour + amount * (colour - smooth)), 0, 255).astype(np.uint8)


def shoot(rgb: Rgb, kind: CaptureKind, seed: int) -> Shot:
    """Put a flat page before the camera. Half the cameras have more pixels than they deliver, and shrink."""
    rng = np.random.default_rng([0xCA9, KINDS.index(kind), seed])
    zoom = float(rng.choice([1.0, 1.35]))
    plane, size = _outline(rgb.shape[1], rgb.shape[0], kind, rng)
    large = (int(size[0] * zoom) // 2 * 2, int(size[1] * zoom) // 2 * 2)
    view = np.diag([large[0] / size[0], large[1] / size[1], 1.0]) @ plane
    seen = cv2.warpPerspective(rgb, view, large, flags=cv2.INTER_CUBIC).astype(np.float32)
    inside = cv2.warpPerspective(np.ones(rgb.shape[:2], np.float32), view, large)[..., None]
    if kind == "screen":
        seen = _on_screen(seen, _places(large, view), rng)
    elif kind == "print":
        seen = _on_paper(seen, _places(large, view), rng)
    seen = seen * inside + _surface(large, kind, rng) * (1 - inside)
    photo = _expose(_blur(_light(seen, kind, rng), kind, rng, zoom), rng)
    if zoom > 1:
        photo = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Shot(photo, plane)


def _moved(box: Box, plane: Plane, width: int, height: int) -> Box:
    """The smallest upright box around a box of the page as it lies in a picture of this size."""
    x, y, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    corners = np.array([[[x, y], [right, y], [right, bottom], [x, bottom]]], np.float32)
    seen = cv2.perspectiveTransform(corners, plane.astype(np.float32))[0]
    low = np.clip(np.floor(seen.min(axis=0)), 0, [width - 1, height - 1]).astype(int)
    high = np.clip(np.ceil(seen.max(axis=0)), 1, [width, height]).astype(int)
    return Box(x=int(low[0]), y=int(low[1]), width=int(high[0] - low[0]), height=int(high[1] - low[1]))


def photograph(page: Rendered, kind: CaptureKind, seed: int) -> Rendered:
    """The picture as it comes from the camera, compressed once and decoded, with its boxes moved along."""
    shot = shoot(page.rgb, kind, seed)
    height, width = shot.rgb.shape[:2]
    boxes = {name: _moved(box, shot.plane, width, height) for name, box in page.boxes.items()}
    return replace(page, rgb=decode(_camera(shot.rgb, kind, seed)), boxes=boxes, plane=shot.plane @ page.plane)


def _camera(rgb: Rgb, kind: CaptureKind, seed: int) -> bytes:
    return jpeg(rgb, np.random.default_rng([0xCA3E, KINDS.index(kind), seed]), 85, 97)


def capture(rgb: Rgb, kind: CaptureKind, seed: int) -> bytes:
    """Photograph a flat page and hand it in: a JPEG, saved once more in seven of ten cases. `blurred` is unreadable."""
    data = _camera(shoot(rgb, kind, seed).rgb, kind, seed)
    resave = np.random.default_rng([0x2E5A, seed]).random() < RESAVED
    return upload(decode(data), seed) if resave else data


def template_hash(picture: Rgb | Rendered) -> int:
    """64 bits that stay within 3 when the fields of one and the same photograph are edited, and differ by more between
    photographs. Only the frame around the fields counts: the band of the title and the two side edges."""
    rgb = picture.rgb if isinstance(picture, Rendered) else picture
    grey = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (96, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    cells = np.concatenate([
        cv2.resize(grey[:8], (48, 4), interpolation=cv2.INTER_AREA).ravel(),
        cv2.resize(grey[8:, :3], (1, 28), interpolation=cv2.INTER_AREA).ravel(),
        cv2.resize(grey[8:, -3:], (1, 28), interpolation=cv2.INTER_AREA).ravel(),
    ])  # fmt: skip
    pairs = np.random.default_rng(0x4A54).integers(0, len(cells), (64, 2))
    return int(sum(1 << bit for bit, (left, right) in enumerate(pairs) if cells[left] > cells[right]))
