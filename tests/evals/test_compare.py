"""Comparing runs: planted changes are found, no-ops are not, and drafts stand side by side."""

from __future__ import annotations

import numpy as np
import pytest

from agent.case import CaseFile
from agent.errors import AgentError
from evals.compare import compare_runs, side_by_side
from evals.scored import Scored, scored
from evals.scorers.decision import read_costs
from evals.world.label import Label


@pytest.fixture
def one(reviewed: list[tuple[CaseFile, Label]]) -> Scored:
    return scored(*reviewed[0], read_costs())


def run(one: Scored, right: np.ndarray) -> list[Scored]:
    return [
        one.model_copy(
            update={
                "case_id": f"C-{place}",
                "customer_id": f"U-{place}",
                "decision": one.decision.model_copy(update={"right": bool(value)}),
            }
        )
        for place, value in enumerate(right)
    ]


def found(one: Scored, gain: float, loss: float, seed: int) -> str:
    """The verdict on 400 cases of which a share `gain` were fixed and a share `loss` broken."""
    rng = np.random.default_rng(seed)
    before = rng.random(400) < 0.6
    draw = rng.random(400)
    after = np.where(before, draw >= loss / 0.6, draw < gain / 0.4)
    return compare_runs(run(one, before), run(one, after)).tests[0].verdict


def test_a_run_against_itself_shows_nothing(one: Scored) -> None:
    same = run(one, np.ones(30, bool))
    compared = compare_runs(same, same)
    assert compared.n == 30
    assert {test.verdict for test in compared.tests} == {"no difference seen"}
    assert all(shift.difference.value == 0 for shift in compared.shifts)
    assert (compared.fixed, compared.broken) == ((), ())


def test_a_planted_change_is_found_and_its_cases_are_named(one: Scored) -> None:
    assert found(one, gain=0.09, loss=0.0, seed=1) == "better"
    assert found(one, gain=0.0, loss=0.09, seed=2) == "worse"
    before, after = np.zeros(20, bool), np.zeros(20, bool)
    after[3] = True
    compared = compare_runs(run(one, before), run(one, after))
    assert [each.case_id for each in compared.fixed] == ["C-3"]
    assert compared.tests[0].smallest is None


def test_a_no_op_is_hardly_ever_called_a_change(one: Scored) -> None:
    alarms = sum(found(one, gain=0.03, loss=0.03, seed=seed) != "no difference seen" for seed in range(12))
    assert alarms <= 1


def test_cases_of_one_run_alone_are_left_out_and_named(one: Scored) -> None:
    compared = compare_runs(run(one, np.ones(3, bool)), run(one, np.ones(5, bool)))
    assert compared.n == 3
    assert compared.only_second == ("C-3", "C-4")
    with pytest.raises(AgentError, match="no case in common"):
        compare_runs(run(one, np.ones(1, bool)), [])


def test_drafts_side_by_side_mark_what_differs(reviewed: list[tuple[CaseFile, Label]]) -> None:
    file = reviewed[0][0]
    told = file.draft.statements
    other = told[0].model_copy(update={"text": "Something else altogether."})
    changed = file.model_copy(update={"draft": file.draft.model_copy(update={"statements": (other, *told[1:])})})
    left, right = side_by_side(file, changed)
    assert [sentence.alike for sentence in left] == [False] + [True] * (len(told) - 1)
    assert right[0].text == "Something else altogether."
    assert all(sentence.alike for pair in side_by_side(file, file) for sentence in pair)
