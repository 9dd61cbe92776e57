"""Whether one person is seen throughout, by vectors made to change slowly, at once, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from vision.face.yunet import Face
from vision.liveness.track import Identity, Track, identity
from vision.types import ModelVersion

COUNT = 24
TURNED = ModelVersion(name="turned", sha256="ab" * 32)
POINTS = np.array([[80, 100], [120, 100], [100, 122], [85, 145], [115, 145]], np.float32)


@dataclass
class Turned:
    """Describes the n-th of the faces it is given by a vector turned by the n-th of so many angles, evenly chosen."""

    angles: np.ndarray
    side: int = 112
    version: ModelVersion = TURNED

    def embed(self, crops: np.ndarray) -> np.ndarray:
        angles = self.angles[np.linspace(0, len(self.angles) - 1, len(crops)).round().astype(int)]
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def seen(angles: np.ndarray, count: int = COUNT) -> Identity | None:
    crops = np.full((count, 112, 112, 3), 150, np.uint8)
    crops[:, 20:100:4] = 110
    crops[:, 50:54, 34:42] = crops[:, 50:54, 69:77] = 10
    faces = tuple(Face(60, 60, 80, 110, POINTS, 0.95) for _ in range(count))
    frames = tuple(np.zeros((4, 4, 3), np.uint8) for _ in range(count))
    return identity(Track(count, 0, frames, faces, crops, np.arange(count) / 10), Turned(angles))


UNSTEADY = np.random.default_rng(2).normal(0, 0.05, COUNT)


def changed(by: float) -> np.ndarray:
    return UNSTEADY + np.where(np.arange(COUNT) < COUNT // 2, 0.0, by)


def test_one_person_is_one_person() -> None:
    found = seen(UNSTEADY)
    assert found is not None
    assert found.swap(0.74) == ""
    assert found.least > 0.97


def test_another_person_is_seen_at_any_speed() -> None:
    for angles in (changed(1.2), np.linspace(0, 1.2, COUNT)):
        found = seen(angles)
        assert found is not None
        assert "two moments of the clip show different faces" in found.swap(0.74)


def test_a_person_much_alike_is_seen_by_the_sudden_change() -> None:
    found = seen(changed(0.65))
    assert found is not None
    assert found.least > 0.74
    assert "the face changes at once after 1.3 s" in found.swap(0.74)
    assert found.swap(0.43) == ""


def test_another_person_in_two_frames_is_seen_and_in_one_is_a_bad_frame() -> None:
    for frames, word in ((2, "another face is seen for a moment"), (1, "")):
        angles = UNSTEADY.copy()
        angles[13 : 13 + frames] += 1.5
        found = seen(angles)
        assert found is not None
        assert word in found.swap(0.5)
        assert bool(word) is bool(found.swap(0.5))


def test_a_slow_change_as_large_is_a_turn_of_the_head() -> None:
    found = seen(np.linspace(0, 0.65, COUNT) + UNSTEADY)
    assert found is not None
    assert found.swap(0.74) == ""


@pytest.mark.parametrize("count", [0, 5])
def test_few_frames_cannot_tell(count: int) -> None:
    assert seen(UNSTEADY, count) is None
