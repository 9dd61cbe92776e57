"""Strange words: what a coded column holds beside the words that the catalogue names for it. A query decides by those,
so that every other word reads as "not that", whatever the exchange meant by it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tools.catalogue import Column, Table

FEW = 3
CODE = re.compile(r"(?!(?:.*\d){4})[\w.-]{1,24}")
"""What may be shown as a code: no blank as in a name, no @ as in an e-mail address, fewer digits than a number has."""
REMEDY = "map it to a word of the catalogue in a view, or add it to the catalogue where it means none of those there"


def strange_words(table: Table, column: Column, rows: str = "TRUE") -> str:
    """SQL for the first few words of `column` that its catalogue does not name, as one column `word`, among the rows of
    which the condition `rows` holds. What is blank is lacking, not strange."""
    named = ", ".join(f"'{word}'" for word in column.words)
    cell = f'CAST("{column.name}" AS VARCHAR)'
    strange = f"{cell} NOT IN ({named}) AND TRIM({cell}) <> ''"
    return f'SELECT DISTINCT {cell} AS word FROM "{table.name}" WHERE ({rows}) AND {strange} ORDER BY word LIMIT {FEW}'


def listed(words: Iterable[str]) -> str:
    """Strange words for a message, each once. A column that was loaded wrongly may hold anything: what does not look
    like a code is only said to be there."""
    return ", ".join(dict.fromkeys(repr(word) if CODE.fullmatch(word) else "what is no code" for word in words))
