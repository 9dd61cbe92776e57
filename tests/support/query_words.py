"""Which words a query compares the columns of the warehouse with, told from the SQL alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from tools.catalogue import Catalogue
from tools.playbook.columns import Cell, _query, _scopes, _source

COMPARISONS = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Like, exp.ILike, exp.Case)
FRAGMENTS = (exp.RegexpLike, exp.RegexpReplace, exp.Translate, exp.DPipe)
"""Nodes whose texts are a pattern, its letters or a part of a word."""


def words_compared(sql: str, catalogue: Catalogue) -> frozenset[tuple[str, str, str]]:
    """Table, column and word of every comparison of a cell with a text that is written in a query. The cell is followed
    through the names that the query gives it; a blank text is no word.

    Raises:
        SqlglotError: the SQL leaves doubt about its columns.
    """
    return frozenset(
        (*cell, word)
        for scope in _scopes(sqlglot.parse_one(sql, read="duckdb"), catalogue)
        for comparison in scope.find_all(*COMPARISONS)
        for columns, words in (_sides(comparison),)
        for column in columns
        for cell in _origins(scope, column)
        for word in words
    )


def _sides(comparison: exp.Expr) -> tuple[list[exp.Column], set[str]]:
    """The columns and the words of a comparison. CASE with an operand compares it with what stands after each WHEN."""
    if not isinstance(comparison, exp.Case):
        parts = [comparison]
    elif comparison.this is None:
        parts = []
    else:
        parts = [comparison.this, *(branch.this for branch in comparison.args["ifs"])]
    nodes = list(chain.from_iterable(part.find_all(exp.Column, exp.Literal) for part in parts))
    texts = [node for node in nodes if isinstance(node, exp.Literal) and node.is_string and node.name.strip()]
    words = {text.name for text in texts if not text.find_ancestor(*FRAGMENTS)}
    return [node for node in nodes if isinstance(node, exp.Column)], words


def _origins(scope: Scope, column: exp.Column) -> Iterator[Cell]:
    """The cells of the warehouse that a column is made of."""
    source = _source(scope, column)
    if isinstance(source, exp.Table):
        yield source.name.lower(), column.name.lower()
    elif isinstance(source, Scope):
        names = _query(source).named_selects
        for branch in _branches(source) if column.name in names else ():
            for each in _query(branch).selects[names.index(column.name)].find_all(exp.Column):
                yield from _origins(branch, each)


def _branches(scope: Scope) -> Iterator[Scope]:
    """The SELECTs of a UNION, which give its columns by their place; one SELECT is its own."""
    if not scope.set_operation_scopes:
        yield scope
    for each in scope.set_operation_scopes:
        yield from _branches(each)
