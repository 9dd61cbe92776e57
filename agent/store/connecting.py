"""Connections to the SQLite file of a store, and the form that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

WAIT_S = 30.0
"""How long a write waits for another process to finish its own."""


def connect(path: Path, pragmas: Sequence[str], options: Mapping[str, str]) -> Engine:
    """Connections to a database, each with these pragmas; `options` are those of SQLite's URIs. Nothing is opened
    before one is used."""
    url = URL.create("sqlite", database=path.absolute().as_uri(), query={**options, "uri": "true"})
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"timeout": WAIT_S})

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.text_factory = _text
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "handle_error")
    def _keep(context: ExceptionContext) -> None:
        # SQLAlchemy drops a connection that an interrupt runs into. Its transaction could then no longer be undone: it
        # would lock others out, and the interrupt would become a complaint about that.
        if not isinstance(context.original_exception, Exception):
            context.is_disconnect = False

    return engine


def version(engine: Engine) -> str | None:
    """The newest migration that a database has seen; None where it has seen none."""
    with engine.connect() as connection:
        return version_of(connection)


def version_of(connection: Connection) -> str | None:
    """The same, over a connection that is open."""
    if not connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")).scalar():
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _text(stored: bytes) -> str:
    """Text as it is stored. Bytes that are no UTF-8 were not written here: they read as what no hash agrees with."""
    return stored.decode(errors="backslashreplace")
