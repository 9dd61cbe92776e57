"""Queries that are written for DuckDB, in the words of another engine.

sqlglot does nearly all of it. What it leaves as it stands although another engine reads it otherwise is put right here:
a difference that raises no error would be a wrong answer about a customer.
"""

from __future__ import annotations

import re
from functools import cache

import sqlglot
from sqlglot import exp

from tools.errors import WarehouseError

DUCKDB = "duckdb"
DIALECTS = {"postgresql": "postgres", "hive": "spark", "trino": "trino"}
"""sqlglot's name of what SQLAlchemy calls an engine."""
PATTERNS = (exp.RegexpLike, exp.RegexpReplace, exp.RegexpExtract)
PIECE = re.compile(r"\\.|.", re.DOTALL)
WORD_ENDS = "(?:(?<![a-zA-Z0-9_])(?=[a-zA-Z0-9_])|(?<=[a-zA-Z0-9_])(?![a-zA-Z0-9_]))"
BLANKS = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What DuckDB trims: the blanks of Unicode (category Zs)."""

LETTERS = "SELECT LOWER('É') = 'é' AS known"
"""Whether an engine knows small letters beside the Latin ones: PostgreSQL under the locale C does not."""


@cache
def translated(sql: str, engine: str) -> str:
    """A statement in DuckDB's dialect for an engine, as SQLAlchemy names it. Raises WarehouseError for one that is not
    known."""
    if engine == DUCKDB:
        return sql
    dialect = DIALECTS.get(engine)
    if dialect is None:
        raise WarehouseError(f"queries cannot be translated for engine {engine!r}", f"use one of {sorted(DIALECTS)}")
    tree = sqlglot.parse_one(sql, read=DUCKDB)
    if dialect == "postgres":
        _for_postgres(tree)
    # SQLAlchemy binds `:name` for every driver; left to itself sqlglot would write the driver's own marker.
    for mark in list(tree.find_all(exp.Placeholder)):
        mark.replace(exp.Var(this=f":{mark.name}"))
    return tree.sql(dialect=dialect)


def _for_postgres(tree: exp.Expr) -> None:
    """Patterns, blanks and bits as DuckDB has them."""
    for search in tree.find_all(*PATTERNS):
        for pattern in search.expression.find_all(exp.Literal):
            pattern.set("this", re2_for_postgres(pattern.this))
    for trim in tree.find_all(exp.Trim):
        if not trim.expression:
            trim.set("expression", exp.Literal.string(BLANKS))
    for call in tree.find_all(exp.Anonymous):
        if call.name.upper() == "BIT_COUNT":
            call.set("expressions", [exp.cast(each, "BIT(64)", dialect="postgres") for each in call.expressions])


def re2_for_postgres(pattern: str) -> str:
    r"""A pattern of RE2 in the words of PostgreSQL, where `\b` is a backspace, words are of any script, and a point may
    be the end of a line."""
    parts, inside = PIECE.findall(pattern), False
    for place, part in enumerate(parts):
        if not inside:
            parts[place] = {r"\b": WORD_ENDS, ".": r"[^\n]"}.get(part, part)
        inside = part == "[" or (inside and part != "]")
    return "".join(parts)
