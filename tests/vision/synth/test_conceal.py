from __future__ import annotations

import numpy as np
import pytest

from vision.synth.capture import Photograph
from vision.synth.conceal import CONCEALMENTS, LOCAL, WHOLE, conceal, concealed


@pytest.fixture(scope="module")
def edited() -> tuple[np.ndarray, np.ndarray]:
    """Noise with a smooth patch in it, and the patch's mask."""
    rng = np.random.default_rng(5)
    rgb = np.clip(rng.normal(140, 5, (160, 200, 3)), 0, 255).astype(np.uint8)
    mask = np.zeros((160, 200), np.bool_)
    mask[60:100, 80:140] = True
    rgb[mask] = 150
    return rgb, mask


@pytest.mark.parametrize("way", LOCAL)
def test_local_ways_leave_the_rest_of_the_picture_alone(edited: tuple[np.ndarray, np.ndarray], way: str) -> None:
    rgb, mask = edited
    made, plane = conceal(rgb, mask, way, np.random.default_rng(1))
    assert np.array_equal(plane, np.eye(3))
    assert not np.array_equal(made, rgb)
    assert np.array_equal(made[:50], rgb[:50])
    assert np.array_equal(made[:, 150:], rgb[:, 150:])


def test_added_noise_is_about_as_strong_as_the_pictures_own(edited: tuple[np.ndarray, np.ndarray]) -> None:
    rgb, mask = edited
    made, _ = conceal(rgb, mask, "noise", np.random.default_rng(1))
    assert rgb[mask].std() == 0
    assert 2 < made[mask].std() < 12


@pytest.mark.parametrize("way", CONCEALMENTS)
def test_masks_keep_the_shape_of_the_picture(edited: tuple[np.ndarray, np.ndarray], way: str) -> None:
    rgb, mask = edited
    made, moved = concealed(rgb, mask, way, np.random.default_rng(2))
    assert made.shape[:2] == moved.shape
    assert moved.mean() == pytest.approx(mask.mean(), rel=0.1)
    assert abs(made[moved].mean() - 150) < 3


def test_the_ways_are_local_or_whole() -> None:
    assert set(LOCAL) | set(WHOLE) == set(CONCEALMENTS)
    assert not set(LOCAL) & set(WHOLE)


def test_a_picture_that_is_all_edited_has_noise_to_match(photo: Photograph) -> None:
    small = photo.rgb[:80, :80]
    made, _ = conceal(small, np.ones((80, 80), np.bool_), "noise", np.random.default_rng(0))
    assert made.shape == small.shape
