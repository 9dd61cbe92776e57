"""The table of a set: every metric, its interval, slices and the empty set."""

from __future__ import annotations

import pytest

from agent.case import CaseFile
from evals.scored import Scored, scored
from evals.scorers.decision import read_costs
from evals.table import METRICS, confusion, slices, table
from evals.world.label import Label


@pytest.fixture
def reviews(reviewed: list[tuple[CaseFile, Label]]) -> list[Scored]:
    costs = read_costs()
    return [scored(file, label, costs) for file, label in reviewed]


def test_every_metric_stands_in_the_table_with_its_interval(reviews: list[Scored]) -> None:
    rows = {row.name: row for row in table(reviews, draws=50)}
    assert list(rows) == [metric.name for metric in METRICS]
    for row in rows.values():
        assert row.n == len(reviews)
        if row.value is not None:
            assert row.low is not None
            assert row.high is not None
            assert row.low <= row.high
    assert rows["accuracy"].value == pytest.approx(sum(each.decision.right for each in reviews) / len(reviews))
    assert (rows["dangling"].value, rows["unsupported"].value, rows["omitted"].value) == (0, 0, 0)


def test_the_same_seed_gives_the_same_table(reviews: list[Scored]) -> None:
    assert table(reviews, draws=30, seed=4) == table(reviews, draws=30, seed=4)


def test_nothing_scored_is_nothing_measured() -> None:
    assert all(row.value is None and row.low is None and row.n == 0 for row in table([]))
    assert slices([]) == ()


def test_small_slices_are_hidden(reviews: list[Scored]) -> None:
    many = reviews * 5
    shown = slices(many)
    assert all(each.n >= 5 and each.low - 1e-9 <= each.right / each.n <= each.high + 1e-9 for each in shown)
    assert {each.by for each in shown} == {"type", "story"}
    assert [each for each in slices(reviews[:2]) if each.by == "story"] == []


def test_confusion_counts_every_review(reviews: list[Scored]) -> None:
    counts = confusion(reviews)
    assert sum(sum(row.values()) for row in counts.values()) == len(reviews)


def test_a_label_of_another_case_is_refused(reviewed: list[tuple[CaseFile, Label]]) -> None:
    (file, _), (_, label) = reviewed[0], reviewed[1]
    with pytest.raises(ValueError, match="does not fit"):
        scored(file, label, read_costs())
