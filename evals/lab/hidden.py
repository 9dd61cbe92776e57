"""Characters that no screen shows, or that steer it: control, zero-width and bidirectional ones. What a model reads has
to be what a person reads.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

BLANKS = "\n\t"


def hidden(text: str) -> Iterator[tuple[int, str]]:
    """Line and code point of each kind of such a character in a text, where it first stands."""
    seen: set[str] = set()
    for number, line in enumerate(text.split("\n"), 1):
        for character in line:
            if _hides(character) and character not in seen:
                seen.add(character)
                yield number, f"U+{ord(character):04X}"


def shown(text: str) -> str:
    """The text with such characters written out, as `\\x1b`."""
    return "".join(_written(each) if _hides(each) else each for each in text)


def _written(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _hides(character: str) -> bool:
    category = unicodedata.category(character)
    return (category.startswith("C") and character not in BLANKS) or category in {"Zl", "Zp"}
