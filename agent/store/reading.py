"""Opening the SQLite file of a store for reading alone: nothing of it is written, made or migrated, and it opens where
nothing can be: in a folder of somebody else, on a disk that is full or read-only.

Who may write opens it so that SQLite takes away again what it puts beside the file to share it with others; a
connection that may not would leave that there, with an owner whom others cannot get past.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from agent.errors import StoreError
from agent.store.connecting import connect, version
from agent.store.home import closed, sharing
from agent.store.tables import HEAD

PRAGMAS = ("query_only=ON",)
ALONE = "immutable"
"""The option of SQLite by which a file is read as if nobody could write to it: no lock is taken, nothing put beside."""
UNWRITABLE = frozenset({8, 10, 13, 14})
"""SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN: what it says where it cannot put anything beside."""


def open_reading(path: Path) -> tuple[Engine, bool]:
    """A database open to read, and whether it is read as if nobody could write to it. Raises StoreError for one of
    another form, and where what was written last can only be read by who may write."""
    failed: OperationalError | None = None
    for options in _ways(path):
        engine = connect(path, PRAGMAS, options)
        try:
            found = version(engine)
        except OperationalError as error:
            engine.dispose()
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF not in UNWRITABLE:
                raise
            failed = error
            continue
        if found == HEAD:
            return engine, ALONE in options
        engine.dispose()
        raise _otherwise(path, found)
    if failed and not _pending(path):
        raise failed
    raise _unreadable(path) from failed


def _ways(path: Path) -> Iterator[dict[str, str]]:
    """How to open it, by the options of SQLite's URIs, the best first."""
    if not closed(path):
        yield {"mode": "rw"}
    elif all(_beside(path, end).exists() for end in ("-wal", "-shm")):
        yield {"mode": "ro"}
    if not _pending(path):
        yield {"mode": "ro", ALONE: "1"}


def _pending(path: Path) -> bool:
    """Whether anything was written that is not in the file itself yet."""
    log = _beside(path, "-wal")
    return log.exists() and log.stat().st_size > 0


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _otherwise(path: Path, found: str | None) -> StoreError:
    what = f"case store {str(path)!r} has format {found or 'none'!r}, and this version reads {HEAD!r}"
    remedy = "open it with the version of casework that wrote it; a command that writes brings an older one up to date"
    return StoreError(what, remedy)


def _unreadable(path: Path) -> StoreError:
    if not os.access(path, os.R_OK):
        return StoreError(f"case store {str(path)!r} cannot be read: {closed(path)}", sharing(path.parent))
    what = f"case store {str(path)!r}: its latest entries are in {str(_beside(path, '-wal'))!r}"
    remedy = "copy the whole home to a folder that you may write to, and point CASEWORK_HOME there"
    return StoreError(f"{what}, which cannot be read in a folder that is read-only", remedy)
