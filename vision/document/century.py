"""The centuries of a zone's dates, which it writes with two digits of the year. Pure.

What is printed tells them, or a licence's barcode: a date that has the same last digits is the same date, as long as it
is possible. One that makes no sense a century away is no reading of the zone, and is seen to differ. An application
tells nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import product

from vision.document import dates, mrz
from vision.types import Barcode, Mrz, ReadField

OLDEST = 110
"""Years of age up to which a printed century of birth is believed. Above it are a few hundred people in the world, and
every child that says to be born a hundred years earlier to be of age."""
FIRST_ZONES = 1980
"""Year of the first edition of ICAO Doc 9303: no document with a zone ended before."""
NO_END = 2099
"""A year that stands for no end at all."""


def of_zone(zone: Mrz, told: Iterable[ReadField], today: date) -> Mrz:
    """The zone with its dates in the centuries in which `told`, the fields with whole years, has them."""
    last = mrz.last_expiry(zone.lines[0][0], today)
    born, expires = _settled(zone.birth_date, zone.expiry_date, tuple(told), today, last)
    return zone.model_copy(update={"birth_date": born, "expiry_date": expires})


def of_code(code: Barcode | None, told: Iterable[ReadField], today: date) -> Barcode | None:
    """The same for a barcode that holds the lines of a zone; any other stays as it is."""
    if code is None or code.content != "mrz":
        return code
    days = {field.name: dates.day(field.text) for field in code.fields if field.name.endswith("_date")}
    born, expires = days.get("birth_date"), days.get("expiry_date")
    found = _settled(born, expires, tuple(told), today, mrz.last_expiry("I", today))
    texts = {name: day.isoformat() for name, day in zip(("birth_date", "expiry_date"), found, strict=True) if day}
    fields = (field.model_copy(update={"text": texts.get(field.name, field.text)}) for field in code.fields)
    return code.model_copy(update={"fields": tuple(fields)})


def whole_years(read: Iterable[ReadField], code: Barcode | None) -> tuple[ReadField, ...]:
    """What tells a century: the visual zone, then the elements of a licence's barcode."""
    return (*read, *(code.fields if code and code.content == "aamva" else ()))


def _settled(
    born: date | None, expires: date | None, told: Sequence[ReadField], today: date, last: date
) -> tuple[date | None, date | None]:
    issued = max(_days(told, "issue_date"), default=today)
    pairs = product(_same(born, told, "birth_date"), _same(expires, told, "expiry_date"))
    possible = (pair for pair in pairs if _born(pair[0], min(today, issued), today) and _ends(*pair, last))
    return next(possible, (born, expires))


def _same(day: date | None, told: Sequence[ReadField], name: str) -> list[date | None]:
    """The day as it is told in another century, then as it is."""
    if day is None:
        return [None]
    return [*(other for other in _days(told, name) if _short(other) == _short(day)), day]


def _days(told: Sequence[ReadField], name: str) -> Iterator[date]:
    for field in told:
        if field.name == name:
            yield from dates.readings(field.text).values()


def _short(day: date) -> tuple[int, int, int]:
    return day.year % 100, day.month, day.day


def _born(day: date | None, latest: date, today: date) -> bool:
    return day is None or (day <= latest and today.year - day.year <= OLDEST)


def _ends(born: date | None, day: date | None, last: date) -> bool:
    if day is None:
        return True
    after = born is None or born < day
    return after and day.year >= FIRST_ZONES and (day <= last or day.year == NO_END)
