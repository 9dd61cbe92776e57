"""A run's figures, and beside them what costs no work or an afternoon: the zero-work baselines and a plain agent.

The majority is the answer that is right most often, the cheapest constant the one that costs least when all cases get
it: whoever answers no cheaper than that is no help. Both are chosen with the labels in sight, which favours them.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from agent.case import DISPOSITIONS, CaseFile
from evals.baselines.plain import bare, cheapest, drawn, most_frequent
from evals.compare import silence
from evals.figures import Mean, Total
from evals.metrics import METRICS, Group, Metric, following
from evals.runs import Run, RunInfo
from evals.scored import Scored, scored
from evals.scorers.decision import read_costs
from evals.slices import Slice, slices
from evals.table import Row, rests_on, table
from tools.evidence import Frozen

BLIND: tuple[Group, ...] = ("decision", "agreement", "confidence")
"""The groups of metrics that an answer without evidence and words has a part in."""


class Column(Frozen):
    """One way of answering, with its rows in the order of the metrics."""

    name: str
    rows: tuple[Row, ...]


def columns(run: Run, template: Run | None, agents: Sequence[Run] = ()) -> tuple[Column, ...]:
    """The run first, then every baseline that it is not itself. `template` answers the same cases without a model;
    where there is none, nothing is held against it, and what the rules say is seen only in a run that gathered by them.
    """
    metrics = (*METRICS, following(template.scored)) if template else METRICS
    shown = [Column(name=called(run.info), rows=table(run.scored, metrics=metrics))]
    if template and run.info.answers != "template":
        shown.append(Column(name="template only", rows=table(template.scored, metrics=metrics)))
    ruled = template or (run if run.info.answers != "agent" and "investigate" not in run.info.roles else None)
    if ruled and run.info.answers != "rules":
        rules = _scored(ruled, [bare(file) for file in ruled.files])
        shown.append(Column(name="rules only", rows=table(rules, metrics=metrics)))
    if run.info.answers != "agent":
        shown += [Column(name=called(each.info), rows=table(each.scored, metrics=metrics)) for each in agents]
    blind = [metric for metric in metrics if metric.group in BLIND]
    shown.append(Column(name="majority", rows=table(frequent(run), metrics=blind)))
    constant = _scored(run, cheapest(run.files, run.labels, read_costs()))
    shown.append(Column(name="cheapest constant", rows=table(constant, metrics=blind)))
    return (*shown, _random(run, blind))


def called(info: RunInfo) -> str:
    """What a run is called at the head of a column."""
    model = info.model.partition("@")[0]
    return {
        "rules": "rules only",
        "template": "template only",
        "review": f"review by {model}",
        "agent": f"plain agent, {model}",
    }[info.answers]


def unheard(run: Run) -> str:
    """How many model calls of a run got no answer, and in how many cases; empty where the model owes none."""
    if not run.owed:
        return ""
    return f"model calls without an answer: {silence(run)}, in {run.owed} of {len(run.files)} cases"


def constant(run: Run) -> dict[str, tuple[Slice, ...]]:
    """The slices of the most frequent answer and of one drawn by lot, which is right once in so many dispositions."""
    share, always = 1 / len(DISPOSITIONS), slices(frequent(run))
    return {
        "majority": always,
        "random": tuple(each.model_copy(update={"right": share * each.n}) for each in always),
    }


def frequent(run: Run) -> tuple[Scored, ...]:
    """The disposition that is right most often, given to every case."""
    return _scored(run, most_frequent(run.files, run.labels))


def _scored(run: Run, files: Sequence[CaseFile]) -> tuple[Scored, ...]:
    """Other answers to the same cases. What was noted of the drafts does not hold for these."""
    costs = read_costs()
    notes = {case_id: noted.model_copy(update={"faithful": None}) for case_id, noted in run.notes.items()}
    pairs = zip(files, run.labels, strict=True)
    return tuple(scored(file, label, costs, notes.get(label.case_id)) for file, label in pairs)


def _random(run: Run, metrics: Sequence[Metric]) -> Column:
    """What drawing an answer by lot comes to on average. Only means and sums have such an expectation; it is exact, and
    so without interval."""
    every = [_scored(run, files) for files in drawn(run.files)]
    fixed = [metric for metric in metrics if isinstance(metric.of, Mean | Total)]
    rows = []
    for metric in fixed:
        values = [value for reviews in every if (value := metric.of(reviews)) is not None]
        row, n = table((), metrics=[metric])[0], rests_on(metric.of, every[0])
        rows.append(row.model_copy(update={"value": fmean(values) if values else None, "n": n}))
    return Column(name="random", rows=tuple(rows))
