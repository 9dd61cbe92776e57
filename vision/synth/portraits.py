"""The portraits of people: a rendered head in a setting of its own, or a few strokes where a head costs too much.

`VARIANTS` people in a row share a rendered head and differ in how it was taken; so no two people have the same
portrait, and people of ranges that begin at multiples of `VARIANTS` have no head in common.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from vision.synth.lettering import Rgb

VARIANTS = 64
"""How many people share a rendered head."""
GREY = 0.12
"""Share of people whose photograph is black and white."""


def stand_in(person: int, size: int = 320) -> Rgb:
    """A drawn head, the same for the same integer. It carries no identity that a face model could tell."""
    rng = np.random.default_rng([0xFACE, person])
    unit = size / 100
    canvas = np.empty((size, size, 3), np.uint8)
    canvas[:] = rng.integers(170, 245) + rng.integers(-8, 9, 3)
    skin = np.array([1.0, rng.uniform(0.72, 0.84), rng.uniform(0.55, 0.72)]) * rng.uniform(90, 240)
    hair, cloth = rng.integers(15, 110, 3), rng.integers(20, 200, 3)
    middle, wide, tall = (50 + rng.uniform(-3, 3), 46 + rng.uniform(-3, 3)), rng.uniform(19, 24), rng.uniform(26, 31)

    def oval(x: float, y: float, across: float, down: float, colour: np.ndarray) -> None:
        centre, axes = (int(x * unit), int(y * unit)), (max(int(across * unit), 1), max(int(down * unit), 1))
        cv2.ellipse(canvas, centre, axes, 0, 0, 360, [int(value) for value in colour], -1, cv2.LINE_AA)

    oval(50, 112, 42, 32, cloth)
    oval(50, 80, 9, 14, skin * 0.85)
    oval(middle[0], middle[1] - 5, wide + 4, tall + 3, hair)
    oval(*middle, wide, tall, skin)
    for side in (-1, 1):
        eye = middle[0] + side * wide * 0.45
        oval(eye, middle[1] - 3, 4, 2, np.array([235, 235, 232]))
        oval(eye, middle[1] - 3, 1.8, 1.8, hair * 0.6)
        oval(eye, middle[1] - 8, 5, 1, hair)
    oval(middle[0], middle[1] + 6, 2.5, 5, skin * 0.92)
    oval(middle[0], middle[1] + 15, 7, 1.6, skin * np.array([0.8, 0.6, 0.6]))
    shade = 1 + rng.uniform(-0.25, 0.25) * np.linspace(-1, 1, size)[None, :, None]
    grain = rng.normal(0, 2.5, (size, size, 1))
    return np.clip(cv2.GaussianBlur(canvas, (0, 0), unit * 0.6) * shade + grain, 0, 255).astype(np.uint8)


def portrait(person: int, drawn: bool = False) -> Rgb:
    """The portrait of a person, 320 pixels square: always the same, and nobody else's. A rendered head costs half a CPU
    second for the first of those who share it; a `drawn` one costs little and is a stand-in."""
    return stand_in(person) if drawn else taken(_head(person // VARIANTS), person)


@lru_cache(maxsize=256)
def _head(number: int) -> Rgb:
    from vision.synth import heads

    return np.asarray(heads.portrait(number), np.uint8)


def taken(head: Rgb, person: int) -> Rgb:
    """A head as the photographer of this person took it: before another wall, from nearer, in another light, mirrored
    or in grey. The picture keeps its shape."""
    rng = np.random.default_rng([0x7A4E, person])
    size = head.shape[0]
    behind = _behind(head)
    wall = rng.uniform(150, 245) + rng.uniform(-14, 14, 3)
    shift = wall - np.median(head[behind > 0.5], axis=0) if (behind > 0.5).any() else np.zeros(3)
    picture = np.clip(head + behind[..., None] * shift, 0, 255)
    side = int(size * rng.uniform(0.8, 1.0))
    left, top = int(rng.uniform(0.25, 0.75) * (size - side)), int(rng.uniform(0.2, 0.8) * (size - side))
    cut = picture[top : top + side, left : left + side]
    if rng.random() < 0.5:
        cut = cut[:, ::-1]
    large = cv2.resize(cut.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    toned = 255 * (np.clip(large / 255, 0, 1) ** rng.uniform(0.8, 1.25)) * rng.uniform(0.94, 1.06, 3)
    if rng.random() < GREY:
        toned = np.repeat(toned @ np.array([[0.299], [0.587], [0.114]]), 3, axis=2)
    return np.clip(np.rint(toned), 0, 255).astype(np.uint8)


def _behind(head: Rgb) -> npt.NDArray[np.float32]:
    """Where the wall is seen, in [0, 1]: what the upper corners run into without an edge, and what has its colour
    between the hairs next to it."""
    flood = np.zeros((head.shape[0] + 2, head.shape[1] + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | (255 << 8)
    for corner in ((0, 0), (head.shape[1] - 1, 0)):
        cv2.floodFill(head.copy(), flood, corner, (0, 0, 0), (4, 4, 4), (4, 4, 4), flags)
    wall = flood[1:-1, 1:-1] > 0
    away = np.linalg.norm(head - np.median(head[wall], axis=0), axis=2) if wall.any() else np.full(wall.shape, 255.0)
    near = cv2.dilate(wall.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    alike = np.clip(1.3 - away / 60, 0, 1) * near
    return np.asarray(cv2.GaussianBlur(np.maximum(wall, alike).astype(np.float32), (0, 0), 0.6))
