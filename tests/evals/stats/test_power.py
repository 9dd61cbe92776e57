"""Planted changes are found as often as theory says, and where nothing was planted hardly anything is found."""

from __future__ import annotations

from math import sqrt

import pytest

from evals.stats.power import CHURN, Planted, simulate


def as_expected(row: Planted) -> bool:
    """Whether the share of trials lies within four standard errors of what theory says."""
    return abs(row.found.value - row.expected) <= 4 * sqrt(row.expected * (1 - row.expected) / row.found.of) + 1e-6


def test_a_planted_change_is_found_and_a_no_op_is_not() -> None:
    rows = list(simulate(400, 0.06, 30))
    planted, nothing = rows[: len(CHURN)], rows[len(CHURN) :]
    assert planted[0].found.value == 1.0
    assert all(map(as_expected, rows))
    assert sum(row.found.count for row in nothing) <= 0.1 * sum(row.found.of for row in nothing)
    assert all(row.covered >= 0.8 for row in rows)


def test_equal_seeds_give_equal_rows() -> None:
    assert list(simulate(60, 0.1, 5, seed=3)) == list(simulate(60, 0.1, 5, seed=3))
    assert list(simulate(60, 0.1, 5, seed=3)) != list(simulate(60, 0.1, 5, seed=4))


@pytest.mark.slow
def test_two_hundred_trials_of_each() -> None:
    rows = list(simulate(400, 0.06, 200))
    nothing = rows[len(CHURN) :]
    assert all(map(as_expected, rows))
    assert all(row.found.low <= 0.05 for row in nothing)
    assert all(row.covered >= 0.9 for row in rows)
