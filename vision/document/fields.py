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

from rapidfuzz import fuzz

from vision.document import dates, numbered
from vision.document.dates import day
from vision.document.numbered import Entry
from vision.document.spans import Span, piece, saying, straightened
from vision.types import ReadField

if TYPE_CHECKING:
    # Only named here: whoever compares what was read elsewhere needs no reader of text.
    from vision.document.ocr import Line

LABELS: dict[str, tuple[str, ...]] = {
    "surname": ("surname", "last name", "family name", "nom", "apellidos", "cognome", "familienname", "nachname"),
    "given_names": ("given names", "given name", "first name", "first names", "forenames", "prenoms", "nombres", "nomi",
                    "vornamen"),
    "nationality": ("nationality", "citizenship", "nationalite", "nacionalidad", "cittadinanza", "staatsang",
                    "staatsangehorigkeit"),
    "sex": ("sex", "gender", "sexe", "sexo", "sesso", "geschl", "geschlecht"),
    "birth_date": ("date of birth", "birth date", "date de naissance", "fecha de nacimiento", "data di nascita",
                   "geburtsdatum"),
    "number": ("document no", "document number", "passport no", "passport number", "card no", "card number",
               "licence no", "licence number", "license no", "license number", "identity no"),
    "issue_date": ("date of issue", "issue date", "issued on", "delivre le", "expedicion", "rilascio", "ausgestellt"),
    "expiry_date": ("date of expiry", "expiry date", "date of expiration", "valid until", "expires", "expire le",
                    "caducidad", "scadenza", "gultig bis"),
}  # fmt: skip
PHRASES = tuple((name, phrase.replace(" ", ""), phrase.count(" ") + 1) for name in LABELS for phrase in LABELS[name])
# Where a licence labels its fields with number and words, the words may be misread.
NUMBER = re.compile(r"\s*(4[ab]|[1235])\.\s*[^\W\d]\D*")
NUMBERS = re.compile(r"\s*(4[a-d]|[1-9])\.(?=\s|[^\W\d])")
# British licences print a title before the given names.
TITLES = re.compile(r"^(?:(?:MR|MRS|MISS|MS|MX|DR)\b[. ]*)+(?=\w)", re.IGNORECASE)
DATES = ("birth_date", "issue_date", "expiry_date")
LABEL_LIKENESS, SURE_LIKENESS = 76.0, 88.0
# A date or number has so many digits; no other value has.
MANY_DIGITS = 5
# So many labels that are not in capitals tell a page on which no label is.
SMALL_LABELS = 4
# A digit inside a word of letters is a misread letter.
LETTERS = str.maketrans("0158", "oisb")
# Nor has a name digits.
MISREAD = str.maketrans("0158", "OISB")
# Small letters that differ from capitals in size alone, which a recogniser does not see.
SIZED = frozenset("cosuvwxz")


@dataclass(frozen=True)
class _Label:
    """A field's name where it stands on the page, and what follows it in its line."""

    field: str
    span: Span
    rest: str


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
    lettered = _labelled(rest)
    labels = _first_of_row([label for _, own in lettered for label in own])
    values = [part for span, own in lettered if not own and not _numbers(span.text) for part in _parts(span, labels)]
    read = _matched(labels, values)
    valued = [_entered(entry, today) for entry in entries]
    valued += [field for place in sorted(read) if (field := _field(labels[place], read[place]))]
    behind = [field for place, label in enumerate(labels) if place not in read and (field := _field(label, None))]
    best = _best([*valued, *behind], today)
    illegible = [field for field in valued if field.name not in best]
    loose = [_as_read("unlabelled", value, value.text) for value in _loose(values, read.values())]
    first = tuple(best[name] for name in LABELS if name in best)
    return Values(first, (*illegible, *loose), tuple(_again([*valued, *behind], best, today)))


def is_label(text: str) -> bool:
    """Whether a line of text surely names a field: nearly letter by letter."""
    return bool(_hits(text, SURE_LIKENESS))


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
    found = numbered.series([span for span in spans if not _hits(span.text)])
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


def _labelled(spans: Sequence[Span]) -> list[tuple[Span, list[_Label]]]:
    """Each line with the labels in it. On a page that labels in small letters a line in capitals is none: NOM among
    them is somebody's name."""
    lettered = [(span, _labels(span)) for span in spans]
    if sum(bool(labels) and not span.text.isupper() for span, labels in lettered) < SMALL_LABELS:
        return lettered
    return [(span, [] if span.text.isupper() else labels) for span, labels in lettered]


def _first_of_row(labels: Sequence[_Label]) -> list[_Label]:
    """The labels without those that repeat, further right, what another in their row says in another language."""

    def repeats(label: _Label, other: _Label) -> bool:
        beside = abs(other.span.middle - label.span.middle) < label.span.height
        return other.field == label.field and beside and other.span.left < label.span.left

    return [label for label in labels if not any(repeats(label, other) for other in labels)]


def _labels(span: Span) -> list[_Label]:
    """The labels in a line, each field once, from left to right."""
    hits = _hits(span.text) or _numbered(span.text)
    fields = list(dict.fromkeys(name for _, _, name in hits))
    firsts = [next(hit for hit in hits if hit[2] == name) for name in fields]
    labels = []
    for place, (start, end, name) in enumerate(firsts):
        stop = firsts[place + 1][0] if place + 1 < len(firsts) else len(span.text)
        last = max(hit[1] for hit in hits if hit[2] == name and hit[0] < stop)
        labels.append(_Label(name, piece(span, start if place else 0, stop), span.text[max(end, last) : stop]))
    return labels


def _hits(text: str, likeness: float = LABEL_LIKENESS) -> list[tuple[int, int, str]]:
    """Where labels begin and end in a text, and the fields they name."""
    words = list(re.finditer(r"[^\s/:]+", text))
    hits: list[tuple[int, int, str]] = []
    at = 0
    while at < len(words):
        hit = _phrase(words[at : at + 4], likeness)
        if hit:
            name, count = hit
            hits.append((words[at].start(), words[at + count - 1].end(), name))
        at += hit[1] if hit else 1
    return hits


def _numbered(text: str) -> list[tuple[int, int, str]]:
    """The label that a text is by its number, if it is one."""
    match = NUMBER.fullmatch(text)
    return [(0, len(text), numbered.FIELDS[match[1]])] if match else []


def _phrase(words: Sequence[re.Match[str]], least: float) -> tuple[str, int] | None:
    """The field whose label these words begin with, and how many words it takes."""
    plain = [_plain(word.group()) for word in words]
    best: tuple[float, int, str] = (0.0, 0, "")
    for name, phrase, size in PHRASES:
        for count in range(1, min(size, len(plain)) + 1):
            joined = "".join(plain[:count])
            likeness = fuzz.ratio(joined, phrase) if abs(len(joined) - len(phrase)) <= 2 else 0.0
            if len(phrase) <= 6 and likeness < 100:
                continue
            best = max(best, (likeness, count, name))
    return (best[2], best[1]) if best[0] >= least else None


def _plain(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word.lower())
    letters = "".join(c for c in folded if c.isalnum())
    return letters.translate(LETTERS) if any(c.isalpha() for c in letters) else ""


def _parts(value: Span, labels: Iterable[_Label]) -> list[Span]:
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


def _matched(labels: Sequence[_Label], values: Sequence[Span]) -> dict[int, Span]:
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


def _field(label: _Label, value: Span | None) -> ReadField | None:
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
