"""Corners of lines, and what lies between them."""

import numpy as np

from vision.document.quads import crop, flipped, holds, length, ordered, stands, tallness, turned


def test_turning_corners_is_undone_by_turning_back() -> None:
    quad = np.array([[10, 20], [70, 24], [69, 44], [9, 40]], np.float32)
    once = turned(quad, 100, 200, 90)
    assert np.allclose(turned(once, 200, 100, 270), quad)
    assert np.allclose(turned(quad, 100, 200, 180)[0], [200 - 69, 100 - 44])


def test_a_crop_grows_by_a_share_of_the_lines_height() -> None:
    page = np.random.default_rng(1).integers(0, 255, (120, 300, 3), np.uint8)
    quad = np.array([[50, 40], [250, 40], [250, 90], [50, 90]], np.float32)
    assert crop(page, quad).shape == (50, 200, 3)
    assert crop(page, quad, 0.2).shape == (70, 220, 3)
    assert np.array_equal(crop(page, quad), page[40:90, 50:250])


def test_corners_are_put_in_reading_order_and_back_after_a_mirror() -> None:
    quad = np.array([[10, 20], [70, 24], [69, 44], [9, 40]], np.float32)
    assert np.array_equal(ordered(quad[[2, 0, 3, 1]]), quad)
    assert np.array_equal(flipped(flipped(quad, 100), 100), quad)
    assert np.array_equal(flipped(quad, 100)[0], [100 - 70, 24])


def test_a_line_is_measured_along_itself() -> None:
    lying = np.array([[0, 0], [80, 60], [74, 68], [-6, 8]], np.float32)
    assert (length(lying), tallness(lying)) == (100, 10)
    standing = np.array([[10, 0], [20, 0], [20, 90], [10, 90]], np.float32)
    assert stands(standing)
    assert not stands(lying)


def test_a_line_holds_another_whose_middle_lies_in_it() -> None:
    line = np.array([[0, 0], [100, 0], [100, 20], [0, 20]], np.float32)
    assert holds(line, line[[0, 1, 2, 3]] * 0.5)
    assert not holds(line, line + np.array([0, 30], np.float32))
