"""Centuries of a zone's dates: told by the print where that is possible, and a forger's are seen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from vision.consistency.dates import LONGEST_OLD
from vision.document import century, mrz
from vision.document.mrz_format import check_digit
from vision.document.sources import claims, zones_agree
from vision.types import Agreement, Barcode, Box, Mrz, ReadField

TODAY = date(2026, 11, 30)
DAYS = [date(1900, 1, 1) + timedelta(days=number) for number in range(0, 73_414, 61)]
"""Of 1900 to 2100, in all years and months."""


def field(name: str, text: str, source: str = "visual") -> ReadField:
    return ReadField.model_validate({"name": name, "text": text, "source": source})


def card(birth: str, expiry: str, letter: str = "I") -> Mrz:
    """A zone of three lines (I, A, C) or two (P) with these dates."""
    body = f"{birth}{check_digit(birth)}F{expiry}{check_digit(expiry)}"
    if letter == "P":
        line = f"X12345673UTO{body}".replace("X12345673", "X12345678" + check_digit("X12345678")) + "<" * 15
        lines = ["P<UTOEXAMPLE<<ANNA".ljust(44, "<"), line + check_digit(line[:10] + line[13:20] + line[21:43])]
    else:
        first = f"{letter}<UTOX12345678{check_digit('X12345678')}".ljust(30, "<")
        second = f"{body}UTO" + "<" * 11
        composite = check_digit(first[5:] + body[:7] + body[8:] + second[18:])
        lines = [first, second + composite, "EXAMPLE<<ANNA".ljust(30, "<")]
    zone = mrz.parse(lines, TODAY)
    assert zone is not None
    assert zone.valid
    return zone


def agreed(zone: Mrz, name: str, printed: str, *more: ReadField) -> Agreement:
    """How the zone agrees with a printed date."""
    read = (field(name, printed), *more)
    settled = century.of_zone(zone, read, TODAY)
    return zones_agree(claims(read + mrz.fields(settled), settled), "birth_date", "expiry_date")


def test_who_is_a_hundred_years_old_has_a_zone_that_agrees() -> None:
    zone = card("250301", "310102", "P")
    assert zone.birth_date == date(2025, 3, 1)
    assert agreed(zone, "birth_date", "01 MAR 1925", field("issue_date", "02 JAN 2021")) == "match"
    assert agreed(zone, "birth_date", "01 MAR 2025", field("issue_date", "02 JUN 2025")) == "match"
    assert agreed(zone, "birth_date", "02 MAR 1925") == "mismatch"


def test_a_card_of_sixty_years_has_a_zone_that_agrees_with_and_without_print() -> None:
    zone = card("580112", "840315")
    assert (zone.birth_date, zone.expiry_date) == (date(1958, 1, 12), date(2084, 3, 15))
    assert agreed(zone, "expiry_date", "15 03 2084") == "match"
    assert agreed(zone, "expiry_date", "15.03.1984") == "match"
    assert max(mrz.GOOD_FOR.values()) >= LONGEST_OLD


@pytest.mark.parametrize(
    ("name", "printed", "birth", "expiry", "issued"),
    [
        ("birth_date", "01.03.1915", "150301", "310102", "02.01.2021"),
        ("birth_date", "01.03.2035", "350301", "310102", "02.01.2021"),
        ("birth_date", "01.03.2024", "240301", "310102", "02.01.2021"),
        ("expiry_date", "01.03.1925", "200301", "250301", "02.01.2021"),
        ("expiry_date", "01.03.1950", "580301", "500301", "02.01.2021"),
        ("expiry_date", "01.03.2089", "580301", "890301", "02.01.2021"),
    ],
)
def test_a_printed_century_that_makes_no_sense_is_seen(
    name: str, printed: str, birth: str, expiry: str, issued: str
) -> None:
    zone = card(birth, expiry)
    if printed == "01.03.2024":
        zone = zone.model_copy(update={"birth_date": date(1924, 3, 1)})
    assert agreed(zone, name, printed, field("issue_date", issued)) == "mismatch"


def test_no_child_is_of_age_by_a_century() -> None:
    """Who was born a hundred years before is over 110, or the document is a small child's."""
    born = date(2008, 12, 1)
    while born <= TODAY:
        printed = born.replace(year=born.year - 100).isoformat() if (born.month, born.day) != (2, 29) else ""
        outcome = agreed(card(f"{born:%y%m%d}", "310102", "P"), "birth_date", printed) if printed else "absent"
        assert outcome == ("match" if born.year >= 2016 else "mismatch") or not printed
        born += timedelta(days=397)


@pytest.mark.parametrize("printed_century", [1900, 2000])
def test_days_of_birth_against_every_printed_century(printed_century: int) -> None:
    """A zone's birth date is the printed one where that is possible, else the last that is no future."""
    zone, until = card("580112", "310102", "P"), date(2031, 1, 2)
    for day in DAYS:
        last = _in_last_century(day, TODAY)
        told = _moved(day, printed_century)
        read = (field("birth_date", told.isoformat()),) if told else ()
        found = century.of_zone(zone.model_copy(update={"birth_date": last, "expiry_date": until}), read, TODAY)
        possible = told and told <= TODAY and TODAY.year - told.year <= 110
        assert found.birth_date == (told if possible else last)
        assert found.expiry_date == until


@pytest.mark.parametrize("printed_century", [1900, 2000])
def test_days_of_expiry_against_every_printed_century(printed_century: int) -> None:
    zone, born = card("580112", "310102"), date(1958, 1, 12)
    for day in DAYS:
        last = _in_last_century(day, date(2087, 12, 31))
        told = _moved(day, printed_century)
        read = (field("expiry_date", told.isoformat()),) if told else ()
        found = century.of_zone(zone.model_copy(update={"birth_date": born, "expiry_date": last}), read, TODAY)
        possible = told and told.year >= 1980 and (told.year <= 2087 or told.year == 2099)
        assert found.expiry_date == (told if possible else last)
        assert found.birth_date == born


def _moved(day: date, to: int) -> date | None:
    try:
        return day.replace(year=to + day.year % 100)
    except ValueError:
        return None


def _in_last_century(day: date, latest: date) -> date | None:
    """The last day of the same six digits that is not after `latest`."""
    moved = (_moved(day, to) for to in (2000, 1900))
    return next((other for other in moved if other and other <= latest), None)


def test_an_application_tells_no_century_and_the_licences_barcode_does() -> None:
    zone, born = card("250301", "310102"), field("birth_date", "1925-03-01", "barcode")
    place = Box(x=0, y=0, width=9, height=9)
    licence = Barcode(kind="PDF417", content="aamva", box=place, fields=(born,))
    told = century.whole_years((), licence)
    assert century.of_zone(zone, told, TODAY).birth_date == date(1925, 3, 1)
    assert century.of_zone(zone, century.whole_years((), None), TODAY).birth_date == date(2025, 3, 1)
    assert century.of_code(licence, told, TODAY) == licence
    assert century.of_code(None, told, TODAY) is None


def test_a_zone_in_a_barcode_takes_the_printed_century_too_and_tells_none() -> None:
    zone, place = card("250301", "310102"), Box(x=0, y=0, width=9, height=9)
    code = Barcode(kind="QR", content="mrz", box=place, fields=mrz.fields(zone, "barcode"))
    assert century.whole_years((), code) == ()
    printed = (field("birth_date", "01 MAR 1925"),)
    settled = century.of_code(code, printed, TODAY)
    assert settled is not None
    assert {"birth_date": "1925-03-01", "expiry_date": "2031-01-02"}.items() <= {
        each.name: each.text for each in settled.fields
    }.items()
