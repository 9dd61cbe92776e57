"""Stand-in portraits: a few strokes with a face's layout and colours, where a head costs too much."""

from __future__ import annotations

import cv2
import numpy as np

from vision.synth.lettering import Rgb


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
