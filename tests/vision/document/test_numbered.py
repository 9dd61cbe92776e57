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


CALIFORNIAN = (
    "DL D1234568", "EXP 08/31/2031", "LN CARDHOLDER", "FN IMA MARIE", "DOB 08/31/1977", "SEX F", "ISS 08/31/2026",
)  # fmt: skip


def test_californian_licences_have_words_without_numbers() -> None:
    assert fields(*CALIFORNIAN) == {
        "number": "D1234568",
        "expiry_date": "08/31/2031",
        "surname": "CARDHOLDER",
        "given_names": "IMA MARIE",
        "birth_date": "08/31/1977",
        "issue_date": "08/31/2026",
    }
    assert fields(*CALIFORNIAN, "DOB08/31/1977") == fields(*CALIFORNIAN)
    assert fields(*CALIFORNIAN[:3], *CALIFORNIAN[4:]) == {}


def test_a_word_that_was_found_apart_belongs_to_its_line() -> None:
    corners = np.array([[0, 0], [200, 0], [200, 24], [0, 24]], np.float32)
    lines = [
        Line(text, 0.99, corners + np.float32([60, place * 40])) for place, text in enumerate(("DOE", "IDA", "X1"))
    ]
    lines += [Line("DOB 01/02/1970", 0.99, corners + np.float32([0, 160]))]
    lines += [
        Line(word, 0.99, corners * [0.2, 0.7] + np.float32([8, place * 40 + 6]))
        for place, word in enumerate(("LN", "FN", "DL"))
    ]
    found = {entry.field: entry.text for entry in numbered.series(straightened(lines))}
    assert found == {"surname": "DOE", "given_names": "IDA", "number": "X1", "birth_date": "01/02/1970"}


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
