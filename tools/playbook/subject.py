"""What must hold of the subject's own rows before a playbook query is asked about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tools.catalogue import Column, Table
from tools.errors import ToolError, WarehouseError
from tools.registry import Sources
from tools.warehouse import Parameter

ACCOUNT = "SELECT 1 AS known FROM customers WHERE customer_id = :customer_id AND created_at <= :as_of"


def require(sources: Sources, tables: Iterable[str], bound: Mapping[str, Parameter]) -> None:
    """Hold that the subject is there, and that its rows have the cells that nothing can be told without: a payment
    without a time or an amount is a failed load, not a payment that was not made.

    Raises:
        ToolError: the subject had no account at `as_of`.
        WarehouseError: naming the first table in which a row of the subject, up to `as_of`, lacks a needed cell.
    """
    if not sources.warehouse.query(ACCOUNT, bound):
        raise ToolError("the subject has no account in the warehouse at the time of the flag", "load its data first")
    known = (sources.warehouse.catalogue.table(name) for name in sorted(tables))
    checks = [_lacking(table) for table in known if table and table.owners and table.needed]
    found = sources.warehouse.query(" UNION ALL ".join(checks), bound) if checks else ()
    if found:
        what = f"a row of the subject in table {found[0]['name']!r} lacks a cell that is needed"
        raise WarehouseError(what, "correct what was loaded, then review the case again")


def _lacking(table: Table) -> str:
    mine = " OR ".join(f'"{owner}" = :customer_id' for owner in table.owners)
    then = f'"{table.clock}" IS NULL OR "{table.clock}" <= CAST(:as_of AS TIMESTAMP)' if table.clock else "TRUE"
    lacks = " OR ".join(map(_blank, table.needed))
    return f"SELECT '{table.name}' AS name FROM \"{table.name}\" WHERE ({mine}) AND ({then}) AND ({lacks})"


def _blank(column: Column) -> str:
    """NULL, an empty text, or what is no number."""
    empty = {
        "VARCHAR": f""" OR TRIM("{column.name}") = ''""",
        "DOUBLE": f""" OR "{column.name}" = CAST('NaN' AS DOUBLE)""",
    }
    return f'"{column.name}" IS NULL{empty.get(column.type, "")}'
