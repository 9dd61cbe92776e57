"""Whether two writings of one thing agree, allowing for transliteration and for what a text recogniser confuses.

One changed letter or digit is what a forger changes, so nothing here forgives an edit distance: only look-alikes
(0 and O, 1 and I), accents, ICAO 9303 spellings (MÜLLER, MUELLER), word order, blanks and a truncated zone do.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from itertools import product

from rapidfuzz import fuzz

from vision.types import Agreement

EXPANDED = str.maketrans(
    {"Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "ẞ": "SS", "Ø": "OE", "Å": "AA", "Æ": "AE", "Œ": "OE", "Þ": "TH",
     "Đ": "D", "Ð": "D", "Ł": "L", "Ñ": "NXX", "Ĳ": "IJ"}
)  # fmt: skip
PLAIN = str.maketrans({"ß": "SS", "ẞ": "SS", "Ø": "O", "Æ": "AE", "Œ": "OE", "Þ": "TH", "Đ": "D", "Ð": "D", "Ł": "L"})
LOOK_ALIKE = str.maketrans("015826|", "OISBZGI")
NEARLY = 85.0
SHORTEST_PART = 2


def names(left: str, right: str, truncated: bool = False) -> Agreement:
    """Compare two names. `truncated` says that `right` may end early, as a zone of fixed width does.

    "partial" is a name with a word missing, or one so close that a slip of the reader explains it as well as another
    person does.
    """
    if not left.strip() or not right.strip():
        return "absent"
    pairs = list(product(_spellings(left), _spellings(right)))
    if any(_same(first, second, truncated) for first, second in pairs):
        return "match"
    if any(set(first) <= set(second) or set(second) <= set(first) for first, second in pairs):
        return "partial"
    close = max(fuzz.ratio("".join(first), "".join(second)) for first, second in pairs)
    return "partial" if close >= NEARLY else "mismatch"


def codes(left: str, right: str) -> Agreement:
    """Compare two document numbers: blanks, dashes and look-alikes do not count; a cut number agrees in part."""
    first, second = _code(left), _code(right)
    if not first or not second:
        return "absent"
    if first == second:
        return "match"
    shorter = min(len(first), len(second))
    return "partial" if shorter >= 5 and first[:shorter] == second[:shorter] else "mismatch"


def days(left: date | None, right: date | None) -> Agreement:
    """Compare two dates."""
    if left is None or right is None:
        return "absent"
    return "match" if left == right else "mismatch"


def _spellings(text: str) -> set[tuple[str, ...]]:
    """A name as words of A to Z: with accents dropped, and as ICAO 9303 spells them out."""
    upper = unicodedata.normalize("NFC", text.upper())
    return {_words(upper.translate(table)) for table in (PLAIN, EXPANDED)}


def _words(upper: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", upper.replace("'", "").replace("’", "").replace("`", ""))
    letters = (c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return tuple("".join(letters).translate(LOOK_ALIKE).split())


def _same(first: tuple[str, ...], second: tuple[str, ...], truncated: bool) -> bool:
    left, right = "".join(first), "".join(second)
    if left == right or sorted(first) == sorted(second):
        return bool(left)
    return truncated and len(right) >= SHORTEST_PART and left.startswith(right)


def _code(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.upper()).translate(LOOK_ALIKE)
    return "".join(c for c in folded if c.isascii() and c.isalnum()).replace("Q", "O")
