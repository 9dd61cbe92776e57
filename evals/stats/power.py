"""What the comparison can see: changes of a known size planted in simulated runs, and runs in which nothing changed.

The share of trials in which a planted change is found is the power, the share in which none was planted and one is
found the rate of false alarms. Both depend on how many answers change either way, and each row is of one such churn.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evals.stats.paired import compare, power
from tools.evidence import Frozen
from vision.wilson import Share, share

ACCURACY = 0.6
"""How many answers of the first run are right."""
CHURN = (0.0, 0.02, 0.04, 0.08)
"""How many answers get worse for no reason; as many get better, before any change is planted."""


class Planted(Frozen):
    """One row: shares of all cases that were fixed and broken in truth, how often a change was found, how often the
    exact test finds it in theory, and how often the interval of the difference held the true one."""

    name: str
    gain: float
    loss: float
    found: Share
    expected: float
    covered: float


def simulate(cases: int, difference: float, times: int, seed: int = 0) -> Iterator[Planted]:
    """Trials with a planted `difference` (a share of all cases, up to 0.3), then as many without, at several rates of
    churn: eight rows, each as it is done."""
    for churn in CHURN:
        yield _row(f"{100 * difference:+.1f} points", difference + churn, churn, cases, times, seed)
    for churn in CHURN:
        yield _row("nothing", churn, churn, cases, times, seed + 1)


def _row(name: str, gain: float, loss: float, cases: int, times: int, seed: int) -> Planted:
    rng = np.random.default_rng([seed, round(1e4 * gain), round(1e4 * loss)])
    trials = [_trial(rng, gain, loss, cases) for _ in range(times)]
    return Planted(
        name=name,
        gain=gain,
        loss=loss,
        found=share(sum(found for found, _ in trials), times),
        expected=power(cases, gain + loss, gain - loss),
        covered=sum(covered for _, covered in trials) / times,
    )


def _trial(rng: np.random.Generator, gain: float, loss: float, cases: int) -> tuple[bool, bool]:
    """Whether the comparison found a difference, and whether its interval held the true one."""
    before, draw = rng.random(cases) < ACCURACY, rng.random(cases)
    after = np.where(before, draw >= loss / ACCURACY, draw < gain / (1 - ACCURACY))
    found = compare(before.tolist(), after.tolist(), range(cases), int(rng.integers(2**32)))
    return found.significant, found.difference.low <= gain - loss <= found.difference.high
