"""The date that a text holds, in the writings of identity documents. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from vision.document import months

Order = Literal["day_first", "month_first"]

DIGITS = str.maketrans("OQDILSBZ", "00011582")
WORD = r"[^\W_]{3,}"
WORDS = rf"(?P<m>{WORD}(?:\W{{1,4}}{WORD}){{0,2}})"
YEAR_DAYS = 365.25
YEAR = r"(?P<y>(?:19|20)\d\d)\b"
DATES = (
    re.compile(r"\b(?P<y>(?:19|20)\d\d)\W{0,2}(?P<m>\d\d)\W{0,2}(?P<d>\d\d)\b"),
    re.compile(rf"\b(?P<d>\d\d?)(?P<by>\W{{0,2}})(?P<m>\d\d)(?P<then>\W{{0,2}}){YEAR}"),
    re.compile(rf"\b(?P<d>\d\d?)\W{{0,2}}{WORDS}\W{{0,2}}{YEAR}"),
    re.compile(rf"\b{WORDS}\W{{1,2}}(?P<d>\d\d?)\W{{1,2}}{YEAR}"),
)

SHORT = (
    re.compile(r"\b(?P<d>\d\d?)\. ?(?P<m>\d\d)\. ?(?P<y>\d\d)\b"),
    re.compile(rf"\b(?P<d>\d\d?)\W{{0,2}}{WORDS}\W{{0,2}}(?P<y>\d\d)\b"),
)
"""Dates with a year of two digits, in the forms in which it is surely the year that comes last."""
CUT = ("19", "20")
"""What is left of a year in four digits whose end was not read."""
WITHIN = {"birth_date": (120, 0), "issue_date": (99, 0), "expiry_date": (30, 70)}
"""Years before and after today within which a date lies, by its field."""


def day(text: str) -> date | None:
    """The date in a field, the day before the month where its numbers allow both; None where there is none."""
    return next(iter(readings(text).values()), None)


def readings(text: str) -> Mapping[Order, date]:
    """What the date in a field may say: with the day before the month, as ICAO 9303 has it, then with the month first,
    as a date in numbers alone may be meant unless dots part them. Any other date says the same in both orders."""
    for tried in _plain(text):
        for pattern in DATES:
            if (match := pattern.search(tried)) and (read := _readings(match)):
                return read
    return {}


def with_century(field: str, text: str, today: date) -> str:
    """A text in which the date has a year of two digits, with four of them; "" where there is no such date, or where
    both centuries are possible for the field."""
    for tried in _plain(text):
        match = next((found for pattern in SHORT if (found := pattern.search(tried))), None)
        if match and match["y"] not in CUT:
            start = match.start("y")
            whole = (tried[:start] + century + tried[start:] for century in ("19", "20"))
            possible = [text for text in whole if _within(field, day(text), today)]
            return possible[0] if len(possible) == 1 else ""
    return ""


def _within(field: str, read: date | None, today: date) -> bool:
    before, after = WITHIN[field]
    return read is not None and -before * YEAR_DAYS <= (read - today).days <= after * YEAR_DAYS


def _plain(text: str) -> tuple[str, str]:
    """A text in capitals without accents, with letters in numbers as the digits they are misread for; then with them
    as they are."""
    upper = "".join(c for c in unicodedata.normalize("NFKD", text.upper()) if not unicodedata.combining(c))
    return " ".join(_figures(upper)), upper


def _figures(text: str) -> Iterator[str]:
    """The words of a text; those with a digit that name no month are numbers, and their letters misread digits."""
    for word in text.split():
        number = re.search(r"\d", word) and not months.number(_parted(word))
        yield word.translate(DIGITS) if number else word


def _readings(match: re.Match[str]) -> dict[Order, date]:
    named = match.groupdict()
    day_first = _date(named["y"], named["m"], named["d"])
    month_first = day_first
    if "by" in named:
        month_first = None if named["by"] == named["then"] == "." else _date(named["y"], named["d"], named["m"])
    found: dict[Order, date | None] = {"day_first": day_first, "month_first": month_first}
    return {order: read for order, read in found.items() if read}


def _date(year: str, month: str, of_month: str) -> date | None:
    number = int(month) if month.isdigit() else months.number(_parted(month))
    try:
        return date(int(year), number, int(of_month))
    except ValueError:
        return None


def _parted(words: str) -> list[str]:
    return re.findall(r"[^\W_]+", words)
