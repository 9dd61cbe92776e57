"""The metrics of a set of scored reviews: what each is of, which way it should go, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Literal

from agent.case import Disposition
from evals.figures import Figure, Mean, Pooled, Quantile, Reviewed, Total, share_of
from evals.scored import Scored
from evals.scorers.decision import weighted_kappa
from evals.scorers.work import trajectory
from evals.stats import macro_f1
from evals.stats.calibration import area_under_risk_coverage, brier, expected_calibration_error

Group = Literal["decision", "agreement", "confidence", "evidence", "words", "work"]
Better = Literal["higher", "lower", "same"]
REVIEWERS = 3


@dataclass(frozen=True)
class Metric:
    """A figure of a whole set. `better` says which way it should go, `same` for what is only told."""

    name: str
    group: Group
    better: Better
    of: Figure
    meaning: str


def following(reference: Sequence[Scored]) -> Metric:
    """A metric against another run over the same cases: how far an investigation went the way of that one."""
    tools = {each.case_id: each.work.tools for each in reference}

    def match(each: Scored) -> float | None:
        return trajectory(each.work.tools, tools[each.case_id]) if each.case_id in tools else None

    meaning = "share of calls in the cheapest-first order"
    return Metric("trajectory", "work", "higher", share_of(match), meaning)


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
