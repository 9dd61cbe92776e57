"""Whether a fact and the threshold it is compared with are in one unit, or brought to one by the right factor, and
whether the threshold lies where the fact can. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from agent.policy.expression import Compare, Expression, leaves
from agent.policy.model import Policy, Threshold
from agent.render import SHARE
from tools.evidence import FactSpec

SIZES: Mapping[str, tuple[str, float]] = {
    "USD": ("USD", 1),
    "thousand USD": ("USD", 1000),
    "hours": ("hours", 1),
    "days": ("hours", 24),
}
"""The units that are multiples of one another: of which, and how many of it."""
PURE = ("", SHARE)
"""Units of what may be multiplied: half of a threshold is a threshold still."""

PERCENT = 100


def unit_problems(condition: Expression, policy: Policy, specs: Mapping[str, FactSpec]) -> Iterator[str]:
    """What a condition compares without bringing it to one unit."""
    for leaf in leaves(condition):
        if isinstance(leaf, Compare) and leaf.fact in specs:
            threshold = policy.threshold(leaf.threshold)
            problem = _problem(leaf, threshold, specs[leaf.fact]) if threshold else ""
            if problem:
                yield problem


def unknown_unit(threshold: Threshold, specs: Iterable[FactSpec]) -> str:
    """What is wrong with the unit of a threshold, empty where some fact is in it or in a multiple of it."""
    known = {*SIZES, *(spec.unit for spec in specs)}
    if threshold.unit in known:
        return ""
    return f"unit {threshold.unit!r} is none of {', '.join(sorted(known - {''}))}"


def outside(threshold: Threshold, conditions: Iterable[Expression], specs: Mapping[str, FactSpec]) -> str:
    """What is wrong with the value of a threshold, empty where it is a share from 0 to 1 or of another unit, and each
    fact that these conditions compare with it as it stands can be it."""
    if threshold.unit == SHARE and not 0 <= threshold.value <= 1:
        return _outside(threshold.value, "a share", 0, 1)
    for leaf in (leaf for condition in conditions for leaf in leaves(condition)):
        if isinstance(leaf, Compare) and leaf.threshold == threshold.name and not leaf.scaled and leaf.fact in specs:
            low, high = specs[leaf.fact].low, specs[leaf.fact].high
            if low is not None and high is not None and not low <= threshold.value <= high:
                return _outside(threshold.value, f"{leaf.fact}, which is compared with it,", low, high)
    return ""


def _outside(value: float, what: str, low: float, high: float) -> str:
    percent = (low, high) == (0, 1) and 1 < value <= PERCENT
    remedy = f"write {value / PERCENT:g}" if percent else f"write a number from {low:g} to {high:g}"
    return f"is {value:g}, and {what} lies in [{low:g}, {high:g}]; {remedy}"


def _problem(leaf: Compare, threshold: Threshold, spec: FactSpec) -> str:
    ours, theirs = (each.unit or "no unit" for each in (spec, threshold))
    if spec.unit == threshold.unit:
        if leaf.scaled and spec.unit not in PURE:
            return f"{leaf.fact} and threshold {threshold.name} are both in {ours}: compare them as they are"
        return ""
    (base, size), (other, many) = (SIZES.get(each.unit, (each.unit, 1)) for each in (spec, threshold))
    factor = many / size
    if base == other and isinstance(leaf.value, float) and math.isclose(leaf.value, threshold.value * factor):
        return ""
    told = f"{leaf.fact} is in {ours}, threshold {threshold.name} in {theirs}"
    return f"{told}, which is {factor:g} times as much" if base == other else told
