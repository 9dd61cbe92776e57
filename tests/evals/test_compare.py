"""Comparing runs: planted changes are found, no-ops are not, and other cases are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent.case import DISPOSITIONS, CaseFile, ModelCall
from agent.errors import AgentError
from evals.compare import Ruled, check_comparable, compare_runs, named_baseline, ruled
from evals.runs import Run, read, write
from evals.runs.record import FOLDER
from evals.scored import Scored, scored
from evals.scorers.decision import read_costs
from evals.scorers.kept import Kept
from evals.scorers.letter import Letter
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
    assert compared.tests[0].p_adjusted is None
    assert compared.tests[0].verdict == "no difference seen"


def test_an_answer_that_moves_from_one_wrong_to_another_is_named(one: Scored) -> None:
    before = run(one, np.zeros(2, bool))
    answer = next(each for each in DISPOSITIONS if each not in (one.decision.ideal, before[1].decision.answer))
    other = before[1].model_copy(update={"decision": before[1].decision.model_copy(update={"answer": answer})})
    compared = compare_runs(before, [before[0], other])
    assert [(each.case_id, each.second) for each in compared.moved] == [(other.case_id, answer)]
    assert (compared.fixed, compared.broken) == ((), ())


def test_rules_that_fire_in_other_cases_are_counted(ran: Run) -> None:
    first = next(file for file in ran.files if file.findings)
    bare = replace(ran, files=tuple(_without(file, first) for file in ran.files))
    assert ruled(ran, ran) == ()
    assert ruled(ran, bare) == tuple(
        Ruled(rule=rule, more=0, less=1) for rule in sorted(each.rule for each in first.findings)
    )
    assert {(each.more, each.less) for each in ruled(bare, ran)} == {(1, 0)}


def _without(file: CaseFile, which: CaseFile) -> CaseFile:
    return file.model_copy(update={"findings": ()}) if file is which else file


def test_a_no_op_is_hardly_ever_called_a_change(one: Scored) -> None:
    alarms = sum(found(one, gain=0.03, loss=0.03, seed=seed) != "no difference seen" for seed in range(12))
    assert alarms <= 1


def test_cases_of_one_run_alone_are_left_out_and_named(one: Scored) -> None:
    compared = compare_runs(run(one, np.ones(3, bool)), run(one, np.ones(5, bool)))
    assert compared.n == 3
    assert compared.only_second == ("C-3", "C-4")
    with pytest.raises(AgentError, match="no case in common"):
        compare_runs(run(one, np.ones(1, bool)), [])


def test_questions_that_can_show_nothing_cost_the_others_no_power(one: Scored) -> None:
    before, after = np.zeros(40, bool), np.zeros(40, bool)
    after[:7] = True
    tests = {test.name: test for test in compare_runs(run(one, before), run(one, after)).tests}
    assert tests["right"].p_adjusted == tests["right"].p_value == pytest.approx(2 * 0.5**7)
    assert {test.p_adjusted for name, test in tests.items() if name != "right"} == {None}


def test_questions_that_can_show_something_are_held_together(one: Scored) -> None:
    before, after = np.zeros(40, bool), np.zeros(40, bool)
    after[:7] = True
    spoilt = one.citations.model_copy(update={"dangling": 1})
    second = [each.model_copy(update={"citations": spoilt}) for each in run(one, after)]
    tests = {test.name: test for test in compare_runs(run(one, before), second).tests}
    assert tests["every reference resolves"].verdict == "worse"
    assert tests["right"].p_adjusted == pytest.approx(tests["right"].p_value)
    assert tests["every reference resolves"].p_adjusted == pytest.approx(2 * tests["every reference resolves"].p_value)


def test_a_letter_that_gives_something_away_is_worse(one: Scored) -> None:
    first = run(one, np.ones(12, bool))
    second = [each.model_copy(update={"letter": Letter(lines=5, wrong=1, omitted=0)}) for each in first]
    (told,) = (test for test in compare_runs(first, second).tests if test.name == "no fault in the letter")
    assert (told.verdict, told.broken) == ("worse", 12)


def test_a_question_that_does_not_arise_in_both_runs_is_not_asked(one: Scored) -> None:
    asked = one.model_copy(update={"kept": Kept(asked=2, kept=2)})
    first, second = run(asked, np.ones(12, bool)), run(one, np.ones(12, bool))
    assert one.kept.asked == 0
    assert "every model sentence kept" not in {test.name for test in compare_runs(first, second).tests}
    second[:4] = [each.model_copy(update={"kept": Kept(asked=2, kept=1)}) for each in second[:4]]
    (kept,) = (test for test in compare_runs(first, second).tests if test.name == "every model sentence kept")
    assert (kept.n, kept.first, kept.second, kept.broken) == (4, 1.0, 0.0, 4)


def test_times_are_compared_where_neither_run_remembered_them(one: Scored) -> None:
    remembered = one.model_copy(update={"work": one.work.model_copy(update={"milliseconds": None})})
    first, second = run(one, np.ones(6, bool)), run(remembered, np.ones(6, bool))
    assert compare_runs(first, first).timed == 6
    assert compare_runs(first, [*first[:2], *second[2:]]).timed == 2
    assert compare_runs(first, second).timed == 0


@pytest.fixture(scope="module")
def recorded() -> Run:
    return read(FOLDER)


def test_runs_over_the_same_cases_can_be_compared(recorded: Run) -> None:
    check_comparable(recorded, recorded)


def test_runs_over_other_cases_are_refused(recorded: Run) -> None:
    fewer = replace(recorded, labels=recorded.labels[1:], files=recorded.files[1:])
    with pytest.raises(AgentError, match=f"1 are in one alone, '{recorded.labels[0].case_id}'"):
        check_comparable(recorded, fewer)
    check_comparable(recorded, fewer, shared=True)


def test_cases_of_the_same_name_from_another_set_are_refused(recorded: Run) -> None:
    """Every simulated exchange has a C-1001: pairing by name alone would compare strangers."""
    stranger = recorded.labels[0].model_copy(update={"customer_id": "U-0"})
    other = replace(recorded, labels=(stranger, *recorded.labels[1:]))
    with pytest.raises(AgentError, match="of different sets"):
        check_comparable(recorded, other, shared=True)


def test_a_named_baseline_is_another_run_over_the_same_cases_whose_model_answered(home: Path) -> None:
    run = read(FOLDER)
    silent = ModelCall(role="merge", request_sha256="r", error="gone", model="m")
    mute = run.files[0].model_copy(update={"calls": (silent,)})
    for name, labels, files in (
        ("sound", run.labels, run.files),
        ("fewer", run.labels[1:], run.files[1:]),
        ("mute", run.labels, (mute, *run.files[1:])),
    ):
        write(home / "runs" / name, run.info.model_copy(update={"name": name}), labels, files)
    assert named_baseline(home, run, "sound").info.name == "sound"
    for name, error in (
        (str(FOLDER), "cannot be its own baseline"),
        ("fewer", "of different cases"),
        ("mute", "its model failed to answer 1 of 12 cases"),
        ("nowhere", "no run 'nowhere'"),
    ):
        with pytest.raises(AgentError, match=error):
            named_baseline(home, run, name)
    assert named_baseline(home, run, str(FOLDER), redrafted=True).info == run.info
