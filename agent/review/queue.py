"""The order in which cases deserve a reviewer: how grave the flags, how much is at stake, how little time is left.

Pure: the moment of asking is an argument.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agent.case import CaseType, Disposition, Status
from tools.evidence import Frozen

GRAVITY = {
    "sanctions_name_hit": 1.0,
    "password_reset": 0.9,
    "new_device_withdrawal": 0.9,
    "document_forgery": 0.8,
    "face_mismatch": 0.8,
    "high_risk_counterparty": 0.8,
    "under_age": 0.8,
    "duplicate_face": 0.7,
    "mrz_mismatch": 0.7,
    "shared_template": 0.7,
    "rapid_in_out": 0.6,
    "shared_address": 0.6,
    "shared_device": 0.6,
    "structuring": 0.6,
    "document_expired": 0.3,
    "document_quality": 0.2,
}
"""How grave a flag is in [0, 1] before anybody looked, in an analyst's judgement: what cannot be undone comes first. A
flag that is not named here counts `ORDINARY`."""
ORDINARY = 0.5
LARGE_USD = 100_000.0
"""The exposure from which more money makes a case no more urgent."""


class QueueRow(Frozen):
    """A case as the queue shows it. `disposition` is what the last draft recommends, None before the first review."""

    case_id: str
    type: CaseType
    status: Status
    flagged_at: str
    due_at: str
    flags: tuple[str, ...]
    exposure_usd: float
    disposition: Disposition | None = None


@dataclass(frozen=True)
class Filters:
    """Which cases to show; an empty filter lets all pass."""

    types: tuple[CaseType, ...] = ()
    statuses: tuple[Status, ...] = ()
    flags: tuple[str, ...] = ()

    def admit(self, row: QueueRow) -> bool:
        return (
            (not self.types or row.type in self.types)
            and (not self.statuses or row.status in self.statuses)
            and (not self.flags or bool(set(self.flags) & set(row.flags)))
        )


ALL = Filters()


def priority(row: QueueRow, moment: datetime) -> float:
    """In [0, 1]: half the gravest flag, a quarter the exposure on a log scale, a quarter the share of time used up."""
    gravity = max((GRAVITY.get(flag, ORDINARY) for flag in row.flags), default=ORDINARY)
    exposure = min(1.0, math.log1p(max(0.0, row.exposure_usd)) / math.log1p(LARGE_USD))
    return 0.5 * gravity + 0.25 * exposure + 0.25 * time_used(row, moment)


def time_used(row: QueueRow, moment: datetime) -> float:
    """The share of the time between flag and due time that has gone by, in [0, 1]; 1 is overdue."""
    flagged, due = (_instant(text, moment) for text in (row.flagged_at, row.due_at))
    allowed = (due - flagged).total_seconds()
    return 1.0 if allowed <= 0 else min(1.0, max(0.0, (moment - flagged).total_seconds() / allowed))


def by_priority(rows: Iterable[QueueRow], moment: datetime) -> list[QueueRow]:
    """Most urgent first; the earlier due, then the case id, settle a tie."""
    return sorted(rows, key=lambda row: (-priority(row, moment), row.due_at, row.case_id))


def _instant(text: str, moment: datetime) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=moment.tzinfo)
