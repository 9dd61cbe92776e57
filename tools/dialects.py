"""Queries that are written for DuckDB, in the words of another engine.

sqlglot does nearly all of it. What it leaves as it stands although another engine reads it otherwise is put right here:
a difference that raises no error would be a wrong answer about a customer.
"""

from __future__ import annotations

from functools import cache

import sqlglot
from sqlglot import exp

from tools.errors import WarehouseError

DUCKDB = "duckdb"
DIALECTS = {"postgresql": "postgres", "hive": "spark", "sqlite": "sqlite", "trino": "trino", "mysql": "mysql"}
"""sqlglot's name of what SQLAlchemy calls an engine."""
PATTERNS = (exp.RegexpLike, exp.RegexpReplace, exp.RegexpExtract)


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
    r"""In its patterns `\b` is a backspace, and bits are counted of strings of bits alone."""
    for search in tree.find_all(*PATTERNS):
        for pattern in search.expression.find_all(exp.Literal):
            pattern.set("this", pattern.this.replace(r"\b", r"\y"))
    for call in tree.find_all(exp.Anonymous):
        if call.name.upper() == "BIT_COUNT":
            call.set("expressions", [exp.cast(each, "BIT(64)", dialect="postgres") for each in call.expressions])
