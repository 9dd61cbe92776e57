"""Transactions of the store when an interrupt runs into them."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Connection

from agent.store.database import Database

Way = Callable[[Database], AbstractContextManager[Connection]]
ROWS = "SELECT count(*) FROM alembic_version"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "casework.db")


def interrupted(opened: AbstractContextManager[Connection], first: str) -> None:
    """Do something first, and be interrupted while a text is read after it."""

    def stop(_: bytes) -> str:
        raw.text_factory = str
        raise KeyboardInterrupt

    with opened as connection:
        connection.exec_driver_sql(first)
        raw = cast(sqlite3.Connection, connection.connection.dbapi_connection)
        raw.text_factory = stop
        connection.exec_driver_sql("SELECT 'a text'").all()


@pytest.mark.parametrize("way", [Database.reading, Database.writing])
def test_an_interrupt_stays_one(database: Database, way: Way) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(way(database), ROWS)


def test_what_was_written_before_an_interrupt_is_undone_and_nobody_is_locked_out(database: Database) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(database.writing(), "DELETE FROM alembic_version")
    with database.writing() as connection:
        assert connection.exec_driver_sql(ROWS).scalar() == 1
