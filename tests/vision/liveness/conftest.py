"""A drawn scene that moves, for the traces a clip bears."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

COUNT = 50


@pytest.fixture(scope="session")
def frames() -> np.ndarray:
    """A bright disc that crosses a blurred room, by a shaking hand and with noise: 50 x 320 x 240 x 3."""
    rng = np.random.default_rng(3)
    room = cv2.GaussianBlur(rng.uniform(40, 200, (320, 240, 3)).astype(np.float32), (0, 0), 9)
    room = (room - room.mean()) * 6 + 120
    made = np.empty((COUNT, 320, 240, 3), np.uint8)
    for number, frame in enumerate(made):
        seen = room.copy()
        cv2.circle(seen, (60 + 2 * number, 140 + number), 45, (210, 170, 140), -1, cv2.LINE_AA)
        seen = np.roll(seen, rng.integers(-2, 3, 2), (0, 1))
        frame[:] = np.clip(seen + rng.normal(0, 3, seen.shape), 0, 255)
    return made
