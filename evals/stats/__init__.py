"""The few statistics that stand beside every number: intervals, tests and plain baselines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TypeVar

Answer = TypeVar("Answer", bound=Hashable)


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
