"""Whether a confidence means what it says, and how many cases could be left to it.

A confidence lies in [0, 1] and belongs to an answer that was right or wrong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS = 10
DOUBT = 0.05


@dataclass(frozen=True)
class Bin:
    """The answers whose confidence lies in one tenth of the scale: how sure they were and how often they were right."""

    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Point:
    """Answering only the surest `coverage` of the cases leaves this share of wrong answers among them."""

    coverage: float
    risk: float


@dataclass(frozen=True)
class Covered:
    """The largest share of cases that can be answered at a chosen risk. `bound` is what the risk stays below with 95%
    confidence; `threshold` the confidence asked for, None where no threshold keeps the promise."""

    coverage: float
    threshold: float | None
    bound: float | None


def brier(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """The mean squared distance between confidence and outcome (Brier, 1950); 0 is best, 0.25 says nothing."""
    return float(np.mean((_checked(confidence, right) - np.asarray(right, np.float64)) ** 2))


def reliability(confidence: Sequence[float], right: Sequence[bool]) -> tuple[Bin, ...]:
    """The filled ones of ten equal bins, from least to most sure."""
    sure, hit = _checked(confidence, right), np.asarray(right, np.float64)
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    return tuple(
        Bin(int((place == index).sum()), float(sure[place == index].mean()), float(hit[place == index].mean()))
        for index in np.unique(place)
    )


def expected_calibration_error(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """The distance between confidence and accuracy in ten equal bins, weighted by their cases (Naeini, 2015)."""
    bins = reliability(confidence, right)
    return sum(each.n * abs(each.confidence - each.accuracy) for each in bins) / len(right)


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> tuple[Point, ...]:
    """The risk at every coverage that a threshold can give, the surest cases first. Equal confidences go together."""
    sure, hit = _checked(confidence, right), np.asarray(right, np.float64)
    order = np.argsort(-sure, kind="stable")
    ends = np.nonzero(np.append(np.diff(sure[order]) != 0, True))[0]
    wrong = np.cumsum(1 - hit[order])
    return tuple(Point(float((end + 1) / len(sure)), float(wrong[end] / (end + 1))) for end in ends)


def area_under_risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """The mean risk over all coverages (El-Yaniv and Wiener, 2010); the error rate where confidence says nothing."""
    points = risk_coverage(confidence, right)
    steps = np.diff([0.0, *(point.coverage for point in points)])
    return float(sum(step * point.risk for step, point in zip(steps, points, strict=True)))


def coverage_at(confidence: Sequence[float], right: Sequence[bool], risk: float) -> Covered:
    """How many cases can be answered so that the share of wrong answers among them stays below `risk`.

    Thresholds are tried from the surest down, and the walk ends at the first one whose exact upper bound (Clopper and
    Pearson, 1934) passes `risk`: fixed-sequence testing, so that the promise holds for the threshold that is chosen
    (Angelopoulos et al., 2021). It holds for cases that are drawn like these.
    """
    best = Covered(0.0, None, None)
    sure = np.sort(_checked(confidence, right))[::-1]
    for point in risk_coverage(confidence, right):
        n = round(point.coverage * len(right))
        bound = upper_bound(round(point.risk * n), n)
        if bound > risk:
            # Fewer than this many cases cannot keep the promise even without an error: not yet a failure of theirs.
            if point.risk == 0.0 and best.threshold is None:
                continue
            break
        best = Covered(point.coverage, float(sure[n - 1]), bound)
    return best


def upper_bound(wrong: int, n: int, doubt: float = DOUBT) -> float:
    """The exact one-sided upper bound on a rate after `wrong` of `n`; 1 where n is 0."""
    if wrong >= n:
        return 1.0
    low, high = wrong / n, 1.0
    while high - low > 1e-7:
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, n, middle) > doubt else (low, middle)
    return high


def _at_most(wrong: int, n: int, rate: float) -> float:
    """The chance of no more than `wrong` of n at this rate."""
    if rate <= 0.0:
        return 1.0
    terms = (
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(rate)
        + (n - k) * math.log1p(-rate)
        for k in range(wrong + 1)
    )  # fmt: skip
    return sum(map(math.exp, terms))


def _checked(confidence: Sequence[float], right: Sequence[bool]) -> Floats:
    values = np.asarray(confidence, np.float64)
    if not len(values) or len(values) != len(right):
        raise ValueError(f"{len(values)!r} confidences do not fit {len(right)!r} answers")
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("a confidence lies outside [0, 1]")
    return values
