"""The date in a text: one day in many writings, and nothing where it is unclear."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.document import dates


@pytest.mark.parametrize(
    "text",
    ["12 AUG 1974", "12AUG1974", "12.08.1974", "12/08/1974", "12-08-1974", "1974-08-12", "12.08.I974", "l2 AUG 1974",
     "12 AUG/AOÛT 1974", "12 août 1974", "12 AUC 1974", "born 12.08.1974", "12 AĞU / AUG 1974", "12 AGO /AUG 1974",
     "12AGO/AUG1974", "12 A0UT/AUG 1974", "12 SRP/AUG 1974", "AUG 12 1974", "August 12, 1974", "12 серпня/AUG 1974",
     "12. AUG. 1974", "12 AGO. / AUG. 1974"],
)  # fmt: skip
def test_one_day_in_many_writings(text: str) -> None:
    assert dates.day(text) == date(1974, 8, 12)


@pytest.mark.parametrize(
    "text",
    ["", "AUG 1974", "31.02.1974", "12.13.1974", "12 JUI 1974", "123456789", "12.08.74", "12 LUG/AUG 1974",
     "12 LIP 1974", "12 MEI/JUX 1974", "12 KUG 1974", "31 APR 1974", "1234561990"],
)  # fmt: skip
def test_what_is_no_clear_day_is_none(text: str) -> None:
    assert dates.day(text) is None


def test_the_month_may_stand_first_where_numbers_stand_alone() -> None:
    assert dates.day("02/14/1991") == date(1991, 2, 14)
    assert dates.readings("03/04/1991") == {"day_first": date(1991, 4, 3), "month_first": date(1991, 3, 4)}
    assert dates.readings("03.04.1991") == {"day_first": date(1991, 4, 3)}
    assert set(dates.readings("03 APR 1991").values()) == set(dates.readings("1991-04-03").values())
    assert set(dates.readings("APR 03 1991").values()) == {date(1991, 4, 3)}


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_in_every_style(day: date) -> None:
    for style in ("%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d", "%d %b %Y", "%b %d %Y", "%d %b/%B %Y"):
        assert dates.day(f"{day:{style}}".upper()) == day


TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("field", "text", "day"),
    [("birth_date", "15 APR /AVR 90", date(1990, 4, 15)), ("birth_date", "11.03.76 BERLIN", date(1976, 3, 11)),
     ("issue_date", "12 MAY /MAI 21", date(2021, 5, 12)), ("issue_date", "19.01.98", date(1998, 1, 19)),
     ("expiry_date", "11 MAY MAI 31", date(2031, 5, 11)), ("expiry_date", "3I DEC 99", date(1999, 12, 31)),
     ("birth_date", "29 FEB /FEV 28", date(1928, 2, 29))],
)  # fmt: skip
def test_a_year_of_two_digits_is_of_the_century_that_is_possible(field: str, text: str, day: date) -> None:
    assert dates.day(text) is None
    assert dates.day(dates.with_century(field, text, TODAY)) == day


@pytest.mark.parametrize(
    "text",
    ["15 APR 10", "08 MAY 20", "08 MAY 19", "08 MAY 203", "31 FEB 90", "15/04/90", "90-04-15", "15 LIP 90", "90", ""],
)
def test_a_birthday_of_either_century_or_cut_short_is_none(text: str) -> None:
    assert dates.with_century("birth_date", text, TODAY) == ""
