"""Letters of a line drawn here, found and measured one by one."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from vision.consistency.glyphs import TALL, Glyph, glyphs
from vision.types import Box

PAGE = Box(x=10, y=10, width=560, height=62)
GROWN = TALL / PAGE.height


def drawn(text: str = "AB1234567", thick: int = 0, tilt: float = 0.0, stamp: int = 0) -> list[Glyph]:
    """The letters of a line; the edge of a round stamp reaches so many pixels into the box that they are sought in."""
    made = np.full((82, 600), 225, np.uint8)
    cv2.putText(made, text, (40, 54), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 30, 3, cv2.LINE_AA)
    made = cv2.erode(made, np.ones((1 + thick, 1 + thick), np.uint8))
    if stamp:
        cv2.circle(made, (PAGE.x + stamp - 14, 42), 14, 30, 2, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((300, 41), tilt, 1)
    flat = cv2.warpAffine(made, turn, (600, 82), borderValue=225)
    return glyphs(np.repeat(flat[..., None], 3, axis=2), PAGE)


@pytest.mark.parametrize("tilt", [-3.0, 0.0, 2.0])
def test_letters_come_from_left_to_right_on_one_line(tilt: float) -> None:
    found = drawn(tilt=tilt)
    assert len(found) == 9
    assert all(one.right < other.left + 2 for one, other in pairwise(found))
    assert np.ptp([glyph.height for glyph in found]) < 0.12 * TALL
    assert np.ptp([glyph.bottom for glyph in found]) < 0.2 * TALL


def test_strokes_are_measured_in_pixels_of_the_scaled_line() -> None:
    thin, wide = (np.median([glyph.stroke for glyph in drawn(thick=thick)]) for thick in (0, 4))
    assert wide > 1.5 * thin
    assert 2 * GROWN < thin < 8 * GROWN


def test_ink_is_the_share_of_light_that_it_takes() -> None:
    assert all(glyph.ink == pytest.approx(1 - 30 / 225, abs=0.05) for glyph in drawn())


@pytest.mark.parametrize("text", ["", "...", "---"])
def test_what_is_no_letter_is_left_out(text: str) -> None:
    assert drawn(text) == []


def test_a_stamp_that_reaches_into_the_box_is_no_letter() -> None:
    assert [glyph.left for glyph in drawn(stamp=4)] == [glyph.left for glyph in drawn()]
