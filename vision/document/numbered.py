"""Lines that begin with the number of their field, and no words, as on the driving licences of Europe (Directive
2006/126/EC, annex I): 1. MORGAN, 2. SARAH, 3. 11.03.1976.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from vision.document.spans import Span

FIELDS = {
    "1": "surname", "2": "given_names", "3": "birth_date", "4a": "issue_date", "4b": "expiry_date", "5": "number",
}  # fmt: skip
ALONE = re.compile(r"\s*(4[a-d]|[1-9])\W*", re.IGNORECASE)
ENTRY = re.compile(r"\s*(4[a-d](?![a-z])|[1-9](?=\W)|[ILSZ|](?=\.))\W*(\w.*)", re.IGNORECASE)
INNER = re.compile(r"\s+(?=4[a-d]\b|[1-9]\.\s)", re.IGNORECASE)
MISREAD = str.maketrans("IL|SZ", "11152")
FEWEST = 3
"""Lines of a series; fewer are numbered by chance."""


@dataclass(frozen=True)
class Entry:
    """A numbered line: its number, such as "4a", and what follows that."""

    mark: str
    text: str
    span: Span


def series(spans: Sequence[Span]) -> list[Entry]:
    """The numbered lines of a page, if at least three stand below each other in the order of their numbers; else
    none."""
    entries = [entry for span in _whole(spans) for entry in _entries(span)]
    return entries if any(_ordered(_column(entry, entries)) for entry in entries) else []


def _whole(spans: Sequence[Span]) -> Iterator[Span]:
    """The lines; a number that was found apart from its line is put before that."""
    for span in spans:
        own = next((other for other in spans if _marks(other, span)), None)
        yield replace(span, text=f"{own.text} {span.text}", left=own.left) if own else span


def _marks(number: Span, span: Span) -> bool:
    """Whether a line is the number of another, right before that; boxes of lines may overlap a little."""
    gap = span.left - number.right
    beside = abs(number.middle - span.middle) < 0.5 * span.height and -span.height < gap < 3 * span.height
    return beside and number.left < span.left and bool(ALONE.fullmatch(number.text)) and not ALONE.fullmatch(span.text)


def _entries(span: Span) -> Iterator[Entry]:
    """What a line holds: another number may follow the first in it."""
    for part in INNER.split(span.text):
        if match := ENTRY.fullmatch(part):
            mark = match[1].upper().translate(MISREAD).lower()
            yield Entry(mark, match[2].strip(), span)


def _column(first: Entry, entries: Sequence[Entry]) -> list[Entry]:
    """The entries that begin below one another and below or with a first one, one of each line."""
    below = [
        entry
        for entry in entries
        if abs(entry.span.left - first.span.left) < 2 * first.span.height and entry.span.middle >= first.span.middle
    ]
    lines = {entry.span.middle: entry for entry in reversed(below)}
    return [lines[middle] for middle in sorted(lines)]


def _ordered(column: Sequence[Entry]) -> bool:
    marks = [entry.mark for entry in column]
    return len(marks) >= FEWEST and marks == sorted(set(marks))
