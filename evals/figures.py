"""Figures of a set of scored reviews: what is made of the values that single reviews have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from evals.scored import Scored

Of = Callable[[Scored], float | None]
Figure = Callable[[Sequence[Scored]], float | None]


@dataclass(frozen=True)
class Mean:
    """A figure of a whole set: the mean over the reviews that have one; a `share` where each lies in [0, 1]."""

    of: Of
    share: bool = False

    def __call__(self, reviews: Sequence[Scored]) -> float | None:
        values = _values(self.of, reviews)
        return fmean(values) if values else None


@dataclass(frozen=True)
class Total:
    """A figure of a whole set: the sum over the reviews that have one."""

    of: Of

    def __call__(self, reviews: Sequence[Scored]) -> float | None:
        values = _values(self.of, reviews)
        return float(sum(values)) if values else None


@dataclass(frozen=True)
class Quantile:
    """A figure of a whole set: what a `share` of the reviews that have one stay below."""

    of: Of
    share: float

    def __call__(self, reviews: Sequence[Scored]) -> float | None:
        values = _values(self.of, reviews)
        return float(np.quantile(values, self.share)) if values else None


@dataclass(frozen=True)
class Pooled:
    """A figure of a whole set: the share of `hits` in the sum over the reviews that have one."""

    of: Of
    hits: Callable[[Scored], float]

    def __call__(self, reviews: Sequence[Scored]) -> float | None:
        values = _values(self.of, reviews)
        return sum(self.hits(each) for each in reviews if self.of(each) is not None) / sum(values) if values else None


@dataclass(frozen=True)
class Reviewed:
    """A figure of a whole set: taken over the reviews whose labels have so many reviewers of their own, or more."""

    of: Figure
    least: int = 1

    def __call__(self, reviews: Sequence[Scored]) -> float | None:
        own = self.among(reviews)
        return self.of(own) if own else None

    def among(self, reviews: Sequence[Scored]) -> Sequence[Scored]:
        """The reviews that it is taken over."""
        return [each for each in reviews if len(each.decision.reviewers) >= self.least]


def share_of(of: Of) -> Mean:
    """The mean of something that lies in [0, 1] in every review that has it."""
    return Mean(of, share=True)


def resting(figure: Figure, reviews: Sequence[Scored]) -> Sequence[Scored]:
    """The reviews that a figure is of: those that have a value of their own, else all."""
    if isinstance(figure, Mean | Total | Quantile | Pooled):
        return [each for each in reviews if figure.of(each) is not None]
    if isinstance(figure, Reviewed):
        return figure.among(reviews)
    return reviews


def _values(of: Of, reviews: Sequence[Scored]) -> list[float]:
    return [value for each in reviews if (value := of(each)) is not None]
