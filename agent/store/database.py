"""The SQLite file under the case store: opening, migrating, transactions, and what goes wrong in one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from agent.errors import StoreError, because
from agent.store.tables import HEAD

WAIT_S = 30.0
"""How long a write waits for another process to finish its own."""
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


class Database:
    """One open database, brought to the newest form. Threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._engine = _engine(path)
            _migrate(self._engine)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the database."""
        with self._told(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, alone in the database: all of it or nothing."""
        with self._told(), self._engine.connect() as connection, _transaction(connection):
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the database or the disk complains about into one line with a remedy."""
        try:
            yield
        except DBAPIError as error:
            raise self._error(str(error.orig)) from error
        except OSError as error:
            raise self._error(because(error)) from error

    def _error(self, reason: str) -> StoreError:
        return StoreError(f"case store {str(self.path)!r}: {reason}", _remedy(reason))


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        raw = connection.connection.dbapi_connection
        if isinstance(raw, sqlite3.Connection) and raw.in_transaction:
            connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT", connect_args={"timeout": WAIT_S})

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.text_factory = _text
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _text(stored: bytes) -> str:
    """Text as it is stored. Bytes that are no UTF-8 were not written here: they read as what no hash agrees with."""
    return stored.decode(errors="backslashreplace")


def _migrate(engine: Engine) -> None:
    """Bring the database to the newest form, in one transaction that several processes may race for."""
    with engine.connect() as connection:
        if _version(connection) == HEAD:
            return
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            with _transaction(connection):
                command.upgrade(config, "head")
        except CommandError as error:
            what = f"case store {engine.url.database!r} is of another form: {error}"
            raise StoreError(what, "open it with the version of casework that wrote it") from error


def _version(connection: Connection) -> str | None:
    if not connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")).scalar():
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _remedy(reason: str) -> str:
    if "full" in reason or "space" in reason:
        return "free some space; what was stored before is safe"
    if "malformed" in reason or "not a database" in reason:
        return "restore it from a backup, or point CASEWORK_HOME at another folder"
    if "locked" in reason:
        return "another process holds it; wait for it and try again"
    return "check that CASEWORK_HOME is a folder you may write to"
