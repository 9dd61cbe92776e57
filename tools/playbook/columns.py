"""Which columns of the warehouse a query reads, told from the SQL alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from tools.catalogue import Catalogue

VEILED = (exp.Columns, exp.TableColumn, exp.Pivot)
"""Nodes that read columns without naming each."""

Cell = tuple[str, str]
"""Table and column, in small letters."""


@cache
def columns_read(sql: str, catalogue: Catalogue) -> Mapping[str, frozenset[str]]:
    """The columns that a query reads of each table of the catalogue; all those of its tables where the SQL leaves any
    doubt."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    named = {table.name.lower() for table in tree.find_all(exp.Table)}
    every = {t.name: frozenset(column.name for column in t.columns) for t in catalogue.tables if t.name in named}
    try:
        cells = set(_cells(_scopes(tree, catalogue)))
    except SqlglotError:
        return every
    if any(column not in every[table] for table, column in cells if table in every):
        return every
    return {name: frozenset(column for table, column in cells if table == name) for name in every}


def _scopes(tree: exp.Expr, catalogue: Catalogue) -> list[Scope]:
    """Every SELECT of a query, with `*` written out and each column under the name of what it is read from; the tree is
    rewritten for it."""
    schema: dict[str, object] = {t.name: {column.name: column.type for column in t.columns} for t in catalogue.tables}
    tree = qualify(
        tree,
        dialect="duckdb",
        schema=schema,
        expand_alias_refs=False,
        isolate_tables=False,
        quote_identifiers=False,
        validate_qualify_columns=False,
    )
    if not isinstance(tree, exp.Query):
        raise OptimizeError("the SQL is not a SELECT")
    return traverse_scope(tree)


def _cells(scopes: list[Scope]) -> Iterator[Cell]:
    """What the SELECTs read of tables. Raises OptimizeError where one reads columns without naming each."""
    for scope in scopes:
        query = _query(scope)
        natural = any(join.method == "NATURAL" for join in query.args.get("joins") or ())
        if natural or query.is_star or scope.find(*VEILED) is not None:
            raise OptimizeError("columns are read that are not named")
        for column in scope.find_all(exp.Column):
            source = _source(scope, column)
            if isinstance(source, exp.Table):
                yield source.name.lower(), column.name.lower()
            elif source is None and not _is_alias(column, query):
                raise OptimizeError("a column is of no table")


def _is_alias(column: exp.Column, query: exp.Query) -> bool:
    """Whether a name is one that the SELECT gave, used where such names count."""
    place = column.find_ancestor(exp.Order, exp.Having, exp.Qualify, exp.Window, exp.Select)
    return isinstance(place, exp.Order | exp.Having | exp.Qualify) and column.name in query.named_selects


def _source(scope: Scope | None, column: exp.Column) -> exp.Expr | Scope | None:
    """What a column is read from, in this SELECT or one around it; None where that cannot be told."""
    while scope is not None:
        if column.table in scope.sources:
            return scope.sources[column.table]
        scope = scope.parent
    return None


def _query(scope: Scope) -> exp.Query:
    if not isinstance(scope.expression, exp.Query):
        raise OptimizeError("what a column is read from is not a query")
    return scope.expression
