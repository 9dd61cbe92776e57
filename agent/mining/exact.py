"""How likely chance alone does as well: Fisher's exact test (1935), several at once after Holm (1979)."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma


def fisher(caught: int, drawn: int, wanted: int, total: int) -> float:
    """The probability that `drawn` of `total` by lot hold at least `caught` of the `wanted` ones."""
    ways = _log_choose(total, drawn)
    tail = range(max(caught, drawn + wanted - total), min(drawn, wanted) + 1)
    return min(1.0, sum(exp(_log_choose(wanted, k) + _log_choose(total - wanted, drawn - k) - ways) for k in tail))


def holm(p_values: Sequence[float]) -> list[float]:
    """The same p values, held together: each below 0.05 is so with one false alarm in twenty families at most."""
    adjusted, least = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, (len(p_values) - rank) * p_values[place])
        adjusted[place] = min(1.0, least)
    return adjusted


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
