"""Calibration figures: known values, limits, and promises that hold in simulations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.calibration import (
    area_under_risk_coverage,
    brier,
    coverage_at,
    expected_calibration_error,
    reliability,
    risk_coverage,
    upper_bound,
)

ANSWERS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def test_brier_known() -> None:
    assert brier([1.0, 0.0, 0.5], [True, True, False]) == pytest.approx((0 + 1 + 0.25) / 3)


def test_reliability_counts_each_answer_once() -> None:
    bins = reliability([0.05, 0.95, 0.97, 1.0], [False, True, False, True])
    assert [each.n for each in bins] == [1, 3]
    assert bins[1].accuracy == pytest.approx(2 / 3)


def test_calibration_error_of_honest_and_of_boastful_confidence() -> None:
    rng = np.random.default_rng(5)
    sure = rng.uniform(0, 1, 20_000)
    right = [bool(each) for each in rng.uniform(0, 1, 20_000) < sure]
    assert expected_calibration_error(list(sure), right) < 0.02
    assert expected_calibration_error([1.0] * 20_000, right) == pytest.approx(1 - np.mean(right))


def test_risk_coverage_known() -> None:
    points = risk_coverage([0.9, 0.8, 0.8, 0.1], [True, False, True, False])
    assert [(point.coverage, point.risk) for point in points] == [
        (0.25, 0.0),
        (0.75, pytest.approx(1 / 3)),
        (1.0, 0.5),
    ]


@given(ANSWERS)
def test_full_coverage_is_the_error_rate(answers: list[tuple[float, bool]]) -> None:
    confidence, right = [each[0] for each in answers], [each[1] for each in answers]
    points = risk_coverage(confidence, right)
    assert points[-1].coverage == 1.0
    assert points[-1].risk == pytest.approx(1 - np.mean(right))
    assert 0 <= area_under_risk_coverage(confidence, right) <= 1


def test_area_is_the_error_rate_where_confidence_says_nothing() -> None:
    assert area_under_risk_coverage([0.5] * 10, [True] * 7 + [False] * 3) == pytest.approx(0.3)


@pytest.mark.parametrize(("wrong", "n", "expected"), [(0, 59, 0.0495), (0, 95, 0.0310), (3, 100, 0.0757), (5, 5, 1.0)])
def test_upper_bound_known(wrong: int, n: int, expected: float) -> None:
    assert upper_bound(wrong, n) == pytest.approx(expected, abs=2e-4)


def test_upper_bound_of_nothing_is_one() -> None:
    assert upper_bound(0, 0) == 1.0


def test_coverage_stops_where_the_promise_ends() -> None:
    confidence = [0.99] * 100 + [0.5] * 100
    right = [True] * 100 + [False] * 50 + [True] * 50
    found = coverage_at(confidence, right, 0.05)
    assert (found.coverage, found.threshold) == (0.5, 0.99)
    assert found.bound is not None
    assert found.bound < 0.05


def test_too_few_cases_promise_nothing() -> None:
    assert coverage_at([0.9] * 10, [True] * 10, 0.05).threshold is None


def test_the_promise_is_kept_in_simulations() -> None:
    rng, broken = np.random.default_rng(8), 0
    for _ in range(200):
        sure = rng.uniform(0.5, 1, 300)
        right = [bool(each) for each in rng.uniform(0, 1, 300) < sure**0.5]
        found = coverage_at(list(sure), right, 0.1)
        if found.threshold is None:
            continue
        # The true risk above a threshold t is the mean of 1 - sqrt(s) for s uniform in [t, 1].
        t = found.threshold
        true = 1 - (2 / 3) * (1 - t**1.5) / (1 - t) if t < 1 else 0.0
        broken += true > 0.1
    assert broken / 200 <= 0.09


@pytest.mark.parametrize(("confidence", "right"), [([], []), ([0.5], [True, False]), ([1.2], [True])])
def test_what_does_not_fit_is_refused(confidence: list[float], right: list[bool]) -> None:
    with pytest.raises(ValueError, match="confidence"):
        brier(confidence, right)
