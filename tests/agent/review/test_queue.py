"""The most urgent case comes first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.review.queue import ALL, Filters, QueueRow, by_priority, priority, time_used

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


def row(case_id: str = "C-1", **changes: Any) -> QueueRow:
    fields: dict[str, Any] = {
        "case_id": case_id,
        "type": "kyc",
        "status": "open",
        "flagged_at": "2026-11-01T08:00:00Z",
        "due_at": "2026-11-03T08:00:00Z",
        "flags": ("other",),
        "exposure_usd": 100.0,
    }
    return QueueRow.model_validate(fields | changes)


@pytest.mark.parametrize(
    "graver",
    [
        {"flags": ("other", "sanctions_name_hit")},
        {"exposure_usd": 50_000.0},
        {"due_at": "2026-11-02T09:00:00Z"},
    ],
)
def test_each_of_gravity_money_and_time_makes_a_case_more_urgent(graver: dict[str, Any]) -> None:
    assert priority(row(**graver), NOW) > priority(row(), NOW)


def test_ties_are_settled_by_due_time_and_then_by_id() -> None:
    overdue = {"flagged_at": "2026-10-01T08:00:00Z"}
    rows = [row("C-3", **overdue, due_at="2026-11-01T08:00:00Z"), row("C-2", **overdue, due_at="2026-10-30T08:00:00Z")]
    rows.append(row("C-1", **overdue, due_at="2026-11-01T08:00:00Z"))
    assert [each.case_id for each in by_priority(rows, NOW)] == ["C-2", "C-1", "C-3"]


def test_time_used_is_the_share_gone_by() -> None:
    assert time_used(row(), NOW) == 0.5
    assert time_used(row(), NOW + timedelta(days=9)) == 1.0
    assert time_used(row(), NOW - timedelta(days=9)) == 0.0
    assert time_used(row(due_at="2026-11-01T08:00:00Z"), NOW) == 1.0


def test_times_without_a_zone_are_taken_as_utc() -> None:
    assert time_used(row(flagged_at="2026-11-01T08:00:00", due_at="2026-11-03 08:00:00"), NOW) == 0.5


@given(
    flags=st.lists(st.sampled_from(["sanctions_name_hit", "shared_device", "new"]), max_size=3),
    exposure=st.floats(-1e9, 1e12),
    hours=st.integers(-1000, 1000),
)
def test_priority_is_a_share(flags: list[str], exposure: float, hours: int) -> None:
    assert 0 <= priority(row(flags=tuple(flags), exposure_usd=exposure), NOW + timedelta(hours=hours)) <= 1


def test_filters_admit_what_fits_each_of_them() -> None:
    assert ALL.admit(row())
    assert Filters(types=("kyc",), statuses=("open",), flags=("other", "x")).admit(row())
    for unfit in (Filters(types=("ring",)), Filters(statuses=("closed",)), Filters(flags=("x",))):
        assert not unfit.admit(row())
