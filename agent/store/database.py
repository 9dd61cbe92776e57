"""The SQLite file under the case store: opening, migrating, transactions, and what goes wrong in one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from agent.errors import NoStore, StoreError, because
from agent.store.connecting import connect, version_of
from agent.store.home import closed, hindrance, make_file
from agent.store.reading import open_reading
from agent.store.tables import HEAD

ELSEWHERE = (
    "set CASEWORK_HOME to the folder that holds it, check that its disk is mounted, or start one with `casework add`"
)
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")

Opening = Literal["begin", "write", "read"]
"""What a store is opened for: to be made where there is none, to be written to, or to be read as it is. For the last
two it has to be there: an empty one in its place would look like one in which all is well."""


class Database:
    """One open database, of the newest form. Threads and processes may share it."""

    def __init__(self, path: Path, opening: Opening = "begin") -> None:
        self.path = path
        self._alone = False
        with self._as_store_errors():
            if opening == "begin":
                path.parent.mkdir(parents=True, exist_ok=True)
                make_file(path)
            elif not path.is_file():
                raise NoStore(f"there is no case store at {str(path.absolute())!r}", ELSEWHERE)
            if opening == "read":
                self._engine, self._alone = open_reading(path)
            else:
                self._engine = _writable(path)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the database."""
        with self._as_store_errors(), self._steady(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, alone in the database: all of it or nothing."""
        with self._as_store_errors(), self._engine.connect() as connection, _transaction(connection):
            yield connection

    @contextmanager
    def _steady(self) -> Iterator[None]:
        """Refuse what was read as if nobody could write, where somebody did: it may be half old and half new."""
        before = self._stamp()
        try:
            yield
        finally:
            if self._stamp() != before:
                what = f"case store {str(self.path)!r} was written to while it was read"
                raise StoreError(what, "try again") from None

    def _stamp(self) -> tuple[int, int] | None:
        if not self._alone:
            return None
        about = self.path.stat()
        return about.st_mtime_ns, about.st_size

    @contextmanager
    def _as_store_errors(self) -> Iterator[None]:
        """Turn what the database or the disk complains about into one line with a remedy."""
        try:
            yield
        except DBAPIError as error:
            raise self._error(str(error.orig)) from error
        except OSError as error:
            raise self._error(because(error)) from error

    def _error(self, reason: str) -> StoreError:
        cause, remedy = hindrance(self.path, reason)
        return StoreError(f"case store {str(self.path)!r}: {reason}{f': {cause}' if cause else ''}", remedy)


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


def _writable(path: Path) -> Engine:
    # Looked at before SQLite does: what it puts beside the file for a user who then may not write keeps others out.
    if closed(path):
        cause, remedy = hindrance(path)
        raise StoreError(f"case store {str(path)!r}: {cause}", remedy)
    engine = connect(path, PRAGMAS, {"mode": "rw"})
    _migrate(engine, path)
    return engine


def _migrate(engine: Engine, path: Path) -> None:
    """Bring the database to the newest form, in one transaction that several processes may race for."""
    with engine.connect() as connection:
        if version_of(connection) == HEAD:
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
            what = f"case store {str(path)!r} has another format: {error}"
            raise StoreError(what, "open it with the version of casework that wrote it") from error
