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


AMERICAN = (
    "4d DLN: 98 765 432", "4b EXP: 04/06/2029 4a ISS: 06/07/2021", "3DOB 04/05/1990", "1 GARDNER", "2 EMILY ROSE",
    "9 CLASS: C", "5 DD: 1234567890123",
)  # fmt: skip


def fields(*texts: str) -> dict[str, str]:
    corners = np.array([[0, 0], [240, 0], [240, 24], [0, 24]], np.float32)
    lines = [Line(text, 0.99, corners + np.float32([0, place * 40])) for place, text in enumerate(texts)]
    return {entry.field: entry.text for entry in numbered.series(straightened(lines)) if entry.field}


def test_on_an_american_licence_4d_is_the_number_and_5_the_discriminator() -> None:
    assert fields(*AMERICAN) == {
        "number": "98 765 432",
        "expiry_date": "04/06/2029",
        "issue_date": "06/07/2021",
        "birth_date": "04/05/1990",
        "surname": "GARDNER",
        "given_names": "EMILY ROSE",
    }
    dotted = [text.replace(" ", ". ", 1) for text in AMERICAN]
    assert fields(*dotted)["number"] == "98 765 432"


def test_on_a_european_licence_5_is_the_number_and_4d_another() -> None:
    found = fields("1. WEBER", "2. HANS", "3. 11.03.1976", "4d. 760311-1234", "5. 01234/21/1432")
    assert found["number"] == "01234/21/1432"
    assert "number" not in fields("1. WEBER", "2. HANS", "5. DD 1234567")


@pytest.mark.parametrize(
    ("text", "field"),
    [("5. Document No.", "number"), ("5. DD", ""), ("5 DD", ""), ("4d DL", "number"), ("4d. DL NO.", "number"),
     ("4d", ""), ("4b. Exp", "expiry_date"), ("3. DOB", "birth_date"), ("3. 11.03.1976", "")],
)  # fmt: skip
def test_a_number_with_words_alone_is_a_label(text: str, field: str) -> None:
    assert numbered.label(text) == field
