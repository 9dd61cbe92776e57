"""The paired comparison: known values, bounds, and what it finds in simulations."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.paired import clustered_mean, compare, holm, mcnemar, mean_change, power, smallest_difference

COUNTS = st.integers(0, 60)


@pytest.mark.parametrize(
    ("fixed", "broken", "expected"),
    [(0, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (10, 2, 0.03857421875), (7, 7, 1.0), (12, 5, 0.143463134765625)],
)
def test_mcnemar_known(fixed: int, broken: int, expected: float) -> None:
    assert mcnemar(fixed, broken) == pytest.approx(expected)


@given(COUNTS, COUNTS)
def test_mcnemar_is_symmetric_and_a_probability(fixed: int, broken: int) -> None:
    assert mcnemar(fixed, broken) == pytest.approx(mcnemar(broken, fixed))
    assert 0 < mcnemar(fixed, broken) <= 1


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1), min_size=1))
def test_holm_never_lowers_and_keeps_the_order(values: dict[str, float]) -> None:
    adjusted = holm(values)
    assert list(adjusted) == list(values)
    assert all(values[name] <= adjusted[name] <= 1 for name in values)
    ranked = sorted(values, key=lambda name: values[name])
    assert all(adjusted[left] <= adjusted[right] for left, right in pairwise(ranked))


def test_holm_known() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})


def test_compare_counts_what_changed() -> None:
    first, second = [True, False, False, True, False], [True, True, True, False, False]
    found = compare(first, second, list("abcde"))
    assert (found.n, found.fixed, found.broken) == (5, 2, 1)
    assert found.difference.value == pytest.approx(0.2)
    assert found.difference.low <= 0.2 <= found.difference.high
    assert not found.significant
    assert not found.able
    assert found.smallest is None


@pytest.mark.parametrize(("first", "second", "clusters"), [([], [], []), ([True], [True, False], ["a"])])
def test_compare_refuses_what_cannot_be_paired(first: list[bool], second: list[bool], clusters: list[str]) -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        compare(first, second, clusters)


def test_clusters_widen_the_interval() -> None:
    rng = np.random.default_rng(3)
    customers = np.repeat(np.arange(40), 10)
    values = np.repeat(rng.normal(0, 1, 40), 10)
    apart = clustered_mean(values, list(range(400)))
    together = clustered_mean(values, list(customers))
    assert apart.value == pytest.approx(together.value)
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_power_of_400_cases_at_five_points() -> None:
    # A change that fixes 7.5% and breaks 2.5%: about the power measured by simulation below.
    assert power(400, 0.1, 0.05) == pytest.approx(_simulated(400, 0.075, 0.025), abs=0.05)
    assert power(100, 0.1, 0.05) < 0.3


def test_power_without_a_difference_stays_below_the_level() -> None:
    assert power(400, 0.1, 0.0) < 0.05
    with pytest.raises(ValueError, match="changed answers"):
        power(100, 0.05, 0.1)


def test_smallest_difference_has_the_power_it_promises() -> None:
    least = smallest_difference(400, 0.1)
    assert least is not None
    assert power(400, 0.1, least) >= 0.8 > power(400, 0.1, least - 0.005)


@given(st.integers(5, 200))
def test_more_cases_see_less(n: int) -> None:
    few, many = smallest_difference(n, 0.2), smallest_difference(4 * n, 0.2)
    assert few is None or (many is not None and many <= few + 0.0025)


def test_where_nothing_changed_the_smallest_difference_is_one_that_goes_one_way() -> None:
    least = smallest_difference(400, 0.0)
    assert least is not None
    assert power(400, least, least) >= 0.8 > power(400, least - 0.005, least - 0.005)
    assert smallest_difference(5, 0.0) is None


@pytest.mark.parametrize(("changed", "able"), [(0, False), (5, False), (6, True), (40, True)])
def test_six_answers_have_to_change_before_the_test_can_reject(changed: int, able: bool) -> None:
    found = compare([False] * 50, [True] * changed + [False] * (50 - changed), list(range(50)))
    assert found.able == able
    assert found.able == found.significant


def test_nothing_changed_shows_nothing() -> None:
    assert compare([True] * 9, [True] * 9, list(range(9))).p_value == 1.0


def test_nothing_changed_is_no_certainty() -> None:
    unchanged = compare([True] * 100, [True] * 100, [f"C-{place // 2}" for place in range(100)]).difference
    assert (unchanged.low, unchanged.value, unchanged.high) == pytest.approx((-0.0713, 0.0, 0.0713), abs=1e-4)


@pytest.mark.parametrize(("change", "low", "high"), [(1.0, 0.6, 1.0), (-1.0, -1.0, -0.6), (0.0, -0.4, 0.4)])
def test_a_change_that_all_show_has_an_interval(change: float, low: float, high: float) -> None:
    found = mean_change([change] * 6, range(6))
    assert (found.low, found.value, found.high) == pytest.approx((low, change, high), abs=0.02)


def test_a_rare_change_is_in_the_interval_of_few_cases() -> None:
    rng = np.random.default_rng(5)
    found = [mean_change((rng.random(40) < 0.02).astype(float), range(40)) for _ in range(200)]
    assert np.mean([each.low <= 0.02 <= each.high for each in found]) > 0.9


def _simulated(n: int, fixed: float, broken: float, tries: int = 2000) -> float:
    rng = np.random.default_rng(11)
    drawn = rng.multinomial(n, [fixed, broken, 1 - fixed - broken], tries)
    return float(np.mean([mcnemar(int(gain), int(loss)) < 0.05 for gain, loss, _ in drawn]))
