"""Dates in numbers alone: the state, or the document's other dates and sources, tell which number is the month."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from vision.consistency.crosscheck import compare, conflicts, declared, worst
from vision.consistency.report import CrossCheck
from vision.document.order import printed_days
from vision.document.reader import DocumentReader
from vision.document.sources import claims
from vision.synth import barcode, documents
from vision.synth.capture import capture
from vision.synth.documents import Faults, Holder, Issue, render
from vision.synth.portraits import stand_in
from vision.synth.template import Template
from vision.types import DocumentReading, Mrz, ReadField

HONEST = Holder("KOVALCHUK", "IRYNA", date(1991, 3, 4), "F", "USA", "D40271938")
ISSUE = Issue("driving_licence", 4, date(2021, 6, 3), date(2031, 6, 2))
"""A series with slashes in its dates and PDF417."""


@dataclass(frozen=True)
class Card:
    """What dates stand on a card and in its barcode, all as they are written there."""

    printed: tuple[str, ...]
    coded: tuple[str, ...] = ()
    country: str = ""

    def read(self) -> tuple[ReadField, ...]:
        names = ("birth_date", "issue_date", "expiry_date")
        visual = [
            ReadField(name=name, text=text, source="visual") for name, text in zip(names, self.printed, strict=False)
        ]
        coded = [
            ReadField(name=name, text=text, source="barcode") for name, text in zip(names, self.coded, strict=False)
        ]
        state = [ReadField(name="country", text=self.country, source="visual")] if self.country else []
        return (*visual, *coded, *state)


def days(card: Card, zone: Mrz | None = None) -> list[tuple[str, bool]]:
    found = printed_days(card.read(), zone)
    return [(each.day.isoformat(), each.told) for each in found.values()]


@pytest.mark.parametrize(
    ("card", "read"),
    [
        (Card(("03/04/1991",), country="USA"), ("1991-03-04", True)),
        (Card(("03/04/1991",), country="GBR"), ("1991-04-03", True)),
        (Card(("03/04/1991",), country="UTO"), ("1991-04-03", True)),
        (Card(("03/04/1991",), ("1991-03-04",), country="UTO"), ("1991-04-03", True)),
        (Card(("03/04/1991",), ("1991-03-04",), country="CAN"), ("1991-03-04", True)),
        (Card(("03/04/1991",), country="CAN"), ("1991-04-03", False)),
        (Card(("03/04/1991",)), ("1991-04-03", False)),
        (Card(("04/04/1991",)), ("1991-04-04", True)),
        (Card(("03.04.1991",)), ("1991-04-03", True)),
        (Card(("03 APR 1991",), country="USA"), ("1991-04-03", True)),
        (Card(("14/02/1991",), country="USA"), ("1991-02-14", True)),
        (Card(("02/14/1991",)), ("1991-02-14", True)),
        (Card(("03/04/1991", "06/13/2021")), ("1991-03-04", True)),
        (Card(("03/04/1991", "13/06/2021")), ("1991-04-03", True)),
        (Card(("03/04/1991",), ("1991-03-04",)), ("1991-03-04", True)),
        (Card(("03/04/1991",), ("1991-04-03",)), ("1991-04-03", True)),
        (Card(("03/04/1991", "06/03/2021"), ("1980-01-01", "2021-06-03")), ("1991-03-04", True)),
    ],
)
def test_what_tells_the_order_of_a_date(card: Card, read: tuple[str, bool]) -> None:
    assert days(card)[0] == read


def test_the_zone_names_the_state_first() -> None:
    lines = ("C1USAD402719386".ljust(30, "<"), "9103044F3106020USA".ljust(30, "<"), "KOVALCHUK<<IRYNA".ljust(30, "<"))
    zone = Mrz(
        kind="TD1", lines=lines, valid=True, failed_checks=(), surname="", given_names="", number="", nationality="",
        birth_date=None, expiry_date=None, sex="",
    )  # fmt: skip
    assert days(Card(("03/04/1991",), country="GBR"), zone) == [("1991-03-04", True)]


@pytest.mark.parametrize(
    ("printed", "coded", "differing"),
    [
        (("03/04/1981",), ("1991-03-04",), "birth_date"),
        (("03/04/1981", "06/03/2021"), ("1991-03-04", "2021-06-03"), "birth_date"),
        (("04/03/1991", "06/13/2021"), ("1991-03-04", "2021-06-13"), "birth_date"),
        (("04/03/1991", "06/03/2021"), ("1991-03-04", "2021-06-03"), "issue_date"),
    ],
)
def test_dates_that_no_one_order_explains_are_a_conflict(
    printed: tuple[str, ...], coded: tuple[str, ...], differing: str
) -> None:
    assert conflicts(checked(Card(printed, coded).read())) == (differing,)


def test_a_date_of_untold_order_contradicts_nobody() -> None:
    said = claims(Card(("03/04/1991",)).read(), None)
    applied = declared({"birth_date": "1991-03-04"})
    (check,) = compare({**said, **applied})
    assert (check.outcome, said["birth_date", "visual"].sure) == ("partial", False)


def checked(read: tuple[ReadField, ...]) -> tuple[CrossCheck, ...]:
    return compare(claims(read, None))


@pytest.fixture(scope="module")
def reader() -> DocumentReader:
    return DocumentReader(threads=1, today=date(2026, 11, 1))


@pytest.fixture(autouse=True)
def american(monkeypatch: pytest.MonkeyPatch) -> None:
    """Licences as they are in the United States: the month first in print, and the country in the barcode."""
    monkeypatch.setattr(Template, "written", lambda _, day: f"{day:%m/%d/%Y}")
    monkeypatch.setattr(documents, "aamva", lambda **data: barcode.aamva(**(data | {"country": "USA"})))


def licence(reader: DocumentReader, coded: Holder | None = None, **printed: object) -> DocumentReading:
    """A licence as scanned: what differs in print from the honest one, whose data the barcode has unless `coded`."""
    holder = replace(HONEST, **printed)  # type: ignore[arg-type]
    drawn = render(holder, ISSUE, stand_in(3), seed=4, faults=Faults(barcode=coded or HONEST))
    return reader.read(capture(drawn.rgb, "scan", 2))


@pytest.mark.parametrize("born", [date(1991, 3, 4), date(1991, 2, 14)])
def test_an_american_licence_agrees_with_its_barcode(reader: DocumentReader, born: date) -> None:
    reading = licence(reader, replace(HONEST, birth_date=born), birth_date=born)
    assert (reading.readable, reading.birth_date, reading.expiry_date) == (True, born, ISSUE.expires)
    checks = checked(reading.fields)
    assert {"birth_date", "issue_date", "expiry_date"} <= {check.field for check in checks}
    assert (worst(checks, "barcode"), conflicts(checks)) == ("match", ())


def test_the_printed_country_tells_where_there_is_no_barcode(reader: DocumentReader) -> None:
    drawn = render(HONEST, replace(ISSUE, template=0), stand_in(3), seed=4)
    page = Image.fromarray(drawn.rgb)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, page.width, 0.13 * page.height), fill=(235, 238, 240))
    draw.text((60, 30), "ARIZONA USA  DRIVER LICENSE", fill=(20, 30, 90), font=ImageFont.load_default(36))
    reading = reader.read(capture(np.asarray(page), "scan", 2))
    assert (reading.country, reading.birth_date, reading.expiry_date) == ("USA", HONEST.birth_date, ISSUE.expires)


def test_a_middle_initial_is_no_other_name(reader: DocumentReader) -> None:
    reading = licence(reader, replace(HONEST, given_names="IRYNA MARIE"), given_names="IRYNA M")
    checks = checked(reading.fields)
    assert (worst(checks, "barcode"), conflicts(checks)) == ("partial", ())


@pytest.mark.parametrize("edited", [date(1981, 3, 4), date(1991, 4, 3)])
def test_an_edited_american_licence_does_not(reader: DocumentReader, edited: date) -> None:
    reading = licence(reader, birth_date=edited)
    assert reading.birth_date == edited
    assert conflicts(checked(reading.fields)) == ("birth_date",)
