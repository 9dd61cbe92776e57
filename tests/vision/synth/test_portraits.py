"""Portraits: one for each person, and none for two."""

from __future__ import annotations

import numpy as np
import pytest

from vision.synth.portraits import VARIANTS, portrait, stand_in, taken


@pytest.fixture(scope="module")
def head() -> np.ndarray:
    """A round head before a smooth wall."""
    down, across = np.mgrid[-1:1:320j, -1:1:320j]
    picture = np.full((320, 320, 3), 200.0) + 6 * down[..., None]
    picture[np.hypot(down, across * 1.3) < 0.6] = (150, 100, 80)
    picture[np.hypot(down + 0.15, across - 0.2) < 0.05] = (20, 20, 20)
    return picture.astype(np.uint8)


def test_two_people_never_have_the_same_portrait(head: np.ndarray) -> None:
    seen = {taken(head, person).tobytes() for person in range(20)}
    assert len(seen) == 20
    assert len({portrait(person, drawn=True).tobytes() for person in range(40)}) == 40


def test_a_portrait_is_stable_and_keeps_the_shape(head: np.ndarray) -> None:
    first = taken(head, 7)
    assert np.array_equal(first, taken(head, 7))
    assert (first.shape, first.dtype) == (head.shape, np.uint8)
    assert np.array_equal(portrait(7, drawn=True), stand_in(7))


def test_walls_differ_and_faces_stay(head: np.ndarray) -> None:
    people = [taken(head, person) for person in range(30)]
    walls = np.array([picture[4:12, 4:12].reshape(-1, 3).mean(axis=0) for picture in people])
    faces = np.array([picture[150:170, 150:165].reshape(-1, 3).mean(axis=0) for picture in people])
    assert walls.std(axis=0).min() > 15
    assert faces.std(axis=0).max() < 25
    grey = [bool((picture[..., 0] == picture[..., 2]).all()) for picture in people]
    assert 0 < sum(grey) < 12


def test_a_head_that_fills_the_picture_is_taken_as_it_is() -> None:
    busy = np.random.default_rng(3).integers(0, 256, (320, 320, 3)).astype(np.uint8)
    assert taken(busy, 1).std() > 40


@pytest.mark.slow
def test_people_share_a_rendered_head_only_within_their_block() -> None:
    same, other = portrait(VARIANTS - 1), portrait(VARIANTS)
    assert same.shape == other.shape == (320, 320, 3)
    assert not np.array_equal(portrait(0), same)
    assert np.array_equal(portrait(0), portrait(0))
