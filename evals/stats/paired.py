"""Two ways of answering the same cases: which is better, how sure that is, and what so few cases could have shown.

Cases of one customer are not independent, so that intervals come from a bootstrap that draws customers (Field and
Welsh, 2007). Of answers that never differ it has nothing to say: there the interval is as wide as Wilson's (1927) of a
change that no customer shows. The test is McNemar's in its exact form (1947), several at once are held together by Holm
(1979).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import lgamma, log

import numpy as np
import numpy.typing as npt

from agent.mining import exact
from vision.wilson import share

Floats = npt.NDArray[np.float64]

LEVEL = 0.05
POWER = 0.8
DRAWS = 2000
NO_WIDTH = 1e-9
"""Below this an interval is a point, but for the rounding of sums."""


@dataclass(frozen=True)
class Interval:
    """A value with its 95% bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


@dataclass(frozen=True)
class Comparison:
    """Right and wrong answers of two ways on the same cases. `fixed` were wrong and are right, `broken` the reverse;
    `difference` is the second's accuracy less the first's."""

    n: int
    fixed: int
    broken: int
    difference: Interval
    p_value: float

    @property
    def smallest(self) -> float | None:
        """The least difference that a test at 5% would have found in four of five tries, with as many changed answers
        as there were or as it takes; None for fewer than six cases, which can show nothing."""
        return smallest_difference(self.n, (self.fixed + self.broken) / self.n)

    @property
    def significant(self) -> bool:
        """Whether the test at 5% tells the two apart, one comparison taken by itself."""
        return self.p_value < LEVEL

    @property
    def able(self) -> bool:
        """Whether enough answers changed for the test at 5% to reject if all of them had gone one way."""
        return mcnemar(0, self.fixed + self.broken) < LEVEL


def compare(first: Sequence[bool], second: Sequence[bool], clusters: Sequence[Hashable], seed: int = 0) -> Comparison:
    """Compare two ways by whether each answer was right; `clusters` names the customer of each case.

    Raises ValueError where the three differ in length or are empty.
    """
    if not len(first) == len(second) == len(clusters) or not len(first):
        raise ValueError(f"{len(first)!r}, {len(second)!r} and {len(clusters)!r} values cannot be paired")
    gained = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    fixed, broken = int((gained > 0).sum()), int((gained < 0).sum())
    return Comparison(
        n=len(gained),
        fixed=fixed,
        broken=broken,
        difference=mean_change(gained, clusters, seed),
        p_value=mcnemar(fixed, broken),
    )


def clustered_mean(values: Sequence[float] | Floats, clusters: Sequence[Hashable], seed: int = 0) -> Interval:
    """The mean of `values` with the percentile interval of a bootstrap over whole clusters."""
    places: Mapping[Hashable, int] = {name: place for place, name in enumerate(dict.fromkeys(clusters))}
    member = np.array([places[name] for name in clusters])
    sums = np.bincount(member, weights=np.asarray(values, np.float64), minlength=len(places))
    sizes = np.bincount(member, minlength=len(places)).astype(np.float64)
    drawn = np.random.default_rng(seed).integers(0, len(places), (DRAWS, len(places)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [LEVEL / 2, 1 - LEVEL / 2])
    return Interval(float(sums.sum() / sizes.sum()), float(low), float(high))


def mean_change(changes: Sequence[float] | Floats, clusters: Sequence[Hashable], seed: int = 0) -> Interval:
    """The mean of changes from -1 to 1, the difference of two shares, with its interval (see above): that none of so
    few changed does not show that none would."""
    drawn, reach = clustered_mean(changes, clusters, seed), share(0, len(set(clusters))).high
    if drawn.high - drawn.low > NO_WIDTH:
        return drawn
    return Interval(drawn.value, max(-1.0, drawn.value - reach), min(1.0, drawn.value + reach))


def mcnemar(fixed: int, broken: int) -> float:
    """The two-sided p-value of the exact test: were the changed answers as likely to go either way?"""
    changed = fixed + broken
    tail = np.exp(_log_binomial(changed, 0.5))[: min(fixed, broken) + 1].sum()
    return float(min(1.0, 2 * tail))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """p-values of several tests, adjusted so that all of them together keep the level. The order of the keys stays."""
    return dict(zip(p_values, exact.holm([*p_values.values()]), strict=True))


def power(n: int, changed: float, difference: float) -> float:
    """How often the exact test at 5% finds a true `difference` among `n` cases of which a share `changed` differ."""
    if difference > changed:
        raise ValueError(f"a difference of {difference!r} needs more changed answers than a share of {changed!r}")
    counts = np.exp(_log_binomial(n, changed))
    share = (1 + difference / changed) / 2 if changed else 0.5
    likely = np.nonzero(counts > 1e-9)[0]
    return float(sum(counts[count] * _found(int(count), share) for count in likely))


@lru_cache(maxsize=4096)
def smallest_difference(n: int, changed: float) -> float | None:
    """The least true difference the exact test finds with power 0.8, to a quarter of a point; see `Comparison`."""
    if power(n, 1.0, 1.0) < POWER:
        return None
    low, high = 0.0, 1.0
    while high - low > 0.0025:
        middle = (low + high) / 2
        low, high = (low, middle) if power(n, max(changed, middle), middle) >= POWER else (middle, high)
    return high


def _found(changed: int, share: float) -> float:
    """How often a test of `changed` answers rejects where each goes the better way with probability `share`."""
    edge = _critical(changed)
    if edge < 0:
        return 0.0
    chances = np.exp(_log_binomial(changed, share))
    return float(chances[: edge + 1].sum() + chances[changed - edge :].sum())


@lru_cache(maxsize=4096)
def _critical(changed: int) -> int:
    """The most answers on the rarer side at which the test still rejects; -1 if it never does."""
    tails = 2 * np.cumsum(np.exp(_log_binomial(changed, 0.5)))
    return int(np.searchsorted(tails, LEVEL, side="left")) - 1


def _log_binomial(n: int, p: float) -> Floats:
    """The logarithm of each probability of 0 to n hits."""
    hits = np.arange(n + 1)
    if p in (0.0, 1.0):
        return np.where(hits == n * p, 0.0, -np.inf)
    return np.asarray(_log_ways(n) + hits * log(p) + (n - hits) * log(1 - p))


@lru_cache(maxsize=4096)
def _log_ways(n: int) -> Floats:
    """The logarithm of how many ways there are to choose 0 to n of n."""
    factorials = np.array([lgamma(k + 1) for k in range(n + 1)])
    return np.asarray(factorials[n] - factorials - factorials[::-1])
