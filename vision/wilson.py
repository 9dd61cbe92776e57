"""A share that was counted, and how far it can be trusted."""

from __future__ import annotations

import math

from vision.types import Frozen

Z = 1.96


class Share(Frozen):
    """A share of `of` trials with its 95 % interval (Wilson, 1927)."""

    value: float
    low: float
    high: float
    of: int

    @property
    def count(self) -> int:
        return round(self.value * self.of)


def share(count: int, of: int, z: float = Z) -> Share:
    """The share `count` of `of`; where there were no trials it lies anywhere from 0 to 1. Raises ValueError for more
    than all."""
    if not 0 <= count <= of:
        raise ValueError(f"{count!r} of {of!r} is no share")
    if not of:
        return Share(value=0.0, low=0.0, high=1.0, of=0)
    value, extra = count / of, z * z / of
    middle = (value + extra / 2) / (1 + extra)
    half = z * math.sqrt(value * (1 - value) / of + extra / (4 * of)) / (1 + extra)
    return Share(value=value, low=max(0.0, middle - half), high=min(1.0, middle + half), of=of)
