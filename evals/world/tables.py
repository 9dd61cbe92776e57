"""Rows on their way into the warehouse: gathered in columns, written once, clustered by customer.

Rows are sorted by owner and time and only then numbered, so that no id tells a planted row from an ordinary one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from tools.catalogue import Column, Table, load_catalogue

Cell = str | int | float | bool | date | datetime | None
Columns = Mapping[str, Sequence[Any] | npt.NDArray[Any]]

NUMBERED = {
    "logins": ("login_id", "L"),
    "account_events": ("event_id", "V"),
    "deposits": ("deposit_id", "D"),
    "withdrawals": ("withdrawal_id", "W"),
    "p2p_orders": ("order_id", "O"),
    "support_messages": ("message_id", "M"),
    "watchlist": ("entry_id", "N"),
    "earlier_cases": ("case_id", "P"),
}
"""Tables whose key is given on writing: the column and the letter its values begin with."""
MENTIONED = {
    "devices": ("device_id", ("logins", "account_events", "withdrawals")),
    "chain_addresses": ("chain_address", ("deposits", "withdrawals")),
}
"""Reference tables whose `first_seen_at` follows from rows of other tables that mention their key; what nobody used is
left out."""
TIMES = ("TIMESTAMP", "DATE")
DTYPES: dict[str, str] = {
    "BOOLEAN": "bool",
    "DOUBLE": "float64",
    "INTEGER": "int64",
    "UBIGINT": "uint64",
    "TIMESTAMP": "datetime64[us]",
    "DATE": "datetime64[us]",
}


class Tables:
    """Every table of the warehouse as it grows."""

    def __init__(self) -> None:
        self._chunks: dict[str, list[Columns]] = defaultdict(list)
        self._rows: dict[str, list[dict[str, Cell]]] = defaultdict(list)

    def row(self, table: str, **cells: Cell) -> None:
        """Add one row. Texts, times and amounts that are not named stay empty; whole numbers must be named."""
        self._rows[table].append(cells)

    def extend(self, table: str, columns: Columns) -> None:
        """Add many rows at once, one sequence a column, all of the same length."""
        self._chunks[table].append(columns)

    def rows(self, table: str) -> Iterator[Mapping[str, Cell]]:
        """The rows added one by one, in the order in which they came."""
        return iter(self._rows[table])

    def write(self, path: Path, progress: Callable[[str], None] = lambda _: None) -> None:
        """Write the warehouse file: every table of the catalogue, typed as there, sorted by owner and time."""
        with duckdb.connect(str(path)) as connection:
            tables = load_catalogue().tables
            for table in sorted(tables, key=lambda table: table.name in MENTIONED):
                progress(table.name)
                connection.register("staged", self._staged(table))
                connection.execute(definition(table))
                connection.execute(_insertion(table))
                connection.unregister("staged")
            connection.execute("CHECKPOINT")

    def _staged(self, table: Table) -> dict[str, npt.NDArray[Any]]:
        """All rows of a table, as one array a column."""
        rows = self._rows[table.name]
        chunks = [*self._chunks[table.name], {c.name: [row.get(c.name) for row in rows] for c in table.columns}]
        return {
            column.name: np.concatenate([_array(column, chunk) for chunk in chunks])
            for column in table.columns
            if column.name != _given_key(table) and not (table.name in MENTIONED and column.type == "TIMESTAMP")
        }


def _array(column: Column, chunk: Columns) -> npt.NDArray[Any]:
    length = len(next(iter(chunk.values())))
    cells = chunk.get(column.name)
    if cells is None:
        return np.full(length, "NaT", _dtype(column)) if column.type in TIMES else np.full(length, None, object)
    return np.asarray(cells, dtype=_dtype(column))


def _dtype(column: Column) -> str:
    return DTYPES.get(column.type, "object")


def _given_key(table: Table) -> str:
    return NUMBERED.get(table.name, ("", ""))[0]


def _quoted(name: str) -> str:
    return f'"{name}"'


def definition(table: Table) -> str:
    """The statement that makes an empty table as the catalogue says."""
    columns = ", ".join(f"{_quoted(c.name)} {c.type}{' PRIMARY KEY' if c.key else ''}" for c in table.columns)
    return f"CREATE TABLE {table.name} ({columns})"


def _insertion(table: Table) -> str:
    key, letter = NUMBERED.get(table.name, ("", ""))
    first = [name for name in (table.subject, table.clock) if name]
    rest = [c.name for c in table.columns if c.name not in (*first, key) and not c.type.startswith("FLOAT[")]
    if table.name in MENTIONED:
        return _joined(table, *MENTIONED[table.name])
    order = ", ".join(_quoted(name) for name in (*first, *rest))
    cells = (
        f"'{letter}' || lpad(CAST(row_number() OVER (ORDER BY {order}) AS VARCHAR), 7, '0')"
        if c.name == key
        else f"CAST({_quoted(c.name)} AS {c.type})"
        for c in table.columns
    )
    return f"INSERT INTO {table.name} SELECT {', '.join(cells)} FROM staged ORDER BY {order}"


def _joined(table: Table, key: str, mentioning: tuple[str, ...]) -> str:
    """An insertion that takes the first mention of each key for its `first_seen_at`."""
    mentions = " UNION ALL ".join(f'SELECT {key}, "at" FROM {name}' for name in mentioning)
    seen = f'SELECT {key}, min("at") AS first FROM ({mentions}) GROUP BY {key}'
    cells = (f"seen.first AS {c.name}" if c.type == "TIMESTAMP" else f"staged.{c.name}" for c in table.columns)
    return (
        f"INSERT INTO {table.name} SELECT {', '.join(cells)}"
        f" FROM staged JOIN ({seen}) AS seen USING ({key}) ORDER BY {key}"
    )
