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
from itertools import chain
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from vision.document import dates, numbered
from vision.document.dates import day
from vision.document.labels import LABELS, NAMES, NO_FIELD, SECOND, WHOLE_NAME, Label, first_of_row, hits, lettered
from vision.document.matching import Rows, matched, parts
from vision.document.numbered import Entry
from vision.document.spans import Span, saying, straightened
from vision.types import ReadField

if TYPE_CHECKING:
    # Only named here: whoever compares what was read elsewhere needs no reader of text.
    from vision.document.ocr import Line

NUMBERS = re.compile(r"\s*(4[a-d]|[1-9])\.(?=\s|[^\W\d])")
# British licences print a title before the given names.
TITLES = re.compile(r"^(?:(?:MR|MRS|MISS|MS|MX|DR)\b[. ]*)+(?=\w)", re.IGNORECASE)
SEXES = re.compile(r"[MFX](?:\b.*|ale|emale)?|H(?:ombre|omme)?", re.IGNORECASE)
DATES = ("birth_date", "issue_date", "expiry_date")
# Fields that a few letters or digits behind their label surely are.
TOLD = frozenset({*DATES, "number", SECOND, "sex"})
# The mark of a label that German cards repeat before the value.
MARK = re.compile(r"^[\[({|]?[ab][\])}|]\s*")
# Lines of a name under one label; Mexican cards have surname, second surname and given names under NOMBRE.
MOST_ROWS, MEXICAN_ROWS = 2, 3
# What Cyrillic capitals stand for, by the Latin ones and digits that they are read as: TKA4EHKO is TKACHENKO. So alike,
# in percent, the two writings are at least.
CYRILLIC = str.maketrans({"B": "V", "H": "N", "P": "R", "C": "S", "X": "KH", "Y": "U", "N": "I", "R": "YA", "W": "SH",
                          "3": "Z", "4": "CH", "6": "B"})  # fmt: skip
SAME_NAME = 60.0
# Confidence in a letter that was read well and may mean either sex.
DOUBTFUL = 0.5
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
    values = [part for span, own in own_labels if not own and not _numbers(span.text) for part in parts(span, labels)]
    open_labels = [label for label in labels if not _told(label, today)]
    read = matched(open_labels, values)
    valued = [_entered(entry, today) for entry in entries]
    valued += [field for place in sorted(read) for field in _under(open_labels[place], read[place], labels)]
    taken = {id(open_labels[place]) for place in read}
    behind = [field for label in labels if id(label) not in taken and (field := _behind(label))]
    found = _own_number([*valued, *behind])
    best = _best(found, today)
    illegible = [field for field in found if field.name not in best and field not in behind]
    loose = [_as_read("unlabelled", value, value.text) for value in _loose(values, [*chain(*read.values())])]
    first = tuple(best[name] for name in LABELS if name in best)
    return Values(first, (*illegible, *loose), tuple(_again(found, best, today)))


def typed(field: str, text: str, today: date | None = None) -> str:
    """The text of a field in the form its kind has, or "" if it has not. A year of two digits gets the century that is
    possible as of `today`."""
    text = " ".join(text.split()).strip(" :;,")
    if field.endswith("_date"):
        return text if day(text) else dates.with_century(field, text, today) if today else ""
    if field == "sex":
        return text[0].upper() if SEXES.fullmatch(text) else ""
    if field in ("number", SECOND):
        number = re.sub(r"[\s./-]", "", text).upper()
        return number if re.fullmatch(r"(?=.*\d.*\d)[A-Z0-9]{5,20}", number) else ""
    worded = any(character.isalpha() for character in text) and not re.search(r"\b\d{3,}\b", text)
    return _capitals(MARK.sub("", text, count=1).translate(MISREAD)) if worded else ""


def _capitals(name: str) -> str:
    """A name in capitals where all else in it is one: JO that was read as Jo."""
    small = {unicodedata.normalize("NFKD", letter)[0] for letter in name if letter.islower()}
    return name.upper() if small <= SIZED and any(letter.isupper() for letter in name) else name


def _entries(spans: Sequence[Span], today: date | None) -> list[Entry]:
    """The numbered lines that hold the values of fields. Where none of them holds a date they are labels, misread."""
    found = numbered.series([span for span in spans if not hits(span.text)])
    entries = [entry for entry in found if entry.field]
    return entries if any(entry.field in DATES and typed(entry.field, entry.text, today) for entry in entries) else []


def _entered(entry: Entry, today: date | None) -> ReadField:
    """The field in a numbered line, with the place of its value alone."""
    name = entry.field
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


def _told(label: Label, today: date | None) -> bool:
    """Whether a date, number or sex stands behind its label, so that nothing below is its value."""
    field = _behind(label) if label.field not in NAMES else None
    return field is not None and field.name in TOLD and bool(typed(field.name, field.text, today))


def _behind(label: Label) -> ReadField | None:
    """What a label names, as it was read behind it."""
    rest = label.rest.strip(" :.")
    if label.field in (NO_FIELD, WHOLE_NAME) or not rest or rest.startswith("/") or rest != rest.upper():
        return None
    return _doubted(label, _as_read(label.field, label.span, rest))


def _under(label: Label, rows: Rows, labels: Sequence[Label]) -> Iterator[ReadField]:
    """What a label names, as it was read below it."""
    texts = [row.text for row in rows]
    if label.field == WHOLE_NAME:
        surname, comma, given = texts[0].partition(",")
        yield from _named(rows[0], surname, given) if comma else ()
    elif label.words == "nombre" and not any(other.field == "surname" for other in labels):
        yield from _named(rows[0], " ".join(texts[:2]), texts[2]) if len(rows) == MEXICAN_ROWS else ()
    elif label.field != NO_FIELD:
        yield _doubted(label, _as_read(label.field, rows[0], _together(texts)))


def _together(texts: Sequence[str]) -> str:
    """A name in several lines: of two, the second alone where the first is the same in Cyrillic letters. A comma ends
    the surname before given names, and three lines are of more than one name."""
    if len(texts) != MOST_ROWS or texts[0].endswith(","):
        return texts[0]
    again = fuzz.ratio(texts[0].upper().translate(CYRILLIC), texts[1].upper()) >= SAME_NAME
    return texts[1] if again else " ".join(texts)


def _named(span: Span, surname: str, given_names: str) -> Iterator[ReadField]:
    yield _as_read("surname", span, surname.strip())
    yield _as_read("given_names", span, given_names.strip())


def _doubted(label: Label, field: ReadField) -> ReadField:
    """The field, or less sure where M may be mujer: the label is in Spanish or Portuguese alone."""
    doubtful = label.words == "sexo" and field.text.upper() == "M"
    return field.model_copy(update={"confidence": min(field.confidence, DOUBTFUL)}) if doubtful else field


def _own_number(found: Sequence[ReadField]) -> list[ReadField]:
    """The fields, with a number that may be of the holder or the card only where the document's own was not read."""
    own = any(field.name == "number" and typed("number", field.text) for field in found)
    kept = (field for field in found if not (own and field.name == SECOND))
    return [field.model_copy(update={"name": "number"}) if field.name == SECOND else field for field in kept]


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
