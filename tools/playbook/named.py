"""What the `WITH` of the first query of a playbook file names, for the exhibits that are drawn of the same rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import sqlglot
from sqlglot.tokenizer_core import TokenType

OPENING = re.compile(r"\s*WITH\b\s*", re.IGNORECASE)


def named(sql: str) -> dict[str, str]:
    """The names that a query gives in its `WITH`, in order, each with its text, `name AS (...)`."""
    opening = OPENING.match(sql)
    if not opening:
        return {}
    texts = list(_parts(sql, opening.end()))
    return {text.split(maxsplit=1)[0]: text for text in texts}


def _parts(sql: str, start: int) -> Iterator[str]:
    """What commas part outside of parentheses, up to the SELECT that all of it is for."""
    depth = 0
    for token in sqlglot.tokenize(sql, read="duckdb"):
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 0 and token.token_type in (TokenType.COMMA, TokenType.SELECT):
            yield sql[start : token.start].strip()
            start = token.end + 1
            if token.token_type is TokenType.SELECT:
                return


def preceded(sql: str, names: Mapping[str, str]) -> str:
    """A query after those of the names that it reads, itself or through one that it reads."""
    wanted: list[str] = []
    reading = sql
    for name, text in reversed([*names.items()]):
        if re.search(rf"\b{name}\b", reading):
            wanted.insert(0, text)
            reading += text
    if not wanted:
        return sql
    opening = OPENING.match(sql)
    rest = f", {sql[opening.end() :]}" if opening else f"\n{sql.lstrip()}"
    return f"WITH {', '.join(wanted)}{rest}"
