"""How recommended dispositions compare with the labels, beside the baselines that take no work."""

from __future__ import annotations

from collections.abc import Sequence

from agent.case import DISPOSITIONS, Disposition
from evals.stats import Share, agreement, macro_f1, majority, wilson
from evals.world.label import Label
from tools.evidence import Frozen


class Line(Frozen):
    """One way of answering: its accuracy against the ideal disposition, and the intolerable frauds it approved.

    Intervals are Wilson's at 95%. For an answer drawn at random both shares are expectations, without interval.
    """

    name: str
    accuracy: float
    low: float | None
    high: float | None
    macro_f1: float | None
    missed: float
    intolerable: int


class Slice(Frozen):
    """Accuracy on the cases of one story."""

    story: str
    n: int
    correct: int
    answers: dict[Disposition, int]


class Scores(Frozen):
    """The whole table for one labelled set. `ceiling` is how often one simulated reviewer agrees with the ideal."""

    n: int
    lines: tuple[Line, ...]
    stories: tuple[Slice, ...]
    confusion: dict[Disposition, dict[Disposition, int]]


def score(answers: Sequence[Disposition], labels: Sequence[Label]) -> Scores:
    """Score one answer a label, in the same order."""
    ideal = [label.ideal for label in labels]
    return Scores(
        n=len(labels),
        lines=(
            _line("rules only", answers, labels),
            _line("majority", majority(ideal), labels),
            _random(labels),
            *(_line(f"simulated reviewer {n + 1}", [label.reviewers[n] for label in labels], labels) for n in range(3)),
        ),
        stories=tuple(_slice(story, answers, labels) for story in sorted({label.story for label in labels})),
        confusion=_confusion(ideal, answers),
    )


def _line(name: str, answers: Sequence[Disposition], labels: Sequence[Label]) -> Line:
    ideal = [label.ideal for label in labels]
    right: Share = agreement(answers, ideal)
    missed = _missed(answers, labels)
    return Line(
        name=name,
        accuracy=right.value,
        low=right.low,
        high=right.high,
        macro_f1=macro_f1(answers, ideal),
        missed=missed.hits,
        intolerable=missed.n,
    )


def _random(labels: Sequence[Label]) -> Line:
    chance = 1 / len(DISPOSITIONS)
    intolerable = sum(label.intolerable for label in labels)
    return Line(
        name="random",
        accuracy=chance,
        low=None,
        high=None,
        macro_f1=None,
        missed=round(intolerable * chance, 1),
        intolerable=intolerable,
    )


def _missed(answers: Sequence[Disposition], labels: Sequence[Label]) -> Share:
    judged = [answer for answer, label in zip(answers, labels, strict=True) if label.intolerable]
    return wilson(sum(answer == "approve" for answer in judged), len(judged))


def _slice(story: str, answers: Sequence[Disposition], labels: Sequence[Label]) -> Slice:
    pairs = [(answer, label.ideal) for answer, label in zip(answers, labels, strict=True) if label.story == story]
    given = {each: sum(answer == each for answer, _ in pairs) for each in DISPOSITIONS}
    return Slice(
        story=story,
        n=len(pairs),
        correct=sum(answer == ideal for answer, ideal in pairs),
        answers={each: count for each, count in given.items() if count},
    )


def _confusion(
    ideal: Sequence[Disposition], answers: Sequence[Disposition]
) -> dict[Disposition, dict[Disposition, int]]:
    pairs = list(zip(ideal, answers, strict=True))
    return {row: {column: pairs.count((row, column)) for column in DISPOSITIONS} for row in DISPOSITIONS}
