"""Scored reviews by what they share: accuracy of each group, answers by label, and what could be automated by type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from agent.case import DISPOSITIONS, CaseType, Disposition
from evals.scored import Scored
from evals.stats.calibration import Covered, coverage_at
from tools.evidence import Frozen
from vision.wilson import share

By = Literal["type", "subject", "story", "country", "document"]
SLICED: tuple[By, ...] = ("type", "subject", "story", "country", "document")
SMALLEST_SLICE = 5


class Slice(Frozen):
    """Right answers among the cases that have something in common; a fraction where they are only expected."""

    by: By
    name: str
    n: int
    right: float
    low: float
    high: float


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


def _slice(by: By, name: str, group: Sequence[Scored]) -> Slice:
    right = share(sum(each.decision.right for each in group), len(group))
    return Slice(by=by, name=name, n=right.of, right=right.count, low=right.low, high=right.high)


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
