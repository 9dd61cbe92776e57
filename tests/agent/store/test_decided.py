"""Decisions of all cases as the store tells them: each beside the draft it was made on, whatever came later."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agent.case import Case, CaseFile, Review
from agent.errors import StoreError
from agent.review.decisions import Asked, Decision
from agent.store import Store, decided

Make = Callable[..., Case]
MakeFile = Callable[..., CaseFile]
MakeReview = Callable[..., Review]
ALL = Asked()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the moment at which entries are written from here on."""

    def set_to(moment: str) -> None:
        for module in ("agent.store.chain", "agent.store.arriving"):
            monkeypatch.setattr(f"{module}.now", lambda: moment)

    return set_to


@pytest.fixture
def told(
    store: Store, make_case: Make, make_file: MakeFile, make_review: MakeReview, clock: Callable[[str], None]
) -> Store:
    """A case that was disputed, drafted anew as another type, and closed; and one that nobody decided."""
    case = make_case()
    clock("2026-11-01T09:00:00Z")
    store.add_cases([case, make_case("C-2")])
    first = make_file(case)
    store.save_file(first)
    store.save_file(make_file(make_case("C-2")))
    clock("2026-11-01T10:00:00Z")
    store.add_review(make_review(first, comment="Her name is Eve"), "awaiting_second", "1:record:1")
    clock("2026-11-02T10:30:00Z")
    other = make_review(first, reviewer="bo", disposition="approve", cited=("E1",))
    store.add_review(other, "drafted", "1:record:2")
    again = make_file(case.model_copy(update={"type": "p2p"}), attempt=2, findings=())
    again = again.model_copy(update={"draft": again.draft.model_copy(update={"disposition": "approve"})})
    clock("2026-11-03T09:00:00Z")
    store.save_file(again)
    clock("2026-11-03T09:00:10Z")
    store.add_review(make_review(again), "closed", "2:record:1")
    return store


def brief(decisions: Iterator[Decision]) -> list[tuple[Any, ...]]:
    return [(each.attempt, each.turn, each.reviewer, each.recommended, each.disposition) for each in decisions]


FIRST = (1, 1, "ada", "escalate", "escalate")
SECOND = (1, 2, "bo", "escalate", "approve")
THIRD = (2, 1, "ada", "approve", "approve")


def test_every_decision_stands_beside_the_draft_it_was_made_on(told: Store) -> None:
    assert brief(told.decisions(ALL)) == [FIRST, SECOND, THIRD]
    first, second, third = told.decisions(ALL)
    assert first == Decision(
        case_id="C-1",
        attempt=1,
        type="kyc",
        flags=("document_forgery",),
        flagged_at="2026-11-01T08:00:00Z",
        drafted_at="2026-11-01T09:00:00Z",
        decided_at="2026-11-01T10:00:00Z",
        reviewer="ada",
        turn=1,
        waited_s=3600.0,
        recommended="escalate",
        confidence=0.93,
        row="any-adverse",
        disposition="escalate",
        outcome="worth_reviewing",
        reason_code="FACE_MISMATCH",
        status_after="awaiting_second",
        rules=("FACE-02",),
    )
    assert (second.waited_s, second.disputes, second.rules) == (24.5 * 3600, True, ("FACE-02",))
    assert (third.waited_s, third.type, third.rules, third.drafted_at) == (10.0, "p2p", (), "2026-11-03T09:00:00Z")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked(since="2026-11-02"), [SECOND, THIRD]),
        (Asked(until="2026-11-01"), [FIRST]),
        (Asked(since="2026-11-02", until="2026-11-02"), [SECOND]),
        (Asked(types=("p2p",)), [THIRD]),
        (Asked(types=("p2p", "kyc"), reviewer="ADA"), [FIRST, THIRD]),
        (Asked(reviewer="nobody"), []),
    ],
)
def test_what_is_left_out_changes_no_turn(told: Store, asked: Asked, found: list[tuple[Any, ...]]) -> None:
    assert brief(told.decisions(asked)) == found


def test_how_far_it_is_gets_told(told: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decided, "AT_ONCE", 1)
    heard: list[tuple[int, int]] = []
    list(told.decisions(ALL, lambda done, of: heard.append((done, of))))
    assert heard[-1] == (3, 3)
    assert heard == sorted(heard)


def changed(store: Store, table: str, column: str, value: str) -> None:
    with sqlite3.connect(store.path) as connection:
        connection.execute(f"DROP TRIGGER {table}_no_update")
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE case_id = 'C-1'", [value])


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("files", "body", "{}"),
        ("files", "body", "no json"),
        ("files", "attempt", "7"),
        ("audit", "content", "{}"),
        ("audit", "at", "2026-11-never"),
    ],
)
def test_what_was_changed_is_one_error_that_names_the_case(
    store: Store, make_case: Make, make_file: MakeFile, make_review: MakeReview, table: str, column: str, value: str
) -> None:
    store.add_cases([make_case()])
    store.save_file(make_file())
    store.add_review(make_review(make_file()), "awaiting_second", "1:record:1")
    changed(store, table, column, value)
    with pytest.raises(StoreError, match="decision on case 'C-1', or its draft, cannot be read; run `casework"):
        list(store.decisions(ALL))
