"""The same evidence under another policy: what would come out otherwise, and nothing where nothing was changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.backtest import Agreement, Backtested, Past, Report, RuleChange, backtest
from agent.case import CaseFile, Review
from agent.llm import Model
from agent.policy.model import Policy, load_policy
from agent.session import assess


@pytest.fixture
def odd(tiny: Any) -> CaseFile:
    """A draft with two of the first fact, below the limit of three, and something odd: the customer is asked."""
    tiny.answers |= {"one": 2, "two": True}
    file: CaseFile = assess(tiny.desk(), tiny.case)
    assert file.recommendation.disposition == "request_information"
    return file


@pytest.fixture
def edited(tiny: Any) -> Callable[..., Policy]:
    """The tiny policy with one text of one of its files replaced."""

    def edit(name: str, old: str, new: str) -> Policy:
        path: Path = tiny.settings.policy_dir / f"{name}.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        return load_policy(tiny.settings.policy_dir)

    return edit


def under(policy: Policy, file: CaseFile, tiny: Any, decided: Any = None) -> Backtested:
    desk = tiny.desk()
    return backtest(Past(file, tiny.policy, decided), policy, desk.tools)


@pytest.mark.parametrize("answers", [{}, {"one": 9}, {"two": None}, {"one": ValueError("gone"), "two": True}])
def test_the_policy_of_the_draft_moves_nothing(tiny: Any, answers: dict[str, Any]) -> None:
    tiny.answers |= answers
    again = under(tiny.policy, assess(tiny.desk(), tiny.case), tiny)
    assert (again.moved, again.fires, again.silent, again.waits_for) == (False, (), (), ())


def test_a_stricter_threshold_fires_a_rule_and_moves_the_draft(
    tiny: Any, odd: CaseFile, edited: Callable[..., Policy]
) -> None:
    again = under(edited("thresholds", "value: 3", "value: 2"), odd, tiny)
    assert (again.before, again.after, again.moved) == ("request_information", "escalate", True)
    assert (again.fires, again.silent) == (("TINY-01",), ())


def test_a_rule_that_has_expired_is_silent(tiny: Any, odd: CaseFile, edited: Callable[..., Policy]) -> None:
    policy = edited("rules", 'customer_text: "Please tell us more."', 'customer_text: "Please."\n  expires: 2020-06-01')
    again = under(policy, odd, tiny)
    assert (again.silent, again.after) == (("TINY-02",), "approve")


def test_a_fact_that_was_never_gathered_is_waited_for(tiny: Any, edited: Callable[..., Policy]) -> None:
    tiny.answers["one"] = 9
    file = assess(tiny.desk(), tiny.case)
    assert tiny.asked == ["one"], "nine are enough to escalate"
    policy = edited("rules", "when: a.count >= threshold.limit", "when: a.count >= threshold.limit and c.days < 5")
    again = under(policy, file, tiny)
    assert (again.fires, again.silent) == ((), ("TINY-01",))
    assert "c.days" in again.waits_for
    assert (again.moved, again.unsure) == (False, True)


def test_what_waits_for_a_source_that_nobody_asked_is_neither_moved_nor_held_against_people(
    tiny: Any, edited: Callable[..., Policy]
) -> None:
    file = assess(tiny.desk(), tiny.case)
    assert (file.recommendation.disposition, "three" in tiny.asked) == ("approve", False)
    policy = edited("rules", "when: a.count >= threshold.limit", "when: c.days < 5")
    edited("evidence", "mandatory: [one]", "mandatory: [one, three]")
    again = under(load_policy(tiny.settings.policy_dir), file, tiny, "approve")
    assert policy.mandatory("kyc") == ("one",)
    assert (again.before, again.after) == ("approve", "escalate")
    assert (again.moved, again.unsure, again.waits_for, again.asks) == (False, True, ("c.days",), ("three",))
    assert Agreement.of([again]) == Agreement(decided=0, before=0, after=0)


def test_mandatory_evidence_that_changes_nothing_leaves_the_outcome_told(
    tiny: Any, odd: CaseFile, edited: Callable[..., Policy]
) -> None:
    assert "two" in tiny.asked
    again = under(edited("evidence", "mandatory: [one]", "mandatory: [one, two]"), odd, tiny)
    assert (again.moved, again.unsure, again.asks, again.drops) == (False, False, (), ())


def test_the_answers_of_a_tool_that_is_mandatory_no_more_are_unknown(tiny: Any, edited: Callable[..., Policy]) -> None:
    file = assess(tiny.desk(), tiny.case)
    again = under(edited("evidence", "mandatory: [one]", "mandatory: []"), file, tiny)
    assert (again.moved, again.unsure, again.drops) == (False, True, ("one",))
    assert "a.count" in again.waits_for


def test_a_tool_that_failed_would_fail_again(tiny: Any, edited: Callable[..., Policy]) -> None:
    tiny.answers["one"] = ValueError("gone")
    file = assess(tiny.desk(), tiny.case)
    again = under(edited("evidence", "mandatory: [one]", "mandatory: []"), file, tiny)
    assert (again.moved, again.unsure, again.drops) == (False, False, ("one",))


def test_what_a_model_raised_stays_raised(tiny: Any, make_model: Callable[..., Model]) -> None:
    model = make_model(json.dumps({"tool": "escalate"}))
    file = assess(tiny.desk(model, roles=["investigate"]), tiny.case)
    assert file.recommendation.disposition == "escalate"
    assert not under(tiny.policy, file, tiny).moved


def test_agreement_counts_what_people_settled(
    tiny: Any, odd: CaseFile, edited: Callable[..., Policy], make_review: Callable[..., Review]
) -> None:
    stricter = edited("thresholds", "value: 3", "value: 2")
    review = make_review(odd, disposition="escalate")
    settled, waiting = (Past.of(odd, tiny.policy, status, (review,)) for status in ("closed", "awaiting_second"))
    nobody = Past.of(odd, tiny.policy, "closed", ())
    assert (settled.decided, waiting.decided, nobody.decided) == ("escalate", None, None)
    drafts = [under(stricter, odd, tiny, each.decided) for each in (settled, waiting)]
    assert Agreement.of(drafts) == Agreement(decided=1, before=0, after=1)
    assert Report.of(drafts).rules == (RuleChange(rule="TINY-01", fires=2, silent=0),)
