"""Lines that begin with the number of their field: with no words on the driving licences of Europe (Directive
2006/126/EC, annex I: 1. MORGAN, 2. SARAH, 3. 11.03.1976), with a short one on those of North America (AAMVA DL/ID Card
Design Standard: 3 DOB 03/11/1976), which number alike but for the document's own: 4d, where 5 is the discriminator.
California has the words alone: LN MORGAN, FN SARAH, DOB 03/11/1976.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vision.document.spans import Span

ALIKE = {"1": "surname", "2": "given_names", "3": "birth_date", "4a": "issue_date", "4b": "expiry_date"}
FIELDS = {**ALIKE, "5": "number"}
AMERICAN = {**ALIKE, "4d": "number"}
OWN = r"(?:DLN?|CDL|OLN|LIC|LICEN[CS]E|ID|NO|NUMBER)\b(?:\W*(?:NO|NUMBER)\b)?"
WORDS: Mapping[str, str] = {"3": r"DOB\b", "4a": r"ISS\b", "4b": r"EXP\b", "4d": OWN, "5": r"DD\b"}
"""The words behind the numbers on American licences."""
SHORT: Mapping[str, str] = {"LN": "1", "FN": "2", "DOB": "3", "ISS": "4a", "EXP": "4b", "DL": "4d", "ID": "4d"}
"""The words that stand alone on American licences, and the numbers of the standard for them."""
SHORT_ALONE = re.compile(rf"\s*(?:{'|'.join(SHORT)})\W*")
SHORT_ENTRY = re.compile(rf"\s*({'|'.join(SHORT)})(?![^\W\d])\W*(\w.*)")
WORDED = "|".join(rf"{mark}\W*{word}" for mark, word in WORDS.items())
ALONE = re.compile(rf"\s*(?:(4[a-d]|[1-9])|{WORDED})\W*", re.IGNORECASE)
ENTRY = re.compile(
    r"\s*(4[a-d](?![a-z])|[1-9](?=\W)|[ILSZ|](?=\.)|4[abd](?=ISS|EXP|DL|LIC)|[35](?=DOB|DD))\W*(\w.*)", re.IGNORECASE
)
INNER = re.compile(r"\s+(?=4[a-d]\b|[1-9]\.\s|\d{1,2}\W*(?:CLASS|SEX|HGT|WGT|EYES|DOB|DD)\b)", re.IGNORECASE)
LABEL = re.compile(rf"\s*(?:(4[ab]|[123])\.\s*[^\W\d]\D*|(5)\.\s*(?!DD\b)[^\W\d]\D*|(4d)\W*{OWN}\W*)", re.IGNORECASE)
MISREAD = str.maketrans("IL|SZ", "11152")
FEWEST = 3
"""Lines of a series; fewer are numbered by chance."""
FEWEST_WORDED = 2
"""Lines of an American series that have the word of their number."""
NEEDED = frozenset({"1", "2", "3"})
"""Numbers of the lines without which words alone are no series: both names and the birth date."""


@dataclass(frozen=True)
class Entry:
    """A numbered line: its number, such as "4a", what follows that, and the field that it is, "" if none is known."""

    mark: str
    text: str
    span: Span
    field: str = ""


def series(spans: Sequence[Span]) -> list[Entry]:
    """The numbered lines of a page: if two have an American word behind their number, or if at least three stand below
    each other in the order of their numbers; else those that American words alone begin, if there are; else none."""
    entries = [entry for span in _whole(spans) for entry in _entries(span)]
    ordered = any(_ordered(_column(entry, entries)) for entry in entries)
    worded = [entry.mark for entry in entries if _worded(entry)]
    if len(worded) >= FEWEST_WORDED or (ordered and "5" in worded):
        return [entry for entry in map(_american, entries) if entry.text]
    if ordered:
        return [replace(entry, field=FIELDS.get(entry.mark, "")) for entry in entries]
    short = [entry for span in _whole(spans, SHORT_ALONE) for entry in _short(span)]
    return short if {entry.mark for entry in short} >= NEEDED else []


def label(text: str) -> str:
    """The field that a text without a value names by its number, "" if none: 4d DL, but not 5 DD."""
    match = LABEL.fullmatch(text)
    return (FIELDS | AMERICAN)[match[match.lastindex or 1].lower()] if match else ""


def _whole(spans: Sequence[Span], alone: re.Pattern[str] = ALONE) -> Iterator[Span]:
    """The lines; a number, or what is one `alone`, that was found apart from its line is put before that."""
    for span in spans:
        own = next((other for other in spans if _marks(other, span, alone)), None)
        yield replace(span, text=f"{own.text} {span.text}", left=own.left) if own else span


def _marks(number: Span, span: Span, alone: re.Pattern[str]) -> bool:
    """Whether a line is the number of another, right before that; boxes of lines may overlap a little."""
    gap = span.left - number.right
    beside = abs(number.middle - span.middle) < 0.5 * span.height and -span.height < gap < 3 * span.height
    return beside and number.left < span.left and bool(alone.fullmatch(number.text)) and not alone.fullmatch(span.text)


def _entries(span: Span) -> Iterator[Entry]:
    """What a line holds: another number may follow the first in it."""
    for part in INNER.split(span.text):
        if match := ENTRY.fullmatch(part):
            mark = match[1].upper().translate(MISREAD).lower()
            yield Entry(mark, match[2].strip(), span)


def _short(span: Span) -> Iterator[Entry]:
    """What a line holds that begins with a word alone."""
    if match := SHORT_ENTRY.fullmatch(span.text):
        yield Entry(SHORT[match[1]], match[2].strip(), span, AMERICAN[SHORT[match[1]]])


def _worded(entry: Entry) -> re.Match[str] | None:
    """The American word that a line begins with behind its number."""
    return re.match(WORDS[entry.mark], entry.text, re.IGNORECASE) if entry.mark in WORDS else None


def _american(entry: Entry) -> Entry:
    word = _worded(entry)
    text = entry.text[word.end() :].lstrip(" .:#") if word else entry.text
    return replace(entry, text=text, field=AMERICAN.get(entry.mark, ""))


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
