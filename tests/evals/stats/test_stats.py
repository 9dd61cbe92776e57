"""Intervals and baselines against hand-made answers."""

import math
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats import macro_f1, majority, wilson


def test_wilson_agrees_with_a_published_example() -> None:
    share = wilson(81, 263)
    assert (round(share.low, 4), round(share.high, 4)) == (0.2553, 0.3662)


def test_nothing_measured_says_nothing() -> None:
    share = wilson(0, 0)
    assert math.isnan(share.value)
    assert (share.low, share.high) == (0.0, 1.0)
    assert str(share) == "n=0"


def test_more_hits_than_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="5 hits of 4"):
        wilson(5, 4)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share_and_narrows_with_n(hits: int, misses: int) -> None:
    n = hits + misses
    share = wilson(hits, n)
    assert 0 <= share.low <= share.high <= 1
    if n:
        assert share.low - 1e-12 <= share.value <= share.high + 1e-12
        wider = wilson(hits, n, z=3.0)
        assert wider.low <= share.low + 1e-12
        assert wider.high >= share.high - 1e-12


def test_macro_f1_of_a_majority_answer_is_low_on_balanced_truth() -> None:
    truth = ["a", "b"] * 10
    assert macro_f1(majority(truth), truth) == pytest.approx(1 / 3)
    assert macro_f1(truth, truth) == 1.0


def test_macro_f1_is_summed_in_the_order_of_the_truth() -> None:
    code = "from evals.stats import macro_f1; print(repr(macro_f1('abcabdabeabc', 'abcdeabcdabe')))"
    told = set()
    for seed in ("0", "1", "2", "3"):
        command, environment = [sys.executable, "-c", code], {**os.environ, "PYTHONHASHSEED": seed}
        told.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(told) == 1


def test_majority_of_nothing_is_nothing() -> None:
    assert majority([]) == []
    assert macro_f1([], []) == 0.0
