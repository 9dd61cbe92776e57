"""Where a page lies before the camera, and what it lies on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.types import Box

Plane = npt.NDArray[np.float64]
Light = npt.NDArray[np.float32]
Bend = tuple[float, float]
FLAT: Bend = (0.0, 0.0)


@dataclass(frozen=True)
class Pose:
    """A page of `page` (width, height) as it lies in a picture of `size`: first bent, then seen in perspective.

    `bend` moves the column at share u of the page's width down by 4u(1-u)(b0 + b1(2u-1)) pixels: a page that does not
    lie flat. `plane` (3x3) then maps the page to the picture."""

    plane: Plane
    size: tuple[int, int]
    page: tuple[int, int]
    bend: Bend = FLAT

    def places(self, window: Box | None = None) -> tuple[Light, Light]:
        """For each pixel of a window of the picture (all of it by default) the place (x, y) on the flat page."""
        box = window or Box(x=0, y=0, width=self.size[0], height=self.size[1])
        back = np.linalg.inv(self.plane).astype(np.float32)
        x = np.arange(box.x, box.x + box.width, dtype=np.float32)[None, :]
        y = np.arange(box.y, box.y + box.height, dtype=np.float32)[:, None]
        depth = 1 / (back[2, 0] * x + (back[2, 1] * y + back[2, 2]))
        across = (back[0, 0] * x + (back[0, 1] * y + back[0, 2])) * depth
        down = (back[1, 0] * x + (back[1, 1] * y + back[1, 2])) * depth
        if self.bend != FLAT:
            down -= self._sag(across)
        return across, down

    def _sag(self, across: Light) -> Light:
        share = across / np.float32(self.page[0])
        return np.asarray(
            4 * share * (1 - share) * (np.float32(self.bend[0]) + np.float32(self.bend[1]) * (2 * share - 1)),
            np.float32,
        )

    def forward(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Where points (n, 2) of the flat page lie in the picture."""
        bent = points.copy()
        bent[:, 1] += self._sag(points[:, 0].astype(np.float32))
        return np.asarray(cv2.perspectiveTransform(bent[None].astype(np.float64), self.plane)[0], np.float64)

    def moved(self, box: Box) -> Box:
        """The smallest upright box around a box of the page as it lies in the picture."""
        along = np.linspace(0, 1, 9)
        x, y = box.x + along * box.width, box.y + along * box.height
        edges = [
            np.stack([x, np.full(9, box.y)], 1), np.stack([x, np.full(9, box.y + box.height)], 1),
            np.stack([np.full(9, box.x), y], 1), np.stack([np.full(9, box.x + box.width), y], 1),
        ]  # fmt: skip
        seen = self.forward(np.concatenate(edges).astype(np.float64))
        low = np.clip(np.floor(seen.min(axis=0)), 0, np.array(self.size) - 1).astype(int)
        high = np.maximum(np.clip(np.ceil(seen.max(axis=0)), 1, self.size).astype(int), low + 1)
        return Box(x=int(low[0]), y=int(low[1]), width=int(high[0] - low[0]), height=int(high[1] - low[1]))

    def mask(self, flat: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """A mask of the flat page as it lies in the picture."""
        return np.asarray(cv2.remap(flat.astype(np.float32), *self.places(), cv2.INTER_LINEAR) >= 0.5)

    def scaled(self, zoom: float) -> Pose:
        """The same pose in a picture with `zoom` times the pixels a side, to an even number."""
        large = (max(int(self.size[0] * zoom) // 2 * 2, 2), max(int(self.size[1] * zoom) // 2 * 2, 2))
        x, y = large[0] / self.size[0], large[1] / self.size[1]
        # Pixel centres lie at whole numbers.
        view = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
        return Pose(view @ self.plane, large, self.page, self.bend)


def lie(page: tuple[int, int], scale: tuple[float, float], flat: bool, rng: np.random.Generator) -> Pose:
    """Lay a page (width, height) before a camera, nearly straight; `flat` is under the lid of a scanner."""
    width, height = page
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    turn, tilt, margin = (0.005, 0.001, 0.015) if flat else (0.035, 0.014, 0.045)
    size, angle = rng.uniform(*scale), rng.uniform(-turn, turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = ((corners - corners.mean(axis=0)) @ spin.T + rng.uniform(-tilt, tilt, (4, 2)) * width) * size
    placed -= placed.min(axis=0)
    edge = rng.uniform(0.2 * margin, margin, 4) * width * size
    # An even number of pixels a side, as a Bayer mosaic has.
    picture = (np.ceil(placed.max(axis=0) + edge[:2] + edge[2:]) / 2).astype(int) * 2
    plane = cv2.getPerspectiveTransform(corners.astype(np.float32), (placed + edge[:2]).astype(np.float32))
    bend = FLAT
    if not flat and rng.random() < 0.5:
        bend = (float(rng.normal(0, 0.006) * height), float(rng.normal(0, 0.004) * height))
    return Pose(np.asarray(plane, np.float64), (int(picture[0]), int(picture[1])), page, bend)


def background(size: tuple[int, int], rng: np.random.Generator, lid: bool, dark: bool) -> Light:
    """What lies behind the page: the lid of a scanner, the dark bezel of a display, or a table."""
    width, height = size
    if lid:
        colour, grain = rng.uniform(235, 252, 3), 1.0
    elif dark:
        colour, grain = rng.uniform(4, 40, 3), 2.0
    else:
        colour, grain = rng.uniform(40, 200, 3) * 0.25 + rng.uniform(40, 200) * 0.75, rng.uniform(2, 10)
    coarse = rng.normal(0, grain, (height // 6 + 1, width // 24 + 1)).astype(np.float32)
    texture = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(texture[..., None] + np.asarray(colour, np.float32), np.float32)


def illumination(size: tuple[int, int], flat: bool, rng: np.random.Generator) -> Light:
    """The light that falls on each pixel, in three colours around 1: slope, vignette, lamp, shadow."""
    width, height = max(size[0] // 8, 8), max(size[1] // 8, 8)
    down, across = np.linspace(-1, 1, height, dtype=np.float32)[:, None], np.linspace(-1, 1, width, dtype=np.float32)
    strength = 0.02 if flat else 0.14
    slope = rng.uniform(-strength, strength, 2)
    field = 1 + slope[0] * across + slope[1] * down - rng.uniform(0, strength / 2) * (across**2 + down**2)
    if not flat and rng.random() < 0.3:
        field = field * (1 - rng.uniform(0.08, 0.35) * _edge(across, down, rng))
    if not flat and rng.random() < 0.25:
        spot, reach = rng.uniform(-0.9, 0.9, 2), rng.uniform(0.04, 0.2, 2)
        field = field + rng.uniform(0.05, 0.35) * np.exp(
            -((across - spot[0]) ** 2) / reach[0] - (down - spot[1]) ** 2 / reach[1]
        )
    colour = rng.uniform(0.95, 1.05, 3) * (1 if flat else rng.uniform(0.8, 1.0))
    whole = cv2.resize(field.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole[..., None] * colour.astype(np.float32), np.float32)


def _edge(across: Light, down: Light, rng: np.random.Generator) -> Light:
    """The soft edge of a shadow: 0 in the light, 1 in the dark."""
    angle, offset, soft = rng.uniform(0, 2 * np.pi), rng.uniform(-0.2, 0.8), rng.uniform(0.03, 0.25)
    return np.asarray(1 / (1 + np.exp(-(across * np.cos(angle) + down * np.sin(angle) - offset) / soft)), np.float32)
