"""Personal data to stable placeholders, before a text reaches a log, a prompt or an error message. Pure.

What follows a pattern is found by it: e-mail, network and crypto addresses, IBANs, cards, phone and document numbers.
Names and street addresses follow none: only names that are given are replaced. Days stay, because a case is told by
them. A pattern may take more than it should; leaving something in is worse. Texts are taken as they are read: letters
of other kinds as the plain ones (NFKC), and nothing that cannot be seen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import partial

MARK = re.compile(r"<(?:person|email|iban|card|crypto|phone|number|ip)-\d{1,6}>")
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Fillers, joiners and variation selectors that show nothing, beside the format characters (category Cf)."""
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[^\s@<>()\[\],;:\"']+@[^\s@<>()\[\],;:\"']+\.[^\W\d_]{2,}")),
    ("ip", re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")),
    ("ip", re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){2,7}(?::?[0-9a-fA-F]{1,4}){1,6}(?![\w:])")),
    ("crypto", re.compile(r"\b0x[0-9a-fA-F]{10,64}\b|\b(?:bc1|tb1|ltc1)[a-z0-9]{20,80}\b")),
    ("crypto", re.compile(r"\b(?=\w*\d)(?=\w*[A-Z])(?=\w*[a-z])[1-9A-HJ-NP-Za-km-z]{26,64}\b")),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")),
    ("iban", re.compile(r"\b[a-z]{2}\d{2}(?=(?:[a-z]*\d){8})[a-z0-9]{11,30}\b")),
    ("card", re.compile(r"(?<![\w+])\d(?:[ .-]?\d){12,18}(?!\w)")),
    ("phone", re.compile(r"(?<!\w)(?:\+|00)\d(?:[ ()./-]{0,2}\d){6,14}(?!\w)")),
    ("phone", re.compile(r"(?<!\w)\(?0\d(?:[ ()./-]{0,2}\d){6,11}(?!\w)")),
    ("number", re.compile(r"\b[A-Z]{1,3}(?: \d{2,4}){2,4}\b")),
    ("number", re.compile(r"\b(?=(?:\w*\d){3})[A-Za-z0-9]{7,20}\b|\b\d{7,}\b")),
)
WORD = 3
"""A shorter word of a name alone cannot be told from prose; in the whole name it is replaced."""


def redact(text: str, names: Sequence[str] = ()) -> str:
    """Replace personal data by `<person-1>`, `<email-1>` and the like.

    Equal values get equal placeholders, numbered by their order in the text; a name has its number in `names`, whether
    it stands there whole or in part. Redacting what is redacted changes nothing.
    """
    text, before = _between_marks(text, _as_read), None
    while text != before:  # what stood beside a value can only be told for what it is once that value has gone
        before = text
        for number, name in enumerate(names, 1):
            for pattern in _patterns_of(name):
                text = _between_marks(text, partial(pattern.sub, f"<person-{number}>"))
        for kind, pattern in PATTERNS:
            text = _between_marks(text, partial(pattern.sub, _numbering(text, kind)))
    return text


def _as_read(text: str) -> str:
    """Letters and figures of every kind as the plain ones, without characters that cannot be seen."""
    seen = "".join(character for character in UNSEEN.sub("", text) if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", seen)


def _numbering(text: str, kind: str) -> Callable[[re.Match[str]], str]:
    """Gives each new value the next number of its kind that the text does not use yet."""
    taken = [int(mark[len(kind) + 2 : -1]) for mark in MARK.findall(text) if mark.startswith(f"<{kind}-")]
    first = max(taken, default=0) + 1
    seen: dict[str, int] = {}

    def placeholder(match: re.Match[str]) -> str:
        key = re.sub(r"[\s()./-]", "", match[0]).casefold()
        return f"<{kind}-{seen.setdefault(key, first + len(seen))}>"

    return placeholder


def _patterns_of(name: str) -> Iterator[re.Pattern[str]]:
    """The whole name first, then each of its words that is long enough."""
    words = _as_read(name).split()
    for part in ([words] if words else []) + [[word] for word in words if len(word) >= WORD]:
        yield re.compile(r"(?<!\w)" + r"[\s,]+".join(map(re.escape, part)) + r"(?!\w)", re.IGNORECASE)


def _between_marks(text: str, rewrite: Callable[[str], str]) -> str:
    """Rewrite the text between placeholders, which nothing later may touch."""
    parts = re.split(f"({MARK.pattern})", text)
    return "".join(part if MARK.fullmatch(part) else rewrite(part) for part in parts)
