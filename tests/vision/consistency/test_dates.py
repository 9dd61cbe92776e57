from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.consistency import dates
from vision.consistency.report import Check
from vision.document.sources import claims
from vision.types import DocumentReading, ReadField

Make = Callable[..., DocumentReading]
TODAY = date(2026, 6, 1)


def checked(
    reading: Make, issued: date | None, expires: date | None, born: date | None, sure: float = 0.99, **changes: object
) -> Check:
    text = issued.isoformat() if issued else "none"
    fields = (ReadField(name="issue_date", text=text, source="visual", confidence=sure),)
    made = reading(fields=fields, expiry_date=expires, birth_date=born, **changes)
    return dates.validity(made, claims(made.fields, made.mrz), TODAY)


@pytest.mark.parametrize(
    ("kind", "issued", "expires", "born"),
    [
        ("passport", date(2020, 1, 1), date(2030, 1, 1), date(1990, 5, 17)),
        ("passport", date(2016, 9, 1), date(2027, 5, 31), date(1980, 1, 1)),
        ("passport", date(2026, 6, 2), date(2036, 6, 1), date(2026, 5, 1)),
        ("id_card", date(2010, 3, 1), date(2040, 3, 1), date(1940, 1, 1)),
        ("id_card", date(2016, 3, 1), date(2076, 3, 1), date(1950, 1, 1)),
        ("id_card", date(2021, 3, 1), date(2041, 3, 1), date(1990, 1, 1)),
        ("id_card", date(2022, 1, 5), date(2044, 1, 1), date(1984, 1, 1)),
        ("id_card", date(2019, 5, 20), date(9999, 1, 1), date(1945, 1, 1)),
        ("id_card", date(2019, 5, 20), date(2079, 1, 1), None),
        ("driving_licence", date(2024, 3, 1), date(2039, 3, 1), date(2006, 1, 1)),
        ("driving_licence", date(2015, 6, 10), date(2061, 3, 14), date(1996, 3, 14)),
        ("driving_licence", date(2005, 6, 20), date(2027, 3, 13), date(1987, 3, 14)),
        ("driving_licence", date(1999, 6, 20), date(2052, 3, 13), date(1982, 3, 14)),
        ("driving_licence", date(2010, 6, 20), date(2090, 3, 14), date(1990, 3, 14)),
        ("driving_licence", date(2024, 6, 20), date(2034, 6, 20), date(1930, 3, 14)),
        ("unknown", date(2000, 3, 1), date(2050, 3, 1), date(1980, 1, 1)),
        ("passport", date(2020, 1, 1), None, date(1990, 5, 17)),
    ],
)
def test_dates_that_states_do_give_pass(
    reading: Make, kind: str, issued: date, expires: date | None, born: date | None
) -> None:
    assert checked(reading, issued, expires, born, type=kind).result == "passed"


@pytest.mark.parametrize(
    ("kind", "issued", "expires", "born", "why"),
    [
        ("passport", date(2026, 6, 3), date(2036, 6, 1), date(1990, 1, 1), "future"),
        ("passport", date(2020, 1, 1), date(2019, 12, 31), date(1990, 1, 1), "expires before"),
        ("passport", date(2020, 1, 1), date(2020, 1, 1), date(1990, 1, 1), "expires before"),
        ("passport", date(2020, 1, 1), date(2032, 1, 1), date(1990, 1, 1), "good for 12.0 years"),
        ("passport", date(2020, 1, 1), date(2055, 1, 1), date(1940, 1, 1), "10.8 is the most"),
        ("id_card", date(2020, 1, 1), date(2045, 1, 1), date(1990, 1, 1), "good for 25.0 years"),
        ("id_card", date(2020, 1, 1), date(2085, 1, 1), date(1940, 1, 1), "61 is the most"),
        ("driving_licence", date(2020, 1, 1), date(2095, 1, 1), date(1990, 1, 1), "70.1 is the most"),
        ("driving_licence", date(2020, 1, 1), date(2040, 1, 1), date(1930, 1, 1), "16 is the most"),
        ("id_card", date(2020, 1, 1), date(2030, 1, 1), date(2021, 1, 1), "before its holder was born"),
        ("driving_licence", date(2020, 1, 1), date(2030, 1, 1), date(2010, 1, 1), "was 10 at issue"),
    ],
)
def test_dates_that_cannot_be_true_fail_and_say_why(
    reading: Make, kind: str, issued: date, expires: date, born: date, why: str
) -> None:
    check = checked(reading, issued, expires, born, type=kind)
    assert check.result == "failed"
    assert why in check.meaning


def test_without_a_date_of_issue_or_with_a_badly_read_one_nothing_is_assessed(reading: Make) -> None:
    assert checked(reading, None, date(2030, 1, 1), date(1990, 1, 1)).result == "not_assessed"
    assert checked(reading, date(2020, 1, 1), None, None).result == "not_assessed"
    blurred = checked(reading, date(2020, 1, 1), date(2060, 1, 1), date(1990, 1, 1), sure=0.5)
    assert blurred.result == "not_assessed"
    assert "read badly" in blurred.meaning


def test_the_limit_is_that_for_the_holders_age(reading: Make) -> None:
    born = date(1990, 1, 1)
    limits = [
        checked(reading, date(2020, 1, 1), date(2030, 1, 1), day, type=kind).limit
        for kind, day in (("passport", born), ("id_card", born), ("driving_licence", born), ("driving_licence", None))
    ]
    assert limits == [10.8, 23.0, 70.1, 86.1]


@settings(max_examples=150, deadline=None)
@given(
    st.dates(date(1945, 1, 1), date(2005, 1, 1)),
    st.integers(18 * 366, 60 * 365),
    st.integers(1, 10),
    st.integers(2, 9000),
)
def test_every_impossible_shift_is_found_and_no_possible_one_is(
    reading: Make, born: date, age: int, years: int, wrong: int
) -> None:
    issued = min(born + timedelta(days=age), TODAY)
    expires = issued + timedelta(days=365 * years)
    assert checked(reading, issued, expires, born).result == "passed"
    assert checked(reading, TODAY + timedelta(days=wrong), expires, born).result == "failed"
    assert checked(reading, issued, issued - timedelta(days=wrong), born).result == "failed"
    assert checked(reading, born - timedelta(days=wrong), expires, born).result == "failed"
