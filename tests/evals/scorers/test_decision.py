"""Decisions: costs of the packaged matrix and agreement on the scale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.case import DISPOSITIONS, CaseFile, Disposition
from agent.errors import AgentError
from evals.scorers.decision import decision, read_costs, weighted_kappa
from evals.world.label import Label

ANSWERS = st.lists(st.sampled_from(DISPOSITIONS), min_size=2, max_size=30)


def label(ideal: Disposition, intolerable: bool = False) -> Label:
    return Label(
        case_id="C-1", customer_id="U-1", story="test", is_fraud=ideal != "approve", ideal=ideal, proof=(),
        intolerable=intolerable, doubt=0.0, reviewers=(ideal, "escalate", "approve"), what_happened="A test.",
    )  # fmt: skip


def test_a_right_answer_costs_nothing(make_file: Callable[..., CaseFile]) -> None:
    scored = decision(make_file(), label("escalate"), read_costs())
    assert (scored.right, scored.cost, scored.missed) == (True, 0.0, False)
    assert scored.reviewers == ("escalate", "escalate", "approve")


def test_reviewers_that_only_repeat_the_label_are_none(make_file: Callable[..., CaseFile]) -> None:
    repeated = label("escalate").model_copy(update={"reviewers": ("escalate",) * 3})
    assert decision(make_file(), repeated, read_costs()).reviewers == ()
    doubted = repeated.model_copy(update={"doubt": 0.1})
    assert decision(make_file(), doubted, read_costs()).reviewers == ("escalate",) * 3


def test_people_who_agree_with_what_they_settled_on_have_an_opinion(make_file: Callable[..., CaseFile]) -> None:
    agreed = label("escalate").model_copy(update={"doubt": None, "reviewers": ("escalate", "escalate")})
    assert decision(make_file(), agreed, read_costs()).reviewers == ("escalate", "escalate")
    alone = agreed.model_copy(update={"reviewers": ()})
    assert decision(make_file(), alone, read_costs()).reviewers == ()


def test_an_approved_fraud_costs_most(make_file: Callable[..., CaseFile]) -> None:
    file, costs = make_file(), read_costs()
    approved = file.model_copy(update={"draft": file.draft.model_copy(update={"disposition": "approve"})})
    missed = decision(approved, label("reject", intolerable=True), costs)
    assert missed.missed
    others = (costs.of(answer, label("reject", intolerable=True)) for answer in DISPOSITIONS if answer != "approve")
    assert missed.cost > 3 * max(others)


@pytest.mark.parametrize(
    "text",
    ["intolerable = 1.0\n[matrix.approve]\napprove = 0.0\n", "nothing", "intolerable = -1.0\n[matrix]\n"],
)
def test_a_broken_matrix_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "costs.toml"
    path.write_text(text)
    with pytest.raises(AgentError, match=r"costs\.toml"):
        read_costs(path)


def test_kappa_known() -> None:
    left: list[Disposition] = ["approve", "approve", "reject", "reject"]
    assert weighted_kappa(left, left) == 1.0
    assert weighted_kappa(left, ["reject", "reject", "approve", "approve"]) == pytest.approx(-1.0)
    assert weighted_kappa(left, ["approve", "reject", "approve", "reject"]) == pytest.approx(0.0)
    near: list[Disposition] = ["request_resubmission", "approve", "reject", "escalate"]
    assert 0.8 < (weighted_kappa(left, near) or 0) < 1
    assert weighted_kappa(["approve"], ["approve"]) is None


@given(ANSWERS)
def test_kappa_of_equal_answers_is_one_or_undefined(answers: list[Disposition]) -> None:
    assert weighted_kappa(answers, answers) in (1.0, None)


def test_kappa_refuses_what_does_not_pair() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        weighted_kappa(["approve"], [])
