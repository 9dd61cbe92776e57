"""The audit chain of a case in the store: its next entry, and all there are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from agent.audit import Content, backwards, canonical, link, now
from agent.case import AuditEntry
from agent.errors import StoreError
from agent.store.queued import stored
from agent.store.rows import reading_back
from agent.store.tables import AUDIT


def append(connection: Connection, case_id: str, actor: str, action: str, content: Content, key: str) -> bool:
    """Append to the chain of a case once per key; the same key with other content is a clash of two processes."""
    stored(connection, case_id)
    body = canonical(content)
    known = connection.execute(select(AUDIT).where(AUDIT.c.case_id == case_id, AUDIT.c.key == key)).one_or_none()
    if known is not None:
        if (known.actor, known.action, known.content) == (actor, action, body):
            return False
        what = f"{known.actor!r} has already {known.action} case {case_id!r} at this step"
        raise StoreError(what, f"look at it with `casework show {case_id}` before you go on")
    newest = select(AUDIT).where(AUDIT.c.case_id == case_id).order_by(AUDIT.c.sequence.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    last = _entry(row) if row else None
    entry = link(last, case_id, _moment(case_id, last), actor, action, body)
    connection.execute(insert(AUDIT).values(entry.model_dump() | {"key": key}))
    return True


def read_chain(connection: Connection, case_id: str) -> tuple[AuditEntry, ...]:
    """The entries of one case, oldest first."""
    rows = connection.execute(select(AUDIT).where(AUDIT.c.case_id == case_id).order_by(AUDIT.c.sequence))
    return tuple(map(_entry, rows))


def _moment(case_id: str, last: AuditEntry | None) -> str:
    """The present moment, to be recorded after the last entry of a chain. A clock that is behind that one is wrong, or
    the one that made it was: what it dates would be a break in the chain for good."""
    moment = now()
    if last and backwards(last.at, moment):
        what = f"this machine's clock says {moment}, and the last entry of case {case_id!r} is of {last.at}"
        remedy = "correct the clock; if the time of that entry is wrong, the case has to wait until then"
        raise StoreError(f"{what}: nothing can be recorded before it", remedy)
    return moment


def _entry(row: Row[Any]) -> AuditEntry:
    with reading_back(f"audit entry of case {row.case_id!r}"):
        return AuditEntry.model_validate(row, from_attributes=True)
