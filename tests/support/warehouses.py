"""A small warehouse of an exchange of its own, with every table of the catalogue."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from tools.catalogue import Column, load_catalogue

FILLER: dict[str, Any] = {
    "VARCHAR": "x",
    "DATE": date(1950, 1, 1),
    "TIMESTAMP": datetime.fromisoformat("2001-01-01T00:00:00"),
    "BOOLEAN": False,
    "FLOAT[128]": [1.0] + [0.0] * 127,
}


def cell(column: Column, number: int) -> Any:
    if column.key and column.type == "VARCHAR":
        return f"{column.name}-{number}"
    return column.words[0] if column.words else FILLER.get(column.type, 0)


def write_warehouse(path: Path) -> None:
    """Every table with one old row of a stranger, and two customers of long standing."""
    with duckdb.connect(str(path)) as connection:
        for number, table in enumerate(load_catalogue().tables):
            typed = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            connection.execute(f'CREATE TABLE "{table.name}" ({typed})')
            marks = ", ".join("?" for _ in table.columns)
            row = [cell(column, number) for column in table.columns]
            connection.execute(f'INSERT INTO "{table.name}" VALUES ({marks})', row)
        for customer in ("U1", "U2"):
            since = "TIMESTAMP '2023-01-01' AS created_at"
            selected = f"SELECT * REPLACE (? AS customer_id, {since}) FROM customers LIMIT 1"
            connection.execute(f"INSERT INTO customers BY NAME {selected}", [customer])
