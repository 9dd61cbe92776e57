"""The formats of machine readable zones after ICAO 9303, and that of the French identity card before 2021: where what
stands, in which characters, and which check digits cover it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["TD1", "TD2", "TD3", "MRV-A", "MRV-B", "IDFRA"]

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WEIGHTS = (7, 3, 1)

# One character a position: a letter or filler, d digit or filler, x anything, c check digit, s sex.
TEMPLATES: dict[Kind, tuple[str, ...]] = {
    "TD3": ("a" * 44, "x" * 9 + "c" + "aaa" + "d" * 6 + "c" + "s" + "d" * 6 + "c" + "x" * 14 + "cc"),
    "TD2": ("a" * 36, "x" * 9 + "c" + "aaa" + "d" * 6 + "c" + "s" + "d" * 6 + "c" + "x" * 7 + "c"),
    "TD1": ("a" * 5 + "x" * 9 + "c" + "x" * 15, "d" * 6 + "c" + "s" + "d" * 6 + "c" + "aaa" + "x" * 11 + "c", "a" * 30),
    "MRV-A": ("a" * 44, "x" * 9 + "c" + "aaa" + "d" * 6 + "c" + "s" + "d" * 6 + "c" + "x" * 16),
    "MRV-B": ("a" * 36, "x" * 9 + "c" + "aaa" + "d" * 6 + "c" + "s" + "d" * 6 + "c" + "x" * 8),
    # Surname, department and office; then year, month, department (Corsica's are 2A and 2B) and a running number, given
    # names, birth date, sex. It has no date of expiry.
    "IDFRA": ("a" * 30 + "dxdddd", "dddd" + "dxd" + "d" * 5 + "c" + "a" * 14 + "d" * 6 + "c" + "s" + "c"),
}
# The first letter of a zone, by its format: visas have formats of their own.
LETTERS: dict[Kind, str] = {"TD3": "PIAC", "TD2": "PIAC", "TD1": "PIAC", "MRV-A": "V", "MRV-B": "V", "IDFRA": "I"}
# Formats in which a number of more than nine characters runs on into the optional data.
LONG_NUMBERS: frozenset[Kind] = frozenset({"TD1", "TD2"})
NAME_LINE: dict[Kind, int] = {"TD3": 0, "TD2": 0, "TD1": 2, "MRV-A": 0, "MRV-B": 0}


@dataclass(frozen=True)
class _Check:
    """A check digit at `digit` over the characters in `spans`; offsets into the joined lines."""

    name: str
    digit: int
    spans: tuple[tuple[int, int], ...]


def _of_second_line(start: int) -> tuple[_Check, ...]:
    """The check digits that every second line has which begins at `start`; in visas there are no others."""
    places = {"number": (0, 9), "birth_date": (13, 19), "expiry_date": (21, 27)}
    return tuple(_Check(name, start + stop, ((start + first, start + stop),)) for name, (first, stop) in places.items())


CHECKS: dict[Kind, tuple[_Check, ...]] = {
    "TD3": (
        *_of_second_line(44),
        _Check("optional", 86, ((72, 86),)),
        _Check("composite", 87, ((44, 54), (57, 64), (65, 87))),
    ),
    "TD2": (
        *_of_second_line(36),
        _Check("composite", 71, ((36, 46), (49, 56), (57, 71))),
    ),
    "TD1": (
        _Check("number", 14, ((5, 14),)),
        _Check("birth_date", 36, ((30, 36),)),
        _Check("expiry_date", 44, ((38, 44),)),
        _Check("composite", 59, ((5, 30), (30, 37), (38, 45), (48, 59))),
    ),
    "MRV-A": _of_second_line(44),
    "MRV-B": _of_second_line(36),
    "IDFRA": (
        _Check("number", 48, ((36, 48),)),
        _Check("birth_date", 69, ((63, 69),)),
        _Check("composite", 71, ((0, 71),)),
    ),
}
# How the zone of the French card begins.
FRENCH = "IDFRA"


def check_digit(text: str) -> str:
    """The ICAO 9303 check digit of `text` (A to Z, 0 to 9 and the filler `<`): weights 7, 3, 1, sum modulo 10.
    Raises ValueError for any other character."""
    values = (0 if character == "<" else ALPHABET.index(character) for character in text)
    return str(sum(value * WEIGHTS[place % 3] for place, value in enumerate(values)) % 10)


def failed(kind: Kind, text: str) -> tuple[str, ...]:
    """The check digits that disagree in the joined lines of a zone, without those that were not read."""
    without = unread(kind, text)
    return tuple(check.name for check in CHECKS[kind] if check.name not in without and not _agrees(kind, text, check))


def unread(kind: Kind, text: str) -> tuple[str, ...]:
    """The check digits that were not read where the picture ends before the zone does: the composite one, which is
    never a filler, and with it that of optional data in front of it."""
    digits = {check.name: text[check.digit] for check in CHECKS[kind]}
    if digits.get("composite") != "<":
        return ()
    lost = (check for check in CHECKS[kind] if check.name == "optional" and not _agrees(kind, text, check))
    return (*(check.name for check in lost if digits[check.name] == "<"), "composite")


def _agrees(kind: Kind, text: str, check: _Check) -> bool:
    digit = text[check.digit]
    covered = "".join(text[start:stop] for start, stop in check.spans)
    if check.name == "optional" and digit == "<":
        return not covered.strip("<")
    if check.name == "number" and digit == "<" and kind in LONG_NUMBERS:
        long = long_number(kind, text)
        return bool(long) and check_digit(long[:-1]) == long[-1]
    return check_digit(covered) == digit


def long_number(kind: Kind, text: str) -> str:
    """A number of more than nine characters with its check digit: it runs on into the optional field."""
    start, more = (5, (15, 30)) if kind == "TD1" else (36, (64, 71))
    rest = text[slice(*more)].partition("<")[0]
    return text[start : start + 9] + rest if len(rest) >= 2 else ""


def rooms(kind: Kind, lines: Sequence[str]) -> tuple[str, ...]:
    """Where names stand: the French card has a place for each of the two, any other zone one for both."""
    if kind == "IDFRA":
        return lines[0][5:30], lines[1][13:27]
    return (lines[NAME_LINE[kind]][0 if kind == "TD1" else 5 :],)


def spans(kind: Kind) -> tuple[slice, slice, slice, int, slice]:
    """Where number, nationality, birth date, sex and expiry date stand in the joined lines."""
    if kind == "TD1":
        return slice(5, 14), slice(45, 48), slice(30, 36), 37, slice(38, 44)
    if kind == "IDFRA":
        return slice(36, 48), slice(2, 5), slice(63, 69), 70, slice(0)
    start = len(TEMPLATES[kind][0])
    places = ((0, 9), (10, 13), (13, 19), (21, 27))
    number, nationality, birth, expiry = (slice(start + first, start + last) for first, last in places)
    return number, nationality, birth, start + 20, expiry
