"""The words on a document that name a field, in English or one of a few other languages, however they were misread."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from vision.document import numbered
from vision.document.spans import Span, piece

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
LABEL_LIKENESS, SURE_LIKENESS = 76.0, 88.0
# So many labels that are not in capitals tell a page on which no label is.
SMALL_LABELS = 4
# A digit inside a word of letters is a misread letter.
LETTERS = str.maketrans("0158", "oisb")


@dataclass(frozen=True)
class Label:
    """A field's name where it stands on the page, and what follows it in its line."""

    field: str
    span: Span
    rest: str


def is_label(text: str) -> bool:
    """Whether a line of text surely names a field: nearly letter by letter."""
    return bool(hits(text, SURE_LIKENESS))


def lettered(spans: Sequence[Span]) -> list[tuple[Span, list[Label]]]:
    """Each line with the labels in it. On a page that labels in small letters a line in capitals is none: NOM among
    them is somebody's name."""
    found = [(span, _labels(span)) for span in spans]
    if sum(bool(labels) and not span.text.isupper() for span, labels in found) < SMALL_LABELS:
        return found
    return [(span, [] if span.text.isupper() else labels) for span, labels in found]


def first_of_row(labels: Sequence[Label]) -> list[Label]:
    """The labels without those that repeat, further right, what another in their row says in another language."""

    def repeats(label: Label, other: Label) -> bool:
        beside = abs(other.span.middle - label.span.middle) < label.span.height
        return other.field == label.field and beside and other.span.left < label.span.left

    return [label for label in labels if not any(repeats(label, other) for other in labels)]


def _labels(span: Span) -> list[Label]:
    """The labels in a line, each field once, from left to right."""
    found = hits(span.text) or _numbered(span.text)
    fields = list(dict.fromkeys(name for _, _, name in found))
    firsts = [next(hit for hit in found if hit[2] == name) for name in fields]
    labels = []
    for place, (start, end, name) in enumerate(firsts):
        stop = firsts[place + 1][0] if place + 1 < len(firsts) else len(span.text)
        last = max(hit[1] for hit in found if hit[2] == name and hit[0] < stop)
        labels.append(Label(name, piece(span, start if place else 0, stop), span.text[max(end, last) : stop]))
    return labels


def hits(text: str, likeness: float = LABEL_LIKENESS) -> list[tuple[int, int, str]]:
    """Where labels begin and end in a text, and the fields they name."""
    words = list(re.finditer(r"[^\s/:]+", text))
    found: list[tuple[int, int, str]] = []
    at = 0
    while at < len(words):
        hit = _phrase(words[at : at + 4], likeness)
        if hit:
            name, count = hit
            found.append((words[at].start(), words[at + count - 1].end(), name))
        at += hit[1] if hit else 1
    return found


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
