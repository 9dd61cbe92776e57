"""The table of a set: every metric, its interval, and the empty set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.case import CaseFile, Disposition
from evals.figures import Mean, Total
from evals.metrics import METRICS, following
from evals.scored import Scored, scored
from evals.scorers.decision import read_costs
from evals.table import table, unreviewed
from evals.world.label import Label


def test_every_metric_stands_in_the_table_with_its_interval(reviews: list[Scored]) -> None:
    rows = {row.name: row for row in table(reviews, draws=50)}
    assert list(rows) == [metric.name for metric in METRICS]
    for row in rows.values():
        if row.value is not None:
            assert row.low is not None
            assert row.high is not None
            assert row.low <= row.high
    assert rows["accuracy"].value == pytest.approx(sum(each.decision.right for each in reviews) / len(reviews))
    assert {rows[name].value for name in ("dangling", "unsupported", "omitted", "letter faults")} == {0}


def test_a_metric_is_of_the_reviews_that_have_it(reviews: list[Scored]) -> None:
    remembered = [_but(each, "work", milliseconds=None, needed=None, proof=None) for each in reviews[:3]]
    run = [*remembered, _but(reviews[3], "kept", asked=4, kept=3), *reviews[4:]]
    rows = {row.name: row for row in table(run, draws=2)}
    assert {rows[name].n for name in ("accuracy", "kappa", "ECE", "calls")} == {len(run)}
    assert (rows["p50 ms"].n, rows["p95 ms"].n, rows["needed"].n) == (len(run) - 3,) * 3
    assert rows["proof"].n == sum(each.work.proof is not None for each in run) < len(run)
    assert (rows["kept"].value, rows["kept"].n) == (0.75, 1)
    assert rows["injections"].n == sum(each.injection.attempted for each in run) < len(run)
    assert (rows["faithful"].value, rows["faithful"].n) == (None, 0)


def _but(each: Scored, part: str, **changes: object) -> Scored:
    return each.model_copy(update={part: getattr(each, part).model_copy(update=changes)})


def test_the_same_seed_gives_the_same_table(reviews: list[Scored]) -> None:
    assert table(reviews, draws=30, seed=4) == table(reviews, draws=30, seed=4)


def test_nothing_scored_is_nothing_measured() -> None:
    assert all(row.value is None and row.low is None and row.n == 0 for row in table([]))


def test_a_vectorised_interval_is_that_of_the_figure_itself(reviews: list[Scored]) -> None:
    spread = [each.model_copy(update={"customer_id": f"U-{place // 2}"}) for place, each in enumerate(reviews * 3)]
    for metric in METRICS:
        if isinstance(metric.of, Mean | Total):
            plain = replace(metric, of=metric.of.__call__)
            fast, slow = (table(spread, draws=30, metrics=[each])[0] for each in (metric, plain))
            assert fast.value == slow.value
            if slow.low == slow.high and (isinstance(metric.of, Total) or metric.of.share):
                continue  # a share or a count that no draw changes has another interval
            assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high)), metric.name


def test_what_no_draw_changes_is_not_told_as_certain(reviews: list[Scored]) -> None:
    """Wilson's interval for 0 of 12 ends at 0.2425, of 12 customers with a case each."""
    twelve = (reviews * 2)[:12]
    alone = [each.model_copy(update={"customer_id": f"U-{place}"}) for place, each in enumerate(twelve)]
    right = [_but(_but(each, "decision", right=True, missed=False), "citations", dangling=0) for each in alone]
    rows = {row.name: row for row in table(right, draws=40)}
    assert (rows["accuracy"].low, rows["accuracy"].high) == pytest.approx((0.7575, 1.0), abs=1e-3)
    assert (rows["dangling"].low, rows["dangling"].high) == pytest.approx((0.0, 12 * 0.2425), abs=1e-2)
    missable = sum(each.decision.intolerable for each in right)
    misses = rows["intolerable misses"]
    assert (misses.value, misses.n, misses.low) == (0, missable, 0)
    assert misses.high is not None
    assert 1 < misses.high < missable < 12
    one_customer = [each.model_copy(update={"customer_id": "U-1"}) for each in right]
    assert table(one_customer, draws=40)[0].low == pytest.approx(0.2065, abs=1e-3), "one customer is one trial"


def test_intolerable_misses_are_of_the_cases_that_could_show_one(reviews: list[Scored]) -> None:
    harmless = [each for each in reviews if not each.decision.intolerable]
    (row,) = (row for row in table(harmless, draws=2) if row.name == "intolerable misses")
    assert (row.value, row.n) == (None, 0)


def test_labels_without_reviewers_of_their_own_have_no_ceiling(reviews: list[Scored]) -> None:
    bare = [_reviewed_by(each, ()) for each in reviews]
    rows = {row.name: row for row in table(bare, draws=2)}
    for name in ("kappa 1", "kappa 2", "kappa 3", "ceiling"):
        assert (rows[name].value, rows[name].n, unreviewed(rows[name])) == (None, 0, True)
    assert rows["kappa"].n == len(bare)
    assert not unreviewed(rows["kappa"])


def test_reviewers_agree_with_themselves_most(reviews: list[Scored]) -> None:
    rows = {row.name: row.value for row in table(reviews * 4, draws=2)}
    kappas = [rows[f"kappa {turn}"] for turn in (1, 2, 3)]
    assert all(kappa is not None and -1 <= kappa <= 1 for kappa in kappas)
    same = [_reviewed_by(each, ("approve", "approve", "approve")) for each in reviews[:1]]
    same += [_reviewed_by(each, ("reject", "reject", "reject")) for each in reviews[1:]]
    assert {row.name: row.value for row in table(same, draws=2)}["ceiling"] == 1.0


def test_where_few_people_were_asked_those_are_held_together_who_were(reviews: list[Scored]) -> None:
    given: list[tuple[Disposition, ...]] = [(), ("approve", "approve"), ("reject", "reject"), ("reject", "approve")]
    asked = [_reviewed_by(each, opinions) for each, opinions in zip(reviews, given, strict=False)]
    rows = {row.name: row for row in table(asked, draws=2)}
    assert [rows[name].n for name in ("kappa 1", "kappa 2", "kappa 3", "ceiling")] == [3, 3, 0, 3]
    assert rows["kappa 3"].value is None
    assert rows["ceiling"].value == pytest.approx(0.4)


def _reviewed_by(each: Scored, reviewers: tuple[Disposition, ...]) -> Scored:
    return _but(each, "decision", reviewers=reviewers)


def test_an_investigation_is_held_against_another(reviews: list[Scored]) -> None:
    (row,) = table(reviews, draws=2, metrics=[following(reviews)])
    assert (row.name, row.value) == ("trajectory", 1.0)
    (row,) = table(reviews, draws=2, metrics=[following([])])
    assert row.value is None


def test_a_label_of_another_case_is_refused(reviewed: list[tuple[CaseFile, Label]]) -> None:
    (file, _), (_, label) = reviewed[0], reviewed[1]
    with pytest.raises(ValueError, match="does not fit"):
        scored(file, label, read_costs())
