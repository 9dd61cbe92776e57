"""Screens and prints that are drawn: the picture stays recognisable, and each kind leaves its own mark."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vision.synth.presentations import PRESENTATIONS, PresentationKind, Screen, placed, present


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """A bright soft disc on dark ground: 240 x 200 x 3."""
    made = np.full((240, 200, 3), 60, np.float32)
    cv2.circle(made, (100, 120), 65, (210, 180, 160), -1)
    return cv2.GaussianBlur(made, (0, 0), 6).astype(np.uint8)


@pytest.mark.parametrize("kind", PRESENTATIONS)
def test_a_presentation_is_the_picture_changed(kind: PresentationKind, picture: np.ndarray) -> None:
    shown = present(picture, kind, np.random.default_rng(4))
    assert shown.shape == picture.shape
    assert shown.dtype == np.uint8
    assert np.array_equal(shown, present(picture, kind, np.random.default_rng(4)))
    inner = (slice(30, 210), slice(25, 175))
    before, after = (cv2.GaussianBlur(each, (0, 0), 6)[inner].astype(float).ravel() for each in (picture, shown))
    assert np.corrcoef(before, after)[0, 1] > 0.8
    assert np.abs(shown.astype(int) - picture).mean() > 3


def test_only_photo_paper_has_no_pattern(picture: np.ndarray) -> None:
    def fine(kind: PresentationKind) -> float:
        grey = present(picture, kind, np.random.default_rng(4)).astype(np.float32)[40:200, 40:160]
        return float((grey - cv2.GaussianBlur(grey, (0, 0), 2)).std())

    plain = fine("photo_paper")
    assert all(fine(kind) > 2 * plain for kind in PRESENTATIONS if kind != "photo_paper")


def test_margins_lie_inside_the_frame_or_beyond_it() -> None:
    corners = np.array([[[0, 0], [199, 0], [199, 239], [0, 239]]], np.float32)
    for margin, inside in ((0.1, True), (0.0, False)):
        view = placed((200, 240), np.random.default_rng(1), margin)
        moved = cv2.perspectiveTransform(corners, view)[0]
        assert bool((moved.min(axis=0) > 0).all()) is inside


def test_a_screen_refreshes_while_the_picture_stands_still(picture: np.ndarray) -> None:
    screen = Screen.drawn(np.random.default_rng(3), (200, 240))
    first, later = (screen.show(picture, at).astype(int) for at in (0.0, 0.05))
    assert first.shape == picture.shape
    assert 0.3 < np.abs(first - later).mean() < 15
    assert np.array_equal(first, screen.show(picture, 0.0))
