"""What must hold of the subject's own rows before a playbook query is asked about them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from tools.catalogue import Column, Table
from tools.errors import ToolError, WarehouseError
from tools.playbook.columns import columns_read
from tools.tool import Sources
from tools.warehouse import Parameter
from tools.words import REMEDY, listed, strange_words

ACCOUNT = "SELECT 1 AS known FROM customers WHERE customer_id = :customer_id AND created_at <= :as_of"


def require(sources: Sources, sql: str, apart: Collection[str], bound: Mapping[str, Parameter]) -> None:
    """Hold that the subject is there, and that of what `sql` reads their rows have the cells that nothing can be told
    without, and in coded columns words of the catalogue: a payment without an amount is a failed load, not one that
    was not made, and a withdrawal that is `CANCELED` may have been made. Of a table that nobody owns, all rows count.
    `apart` names columns, as `table.column`, whose strange words the query itself tells apart.

    Raises:
        ToolError: the subject had no account at `as_of`.
        WarehouseError: naming the first table, and column, in which a row up to `as_of` lacks a needed cell or holds a
            strange word.
    """
    if not sources.warehouse.query(ACCOUNT, bound):
        raise ToolError("the subject has no account in the warehouse at the time of the flag", "load its data first")
    checks = list(_checks(sources, sql, apart))
    rows = sources.warehouse.query(" UNION ALL ".join(checks), bound) if checks else ()
    found = sorted((row["name"], row["place"], row["word"] or "") for row in rows)
    if not found:
        return
    name, place, word = found[0]
    if not word:
        what = f"a row in table {name!r} lacks a cell that is needed: {place!r}"
        raise WarehouseError(what, "correct what was loaded, then review the case again")
    words = listed(word for *where, word in found if where == [name, place])
    raise WarehouseError(f"column {place!r} of table {name!r} holds {words}, which no query knows", REMEDY)


def _checks(sources: Sources, sql: str, apart: Collection[str]) -> Iterator[str]:
    """Queries for what must not be found, each with the columns name, place and word; the word of what is lacking is
    NULL."""
    read = columns_read(sql, sources.warehouse.catalogue)
    for table in sources.warehouse.catalogue.tables:
        for column in table.columns:
            if column.name not in read.get(table.name, ()):
                continue
            place = f"'{table.name}' AS name, '{column.name}' AS place"
            if column.needed:
                lacks = f'FROM "{table.name}" WHERE ({_rows(table)}) AND ({_blank(column)})'
                yield f"SELECT DISTINCT {place}, CAST(NULL AS VARCHAR) AS word {lacks}"
            if column.words and f"{table.name}.{column.name}" not in apart:
                yield f"SELECT {place}, word FROM ({strange_words(table, column, _rows(table))}) AS strange"


def _rows(table: Table) -> str:
    """Of which rows it must hold: the subject's, or all of a table that nobody owns, up to `as_of`."""
    mine = " OR ".join(f'"{owner}" = :customer_id' for owner in table.owners) or "TRUE"
    then = f'"{table.clock}" IS NULL OR "{table.clock}" <= CAST(:as_of AS TIMESTAMP)' if table.clock else "TRUE"
    return f"({mine}) AND ({then})"


def _blank(column: Column) -> str:
    """NULL, an empty text, or what is no number."""
    empty = {
        "VARCHAR": f""" OR TRIM("{column.name}") = ''""",
        "DOUBLE": f""" OR "{column.name}" = CAST('NaN' AS DOUBLE)""",
    }
    return f'"{column.name}" IS NULL{empty.get(column.type, "")}'
