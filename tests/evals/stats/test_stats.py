"""Plain figures and baselines against hand-made answers."""

import os
import subprocess
import sys

import pytest

from evals.stats import macro_f1, majority


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
