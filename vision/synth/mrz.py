"""The machine readable zone of ICAO 9303: TD3 for passports, TD2 and TD1 for cards, with their check digits."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import date
from itertools import accumulate, pairwise
from typing import Literal

from vision.document.mrz_format import ALPHABET, CHECKS, check_digit

CheckName = Literal["number", "birth_date", "expiry_date", "optional", "composite"]
MrzKind = Literal["TD1", "TD2", "TD3"]
LETTERS = {
    "Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "ẞ": "SS", "Ø": "OE", "Å": "AA", "Æ": "AE", "Œ": "OE", "Þ": "TH",
    "Đ": "D", "Ð": "D", "Ł": "L", "Ħ": "H", "Ŧ": "T", "Ŋ": "N", "Ĳ": "IJ", "Ŀ": "L",
}  # fmt: skip
"""What ICAO 9303 part 3 writes for letters that are more than an accent on a Latin one."""


def transliterate(text: str) -> str:
    """A name in the letters A to Z and the filler, as the machine readable zone spells it."""
    spelt = "".join(LETTERS.get(letter, letter) for letter in text.upper().replace("'", "").replace("’", ""))
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return "<".join("".join(letter if letter in ALPHABET else " " for letter in plain).split())


def _name(surname: str, given_names: str, width: int) -> str:
    return f"{transliterate(surname)}<<{transliterate(given_names)}"[:width].ljust(width, "<")


def _checked(text: str, width: int = 0) -> str:
    padded = text[: width or None].ljust(width, "<")
    return padded + check_digit(padded)


def encode(
    kind: MrzKind,
    *,
    code: str,
    state: str,
    surname: str,
    given_names: str,
    number: str,
    nationality: str,
    birth_date: date,
    expires: date,
    sex: str,
) -> tuple[str, ...]:
    """The lines of a zone. `code` is one or two letters (P, I, ID), `state` and `nationality` are alpha-3 codes."""
    document = _checked(transliterate(number).replace("<", ""), 9)
    born, until = _checked(f"{birth_date:%y%m%d}"), _checked(f"{expires:%y%m%d}")
    head = code.ljust(2, "<") + state.ljust(3, "<")
    nation, gender = nationality.ljust(3, "<"), sex if sex in ("F", "M") else "<"
    if kind == "TD1":
        upper = (head + document).ljust(30, "<")
        second = f"{born}{gender}{until}{nation}".ljust(29, "<")
        composite = check_digit(upper[5:] + born + until + second[18:])
        return upper, second + composite, _name(surname, given_names, 30)
    width, personal = (44, _checked("", 14)) if kind == "TD3" else (36, "<" * 7)
    composite = check_digit(document + born + until + personal)
    first = head + _name(surname, given_names, width - 5)
    return first, f"{document}{nation}{born}{gender}{until}{personal}{composite}"


def spoilt(kind: MrzKind, lines: tuple[str, ...], checks: Collection[CheckName]) -> tuple[str, ...]:
    """The lines with these check digits wrong, each one too high, and no other: the composite digit, which covers the
    others, agrees with them as they are printed unless it is named too. A kind without such a digit (only TD3 checks
    the optional data) stays as it is there."""
    text = "".join(lines)
    for check in CHECKS[kind]:
        covered = "".join(text[start:stop] for start, stop in check.spans)
        digit = (int(check_digit(covered)) + (check.name in checks)) % 10
        text = text[: check.digit] + str(digit) + text[check.digit + 1 :]
    ends = accumulate(map(len, lines), initial=0)
    return tuple(text[start:stop] for start, stop in pairwise(ends))
