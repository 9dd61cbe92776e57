"""Cases on their way into the store, many at a time: what the store has under their ids, and how new ones get there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from agent.audit import Content, canonical, link, now
from agent.case import Case, Status
from agent.store.rows import UNREADABLE, case_row
from agent.store.tables import AUDIT, CASES
from tools.evidence import Frozen, fingerprint

AT_ONCE = 1000
"""Cases a statement. SQLite takes no more than 32,766 values."""
GIVES_WAY: frozenset[Status] = frozenset({"open", "drafted", "deferred", "awaiting_customer"})
"""Where a case may stand to be replaced by what is known of it now: nobody has begun to decide it, or it waits for what
the customer sends."""


class Clash(Frozen):
    """A case whose id the store knows another one by: where that one stands, in which fields they differ, and whether
    this one may replace it."""

    case_id: str
    status: Status
    differs: tuple[str, ...]
    replaceable: bool


class Taken(Frozen):
    """What became of cases, or would become of them: how many are new, were there already as they are, or replace one
    that was otherwise. Where some clash with what is there, nothing is done."""

    new: int
    same: int
    replaced: int
    clashes: tuple[Clash, ...] = ()


@dataclass(frozen=True)
class Held:
    """Cases held against the store: the new ones, those that replace another, and the sum."""

    new: tuple[Case, ...]
    changed: tuple[Case, ...]
    taken: Taken


def hold(connection: Connection, cases: Sequence[Case], *, replace: bool) -> Held:
    """What each case is to the store. No two of them have one id."""
    new, changed, clashes = list[Case](), list[Case](), list[Clash]()
    for some in _batched(cases):
        ids = [case.case_id for case in some]
        known = select(CASES.c.case_id, CASES.c.status, CASES.c.body).where(CASES.c.case_id.in_(ids))
        rows = {row.case_id: row for row in connection.execute(known)}
        for case in some:
            if (row := rows.get(case.case_id)) is None:
                new.append(case)
            elif differs := _differs(case, row.body):
                gives_way = row.status in GIVES_WAY
                if replace and gives_way:
                    changed.append(case)
                else:
                    status, id_ = row.status, case.case_id
                    clashes.append(Clash(case_id=id_, status=status, differs=differs, replaceable=gives_way))
    same = len(cases) - len(new) - len(changed) - len(clashes)
    taken = Taken(new=len(new), same=same, replaced=len(changed), clashes=tuple(clashes))
    return Held(tuple(new), tuple(changed), taken)


def insert_new(
    connection: Connection, cases: Sequence[Case], actor: str, tell: Callable[[int, int], None] = lambda *_: None
) -> None:
    """Insert cases that the store does not know, each with the entry its chain begins with."""
    done = 0
    for some in _batched(cases):
        connection.execute(insert(CASES), [case_row(case.model_dump_json()) | {"status": "open"} for case in some])
        entries = (link(None, case.case_id, now(), actor, "added", canonical(added(case))) for case in some)
        connection.execute(insert(AUDIT), [entry.model_dump() | {"key": "add:0"} for entry in entries])
        done += len(some)
        tell(done, len(cases))


def added(case: Case) -> Content:
    """What the audit trail says of a case that was added."""
    return {"status": "open", "case": fingerprint(case)}


def _differs(case: Case, body: str) -> tuple[str, ...]:
    """The fields in which a case is not the stored one; all of them where that does not read."""
    with suppress(*UNREADABLE):
        stored = Case.model_validate_json(body)
        return tuple(name for name in Case.model_fields if getattr(case, name) != getattr(stored, name))
    return tuple(Case.model_fields)


def _batched(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    for first in range(0, len(cases), AT_ONCE):
        yield cases[first : first + AT_ONCE]
