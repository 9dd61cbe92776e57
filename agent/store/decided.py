"""What people decided, read for all cases at once, one after the other.

The audit trail says who decided what, when, on which draft, and where it led; of the drafts no more is read than what
they rested on. Comments stand in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, Row, Select, and_, func, select

from agent.case import CaseType, Disposition, Outcome, Status
from agent.review.decisions import Asked, Decision
from agent.store.rows import reading_back
from agent.store.tables import AUDIT, FILES, REVIEWS

AT_ONCE = 100
"""Rows in memory at a time, some of them with a whole draft; and decisions between two tellings."""


class _Flag(BaseModel):
    code: str


class _Case(BaseModel):
    type: CaseType
    flagged_at: str
    flags: tuple[_Flag, ...]


class _Finding(BaseModel):
    rule: str


class _Recommendation(BaseModel):
    confidence: float
    row: str


class _Body(BaseModel):
    """What is read of a case file; all else in it is passed over."""

    case: _Case
    findings: tuple[_Finding, ...]
    recommendation: _Recommendation


class _Drafted(BaseModel):
    """What the audit trail says of a draft."""

    attempt: int
    disposition: Disposition


class _Reviewed(BaseModel):
    """What the audit trail says of a decision."""

    attempt: int
    status: Status
    disposition: Disposition
    outcome: Outcome
    reason_code: str
    login: str = ""


@dataclass
class _Draft:
    """A draft while the decisions on it are read: when it was made and what it recommends, how many decisions it has
    had, when and at which login the last of them was made, and what it rested on once that was read."""

    at: str
    recommended: Disposition
    last_at: str
    last_login: str = ""
    turn: int = 0
    body: _Body | None = None


def read_decisions(connection: Connection, asked: Asked, tell: Callable[[int, int], None]) -> Iterator[Decision]:
    """The decisions asked for, case by case, oldest first. `tell` hears how many of how many were looked at."""
    of = connection.execute(select(func.count()).select_from(REVIEWS)).scalar_one()
    rows = connection.execute(_query(asked), execution_options={"yield_per": AT_ONCE})
    for case_id, entries in groupby(_counted(rows, of, tell), key=lambda row: str(row.case_id)):
        yield from _of_case(case_id, entries, asked)


def _query(asked: Asked) -> Select[Any]:
    """The entries on drafts and decisions of every decided case, with the draft itself where it has to be read."""
    its_draft = and_(
        AUDIT.c.action == "reviewed",
        func.substr(AUDIT.c.at, 1, 10).between(asked.since, asked.until),
        FILES.c.case_id == AUDIT.c.case_id,
        FILES.c.attempt == func.json_extract(AUDIT.c.content, "$.attempt"),
    )
    entries = select(AUDIT.c.case_id, AUDIT.c.action, AUDIT.c.at, AUDIT.c.actor, AUDIT.c.content, FILES.c.body)
    decided = AUDIT.c.case_id.in_(select(REVIEWS.c.case_id))
    whole = entries.select_from(AUDIT.outerjoin(FILES, its_draft))
    ours = whole.where(AUDIT.c.action.in_(("drafted", "reviewed")), decided)
    return ours.order_by(AUDIT.c.case_id, AUDIT.c.sequence)


def _counted(rows: Iterable[Row[Any]], of: int, tell: Callable[[int, int], None]) -> Iterator[Row[Any]]:
    done = 0
    for row in rows:
        yield row
        done += row.action == "reviewed"
        if done % AT_ONCE == 0:
            tell(done, of)


def _of_case(case_id: str, entries: Iterable[Row[Any]], asked: Asked) -> Iterator[Decision]:
    drafts: dict[int, _Draft] = {}
    for entry in entries:
        with reading_back(f"decision on case {case_id!r}, or its draft,"):
            if entry.action == "drafted":
                made = _Drafted.model_validate_json(entry.content)
                drafts[made.attempt] = _Draft(entry.at, made.disposition, entry.at)
                continue
            said = _Reviewed.model_validate_json(entry.content)
            decision = _next(drafts[said.attempt], entry, said, asked)
        if decision is not None:
            yield decision


def _next(draft: _Draft, entry: Row[Any], said: _Reviewed, asked: Asked) -> Decision | None:
    """The next decision on a draft; None where it is not asked for."""
    waited, draft.last_at = _seconds(draft.last_at, entry.at), entry.at
    draft.turn += 1
    same_login, draft.last_login = bool(said.login) and said.login == draft.last_login, said.login
    if not asked.heard(entry.at, entry.actor):
        return None
    body = draft.body = draft.body or _Body.model_validate_json(entry.body)
    if not asked.about(body.case.type):
        return None
    return Decision(
        case_id=entry.case_id,
        attempt=said.attempt,
        type=body.case.type,
        flags=tuple(flag.code for flag in body.case.flags),
        flagged_at=body.case.flagged_at,
        drafted_at=draft.at,
        decided_at=entry.at,
        reviewer=entry.actor,
        turn=draft.turn,
        waited_s=waited,
        recommended=draft.recommended,
        confidence=body.recommendation.confidence,
        row=body.recommendation.row,
        disposition=said.disposition,
        outcome=said.outcome,
        reason_code=said.reason_code,
        status_after=said.status,
        rules=tuple(finding.rule for finding in body.findings),
        login=said.login,
        same_login=same_login,
    )


def _seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()
