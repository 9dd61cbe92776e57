"""The sha256 of each part of a labelled set on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import duckdb

from agent.case import Case
from agent.errors import AgentError, because
from evals.cases.splits import Hashes
from tools.catalogue import load_catalogue

MEASURED: dict[str, tuple[str, ...]] = {
    "kyc_submissions": ("image_hash", "portrait_hash"),
    "face_index": ("customer_id", "submission_id", "embedding"),
}
"""Columns that are read off pictures and go with them."""
BATCH = 10_000


def hashes(folder: Path, cases: Iterable[Case]) -> Hashes:
    """The hashes of a set whose cases are given. Raises AgentError where its warehouse cannot be read."""
    given = tuple(cases)
    pictured = any(case.attachments for case in given)
    bare = (case.model_copy(update={"attachments": (), "source": "."}).model_dump_json() for case in given)
    try:
        return Hashes(
            cases=_sha256(line.encode() for line in bare),
            labels=labels_sha256(folder),
            rows=_sha256(_rows(folder, measured=False)),
            pictures=_sha256([*_files(folder, given), *_rows(folder, measured=True)]) if pictured else "",
        )
    except (OSError, duckdb.Error) as error:
        what = f"set {str(folder)!r} cannot be read: {because(error)}"
        raise AgentError(what, "build it again") from error


def labels_sha256(folder: Path) -> str:
    """The hash of a set's labels, "" where there are none. Raises OSError where they cannot be read."""
    path = folder / "labels.jsonl"
    return _sha256([path.read_bytes()]) if path.is_file() else ""


def _sha256(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


def _files(folder: Path, cases: Iterable[Case]) -> Iterable[bytes]:
    """What is attached to each case, and its bytes as they are now."""
    for case in cases:
        for each in case.attachments:
            yield each.model_dump_json(exclude={"sha256"}).encode()
            yield (folder / each.path).read_bytes()


def _rows(folder: Path, *, measured: bool) -> Iterable[bytes]:
    """The rows of every table of the catalogue that the warehouse has, in an order of their own."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        there = {str(row[0]) for row in connection.execute("SHOW TABLES").fetchall()}
        for table in load_catalogue().tables:
            mine = MEASURED.get(table.name, ())
            names = [column.name for column in table.columns if (column.name in mine) == measured]
            if table.name not in there or not names:
                continue
            yield f"{table.name}({', '.join(names)})".encode()
            quoted = ", ".join(f'"{name}"' for name in names)
            answer = connection.execute(f"SELECT {quoted} FROM {table.name} ORDER BY ALL")
            while rows := answer.fetchmany(BATCH):
                yield repr(rows).encode()
