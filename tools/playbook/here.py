"""Queries that no other engine has the functions for, answered by DuckDB in this process over rows that are fetched:
those of the subject, and the whole of tables that nobody owns, as a list of sanctions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from typing import Any

from sqlalchemy.pool import StaticPool

from tools.catalogue import Column, Table
from tools.dialects import DUCKDB
from tools.errors import WarehouseError
from tools.playbook.columns import columns_read
from tools.warehouse import HARDENED, Parameter, Rows, Warehouse, duckdb_engine

PAGE, PAGES = 2_000, 100
"""Rows fetched at a time, and how many times at most of one table."""


def answered(warehouse: Warehouse, sql: str, bound: Mapping[str, Parameter]) -> Rows:
    """The answer of a query that reads of tables with a subject nothing but the subject's rows.

    Raises WarehouseError as `Warehouse.query` does, and for a table of PAGE * PAGES rows or more.
    """
    if warehouse.engine.dialect.name == DUCKDB:
        return warehouse.query(sql, bound)
    read = columns_read(sql, warehouse.catalogue)
    with closing(_empty(warehouse)) as here:
        for table in warehouse.catalogue.tables:
            if table.name in read:
                _copy(warehouse, here, table, read[table.name], bound)
        return here.query(sql, bound)


def _empty(like: Warehouse) -> Warehouse:
    url = "duckdb:///:memory:"
    engine = duckdb_engine(url, connect_args={"config": dict(HARDENED)}, poolclass=StaticPool)
    return Warehouse(engine, like.catalogue, url)


def _copy(
    source: Warehouse, here: Warehouse, table: Table, read: Collection[str], bound: Mapping[str, Parameter]
) -> None:
    columns = [column for column in table.columns if column.name in read]
    names = ", ".join(f'"{column.name}"' for column in columns)
    marks = f"({', '.join('?' for _ in columns)})"
    with closing(here.engine.raw_connection()) as connection:
        driver: Any = connection.driver_connection
        driver.execute(
            f'CREATE TABLE "{table.name}" ({", ".join(f"{_named(column)} {column.type}" for column in columns)})'
        )
        for rows in _pages(source, table, names, bound):
            every = ", ".join(marks for _ in rows)
            driver.execute(
                f'INSERT INTO "{table.name}" VALUES {every}', [_cut(cell) for row in rows.values for cell in row]
            )


def _pages(source: Warehouse, table: Table, names: str, bound: Mapping[str, Parameter]) -> Iterator[Rows]:
    """The rows of the subject, or all of a table that nobody owns, in an order that does not change between pages."""
    of_subject = f'WHERE "{table.subject}" = :customer_id' if table.subject else ""
    order = ", ".join(_named(column) for column in table.columns if column.key) or names
    asked = {"customer_id": bound["customer_id"]} if table.subject else {}
    for page in range(PAGES):
        cut = f"ORDER BY {order} LIMIT {PAGE} OFFSET {page * PAGE}"
        rows = source.query(f'SELECT {names} FROM "{table.name}" {of_subject} {cut}', asked)
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
    raise WarehouseError(
        f"table {table.name!r} has too many rows to be searched here", f"keep {PAGE * PAGES:,} of them"
    )


def _named(column: Column) -> str:
    return f'"{column.name}"'


def _cut(cell: object) -> object:
    """Columns of fixed width fill texts up with blanks, which are no part of them."""
    return cell.rstrip(" ") if isinstance(cell, str) else cell
