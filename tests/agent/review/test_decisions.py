"""What people decided, summed up: counts that add up, shares, rules people go against, people by the look of a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.case import DISPOSITIONS, Outcome, Status
from agent.review.decisions import Asked, ByReviewer, ByRule, Decision, Flow, summarise
from vision.wilson import share


def decision(case_id: str = "C-1", **changes: Any) -> Decision:
    fields: dict[str, Any] = {
        "case_id": case_id,
        "attempt": 1,
        "type": "kyc",
        "flags": ("document_forgery",),
        "flagged_at": "2026-11-01T08:00:00Z",
        "drafted_at": "2026-11-01T09:00:00Z",
        "decided_at": "2026-11-01T10:00:00Z",
        "reviewer": "ada",
        "turn": 1,
        "waited_s": 3600.0,
        "recommended": "escalate",
        "confidence": 0.93,
        "row": "any-adverse",
        "disposition": "escalate",
        "outcome": "worth_reviewing",
        "reason_code": "FACE_MISMATCH",
        "status_after": "awaiting_second",
        "rules": ("FACE-02",),
    }
    return Decision(**(fields | changes))


DISPUTED = (
    decision(),
    decision(reviewer="bo", turn=2, waited_s=60.0, disposition="approve", status_after="drafted"),
    decision(reviewer="cy", turn=3, waited_s=9.0, disposition="approve", decided_at="2026-11-04T10:00:00Z"),
    decision(reviewer="ada", turn=4, waited_s=120.0, disposition="approve", status_after="closed"),
)
"""One draft that took four decisions: a first, one of another mind, and two who agree with that."""


def test_second_opinions_at_the_login_of_the_first_are_counted() -> None:
    shared = {"login": "desk", "same_login": True}
    said = (
        decision(login="desk"),
        decision(reviewer="bo", turn=2, status_after="closed", **shared),
        decision("C-2", login="desk"),
        decision("C-2", reviewer="bo", turn=2, status_after="drafted", login="bo"),
        decision("C-2", reviewer="cy", turn=3, login="bo", same_login=True),
    )
    summary = summarise(said)
    assert (summary.second_opinions, summary.one_login) == (2, 1)
    assert {each.reviewer: each.logins for each in summary.reviewers}["bo"] == ("bo", "desk")


def test_a_dispute_is_a_second_opinion_of_another_mind() -> None:
    summary = summarise(DISPUTED)
    assert (summary.decisions, summary.people, summary.cases) == (4, 3, 1)
    assert (summary.second_opinions, summary.disputes) == (2, 1)
    assert (summary.first, summary.last) == ("2026-11-01T10:00:00Z", "2026-11-04T10:00:00Z")
    assert summary.followed == share(1, 4)
    assert summary.flow == (
        Flow(recommended="escalate", decided="approve", decisions=3),
        Flow(recommended="escalate", decided="escalate", decisions=1),
    )


def test_a_first_opinion_after_a_dispute_waited_for_no_draft() -> None:
    summary = summarise([*DISPUTED, decision("C-2", waited_s=7200.0)])
    assert (summary.to_first_s, summary.to_second_s) == (5400.0, 90.0)


def test_a_decision_dated_before_its_draft_says_nothing_of_time() -> None:
    odd = decision("C-2", waited_s=-17_279_100.0)
    summary = summarise([*DISPUTED, odd])
    assert (summary.backdated, summary.to_first_s, summary.to_second_s) == (1, 3600.0, 90.0)
    assert (summarise([odd]).to_first_s, summarise(DISPUTED).backdated) == (None, 0)
    at_once = summarise([decision(waited_s=0.0)])
    assert (at_once.backdated, at_once.to_first_s) == (0, 0.0)


def test_what_was_decided_last_on_a_draft_counts_for_its_rules() -> None:
    corrected = (
        decision("C-2", disposition="approve", rules=("FACE-02", "PAY-01")),
        decision("C-2", reviewer="bo", turn=2, status_after="drafted", rules=("FACE-02", "PAY-01")),
    )
    assert summarise([*corrected[::-1], *DISPUTED]).rules == (
        ByRule(rule="FACE-02", drafts=2, otherwise=1),
        ByRule(rule="PAY-01", drafts=1, otherwise=0),
    )


def test_each_draft_of_a_case_counts_for_itself() -> None:
    again = decision(attempt=2, recommended="approve", disposition="approve", rules=("FACE-02", "FACE-02"))
    assert summarise([*DISPUTED, again]).rules == (ByRule(rule="FACE-02", drafts=2, otherwise=1),)


def test_rules_that_people_go_against_as_often_come_by_the_larger_share() -> None:
    both, one = {"rules": ("PAY-01", "PAY-02")}, {"rules": ("PAY-01",)}
    told = summarise([decision("C-1", disposition="approve", **both), decision("C-2", **one)])
    assert [each.rule for each in told.rules] == ["PAY-02", "PAY-01"]


def test_names_that_read_as_one_are_one_person_by_the_commonest_spelling() -> None:
    told = summarise([decision("C-1", reviewer="Ada "), decision("C-2"), decision("C-3", disposition="reject")])
    assert told.people == 1
    assert told.reviewers == (ByReviewer(reviewer="ada", decisions=3, followed=2, overruled=1, disputes=0),)


def test_nothing_decided_is_a_share_of_nothing() -> None:
    told = summarise([])
    assert (told.decisions, told.people, told.first, told.to_first_s, told.to_second_s) == (0, 0, "", None, None)
    assert (told.followed, told.rules, told.flow, told.reviewers) == (share(0, 0), (), (), ())


@pytest.mark.parametrize(
    ("at", "heard"),
    [
        ("2026-10-31T23:59:59Z", False),
        ("2026-11-01T00:00:00Z", True),
        ("2026-11-02T23:59:59Z", True),
        ("2026-11-03T00:00:00Z", False),
    ],
)
def test_both_days_of_a_span_count(at: str, heard: bool) -> None:
    assert Asked(since="2026-11-01", until="2026-11-02").heard(at, "ada") is heard


def test_who_is_asked_for_is_told_by_the_look_of_the_name() -> None:
    asked = Asked(types=("kyc",), reviewer="ADA")
    assert asked.heard("2026-11-01T10:00:00Z", "ada ")
    assert not asked.heard("2026-11-01T10:00:00Z", "bo")
    assert (asked.about("kyc"), asked.about("p2p"), Asked().about("p2p")) == (True, False, True)


SOME = st.lists(
    st.builds(
        decision,
        case_id=st.sampled_from(["C-1", "C-2", "C-3"]),
        attempt=st.integers(1, 2),
        reviewer=st.sampled_from(["ada", "Ada", "bo", "Bo ", "cy"]),
        turn=st.integers(1, 4),
        waited_s=st.floats(0, 1e6),
        recommended=st.sampled_from(DISPOSITIONS),
        disposition=st.sampled_from(DISPOSITIONS),
        outcome=st.sampled_from(get_args(Outcome)),
        status_after=st.sampled_from(get_args(Status)),
        rules=st.sets(st.sampled_from(["A-01", "B-01", "C-01"])).map(tuple),
    ),
    max_size=30,
    unique_by=lambda each: (each.case_id, each.attempt, each.turn),
)


@given(SOME, st.randoms(use_true_random=False))
def test_every_table_adds_up_in_whatever_order_decisions_come(decisions: Sequence[Decision], random: Any) -> None:
    told = summarise(decisions)
    assert sum(each.decisions for each in told.flow) == told.decisions == told.followed.of
    assert sum(each.decisions for each in told.reviewers) == told.decisions
    assert sum(each.disputes for each in told.reviewers) == told.disputes <= told.second_opinions
    assert all(each.followed + each.overruled == each.decisions for each in told.reviewers)
    same = sum(each.decisions for each in told.flow if each.recommended == each.decided)
    assert sum(each.followed for each in told.reviewers) == same == round(told.followed.value * told.decisions)
    drafts = len({(each.case_id, each.attempt) for each in decisions})
    assert all(0 <= each.otherwise <= each.drafts <= drafts for each in told.rules)
    mixed = list(decisions)
    random.shuffle(mixed)
    assert summarise(mixed) == told
