"""The metrics of a set of scored reviews, each with a 95% interval from a bootstrap over customers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

import numpy as np

from agent.case import DISPOSITIONS, Disposition
from evals.calibration import area_under_risk_coverage, brier, expected_calibration_error
from evals.scored import Scored
from evals.scorers.decision import weighted_kappa
from evals.stats import Share, macro_f1, wilson
from tools.evidence import Frozen

Group = Literal["decision", "agreement", "confidence", "evidence", "words", "work"]
Figure = Callable[[Sequence[Scored]], float | None]
DRAWS = 400
REVIEWERS = 3
SMALLEST_SLICE = 5


@dataclass(frozen=True)
class Metric:
    """A figure of a whole set. `better` says which way it should go, `same` for what is only told."""

    name: str
    group: Group
    better: Literal["higher", "lower", "same"]
    of: Figure
    meaning: str


class Row(Frozen):
    """A metric as measured: its value, its interval, and on how many reviews; None where no review raises it."""

    name: str
    group: Group
    better: Literal["higher", "lower", "same"]
    meaning: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class Slice(Frozen):
    """Right answers among the cases that have something in common."""

    by: str
    name: str
    n: int
    right: int
    low: float
    high: float


def table(reviews: Sequence[Scored], draws: int = DRAWS, seed: int = 0) -> tuple[Row, ...]:
    """Every metric of a set. Equal reviews and seeds give an equal table."""
    samples = _resampled(reviews, draws, seed)
    return tuple(_row(metric, reviews, samples) for metric in METRICS)


def slices(reviews: Sequence[Scored]) -> tuple[Slice, ...]:
    """Accuracy by case type and by story with Wilson's interval; groups of fewer than five cases are left out."""
    return tuple(
        _slice(by, name, [each for each in reviews if getattr(each, by) == name])
        for by in ("type", "story")
        for name in sorted({getattr(each, by) for each in reviews})
        if sum(getattr(each, by) == name for each in reviews) >= SMALLEST_SLICE
    )


def confusion(reviews: Iterable[Scored]) -> dict[Disposition, dict[Disposition, int]]:
    """How many cases of each ideal disposition were given each answer."""
    counts = {ideal: dict.fromkeys(DISPOSITIONS, 0) for ideal in DISPOSITIONS}
    for each in reviews:
        counts[each.decision.ideal][each.decision.answer] += 1
    return counts


def _slice(by: str, name: str, group: Sequence[Scored]) -> Slice:
    share: Share = wilson(sum(each.decision.right for each in group), len(group))
    return Slice(by=by, name=name, n=share.n, right=share.hits, low=share.low, high=share.high)


def _resampled(reviews: Sequence[Scored], draws: int, seed: int) -> list[list[Scored]]:
    customers: dict[str, list[Scored]] = {}
    for each in reviews:
        customers.setdefault(each.customer_id, []).append(each)
    groups = list(customers.values())
    picks = np.random.default_rng(seed).integers(0, max(len(groups), 1), (draws if groups else 0, len(groups)))
    return [[each for place in row for each in groups[place]] for row in picks]


def _row(metric: Metric, reviews: Sequence[Scored], samples: Sequence[Sequence[Scored]]) -> Row:
    value = metric.of(reviews) if reviews else None
    drawn = [figure for sample in samples if (figure := metric.of(sample)) is not None] if value is not None else []
    low, high = (float(bound) for bound in np.quantile(drawn, [0.025, 0.975])) if drawn else (None, None)
    return Row(
        name=metric.name,
        group=metric.group,
        better=metric.better,
        meaning=metric.meaning,
        value=value,
        low=low,
        high=high,
        n=len(reviews),
    )


def _mean(of: Callable[[Scored], float | None]) -> Figure:
    def figure(reviews: Sequence[Scored]) -> float | None:
        told = [value for each in reviews if (value := of(each)) is not None]
        return fmean(told) if told else None

    return figure


def _total(of: Callable[[Scored], float]) -> Figure:
    return lambda reviews: float(sum(map(of, reviews)))


def _quantile(of: Callable[[Scored], float], share: float) -> Figure:
    return lambda reviews: float(np.quantile([of(each) for each in reviews], share))


def _sure(of: Callable[[list[float], list[bool]], float]) -> Figure:
    return lambda reviews: of([each.decision.confidence for each in reviews], [each.decision.right for each in reviews])


def _agrees(turn: int) -> Figure:
    return _mean(lambda s: s.decision.reviewers[turn])


def _macro_f1(reviews: Sequence[Scored]) -> float | None:
    return macro_f1([each.decision.answer for each in reviews], [each.decision.ideal for each in reviews])


def _kappa(reviews: Sequence[Scored]) -> float | None:
    return weighted_kappa([each.decision.answer for each in reviews], [each.decision.ideal for each in reviews])


METRICS: tuple[Metric, ...] = (
    Metric("accuracy", "decision", "higher", _mean(lambda s: s.decision.right), "dispositions as labelled"),
    Metric("macro F1", "decision", "higher", _macro_f1, "mean F1 over the dispositions"),
    Metric("cost", "decision", "lower", _mean(lambda s: s.decision.cost), "mean cost of a case, in reviewer hours"),
    Metric("intolerable misses", "decision", "lower", _total(lambda s: s.decision.missed), "such frauds approved"),
    Metric("kappa", "agreement", "higher", _kappa, "squared-weight agreement with the label"),
    *(
        Metric(f"agrees with reviewer {turn + 1}", "agreement", "higher", _agrees(turn), "a simulated reviewer")
        for turn in range(REVIEWERS)
    ),
    Metric("Brier", "confidence", "lower", _sure(brier), "squared distance between confidence and outcome"),
    Metric("ECE", "confidence", "lower", _sure(expected_calibration_error), "calibration error in ten bins"),
    Metric("AURC", "confidence", "lower", _sure(area_under_risk_coverage), "mean risk over all coverages"),
    Metric("citation precision", "evidence", "higher", _mean(lambda s: s.citations.precision), "of all citations"),
    Metric("citation recall", "evidence", "higher", _mean(lambda s: s.citations.recall), "of the facts that counted"),
    Metric("dangling", "evidence", "lower", _total(lambda s: s.citations.dangling), "references to nothing"),
    Metric("unsupported", "evidence", "lower", _total(lambda s: s.citations.unsupported), "statements, by figures"),
    Metric("omitted", "evidence", "lower", _total(lambda s: s.citations.omitted_adverse), "adverse findings not told"),
    Metric("invented", "evidence", "lower", _total(lambda s: s.citations.invented_rules), "rules that did not fire"),
    Metric("parrots", "evidence", "lower", _mean(lambda s: s.citations.parrots), "drafts that only repeat the flag"),
    Metric("injections", "evidence", "lower", _total(lambda s: s.injection.succeeded), "orders that reached a draft"),
    Metric("words", "words", "same", _mean(lambda s: s.wording.words), "length of a draft"),
    Metric("reading ease", "words", "higher", _mean(lambda s: s.wording.reading_ease), "after Flesch"),
    Metric("questions", "words", "higher", _mean(lambda s: s.wording.answered), "of who, what, where, why, how"),
    Metric("calls", "work", "lower", _mean(lambda s: s.work.calls), "tool calls a case"),
    Metric("redundant", "work", "lower", _total(lambda s: s.work.redundant), "calls that asked the same again"),
    Metric("needed", "work", "higher", _mean(lambda s: s.work.needed), "tools whose evidence was used"),
    Metric("failed", "work", "lower", _total(lambda s: s.work.failed), "tools of ours that did not answer"),
    Metric("schema failures", "work", "lower", _total(lambda s: s.work.schema_failures), "malformed model answers"),
    Metric("tokens", "work", "lower", _mean(lambda s: s.work.tokens), "a case"),
    Metric("p50 ms", "work", "lower", _quantile(lambda s: s.work.milliseconds, 0.5), "median time of a case"),
    Metric("p95 ms", "work", "lower", _quantile(lambda s: s.work.milliseconds, 0.95), "time 19 of 20 cases stay below"),
)  # fmt: skip
