from collections.abc import Callable
from importlib import import_module
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.pl import pesel

from vision.consistency import numbers
from vision.types import DocumentReading, Mrz

Make = Callable[..., DocumentReading]
Zone = Callable[[str], Mrz]
GENUINE = [
    ("POL", "44051401359"), ("EST", "36805280109"), ("ROU", "1630615123457"), ("TUR", "17291716060"),
    ("ESP", "54362315K"), ("SWE", "8803200016"), ("HRV", "33392005961"),
]  # fmt: skip
"""Examples that python-stdnum itself documents."""


@pytest.mark.parametrize(("country", "number"), GENUINE)
def test_a_national_number_in_the_optional_data_passes_and_a_changed_one_fails(
    reading: Make, passport_zone: Zone, country: str, number: str
) -> None:
    check = numbers.checksum(reading(country=country, mrz=passport_zone(number)))
    assert (check.name, check.result) == ("number_checksum", "passed")
    last = str((int(number[-1]) + 1) % 10) if number[-1].isdigit() else ("A" if number[-1] != "A" else "B")
    changed = number[:-1] + last
    assert numbers.checksum(reading(country=country, mrz=passport_zone(changed))).result == "failed"


def test_the_document_number_itself_may_be_national(reading: Make) -> None:
    assert numbers.checksum(reading(country="PRT", number="000000000ZZ4")).result == "passed"
    assert numbers.checksum(reading(country="PRT", number="000000000ZZ5")).result == "failed"


@pytest.mark.parametrize(
    ("country", "optional"), [("UTO", "44051401359"), ("", ""), ("POL", ""), ("POL", "ABC123"), ("DEU", "44051401359")]
)
def test_states_of_legend_and_data_of_another_form_are_not_assessed(
    reading: Make, passport_zone: Zone, country: str, optional: str
) -> None:
    check = numbers.checksum(reading(country=country, mrz=passport_zone(optional)))
    assert check.result == "not_assessed"
    assert check.meaning


def test_without_a_zone_optional_data_cannot_be_assessed(reading: Make) -> None:
    assert numbers.checksum(reading(country="POL")).result == "not_assessed"


def test_every_module_of_the_table_is_there_and_knows_a_wrong_checksum() -> None:
    for rules in numbers.NATIONAL.values():
        for _, module in rules:
            assert callable(import_module(f"stdnum.{module}").validate)


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"[0-9]{10}", fullmatch=True), st.integers(1, 9))
def test_no_changed_check_digit_of_a_number_passes(reading: Make, passport_zone: Zone, stem: str, step: int) -> None:
    valid = stem + pesel.calc_check_digit(stem)
    changed = valid[:-1] + str((int(valid[-1]) + step) % 10)
    assert numbers.checksum(reading(country="POL", mrz=passport_zone(changed))).result != "passed"


@pytest.mark.parametrize(
    ("name", "number", "why"),
    [
        ("ERIKA MUSTERMANN", "C01X12345", "name says"),
        ("SPECIMEN", "AB4711", "name says"),
        ("ANNA KOWALSKI", "C01X00T47", "known specimen"),
        ("ANNA KOWALSKI", "AB 777 7777", "repeats"),
        ("ANNA KOWALSKI", "123456789", "counts"),
        ("ANNA KOWALSKI", "X9876543", "counts"),
        ("ANNA KOWALSKI", "X8901234", "counts"),
    ],
)
def test_specimens_are_known_by_name_and_number(reading: Make, name: str, number: str, why: str) -> None:
    check = numbers.specimen(reading(name=name, number=number))
    assert check.result == "failed"
    assert why in check.meaning


@pytest.mark.parametrize(
    ("name", "number"), [("ANNA MUSTER", "AB1234568"), ("ANNA MARIA ERIKSSON", "X11111"), ("JOHN DOE", "112233445")]
)
def test_people_and_numbers_that_exist_are_no_specimens(reading: Make, name: str, number: str) -> None:
    assert numbers.specimen(reading(name=name, number=number)).result == "passed"


def test_nothing_read_is_nothing_assessed(reading: Make) -> None:
    assert numbers.specimen(reading(name="", number="")).result == "not_assessed"


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"[A-Z]{0,2}[0-9]{6,9}", fullmatch=True))
def test_ordinary_numbers_are_hardly_ever_specimens(reading: Make, number: str) -> None:
    digits = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    accused = numbers.specimen(reading(number=number)).result == "failed"
    assert accused == (len(steps) == 1 and steps <= {0, 1, 9})
