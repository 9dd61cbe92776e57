"""The few statistics that stand beside every number: intervals and plain baselines."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from vision.bench.wilson import Z, share

Answer = TypeVar("Answer", bound=Hashable)


@dataclass(frozen=True)
class Share:
    """A share of n with its 95% interval after Wilson (1927)."""

    hits: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.hits / self.n if self.n else math.nan

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] n={self.n}" if self.n else "n=0"


def wilson(hits: int, n: int, z: float = Z) -> Share:
    """`hits` of `n` with the Wilson score interval; the whole of [0, 1] where n is 0."""
    if not 0 <= hits <= n:
        raise ValueError(f"{hits!r} hits of {n!r}")
    found = share(hits, n, z)
    return Share(hits, n, found.low, found.high)


def macro_f1(answers: Sequence[Answer], truth: Sequence[Answer]) -> float:
    """Mean F1 over the classes that occur in the truth, not those that only answers have; 0 for an empty truth."""
    classes = dict.fromkeys(truth)  # in order: a sum of floats depends on it
    return sum(_f1(answers, truth, each) for each in classes) / len(classes) if classes else 0.0


def majority(truth: Sequence[Answer]) -> list[Answer]:
    """What always answering the most frequent class would say; ties go to the first seen."""
    return [Counter(truth).most_common(1)[0][0]] * len(truth) if truth else []


def _f1(answers: Sequence[Answer], truth: Sequence[Answer], one: Answer) -> float:
    both = sum(a == one and b == one for a, b in zip(answers, truth, strict=True))
    said, meant = sum(a == one for a in answers), sum(b == one for b in truth)
    return 2 * both / (said + meant)
