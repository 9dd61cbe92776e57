"""Columns of the table: what the baselines come to, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.case import DISPOSITIONS
from evals.columns import called, columns, constant, frequent
from evals.runs import Run
from evals.scorers.decision import read_costs
from evals.table import Row

IDLE = ["majority", "cheapest constant", "random"]


def rows(run: Run, name: str) -> dict[str, Row]:
    (column,) = (each for each in columns(run, run) if each.name == name)
    return {row.name: row for row in column.rows}


def test_the_majority_is_right_as_often_as_it_is_the_label(ran: Run) -> None:
    ideal = [label.ideal for label in ran.labels]
    most = max(ideal.count(each) for each in DISPOSITIONS)
    told = rows(ran, "majority")
    assert told["accuracy"].value == pytest.approx(most / len(ideal))
    assert told["accuracy"].low is not None
    assert told["ECE"].value == pytest.approx(0, abs=1e-9)
    assert {row.group for row in told.values()} == {"decision", "agreement", "confidence"}
    assert {each.work.calls for each in frequent(ran)} == {0}


def test_chance_is_an_expectation_without_interval(ran: Run) -> None:
    told = rows(ran, "random")
    intolerable = sum(label.intolerable for label in ran.labels)
    assert told["accuracy"].value == pytest.approx(1 / len(DISPOSITIONS))
    assert told["intolerable misses"].value == pytest.approx(intolerable / len(DISPOSITIONS))
    assert "macro F1" not in told
    assert {(row.low, row.high) for row in told.values()} == {(None, None)}
    assert {row.n for name, row in told.items() if name != "intolerable misses"} == {len(ran.labels)}
    assert told["intolerable misses"].n == intolerable


def test_no_single_answer_for_all_is_cheaper_than_the_cheapest(ran: Run) -> None:
    costs, told = read_costs(), rows(ran, "cheapest constant")
    totals = [sum(costs.of(each, label) for label in ran.labels) for each in DISPOSITIONS]
    assert told["cost"].value == pytest.approx(min(totals) / len(ran.labels))
    assert told["cost"].value < rows(ran, "majority")["cost"].value


def test_rules_alone_decide_as_the_draft_does(ran: Run) -> None:
    own, rules = rows(ran, "template only"), rows(ran, "rules only")
    for name in ("accuracy", "cost", "citation recall", "calls", "trajectory"):
        assert rules[name].value == own[name].value
    assert (rules["questions"].value, rules["faithful"].value) == (0, None)


def test_an_agent_stands_beside_a_run(ran: Run) -> None:
    info = ran.info.model_copy(update={"answers": "agent", "model": "m@1234"})
    agent = replace(ran, info=info)
    assert called(info) == "plain agent, m"
    assert [each.name for each in columns(ran, ran, [agent])] == [
        "template only",
        "rules only",
        "plain agent, m",
        "majority",
        "cheapest constant",
        "random",
    ]
    assert [each.name for each in columns(agent, ran)][:2] == ["plain agent, m", "template only"]


def test_without_a_template_run_an_agent_is_held_against_nothing(ran: Run) -> None:
    agent = replace(ran, info=ran.info.model_copy(update={"answers": "agent", "model": "m@1234"}))
    own, *others = columns(agent, None)
    assert [each.name for each in others] == IDLE
    assert "trajectory" not in {row.name for row in own.rows}
    reviewed = replace(ran, info=ran.info.model_copy(update={"answers": "review", "model": "m@1234"}))
    assert [each.name for each in columns(reviewed, None)][1:] == ["rules only", *IDLE]
    chose = replace(reviewed, info=reviewed.info.model_copy(update={"roles": ("investigate",)}))
    assert [each.name for each in columns(chose, None)][1:] == IDLE


def test_slices_of_chance(ran: Run) -> None:
    assert set(constant(ran)) == {"majority", "random"}
    assert all(each.right == pytest.approx(each.n / 5) for each in constant(ran)["random"])
