"""The words on a document that name a field, in English or one of a few other languages, however they were misread."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from vision.document import numbered
from vision.document.spans import Span, piece

Hit = tuple[int, int, str]
"""Where a label begins and ends in a text, and the field that it names."""

LABELS: dict[str, tuple[str, ...]] = {
    "surname": ("surname", "last name", "family name", "nom", "apellidos", "cognome", "familienname", "nachname"),
    "given_names": ("given names", "given name", "first name", "first names", "forenames", "prenoms", "nombres",
                    "nombre", "nomi", "vornamen"),
    "nationality": ("nationality", "citizenship", "nationalite", "nacionalidad", "cittadinanza", "staatsang",
                    "staatsangehorigkeit"),
    "sex": ("sex", "gender", "sexe", "sexo", "sesso", "geschl", "geschlecht"),
    "birth_date": ("date of birth", "birth date", "date de naissance", "date de naiss", "fecha de nacimiento",
                   "nacimiento", "nascimento", "data di nascita", "geburtsdatum", "geburtstag"),
    "number": ("document no", "document number", "passport no", "passport number", "licence no", "licence number",
               "license no", "license number", "driving licence no", "driving licence number", "driver license no",
               "driver license number", "drivers license no", "drivers license number"),
    "issue_date": ("date of issue", "issue date", "issued on", "delivre le", "expedicion", "rilascio", "ausgestellt"),
    "expiry_date": ("date of expiry", "expiry date", "date of expiration", "valid until", "expires", "expire le",
                    "caducidad", "expiracion", "vencimiento",
                    "fecha de vencimiento", "scadenza", "gultig bis"),
}  # fmt: skip
SECOND = "second_number"
"""A number that is the document's only where no other is: of the holder, or of the card beside that of the licence."""
NO_FIELD = ""
"""What a label names that is no field here, though its words are like those of one."""
WHOLE_NAME = "whole_name"
"""Surname and given names under one label."""
OTHERS: dict[str, tuple[str, ...]] = {
    SECOND: ("card no", "card number", "identity no"),
    NO_FIELD: (
        "place of birth", "country of birth", "lieu de naissance", "lugar de nacimiento", "luogo di nascita",
        "geburtsort", "name at birth", "surname at birth", "family name at birth", "birth name", "maiden name",
        "geburtsname", "nom de naissance", "nom d usage", "alternate name", "nazwisko rodowe", "middle name",
        "fathers name", "mothers name", "parents given names", "imiona rodzicow", "place of issue", "state of issue",
        "country of issue", "issued by", "delivre par", "delivre a", "date of registration", "registration date",
        "valid from", "gultig ab", "place of residence", "place of origin", "national id", "driving licence",
        "driver license", "drivers license", "domicilio", "previous surname", "former surname", "previous name",
        "former name", "nom de jeune fille", "nom d epouse", "name of father", "name of mother", "name of spouse",
        "date of first issue", "first issue", "date of entry", "date of exit", "date of arrival", "date of departure",
        "date of marriage", "date of death", "date of application", "date and place of issue", "old passport no",
        "old passport number", "previous passport no", "previous passport number", "file no", "file number",
        "tracking number", "booklet number", "citizenship number", "citizenship no", "telephone no",
    ),
}  # fmt: skip
PHRASES = tuple(
    (name, tuple(phrase.split()), phrase.replace(" ", ""))
    for name, phrases in (LABELS | OTHERS).items()
    for phrase in phrases
)
LONGEST = max(len(words) for _, words, _ in PHRASES)
FURTHER = """
    with first old previous former entry exit arrival departure marriage death application renewal visit return stay
    travel examination enrolment admission delivery signature permit address authority office mariage deces entree
    sortie premiere delivrance ingreso entrada salida matrimonio inscripcion eingang einreise heirat
"""
WORDS = frozenset(FURTHER.split()).union(*(words for _, words, _ in PHRASES))
"""Words of labels. One that was read in the place of another makes a label a different one, however alike the rest is:
date of entry, date of expiry."""
NAMES = frozenset({"surname", "given_names"})
RELATIVES = """
    father mother parent parents spouse husband wife guardian pere mere conjoint conjointe epoux epouse lepoux lepouse
    padre madre padres conyuge esposo esposa genitore coniuge marito moglie vaters mutter eltern ehegatten
"""
KIN = frozenset(RELATIVES.split())
"""Whose name is not the holder's: surname of spouse, nom de la mère, mother's surname."""
OF = frozenset({"of", "the", "de", "du", "des", "del", "della", "dell", "la", "le", "el", "der"})
# Between the two halves of a label that names surname and given names.
AND = re.compile(r"(?:[,&]|\b(?:and|et|y|e|und)\b)\s*$", re.IGNORECASE)
LABEL_LIKENESS, SURE_LIKENESS = 76.0, 88.0
# So many labels that are not in capitals tell a page on which no label is.
SMALL_LABELS = 4
# A digit inside a word of letters is a misread letter.
LETTERS = str.maketrans("0158", "oisb")


@dataclass(frozen=True)
class Label:
    """A field's name where it stands on the page, its words without blanks, and what follows them in their line."""

    field: str
    span: Span
    words: str
    rest: str


def is_label(text: str) -> bool:
    """Whether a line of text, of which no more than a second language was cut off, surely names a field: nearly letter
    by letter, with no word behind that may make it another."""
    found = hits(text, SURE_LIKENESS)
    return bool(found) and not re.search(r"[^\W\d_]", text[found[-1][1] :].partition("/")[0])


def lettered(spans: Sequence[Span]) -> list[tuple[Span, list[Label]]]:
    """Each line with the labels in it. On a page that labels in small letters a line in capitals is none, for NOM among
    them is somebody's name, unless it ends in a stroke, behind which another language stood."""
    found = [(span, _labels(span)) for span in spans]
    if sum(bool(labels) and not span.text.isupper() for span, labels in found) < SMALL_LABELS:
        return found
    return [(span, [] if span.text.isupper() and span.text[-1] != "/" else labels) for span, labels in found]


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
        words = _plain(span.text[start : max(end, last)])
        labels.append(Label(name, piece(span, start if place else 0, stop), words, span.text[max(end, last) : stop]))
    return labels


def hits(text: str, likeness: float = LABEL_LIKENESS) -> list[Hit]:
    """Where labels begin and end in a text, and the fields they name."""
    words = list(re.finditer(r"[^\s/:]+", text))
    plain = [_plain(word.group()) for word in words]
    found: list[Hit] = []
    at = free = 0
    while at < len(words):
        hit = _phrase(plain[at : at + LONGEST], likeness)
        if hit is None:
            at += 1
            continue
        name, stop = hit[0], at + hit[1]
        more = _of_kin(plain[free:at], plain[stop:]) if name in NAMES else None
        stop += more or 0
        found.append((words[at].start(), words[stop - 1].end(), name if more is None else NO_FIELD))
        at = free = stop
    return _joined(text, _meant(text, found))


def _of_kin(before: Sequence[str], behind: Sequence[str]) -> int | None:
    """How many of the words behind a label of a name say, as may the one before it, that it is not the holder's; None
    where none does."""
    if before and (before[-1] in KIN or before[-1].removesuffix("s") in KIN):
        return 0
    of = next((place for place, word in enumerate(behind) if word not in OF), 0)
    return of + 1 if of and behind[of] in KIN else None


def _meant(text: str, found: Sequence[Hit]) -> list[Hit]:
    """The labels without those that say again, behind a stroke, what is no field: NAZWISKO RODOWE / FAMILY NAME."""
    kept: list[Hit] = []
    end = 0
    for hit in found:
        if not (kept and kept[-1][2] == NO_FIELD and "/" in text[end : hit[0]]):
            kept.append(hit)
        end = hit[1]
    return kept


def _joined(text: str, found: Sequence[Hit]) -> list[Hit]:
    """The labels, surname and given names joined where they are one: Last Name, First Name; nom et prénoms du père."""
    joined: list[Hit] = []
    for hit in found:
        before = joined[-1] if joined else None
        several = before and (before[2] == WHOLE_NAME or {before[2], hit[2]} == NAMES)
        kin = before and before[2] in NAMES and hit[2] == NO_FIELD
        if before and (several or kin) and AND.search(text[before[0] : hit[0]]):
            joined[-1] = before[0], hit[1], NO_FIELD if kin else WHOLE_NAME
        else:
            joined.append(hit)
    return joined


def _numbered(text: str) -> list[Hit]:
    """The label that a text is by its number, if it is one."""
    name = numbered.label(text)
    return [(0, len(text), name)] if name else []


def _phrase(plain: Sequence[str], least: float) -> tuple[str, int] | None:
    """The field whose label these words begin with, and how many words it takes."""
    best: tuple[float, int, str] = (0.0, 0, "")
    for name, own, phrase in PHRASES:
        for count in range(1, min(len(own), len(plain)) + 1):
            joined = "".join(plain[:count])
            likeness = fuzz.ratio(joined, phrase) if abs(len(joined) - len(phrase)) <= 2 else 0.0
            if (len(phrase) <= 6 and likeness < 100) or (phrase.startswith(joined) and len(phrase) - len(joined) == 2):
                continue
            if least <= likeness < 100 and _exchanged(plain[:count], own):
                continue
            best = max(best, (likeness, count, name))
    return (best[2], best[1]) if best[0] >= least else None


def _exchanged(read: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether among the words that were read is one of labels that is none of a phrase, nor one of its words misread in
    a letter."""
    return any(word in WORDS and all(OSA.distance(word, own) > 1 for own in phrase) for word in read)


def _plain(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word.lower())
    letters = "".join(c for c in folded if c.isalnum())
    return letters.translate(LETTERS) if any(c.isalpha() for c in letters) else ""
