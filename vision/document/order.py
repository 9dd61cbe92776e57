"""Whether a document writes its dates with the day or the month first, and so what its printed dates say. Pure.

03/04/1991 is two days. The state that issued the document tells which, or the document itself: a date that has one
reading alone, or the same date in its zone or barcode. One document writes all its dates alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vision.document import dates, nationality
from vision.document.dates import Order
from vision.types import Mrz, ReadField

MONTH_FIRST = frozenset({"USA", "FSM", "MHL", "PLW"})
"""The United States, and the states in free association with them."""
EITHER = frozenset({"CAN", "PAN", "PHL"})
"""States in which both orders are in use (Unicode CLDR has the month first in a locale of theirs)."""

Readings = Mapping[Order, date]


@dataclass(frozen=True)
class Printed:
    """A printed date; `told` is false where it may as well be the one with day and month exchanged."""

    day: date
    told: bool


def printed_days(read: Sequence[ReadField], zone: Mrz | None) -> Mapping[str, Printed]:
    """What the dates of the visual zone say, by the name of their field. Where nothing tells their order the day is
    taken to stand first; a date that another source gives too, and neither way the same, is told to differ."""
    dated = [field for field in read if field.name.endswith("_date")]
    found = {field.name: dates.readings(field.text) for field in dated if field.source == "visual"}
    printed = {name: readings for name, readings in found.items() if readings}
    coded: dict[str, set[date]] = {}
    for field in dated:
        if field.source != "visual" and (day := dates.day(field.text)):
            coded.setdefault(field.name, set()).add(day)
    order = _order(issuer(read, zone), printed, coded)
    return {name: _printed(readings, order, name in coded) for name, readings in printed.items()}


def _printed(readings: Readings, order: Order | None, coded: bool) -> Printed:
    day = readings.get(order or "day_first") or next(iter(readings.values()))
    return Printed(day, told=order is not None or coded or len(set(readings.values())) == 1)


def issuer(read: Iterable[ReadField], zone: Mrz | None) -> str:
    """The code of the issuing state: of the zone, else of the barcode, else as it is printed."""
    if zone:
        return zone.lines[0][2:5].strip("<")
    stated = {field.source: field.text for field in read if field.name == "country"}
    return stated.get("barcode") or stated.get("visual", "")


def _order(country: str, printed: Mapping[str, Readings], coded: Mapping[str, set[date]]) -> Order | None:
    """The order in which a document writes its dates; None where nothing tells it, or its dates contradict each
    other."""
    states = nationality.states(country)
    if states & MONTH_FIRST:
        return "month_first"
    alone = {order for readings in printed.values() if len(readings) == 1 for order in readings}
    if len(alone) == 1:
        return alone.pop()
    if country and not states & EITHER:
        return "day_first"
    same = {order for name in printed for order in _confirmed(printed[name], coded.get(name, set()))}
    return same.pop() if len(same) == 1 else None


def _confirmed(readings: Readings, coded: set[date]) -> set[Order]:
    """The order in which another source says the same, if that is one of two."""
    orders = {order for order, day in readings.items() if day in coded}
    return orders if len(orders) == 1 else set()
