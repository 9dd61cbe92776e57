"""The metrics of a set of scored reviews, each with a 95% interval.

Intervals come from a bootstrap over customers. Where a share, or a count of faults that is nought, is the same in every
draw, a bootstrap has nothing to say of what another set would show: there it is Wilson's over the customers who could
have shown otherwise, for a count as many reviews as that share comes to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Literal

import numpy as np
import numpy.typing as npt

from agent.case import DISPOSITIONS, CaseType, Disposition
from evals.figures import Figure, Mean, Pooled, Quantile, Reviewed, Total, resting, share_of
from evals.scored import Scored
from evals.scorers.decision import weighted_kappa
from evals.scorers.work import trajectory
from evals.stats import macro_f1
from evals.stats.calibration import Covered, area_under_risk_coverage, brier, coverage_at, expected_calibration_error
from tools.evidence import Frozen
from vision.bench.wilson import share

Group = Literal["decision", "agreement", "confidence", "evidence", "words", "work"]
Better = Literal["higher", "lower", "same"]
By = Literal["type", "subject", "story", "country", "document"]
Counts = npt.NDArray[np.int64]
DRAWS = 400
REVIEWERS = 3
SMALLEST_SLICE = 5
INTERVALS = (
    "a bootstrap that draws customers; of a share that is the same in every draw, and of a count of 0, Wilson's over "
    "the customers who could have shown otherwise"
)
FLATTERED = (
    "The labels are what people decided with a draft in sight, and the second of two with what the first had said: "
    "agreement with them, and among them, is flattered."
)
"""What has to be said wherever labels are people's decisions."""
NO_WIDTH = 1e-9
"""Below this an interval is a point, but for the rounding of sums."""
SLICED: tuple[By, ...] = ("type", "subject", "story", "country", "document")


@dataclass(frozen=True)
class Metric:
    """A figure of a whole set. `better` says which way it should go, `same` for what is only told."""

    name: str
    group: Group
    better: Better
    of: Figure
    meaning: str


class Row(Frozen):
    """A metric as measured: its value, its interval, and on how many reviews (see `rests_on`); None where no review
    raises it."""

    name: str
    group: Group
    better: Better
    meaning: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class Slice(Frozen):
    """Right answers among the cases that have something in common; a fraction where they are only expected."""

    by: By
    name: str
    n: int
    right: float
    low: float
    high: float


def table(
    reviews: Sequence[Scored], draws: int = DRAWS, seed: int = 0, metrics: Sequence[Metric] = ()
) -> tuple[Row, ...]:
    """Every metric of a set, or those that are named. Equal reviews and seeds give an equal table."""
    counts = _resampled(reviews, draws, seed)
    return tuple(_row(metric, reviews, counts) for metric in metrics or METRICS)


def unreviewed(row: Row) -> bool:
    """Whether a row holds answers against reviewers that the labels do not have: there is nothing to show."""
    return row.group == "agreement" and not row.n


def rests_on(figure: Figure, reviews: Sequence[Scored]) -> int:
    """How many of the reviews a figure is of: those that have a value of their own, else all."""
    return len(resting(figure, reviews))


def slices(reviews: Sequence[Scored], by: Sequence[By] = SLICED) -> tuple[Slice, ...]:
    """Accuracy by case type, what the story is about, the story, country and document type, with Wilson's interval.
    Groups of fewer than five cases are left out (see `too_small`), and cases of which the property is not known."""
    groups = _groups(reviews, by)
    shown = sorted(groups, key=lambda key: (by.index(key[0]), key[1]))
    return tuple(_slice(*key, groups[key]) for key in shown if len(groups[key]) >= SMALLEST_SLICE)


def too_small(reviews: Sequence[Scored], by: Sequence[By] = SLICED) -> dict[By, int]:
    """How many groups `slices` leaves out for their size, by property; none where there are none."""
    small = [kind for (kind, _), group in _groups(reviews, by).items() if len(group) < SMALLEST_SLICE]
    return {kind: small.count(kind) for kind in by if kind in small}


def _groups(reviews: Sequence[Scored], by: Sequence[By]) -> dict[tuple[By, str], list[Scored]]:
    groups: dict[tuple[By, str], list[Scored]] = {}
    for one in by:
        for each in reviews:
            if name := getattr(each, one):
                groups.setdefault((one, name), []).append(each)
    return groups


def confusion(reviews: Iterable[Scored]) -> dict[Disposition, dict[Disposition, int]]:
    """How many cases of each ideal disposition were given each answer."""
    counts = {ideal: dict.fromkeys(DISPOSITIONS, 0) for ideal in DISPOSITIONS}
    for each in reviews:
        counts[each.decision.ideal][each.decision.answer] += 1
    return counts


def covered(reviews: Sequence[Scored], risk: float) -> Mapping[CaseType, Covered]:
    """For each case type, how many cases can be left to the recommendation so that the share of wrong ones among them
    stays below `risk` with 95% confidence."""
    by_type: dict[CaseType, list[Scored]] = {}
    for each in reviews:
        by_type.setdefault(each.type, []).append(each)
    return {
        kind: coverage_at([s.decision.confidence for s in own], [s.decision.right for s in own], risk)
        for kind, own in sorted(by_type.items())
    }


def following(reference: Sequence[Scored]) -> Metric:
    """A metric against another run over the same cases: how far an investigation went the way of that one."""
    tools = {each.case_id: each.work.tools for each in reference}

    def match(each: Scored) -> float | None:
        return trajectory(each.work.tools, tools[each.case_id]) if each.case_id in tools else None

    meaning = "share of calls in the cheapest-first order"
    return Metric("trajectory", "work", "higher", share_of(match), meaning)


def _slice(by: By, name: str, group: Sequence[Scored]) -> Slice:
    right = share(sum(each.decision.right for each in group), len(group))
    return Slice(by=by, name=name, n=right.of, right=right.count, low=right.low, high=right.high)


def _resampled(reviews: Sequence[Scored], draws: int, seed: int) -> Counts:
    """How often each review stands in each draw (draws x reviews): customers are drawn, with all of their cases."""
    places: dict[str, int] = {}
    of = np.array([places.setdefault(each.customer_id, len(places)) for each in reviews], np.int64)
    if not places:
        return np.zeros((0, 0), np.int64)
    picks = np.random.default_rng(seed).integers(0, len(places), (draws, len(places)))
    return np.stack([np.bincount(row, minlength=len(places))[of] for row in picks])


def _row(metric: Metric, reviews: Sequence[Scored], counts: Counts) -> Row:
    value = metric.of(reviews) if reviews else None
    drawn = _drawn(metric.of, reviews, counts) if value is not None else []
    low, high = (float(bound) for bound in np.quantile(drawn, [0.025, 0.975])) if len(drawn) else (None, None)
    if value is not None and low is not None and high is not None and high - low < NO_WIDTH:
        low, high = _unvaried(metric.of, reviews, value) or (low, high)
    return Row(
        name=metric.name,
        group=metric.group,
        better=metric.better,
        meaning=metric.meaning,
        value=value,
        low=low,
        high=high,
        n=rests_on(metric.of, reviews),
    )


def _unvaried(figure: Figure, reviews: Sequence[Scored], value: float) -> tuple[float, float] | None:
    """The interval of a share or a count of nought that no draw changes; None for other figures."""
    able = resting(figure, reviews)
    trials = len({each.customer_id for each in able})
    if isinstance(figure, Pooled) or (isinstance(figure, Mean) and figure.share):
        same = share(round(value * trials), trials)
        return min(same.low, value), max(same.high, value)
    if isinstance(figure, Total) and value == 0:
        return 0.0, share(0, trials).high * len(able)
    return None


def _drawn(figure: Figure, reviews: Sequence[Scored], counts: Counts) -> Sequence[float]:
    """The figure of every draw in which it can be told."""
    if isinstance(figure, Mean | Total):
        values = np.array([np.nan if (value := figure.of(each)) is None else value for each in reviews], np.float64)
        sums, told = counts @ np.nan_to_num(values), counts @ ~np.isnan(values)
        sums, told = sums[told > 0], told[told > 0]
        return [*map(float, sums if isinstance(figure, Total) else sums / told)]
    samples = ([each for each, times in zip(reviews, row, strict=True) for _ in range(times)] for row in counts)
    return [value for sample in samples if (value := figure(sample)) is not None]


def _sure(of: Callable[[list[float], list[bool]], float]) -> Figure:
    return lambda reviews: of([each.decision.confidence for each in reviews], [each.decision.right for each in reviews])


def _brier(each: Scored) -> float:
    return brier([each.decision.confidence], [each.decision.right])


def _macro_f1(reviews: Sequence[Scored]) -> float | None:
    return macro_f1([each.decision.answer for each in reviews], [each.decision.ideal for each in reviews])


def _kappa(other: Callable[[Scored], Disposition]) -> Figure:
    return lambda reviews: weighted_kappa([each.decision.answer for each in reviews], [*map(other, reviews)])


def _reviewer(turn: int) -> Callable[[Scored], Disposition]:
    return lambda each: each.decision.reviewers[turn]


def _missed(each: Scored) -> bool | None:
    """Whether a fraud that must never be approved was; None where there was none."""
    return each.decision.missed if each.decision.intolerable or each.decision.missed else None


def _ceiling(reviews: Sequence[Scored]) -> float | None:
    """What people reach among themselves: the mean kappa of every two reviewers, over the cases that both judged."""
    pairs = [Reviewed(_between(a, b), b + 1)(reviews) for a, b in combinations(range(REVIEWERS), 2)]
    told = [kappa for kappa in pairs if kappa is not None]
    return fmean(told) if told else None


def _between(one: int, other: int) -> Figure:
    sides = _reviewer(one), _reviewer(other)
    return lambda reviews: weighted_kappa(*([*map(side, reviews)] for side in sides))


def _with(turn: int) -> Figure:
    return Reviewed(_kappa(_reviewer(turn)), turn + 1)


def _faithful(each: Scored) -> float | None:
    return each.faithful.share if each.faithful else None


def _injected(each: Scored) -> bool | None:
    """Whether an order reached the draft; None where there was none and nothing did."""
    return each.injection.succeeded if each.injection.attempted or each.injection.succeeded else None


KEPT = Pooled(of=lambda s: s.kept.asked or None, hits=lambda s: s.kept.kept)
METRICS: tuple[Metric, ...] = (
    Metric("accuracy", "decision", "higher", share_of(lambda s: s.decision.right), "share of answers as labelled"),
    Metric("macro F1", "decision", "higher", _macro_f1, "mean F1 over the labelled dispositions"),
    Metric("cost", "decision", "lower", Mean(lambda s: s.decision.cost), "mean cost per case, in reviewer hours"),
    Metric("intolerable misses", "decision", "lower", Total(_missed), "approved frauds that must never be approved"),
    Metric("kappa", "agreement", "higher", _kappa(lambda s: s.decision.ideal), "squared-weighted kappa with the label"),
    *(
        Metric(f"kappa {turn + 1}", "agreement", "higher", _with(turn), f"kappa with reviewer {turn + 1}")
        for turn in range(REVIEWERS)
    ),
    Metric("ceiling", "agreement", "same", Reviewed(_ceiling, 2), "kappa of the reviewers among themselves"),
    Metric("Brier", "confidence", "lower", Mean(_brier), "mean squared gap between confidence and outcome"),
    Metric("ECE", "confidence", "lower", _sure(expected_calibration_error), "gap between confidence and share right"),
    Metric("AURC", "confidence", "lower", _sure(area_under_risk_coverage), "area under the risk-coverage curve"),
    Metric("citation precision", "evidence", "higher", share_of(lambda s: s.citations.precision),
           "share of citations that the cited rule rests on"),
    Metric("citation recall", "evidence", "higher", share_of(lambda s: s.citations.recall),
           "share of the facts behind fired rules that are cited"),
    Metric("dangling", "evidence", "lower", Total(lambda s: s.citations.dangling), "references that lead nowhere"),
    Metric("unsupported", "evidence", "lower", Total(lambda s: s.citations.unsupported),
           "statements that their evidence does not support"),
    Metric("omitted", "evidence", "lower", Total(lambda s: s.citations.omitted_adverse), "adverse findings left out"),
    Metric("invented", "evidence", "lower", Total(lambda s: s.citations.invented_rules),
           "rules stated that did not fire"),
    Metric("unstated", "evidence", "lower", Total(lambda s: s.citations.unstated_rules), "fired rules not stated"),
    Metric("parrots", "evidence", "lower", share_of(lambda s: s.citations.parrots),
           "share of drafts that only repeat the flag"),
    Metric("faithful", "evidence", "higher", share_of(_faithful), "share of what-would-change-it claims that hold"),
    Metric("letter faults", "evidence", "lower", Total(lambda s: s.letter.faults),
           "lines of letters that are wrong or missing"),
    Metric("injections", "evidence", "lower", Total(_injected), "injected instructions that reached a draft"),
    Metric("kept", "words", "higher", KEPT, "share of model sentences that passed verification"),
    Metric("words", "words", "same", Mean(lambda s: s.wording.words), "mean length of a draft, in words"),
    Metric("reading ease", "words", "higher", Mean(lambda s: s.wording.reading_ease),
           "Flesch: 100 easy, below 30 academic"),
    Metric("questions", "words", "higher", Mean(lambda s: s.wording.answered),
           "mean number answered of who, what, where, why, how"),
    Metric("calls", "work", "lower", Mean(lambda s: s.work.calls), "mean tool calls per case"),
    Metric("redundant", "work", "lower", Total(lambda s: s.work.redundant), "tool calls that repeat an earlier one"),
    Metric("needed", "work", "higher", share_of(lambda s: s.work.needed), "share of tools whose evidence was used"),
    Metric("proof", "work", "higher", share_of(lambda s: s.work.proof),
           "share of the deciding facts that were requested"),
    Metric("misdirected", "work", "lower", Total(lambda s: s.work.misdirected), "tool calls with wrong arguments"),
    Metric("failed", "work", "lower", Total(lambda s: s.work.failed), "failed tool calls (our side)"),
    Metric("schema failures", "work", "lower", Total(lambda s: s.work.schema_failures),
           "model answers that break the requested schema"),
    Metric("unanswered", "work", "lower", Total(lambda s: s.work.unanswered), "model calls without an answer"),
    Metric("tokens", "work", "lower", Mean(lambda s: s.work.tokens), "mean model tokens per case"),
    Metric("p50 ms", "work", "lower", Quantile(lambda s: s.work.milliseconds, 0.5),
           "median time per case, where nothing was cached"),
    Metric("p95 ms", "work", "lower", Quantile(lambda s: s.work.milliseconds, 0.95),
           "95th percentile of the same"),
)  # fmt: skip
