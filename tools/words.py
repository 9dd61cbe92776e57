"""Strange cells: what a column holds beside what the catalogue says it may. A query decides by words, so that every
other word reads as "not that", whatever the exchange meant by it; and a sum of numbers out of range is no sum."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tools.catalogue import Column, Table

FEW = 3
CODE = re.compile(r"(?!(?:.*\d){4})[\w.-]{1,24}")
"""What may be shown as a code: no blank as in a name, no @ as in an e-mail address, fewer digits than a number has."""
REMEDY = "map it to a word of the catalogue in a view, or add it to the catalogue if it means something else"
REMEDY_OF_NUMBERS = "give it the sign, unit and range of the catalogue in a view"


def blank(column: Column) -> str:
    """SQL for a cell that is lacking: NULL, an empty text, or what is no number."""
    empty = {
        "VARCHAR": f""" OR TRIM("{column.name}") = ''""",
        "DOUBLE": f""" OR "{column.name}" = CAST('NaN' AS DOUBLE)""",
    }
    return f'"{column.name}" IS NULL{empty.get(column.type, "")}'


def strange(column: Column) -> str:
    """SQL for a cell that the column may not hold. What is blank is lacking, not strange."""
    if column.coded:
        cell = f'CAST("{column.name}" AS VARCHAR)'
        cell, named = f"UPPER(TRIM({cell}))" if column.code else cell, ", ".join(f"'{code}'" for code in column.codes)
        return f"{cell} NOT IN ({named}) AND TRIM({cell}) <> ''"
    bounds = {"<": column.low, ">": column.high}
    outside = " OR ".join(f'"{column.name}" {side} {bound!r}' for side, bound in bounds.items() if bound is not None)
    return f"({outside}) AND NOT ({blank(column)})"


def strange_words(table: Table, column: Column, rows: str = "TRUE") -> str:
    """SQL for the first few strange words of a coded `column`, as one column `word`, among the rows of which the
    condition `rows` holds."""
    cell = f'CAST("{column.name}" AS VARCHAR)'
    return (
        f'SELECT DISTINCT {cell} AS word FROM "{table.name}" WHERE ({rows}) AND {strange(column)} ORDER BY word'
        f" LIMIT {FEW}"
    )


def listed(words: Iterable[str]) -> str:
    """Strange words for a message, each once. A column that was loaded wrongly may hold anything: what does not look
    like a code is only said to be there."""
    return ", ".join(dict.fromkeys(repr(word) if CODE.fullmatch(word) else "what is no code" for word in words))
