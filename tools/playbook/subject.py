"""What must hold of the subject's own rows before a playbook query is asked about them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from tools.catalogue import Column, Table
from tools.errors import ToolError, WarehouseError
from tools.playbook.columns import columns_read
from tools.tool import Sources
from tools.warehouse import Parameter
from tools.words import REMEDY, REMEDY_OF_NUMBERS, blank, listed, strange, strange_words

ACCOUNT = "SELECT 1 AS known FROM customers WHERE customer_id = :customer_id AND created_at <= :as_of"


def require(sources: Sources, sql: str, apart: Collection[str], bound: Mapping[str, Parameter]) -> None:
    """Hold that the subject is there, and that of what `sql` reads their rows have the cells that nothing can be told
    without, hold in each column what the catalogue says it may, and come once: a payment without an amount is a failed
    load, not one that was not made, a withdrawal that is `CANCELED` may have been made, and one that stands there twice
    was made once. Of a table that nobody owns, all rows count, and a query itself minds what comes twice. `apart` names
    columns, as `table.column`, whose strange cells the query tells apart.

    Raises:
        ToolError: the subject had no account at `as_of`.
        WarehouseError: naming the first table, and column, in which a row up to `as_of` lacks a needed cell, holds a
            strange one, or comes twice.
    """
    if not sources.warehouse.query(ACCOUNT, bound):
        raise ToolError("the subject has no account in the warehouse at the time of the flag", "load its data first")
    who = (str(bound["customer_id"]), str(bound["as_of"]))
    checks = [check for check in _checks(sources, sql, apart) if (*who, check) not in sources.warehouse.passed]
    rows = sources.warehouse.query(" UNION ALL ".join(checks), bound) if checks else ()
    found = sorted((row["name"], row["place"], row["fault"], row["word"] or "") for row in rows)
    if found:
        name, place, fault, _ = found[0]
        raise _error(name, place, fault, [word for *where, word in found if where == [name, place, fault]])
    sources.warehouse.passed.update((*who, check) for check in checks)


def _error(name: str, place: str, fault: str, words: Sequence[str]) -> WarehouseError:
    again = "correct what was loaded, then review the case again"
    match fault:
        case "lacks":
            return WarehouseError(f"a row in table {name!r} lacks a cell that is needed: {place!r}", again)
        case "twice":
            what = f"table {name!r} has more than one row of one {place!r} of this customer"
            return WarehouseError(what, "keep one row of each in what is loaded, or in a view")
        case "outside":
            what = f"column {place!r} of table {name!r} holds what is not {words[0]}"
            return WarehouseError(what, REMEDY_OF_NUMBERS)
    return WarehouseError(f"column {place!r} of table {name!r} holds {listed(words)}, which no query knows", REMEDY)


def _checks(sources: Sources, sql: str, apart: Collection[str]) -> Iterator[str]:
    """Queries for what must not be found, each with the columns name, place, fault and word; only a strange word is
    named."""
    read = columns_read(sql, sources.warehouse.catalogue)
    for table in sources.warehouse.catalogue.tables:
        if table.name not in read:
            continue
        if table.key and table.owners:
            rows = f'FROM "{table.name}" WHERE ({_rows(table)}) AND "{table.key}" IS NOT NULL'
            twice = f'(SELECT "{table.key}" {rows} GROUP BY "{table.key}" HAVING COUNT(*) > 1) AS twice'
            yield f"SELECT DISTINCT {_fault(table, table.key, 'twice')} FROM {twice}"
        for column in table.columns:
            if column.name in read[table.name]:
                yield from _checks_of(table, column, f"{table.name}.{column.name}" in apart)


def _checks_of(table: Table, column: Column, apart: bool) -> Iterator[str]:
    rows = f'FROM "{table.name}" WHERE ({_rows(table)})'
    if column.needed:
        yield f"SELECT DISTINCT {_fault(table, column.name, 'lacks')} {rows} AND ({blank(column)})"
    if column.bounded and not apart:
        outside = _fault(table, column.name, "outside", f"'{column.holds}'")
        yield f"SELECT DISTINCT {outside} {rows} AND {strange(column)}"
    if column.coded and not apart:
        words = f"({strange_words(table, column, _rows(table))}) AS strange"
        yield f"SELECT {_fault(table, column.name, 'strange', 'word')} FROM {words}"


def _fault(table: Table, place: str, fault: str, word: str = "CAST(NULL AS VARCHAR)") -> str:
    return f"'{table.name}' AS name, '{place}' AS place, '{fault}' AS fault, {word} AS word"


def _rows(table: Table) -> str:
    """Of which rows it must hold: the subject's, or all of a table that nobody owns, up to `as_of`."""
    mine = " OR ".join(f'"{owner}" = :customer_id' for owner in table.owners) or "TRUE"
    then = f'"{table.clock}" IS NULL OR "{table.clock}" <= CAST(:as_of AS TIMESTAMP)' if table.clock else "TRUE"
    return f"({mine}) AND ({then})"
