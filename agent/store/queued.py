"""The row of a case as the queue shows it, and what is said where there is none."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from rapidfuzz import process
from sqlalchemy import Connection, Row, select

from agent.errors import UnknownCase
from agent.review.queue import QueueRow
from agent.store.rows import reading_back
from agent.store.tables import CASES, FILES

QUEUE = select(
    CASES,
    select(FILES.c.disposition)
    .where(FILES.c.case_id == CASES.c.case_id)
    .order_by(FILES.c.attempt.desc())
    .limit(1)
    .scalar_subquery()
    .label("disposition"),
)


def stored(connection: Connection, case_id: str) -> Row[Any]:
    """One case. Raises `UnknownCase`, which names the nearest ids."""
    row = connection.execute(QUEUE.where(CASES.c.case_id == case_id)).one_or_none()
    if row is None:
        raise unknown(connection, case_id)
    return row


def unknown(connection: Connection, case_id: str) -> UnknownCase:
    """What is raised for an id of which nothing is stored, with the nearest ids."""
    ids = connection.execute(select(CASES.c.case_id)).scalars().all()
    near = " or ".join(repr(hit[0]) for hit in process.extract(case_id, ids, limit=3, score_cutoff=60))
    return UnknownCase(f"no case {case_id!r}", f"did you mean {near}?" if near else "`casework queue` lists them")


def queue_row(row: Row[Any]) -> QueueRow:
    """A row as the queue shows it. Raises StoreError where somebody changed it."""
    fields = {name: getattr(row, name) for name in QueueRow.model_fields}
    with reading_back(f"row of case {row.case_id!r}"):
        read = QueueRow.model_validate(fields | {"flags": json.loads(row.flags)})
        for moment in (read.flagged_at, read.due_at):
            datetime.fromisoformat(moment)
    return read
