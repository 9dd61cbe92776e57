"""The visual zone of a document: which line of text is the value of which field.

A label names a field, in English or one of a few other languages; its value stands below it, or behind it in the same
line. The driving licences of Europe number their lines instead. Nothing is guessed: a label without a value near it
leaves its field unread.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from vision.document import dates, numbered
from vision.document.dates import day
from vision.document.labels import LABELS, Label, first_of_row, hits, lettered
from vision.document.numbered import Entry
from vision.document.spans import Span, piece, saying, straightened
from vision.types import ReadField

if TYPE_CHECKING:
    # Only named here: whoever compares what was read elsewhere needs no reader of text.
    from vision.document.ocr import Line

NUMBERS = re.compile(r"\s*(4[a-d]|[1-9])\.(?=\s|[^\W\d])")
# British licences print a title before the given names.
TITLES = re.compile(r"^(?:(?:MR|MRS|MISS|MS|MX|DR)\b[. ]*)+(?=\w)", re.IGNORECASE)
DATES = ("birth_date", "issue_date", "expiry_date")
# A date or number has so many digits; no other value has.
MANY_DIGITS = 5
# Nor has a name digits.
MISREAD = str.maketrans("0158", "OISB")
# Small letters that differ from capitals in size alone, which a recogniser does not see.
SIZED = frozenset("cosuvwxz")


@dataclass(frozen=True)
class Values:
    """What stands on a page: fields under their labels, and as they were read values that have not the form of their
    field, and dates and numbers, called "unlabelled", that stand under no label. `again` are further values of fields
    whose label stands there more than once."""

    fields: tuple[ReadField, ...]
    illegible: tuple[ReadField, ...]
    again: tuple[ReadField, ...] = ()


def visual(lines: Sequence[Line], today: date | None = None) -> Values:
    """What the visual zone says among the lines of an upright page, without its machine readable zone. `today` settles
    the century of years of two digits; without it they are not read."""
    spans = straightened(lines)
    entries = _entries(spans, today)
    rest = [span for span in spans if not any(span.line is entry.span.line for entry in entries)]
    own_labels = lettered(rest)
    labels = first_of_row([label for _, own in own_labels for label in own])
    values = [part for span, own in own_labels if not own and not _numbers(span.text) for part in _parts(span, labels)]
    read = _matched(labels, values)
    valued = [_entered(entry, today) for entry in entries]
    valued += [field for place in sorted(read) if (field := _field(labels[place], read[place]))]
    behind = [field for place, label in enumerate(labels) if place not in read and (field := _field(label, None))]
    best = _best([*valued, *behind], today)
    illegible = [field for field in valued if field.name not in best]
    loose = [_as_read("unlabelled", value, value.text) for value in _loose(values, read.values())]
    first = tuple(best[name] for name in LABELS if name in best)
    return Values(first, (*illegible, *loose), tuple(_again([*valued, *behind], best, today)))


def typed(field: str, text: str, today: date | None = None) -> str:
    """The text of a field in the form its kind has, or "" if it has not. A year of two digits gets the century that is
    possible as of `today`."""
    text = " ".join(text.split()).strip(" :;,")
    if field.endswith("_date"):
        return text if day(text) else dates.with_century(field, text, today) if today else ""
    if field == "sex":
        return text[0].upper() if re.fullmatch(r"[MFX](?:\b.*|ale|emale)?", text, re.IGNORECASE) else ""
    if field == "number":
        number = re.sub(r"[\s./-]", "", text).upper()
        return number if re.fullmatch(r"(?=.*\d.*\d)[A-Z0-9]{5,20}", number) else ""
    worded = any(character.isalpha() for character in text) and not re.search(r"\b\d{3,}\b", text)
    return _capitals(text.translate(MISREAD)) if worded else ""


def _capitals(name: str) -> str:
    """A name in capitals where all else in it is one: JO that was read as Jo."""
    small = {unicodedata.normalize("NFKD", letter)[0] for letter in name if letter.islower()}
    return name.upper() if small <= SIZED and any(letter.isupper() for letter in name) else name


def _entries(spans: Sequence[Span], today: date | None) -> list[Entry]:
    """The numbered lines that hold the values of fields. Where none of them holds a date they are labels, misread."""
    found = numbered.series([span for span in spans if not hits(span.text)])
    entries = [entry for entry in found if entry.mark in numbered.FIELDS]
    named = ((numbered.FIELDS[entry.mark], entry.text) for entry in entries)
    return entries if any(name in DATES and typed(name, text, today) for name, text in named) else []


def _entered(entry: Entry, today: date | None) -> ReadField:
    """The field in a numbered line, with the place of its value alone."""
    name = numbered.FIELDS[entry.mark]
    text = _value(name, entry.text, today)
    part = saying(entry.span.line, text)
    return ReadField(name=name, text=text, source="visual", box=part.box, confidence=part.confidence)


def _value(name: str, text: str, today: date | None) -> str:
    """The value in what follows a number: of dates and numbers the first word, behind which more may stand."""
    first = text.split(maxsplit=1)[0]
    if name in ("number", *DATES) and typed(name, first, today):
        return first
    return TITLES.sub("", text) if name == "given_names" else text


def _numbers(text: str) -> bool:
    """Whether a text begins with the number of a field, and so is no value of another."""
    match = NUMBERS.match(text)
    return match is not None and not (day(text) and day(text[match.end() :]) is None)


def _parts(value: Span, labels: Iterable[Label]) -> list[Span]:
    """A line of values, cut where the label of a second column stands above it."""
    edges = [
        label.span.left
        for label in labels
        if _below(label.span, value) and value.left + 2 * value.height < label.span.left < value.right
    ]
    blanks = [match.start() for match in re.finditer(" ", value.text)]
    if not edges or not blanks:
        return [value]
    step = (value.right - value.left) / len(value.text)
    cut = min(blanks, key=lambda blank: abs(value.left + blank * step - edges[0]))
    return [piece(value, 0, cut), piece(value, cut + 1, len(value.text))]


def _below(label: Span, value: Span) -> bool:
    return 0.4 * label.height < value.middle - label.middle < 3.2 * label.height + 0.5 * value.height


def _matched(labels: Sequence[Label], values: Sequence[Span]) -> dict[int, Span]:
    """For each label by its place the value below it. A value belongs to one label, the nearest pairs first."""
    pairs = []
    for place, label in enumerate(labels):
        for index, value in enumerate(values):
            aside = abs(value.left - label.span.left)
            if _below(label.span, value) and aside < 3 * value.height:
                pairs.append((aside + value.middle - label.span.middle, place, index))
    matched: dict[int, int] = {}
    for _, place, index in sorted(pairs):
        if place not in matched and index not in matched.values():
            matched[place] = index
    free = [value for index, value in enumerate(values) if index not in matched.values()]
    return {place: _joined(values[index], free) for place, index in matched.items()}


def _joined(value: Span, free: Sequence[Span]) -> Span:
    """A value with what the detector cut off it: pieces without a label, less than a letter's width away in its row."""
    for other in sorted(free, key=lambda span: span.left):
        near = 0 <= other.left - value.right < 1.3 * value.height
        if near and abs(other.middle - value.middle) < 0.4 * value.height:
            text = f"{value.text} {other.text}"
            value = Span(value.line, text, value.left, other.right, value.middle, value.height)
    return value


def _field(label: Label, value: Span | None) -> ReadField | None:
    """What a label names, as it was read below it or behind it."""
    rest = label.rest.strip(" :.")
    if value is None and (not rest or rest.startswith("/") or rest != rest.upper()):
        return None
    return _as_read(label.field, value or label.span, value.text if value else rest)


def _best(found: Iterable[ReadField], today: date | None) -> dict[str, ReadField]:
    """Of each field the surest among those that have its form, in that form."""
    best: dict[str, ReadField] = {}
    for field in found:
        text = typed(field.name, field.text, today)
        if text and (field.name not in best or field.confidence > best[field.name].confidence):
            best[field.name] = field.model_copy(update={"text": text})
    return best


def _again(found: Iterable[ReadField], best: Mapping[str, ReadField], today: date | None) -> Iterator[ReadField]:
    """The fields that have their form and stand elsewhere than the best of their name."""
    for field in found:
        text = typed(field.name, field.text, today)
        if text and field.box != best[field.name].box:
            yield field.model_copy(update={"text": text})


def _loose(values: Iterable[Span], read: Collection[Span]) -> list[Span]:
    """The dates and numbers in lines of which nothing stands under a label."""
    free = (value for value in values if not any(value.line is each.line for each in read))
    return [value for value in free if _digits(value.text) >= MANY_DIGITS]


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _as_read(name: str, span: Span, text: str) -> ReadField:
    return ReadField(name=name, text=text, source="visual", box=span.line.box, confidence=span.line.confidence)
