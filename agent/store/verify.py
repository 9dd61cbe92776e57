"""Whether what is stored of a case is what was written: every row against its body, its texts and the audit chain.

It reads whatever it finds. A row that does not read is named like one that was changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Table, bindparam, select, text, union
from sqlalchemy import Row as Stored

from agent.audit import Break, Kept, body_sha256, compare, verify
from agent.case import AuditEntry
from agent.store.rows import UNREADABLE, Row, case_row, file_row, made_with, review_row
from agent.store.tables import AUDIT, CASES, FILES, GUARDS, REVIEWS, TEXTS

_ROWS = {
    table: select(table).where(table.c.case_id == bindparam("of")).order_by(*list(table.primary_key)[1:])
    for table in (CASES, FILES, REVIEWS, AUDIT)
}
"""The rows of one case, oldest first: after the case id, a primary key counts them."""


def mentioned(connection: Connection) -> tuple[str, ...]:
    """Every case id that any table speaks of, in order."""
    ids = union(*(select(table.c.case_id) for table in _ROWS))
    return tuple(connection.execute(ids.order_by("case_id")).scalars())


def chain_hashes(connection: Connection, case_id: str) -> tuple[str, ...]:
    """The hashes of a case's audit entries, oldest first, as they are stored."""
    return tuple(str(row.sha256) for row in connection.execute(_ROWS[AUDIT], {"of": case_id}))


def missing_guards(connection: Connection) -> tuple[str, ...]:
    """The triggers of the tables that only grow which are gone, or do something else."""
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    there = {row.name: row.sql for row in rows}
    return tuple(name for name, sql in GUARDS.items() if there.get(name) != sql)


def whole_texts(connection: Connection) -> dict[str, str]:
    """The names, by sha256, of the texts that still are what their hash says."""
    rows = connection.execute(select(TEXTS)).all()
    return {row.sha256: row.name for row in rows if row.sha256 in _text_hashes(str(row.body))}


def verify_case(connection: Connection, case_id: str, texts: Mapping[str, str]) -> tuple[Break, ...]:
    """Every place where what is stored of one case does not hold. `texts` are those that are whole."""
    stored = {table: connection.execute(query, {"of": case_id}).all() for table, query in _ROWS.items()}
    made = {
        CASES: [_made(case_row, row.body) for row in stored[CASES]],
        FILES: [_made(file_row, row.body) for row in stored[FILES]],
        REVIEWS: [_made(review_row, row.body, place) for place, row in enumerate(stored[REVIEWS], start=1)],
    }
    entries = [_entry(row) for row in stored[AUDIT]]
    faults = [
        *(fault for table, rows in made.items() for fault in _altered(table, stored[table], rows)),
        *_unfounded(stored[FILES], texts),
        *(f"audit, row {place}: it cannot be read" for place, entry in enumerate(entries, start=1) if entry is None),
    ]
    case = next(iter(stored[CASES]), None)
    kept = Kept(
        case=_hash(case.body) if case else None,
        status=str(case.status) if case else "",
        files=tuple(str(row.get("sha256")) for row in made[FILES]),
        reviews=tuple(str(row.get("sha256")) for row in made[REVIEWS]),
    )
    shown, chain = str(case_id), [entry for entry in entries if entry]
    breaks = tuple(Break(case_id=shown, sequence=0, what=what) for what in faults)
    return breaks + verify(shown, chain) + compare(shown, chain, kept)


def _made(make: Callable[..., Row], body: str, *number: int) -> Row:
    """A row as its body would have it; an empty one where the body does not read."""
    try:
        return make(body, *number)
    except UNREADABLE:
        return {}


def _altered(table: Table, rows: Sequence[Stored[Any]], rebuilt: Sequence[Row]) -> Iterator[str]:
    """Of each row, the first column that does not repeat what the body says."""
    for place, (row, columns) in enumerate(zip(rows, rebuilt, strict=True), start=1):
        if not columns:
            yield f"{table.name}, row {place}: its body cannot be read"
        changed = next((name for name, value in columns.items() if getattr(row, name) != value), None)
        if changed:
            yield f"{table.name}, row {place}: {changed} differs from its body"


def _unfounded(files: Sequence[Stored[Any]], texts: Mapping[str, str]) -> Iterator[str]:
    """Of each file that reads, the first text it was made with that is not kept as it was."""
    for place, row in enumerate(files, start=1):
        with suppress(*UNREADABLE):
            lost = [name for sha256, name in made_with(row.body).items() if texts.get(sha256) != name]
            yield from (f"files, row {place}: the {name} it was made with is gone or changed" for name in lost[:1])


def _entry(row: Stored[Any]) -> AuditEntry | None:
    with suppress(ValidationError):
        return AuditEntry.model_validate(row, from_attributes=True)
    return None


def _hash(body: str) -> str:
    try:
        return body_sha256(body)
    except UNREADABLE:
        return ""


def _text_hashes(body: str) -> tuple[str, str]:
    """What a text may be kept under: a prompt by the hash of its file, a policy by that of its value."""
    return hashlib.sha256(body.encode()).hexdigest(), _hash(body)
