"""What an attacker holds before the camera instead of a face: a screen or a sheet of paper that shows one.

Cheap imitations of what such pictures have of their own: stripes of sub-pixels that beat with the sensor's grid, ink
dots, a narrower range of tones, reflections, a border. Nothing here was measured on a real screen or print.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Light = NDArray[np.float32]
Places = tuple[Light, Light]
PresentationKind = Literal["lcd", "laser_print", "oled", "inkjet_print", "photo_paper"]
PRESENTATIONS: tuple[PresentationKind, ...] = ("lcd", "laser_print", "oled", "inkjet_print", "photo_paper")


def present(rgb: Rgb, kind: PresentationKind, rng: Generator) -> Rgb:
    """A picture shown by a screen or a sheet of paper and seen again, in the same size, before any camera noise."""
    size = (rgb.shape[1], rgb.shape[0])
    view = placed(size, rng, 0.0 if rng.random() < 0.7 else 0.09)
    seen = cv2.warpPerspective(rgb, view, size, flags=cv2.INTER_CUBIC).astype(np.float32)
    shown = MATERIALS[kind](seen, _places(size, view), rng)
    inside = cv2.warpPerspective(np.ones(rgb.shape[:2], np.float32), view, size)[..., None]
    around = rng.uniform(5, 35, 3) if kind in {"lcd", "oled"} else rng.uniform(60, 230, 3)
    lit = shown * inside + around.astype(np.float32) * (1 - inside)
    return np.clip(lit * _reflection(size, rng)[..., None], 0, 255).astype(np.uint8)


def placed(size: tuple[int, int], rng: Generator, margin: float) -> NDArray[np.float64]:
    """A homography that lays a picture of this size before a camera of the same size, its edges `margin` (a share of
    the width) inside the frame or, at 0, beyond it."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    depth = margin if margin else -0.04
    moved = corners + inwards * width * (depth + rng.uniform(0, 0.03, (4, 2))).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, moved.astype(np.float32)), np.float64)


def _places(size: tuple[int, int], view: NDArray[np.float64]) -> Places:
    """For each pixel of the camera the place (x, y) on the screen or sheet it looks at."""
    back = np.linalg.inv(view).astype(np.float32)
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    across, down = (back[row, 0] * x + back[row, 1] * y + back[row, 2] for row in (0, 1))
    return across / depth, down / depth


def _lcd(seen: Light, places: Places, rng: Generator) -> Light:
    """Vertical stripes of red, green and blue, and the gaps between rows."""
    pitch, depth, gaps = rng.uniform(0.7, 1.6), rng.uniform(0.06, 0.2), rng.uniform(0.02, 0.1)
    phase = 2 * np.pi * places[0] / pitch
    stripes = np.stack([np.cos(phase - shift) for shift in (0.0, 2.094, 4.189)], axis=2)
    rows = np.cos(2 * np.pi * places[1] / pitch)[..., None]
    return np.asarray(_glow(seen, rng) * (1 + depth * stripes) * (1 + gaps * rows), np.float32)


def _oled(seen: Light, places: Places, rng: Generator) -> Light:
    """A diamond of sub-pixels: green at every place, red and blue on the diagonals; deep blacks."""
    pitch, depth = rng.uniform(0.8, 1.7), rng.uniform(0.06, 0.18)
    up, down = (2 * np.pi * (places[0] + sign * places[1]) / (1.414 * pitch) for sign in (1, -1))
    green, others = np.cos(up + down) / 2, np.cos(up) * np.cos(down)
    diamond = np.stack([others, green, -others], axis=2)
    return (seen * np.float32(rng.uniform(0.9, 1.05)) + 2) * (1 + np.float32(depth) * diamond)


def _glow(seen: Light, rng: Generator) -> Light:
    """Blacks that shine and a white point of its own."""
    tint = np.array([rng.uniform(0.9, 1.0), rng.uniform(0.96, 1.0), rng.uniform(1.0, 1.08)], np.float32)
    return (seen * np.float32(rng.uniform(0.82, 0.95)) + np.float32(rng.uniform(8, 24))) * tint


def _laser(seen: Light, places: Places, rng: Generator) -> Light:
    """Clustered dots in three inks at their own angles."""
    period, hard = rng.uniform(2.2, 4.5), rng.uniform(2.5, 5.0)
    dots = np.empty_like(seen)
    for ink, angle in enumerate((0.26, 1.31, 0.0)):
        first = places[0] * np.cos(angle) + places[1] * np.sin(angle)
        second = -places[0] * np.sin(angle) + places[1] * np.cos(angle)
        cell = (np.cos(2 * np.pi * first / period) + np.cos(2 * np.pi * second / period)) / 2
        dots[..., ink] = 255 / (1 + np.exp(-hard * (2 * seen[..., ink] / 255 - 1 + 0.8 * cell)))
    return _on_paper(seen, dots, rng)


def _inkjet(seen: Light, places: Places, rng: Generator) -> Light:
    """Dots scattered at random, denser where it is darker."""
    height, width = seen.shape[:2]
    grain = rng.uniform(0.8, 1.6)
    noise = rng.random((round(height / grain), round(width / grain), 3), dtype=np.float32)
    threshold = cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)
    dots = 255 / (1 + np.exp(-rng.uniform(4, 9) * (seen / 255 - threshold)))
    return _on_paper(seen, dots.astype(np.float32), rng)


def _on_paper(seen: Light, dots: Light, rng: Generator) -> Light:
    """Ink on paper with fibres: blacks that are not black, whites that are not white."""
    share = np.float32(rng.uniform(0.25, 0.6))
    fibres = cv2.GaussianBlur(rng.normal(0, 8, seen.shape[:2]).astype(np.float32), (0, 0), rng.uniform(0.8, 1.6))
    mixed = seen * (1 - share) + dots * share
    return mixed * np.float32(rng.uniform(0.76, 0.9)) + np.float32(rng.uniform(18, 34)) + fibres[..., None]


def _photo(seen: Light, places: Places, rng: Generator) -> Light:
    """A glossy print without visible dots: fewer tones and a colour cast."""
    cast = rng.uniform(0.94, 1.05, 3).astype(np.float32)
    return (seen * np.float32(rng.uniform(0.8, 0.92)) + np.float32(rng.uniform(10, 22))) * cast


MATERIALS: Mapping[PresentationKind, Callable[[Light, Places, Generator], Light]] = {
    "lcd": _lcd,
    "laser_print": _laser,
    "oled": _oled,
    "inkjet_print": _inkjet,
    "photo_paper": _photo,
}


def _reflection(size: tuple[int, int], rng: Generator) -> Light:
    """A slope of light over the flat surface and, at times, the soft spot of a lamp."""
    across, down = np.linspace(-1, 1, size[0], dtype=np.float32), np.linspace(-1, 1, size[1], dtype=np.float32)[:, None]
    slope = rng.uniform(-0.12, 0.12, 2).astype(np.float32)
    field = 1 + slope[0] * across + slope[1] * down
    if rng.random() < 0.4:
        spot = rng.uniform(-0.9, 0.9, 2)
        near = (across - spot[0]) ** 2 + (down - spot[1]) ** 2
        field = field + np.float32(rng.uniform(0.1, 0.35)) * np.exp(-near / 0.1)
    return np.asarray(field, np.float32)


@dataclass(frozen=True, eq=False)
class Screen:
    """A display that replays a clip before a phone held in another hand. `stripes` is the display's pattern as the
    camera sees it, `inside` where the display is, `refresh` the beat of its lamp with the shutter in hertz."""

    view: NDArray[np.float64]
    stripes: Light
    inside: Light
    bezel: Light
    refresh: float
    depth: float

    @classmethod
    def drawn(cls, rng: Generator, size: tuple[int, int]) -> Screen:
        """A screen for clips of this size (width, height), its border in view in half of the draws."""
        view = placed(size, rng, 0.05 if rng.random() < 0.5 else 0.0)
        stripes = _lcd(np.full((size[1], size[0], 3), 235, np.float32), _places(size, view), rng) / 235
        inside = cv2.warpPerspective(np.ones((size[1], size[0]), np.float32), view, size)[..., None]
        bezel = rng.uniform(5, 30, 3).astype(np.float32)
        return cls(
            view,
            np.asarray(stripes, np.float32),
            np.asarray(inside, np.float32),
            bezel,
            float(rng.uniform(1.0, 9.0)),
            float(rng.uniform(0.02, 0.06)),
        )

    def show(self, frame: Rgb, at: float) -> Rgb:
        """What the camera sees of one frame at a time in seconds, bands of the refreshing lamp included."""
        height, width = frame.shape[:2]
        seen = cv2.warpPerspective(frame, self.view, (width, height), flags=cv2.INTER_LINEAR).astype(np.float32)
        rows = np.arange(height, dtype=np.float32)[:, None, None] / height
        bands = 1 + np.float32(self.depth) * np.cos(2 * np.pi * (2.5 * rows - self.refresh * at))
        lit = (seen * self.stripes * bands) * self.inside + self.bezel * (1 - self.inside)
        return np.asarray(np.clip(cv2.GaussianBlur(lit, (0, 0), 0.5), 0, 255), np.uint8)
