"""Lines numbered as on European driving licences: what is a series and what is none."""

import numpy as np
import pytest

from vision.document import numbered
from vision.document.ocr import Line
from vision.document.spans import straightened


def entries(*texts: str, aside: float = 0.0) -> list[tuple[str, str]]:
    """The entries of lines below each other, each by `aside` pixels further right than the one above."""
    corners = np.array([[0, 0], [240, 0], [240, 24], [0, 24]], np.float32)
    lines = [Line(text, 0.99, corners + np.float32([place * aside, place * 40])) for place, text in enumerate(texts)]
    return [(entry.mark, entry.text) for entry in numbered.series(straightened(lines))]


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [("3. 11.03.1976", "3", "11.03.1976"), ("3.11.03.1976", "3", "11.03.1976"), ("3 11.03.1976", "3", "11.03.1976"),
     ("3, 11.03.1976", "3", "11.03.1976")],
)  # fmt: skip
def test_a_number_may_be_written_in_many_ways(text: str, mark: str, value: str) -> None:
    assert (mark, value) in entries("1. MORGAN", "2. SARAH", text)


def test_two_entries_may_stand_in_one_line() -> None:
    found = entries("I. MORGAN", "2. SARAH", "4A. 19.01.2013 4c DVLA", "4b.18.01.2023")
    assert found == [("1", "MORGAN"), ("2", "SARAH"), ("4a", "19.01.2013"), ("4c", "DVLA"), ("4b", "18.01.2023")]


@pytest.mark.parametrize(
    "texts",
    [(), ("1. MORGAN", "2. SARAH"), ("3. A", "2. B", "1. C"), ("1. A", "1. B", "1. C"), ("10. A", "11. B", "12. C")],
)
def test_lines_out_of_order_or_too_few_are_no_series(texts: tuple[str, ...]) -> None:
    assert entries(*texts) == []


def test_lines_that_do_not_stand_below_each_other_are_no_series() -> None:
    assert entries("1. A", "2. B", "3. C") != []
    assert entries("1. A", "2. B", "3. C", aside=60) == []
