"""Reading machine readable zones: correction of what a text recogniser misreads, fields.

Correction must not hide a forgery. Positions that hold only digits or only letters are read as such (an O among digits
is a 0) and fillers that were miscounted are put right. Where letters and digits mix, look-alikes are exchanged if the
visual zone shows the other one, or if that alone makes every check digit agree. A digit is never turned into another
digit: a zone whose check digits were wrong on paper stays wrong here, and says which.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import product
from typing import Literal

from vision.document.mrz_format import (
    ALPHABET,
    FRENCH,
    LETTERS,
    LONG_NUMBERS,
    NAME_LINE,
    TEMPLATES,
    Kind,
    failed,
    long_number,
    rooms,
    spans,
    unread,
)
from vision.types import Mrz, ReadField

# Greek and Cyrillic capitals that look like Latin ones; NFKD folds accents and full-width forms.
GLYPHS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХІЅЈ×", "ABEZHIKMNOPTYXABEKMHOPCTYXISJX")
TO_DIGIT = str.maketrans("OQDILZSBGAT", "00011258647")
TO_LETTER = str.maketrans("01256847", "OIZSGBAT")
SWAPS = dict(zip("O0I1S5B8Z2G6", "0O1I5S8B2Z6G", strict=True))
LOOK_ALIKE = str.maketrans("OQISBZG", "0015826")
# A recogniser sees these in a run of fillers.
FILLER_LIKE = frozenset("<KCLSEXR1")
MOST_CUT = 3
"""Columns at its end without which a zone is still read."""
GOOD_FOR = {"I": 61, "A": 61, "C": 61}
"""Most years from today to the expiry of a card, by the first letter of its zone: Hungary gives older people sixty."""
OTHERS_GOOD_FOR = 50
INCOMPLETE = re.compile(r"(?P<year>\d\d|<<)(?P<month>0\d|1[0-2]|<<)(?:00|<<)")
"""A birth date of which the issuer does not know all: fillers stand for that (ICAO 9303 part 3), or noughts."""


def parse(lines: Sequence[str], today: date, number: str = "") -> Mrz | None:
    """Read two lines (TD3, TD2, visas, IDFRA) or three (TD1) as recognised, correcting them; None if they are no
    such zone.

    `today` settles centuries: nobody is born after it. `number` is the document number as the visual zone has it, if it
    was read: it settles look-alikes. `failed_checks` names the check digits that disagree, among number, birth_date,
    expiry_date, optional and composite; `unread_checks` those of the last two behind which the picture ends.
    """
    cleaned = [clean(line) for line in lines]
    readings = [reading for kind in TEMPLATES for reading in _readings(kind, cleaned)]
    if not readings:
        return None
    length = sum(map(len, cleaned))
    kind, text = min(readings, key=lambda reading: (*_doubts(*reading), abs(len(reading[1]) - length)))
    return _zone(kind, _exchanged(kind, text, clean(number)), today)


def fields(zone: Mrz, source: Literal["mrz", "barcode"] = "mrz") -> tuple[ReadField, ...]:
    """What a zone says, dates as YYYY-MM-DD, a birth date that is not known whole as YYYY or YYYY-MM; `source` is where
    the zone was found."""
    values = {
        "surname": zone.surname,
        "given_names": zone.given_names,
        "nationality": zone.nationality,
        "sex": zone.sex,
        "birth_date": zone.birth_date.isoformat() if zone.birth_date else zone.born_in or "",
        "number": zone.number,
        "expiry_date": zone.expiry_date.isoformat() if zone.expiry_date else "",
    }
    return tuple(ReadField(name=name, text=text, source=source) for name, text in values.items() if text)


def cut(zone: Mrz) -> bool:
    """Whether a zone's room for names is full to its end, so that the names may be longer than it says."""
    return not all(room.endswith("<") for room in rooms(zone.kind, zone.lines))


def last_expiry(letter: str, today: date) -> date:
    """The last day on which a document ends whose zone begins with this letter; a later one is of the century before.
    A date that is printed tells more, see `century`."""
    return date(today.year + GOOD_FOR.get(letter, OTHERS_GOOD_FOR), 12, 31)


def clean(line: str) -> str:
    """A recognised line in the zone's own alphabet: A to Z, 0 to 9 and `<`, which also stands for what is unknown."""
    folded = unicodedata.normalize("NFKD", line.upper()).translate(GLYPHS)
    plain = (character for character in folded if not (character.isspace() or unicodedata.combining(character)))
    return "".join(character if character in ALPHABET or character == "<" else "<" for character in plain)


def _doubts(kind: Kind, text: str) -> tuple[int, int]:
    """The check digits that do not hold, and those of them that are wrong."""
    wrong = len(failed(kind, text))
    return wrong + len(unread(kind, text)), wrong


def _readings(kind: Kind, lines: Sequence[str]) -> Iterator[tuple[Kind, str]]:
    """Every way to read the lines as a zone of this kind, fillers put right and positions read by their class."""
    templates = TEMPLATES[kind]
    if not _begins(kind, lines):
        return
    if kind == "IDFRA":
        lines = FRENCH + lines[0][len(FRENCH) :], lines[1]
    fitted = []
    for place, (line, template) in enumerate(zip(lines, templates, strict=True)):
        names = place == NAME_LINE.get(kind)
        candidates = [_name_line(line, len(template))] if names else _fit(line, len(template))
        fitted.append({read for text in candidates if text and (read := _by_class(text, template))})
    for chosen in product(*(sorted(texts) for texts in fitted)):
        yield kind, "".join(chosen)


def _begins(kind: Kind, lines: Sequence[str]) -> bool:
    """Whether the lines are as many as this kind has, and begin as it does. What begins as the French card is no other:
    a given name of letters that look like digits would pass for the numbers of a TD2."""
    if len(lines) != len(TEMPLATES[kind]) or len(lines[0]) < len(FRENCH):
        return False
    first, second, state = lines[0][0].translate(TO_LETTER), lines[0][1].translate(TO_DIGIT), lines[0][2:5]
    french = len(lines) == 2 and (first, second, state) == ("I", "0", "FRA")
    return french == (kind == "IDFRA") and first in LETTERS[kind]


def _name_line(line: str, width: int) -> str:
    """The line of names with its tail of fillers put right; "" if it cannot have this width."""
    if not 0.6 * width <= len(line) <= 1.4 * width:
        return ""
    body = line.rstrip("<")
    # After the second double filler nothing but fillers follows, however they were read.
    ends = [match.start() for match in re.finditer("<<+", body)]
    for end in ends[1:]:
        if set(body[end:]) <= FILLER_LIKE:
            body = body[:end]
            break
    return body.ljust(width, "<") if len(body) <= width else ""


def _fit(line: str, width: int) -> Iterable[str]:
    """Lines of the wanted width, made by putting fillers into a run of them or taking some out. A few may be lacking at
    the end, where the picture was cut."""
    missing = width - len(line)
    if missing == 0:
        return [line]
    runs = [match.span() for match in re.finditer("<+", line)]
    if missing > 0:
        cut = {line + "<" * missing} if missing <= MOST_CUT else set()
        return cut | {line[:start] + "<" * missing + line[start:] for start, _ in runs} if missing <= width // 3 else ()
    return {line[:start] + line[start - missing :] for start, stop in runs if stop - start > -missing}


def _by_class(line: str, template: str) -> str:
    """The line with each position read by its class; "" where a position cannot be read so."""
    read = ""
    for character, kind in zip(line, template, strict=True):
        table = TO_DIGIT if kind in "dc" else TO_LETTER if kind in "as" else {}
        folded = character.translate(table)
        if kind in "dc" and not (folded.isdigit() or folded == "<"):
            return ""
        read += folded
    return read


def _exchanged(kind: Kind, text: str, number: str) -> str:
    """The text with look-alikes exchanged in its number where check digits ask for it.

    The visual zone's number is taken if more check digits agree with it. Else one exchange counts with which all of
    them agree: where a number's letters meet its digits, O and 0 or I and 1, which may be misread in both zones alike;
    anywhere, where no visual number was read. Of 5,778 numbers forged in both zones with stale check digits 6 % pass
    by chance without this and 8 % with it.
    """
    place, wrong = spans(kind)[0], _doubts(kind, text)[0]
    if kind == "IDFRA" or (number and number.translate(LOOK_ALIKE) != text[place].strip("<").translate(LOOK_ALIKE)):
        return text
    shown = text[: place.start] + number.ljust(9, "<") + text[place.stop :]
    if number and _doubts(kind, shown)[0] < wrong:
        return shown
    border = place.start + len(text[place]) - len(text[place].lstrip(ALPHABET[10:]))
    spots = range(max(border - 1, place.start), border + 1) if number else range(place.start, place.stop)
    alike = "O0I1" if number else "".join(SWAPS)
    tries = [text[:spot] + SWAPS[text[spot]] + text[spot + 1 :] for spot in spots if text[spot] in alike and wrong]
    return next((candidate for candidate in tries if not _doubts(kind, candidate)[0]), text)


def _zone(kind: Kind, text: str, today: date) -> Mrz:
    width = len(TEMPLATES[kind][0])
    lines = tuple(text[start : start + width] for start in range(0, len(text), width))
    number, nationality, birth, sex, expiry = spans(kind)
    long = long_number(kind, text) if kind in LONG_NUMBERS and text[number.stop] == "<" else ""
    wrong, lost = failed(kind, text), unread(kind, text)
    expires = _day(text[expiry], last_expiry(text[0], today))
    issued = _day(f"{text[number][:4]}28", today) if kind == "IDFRA" else None
    born = _day(text[birth], min(day for day in (today, expires, issued) if day))
    surname, _, given = "<<".join(rooms(kind, lines)).partition("<<")
    return Mrz(
        kind=kind,
        lines=lines,
        valid=not wrong and not lost,
        failed_checks=wrong,
        unread_checks=lost,
        surname=_words(surname),
        given_names=_words(given),
        number=(long[:-1] or text[number]).strip("<"),
        nationality=text[nationality].strip("<"),
        birth_date=born,
        expiry_date=expires,
        sex={"M": "M", "F": "F", "<": "X", "X": "X"}.get(text[sex], ""),
        born_in=None if wrong or lost else _incomplete(text[birth], today),
    )


def _incomplete(text: str, today: date) -> str | None:
    """What is known of a birth date that the issuer left incomplete: YYYY, YYYY-MM or ""; None where it did not."""
    match = INCOMPLETE.fullmatch(text)
    if match is None:
        return None
    if match["year"] == "<<":
        return ""
    year = today.year - (today.year - int(match["year"])) % 100
    return str(year) if match["month"] in ("00", "<<") else f"{year}-{match['month']}"


def _day(text: str, latest: date) -> date | None:
    """A date YYMMDD in the last century in which it is not after `latest`; None if there is no such day."""
    if not text.isdigit():
        return None
    century = latest.year - latest.year % 100
    for start in (century, century - 100):
        try:
            day = date(start + int(text[:2]), int(text[2:4]), int(text[4:]))
        except ValueError:
            continue
        if day <= latest:
            return day
    return None


def _words(text: str) -> str:
    return " ".join(text.replace("<", " ").split())
