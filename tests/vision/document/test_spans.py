"""Lines of a page without its tilt, and pieces of them."""

import numpy as np
import pytest

from vision.document.ocr import Line
from vision.document.spans import piece, saying, straightened


def test_lines_stand_level_whatever_the_tilt_of_their_page() -> None:
    corners = np.array([[0, 0], [120, 0], [120, 24], [0, 24]], np.float32)
    turn = np.array([[np.cos(0.1), np.sin(0.1)], [-np.sin(0.1), np.cos(0.1)]], np.float32)
    lines = [Line("ANNA MARIA", 0.99, (corners + np.float32([x, 40])) @ turn) for x in (0, 300)]
    first, second = straightened(lines)
    assert first.middle == pytest.approx(second.middle, abs=0.01)
    assert (first.left, first.right, second.left) == pytest.approx((0, 120, 300), abs=0.01)
    assert straightened([]) == []


def test_a_piece_stands_where_its_characters_do() -> None:
    (span,) = straightened([Line("ANNA MARIA", 0.99, np.array([[0, 0], [100, 0], [100, 24], [0, 24]], np.float32))])
    part = piece(span, 4, 10)
    assert (part.text, part.left, part.right) == ("MARIA", 40, 100)


def test_the_part_of_a_line_that_says_something_is_cut_out() -> None:
    line = Line("4a. 19.01.2013", 0.9, np.array([[10, 0], [150, 20], [150, 44], [10, 24]], np.float32))
    part = saying(line, "19.01.2013")
    assert (part.text, part.confidence) == ("19.01.2013", 0.9)
    assert 35 < part.quad[0, 0] < 55
    assert part.quad[1].tolist() == pytest.approx([150, 20])
    assert saying(line, "20.01.2013") is line
