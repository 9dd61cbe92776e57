from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.forgery.trees import Trees


def stump(feature: int, threshold: float, low: float, high: float) -> Trees:
    return Trees(
        feature=np.array([feature, 0, 0], np.int32),
        threshold=np.array([threshold, 0, 0], np.float32),
        left=np.array([1, 1, 2], np.int32),
        right=np.array([2, 1, 2], np.int32),
        value=np.array([0, low, high], np.float32),
        roots=np.array([0], np.int32),
        base=0.25,
        depth=3,
    )


@settings(deadline=None, max_examples=50)
@given(st.floats(-5, 5, width=32), st.integers(0, 2))
def test_a_stump_sends_each_row_to_its_leaf(value: float, feature: int) -> None:
    rows = np.zeros((1, 3), np.float32)
    rows[0, feature] = value
    assert stump(feature, 0.5, -1, 2).logit(rows)[0] == np.float32(0.25 + (-1 if value <= 0.5 else 2))


def test_trees_survive_being_written_as_arrays() -> None:
    trees = stump(1, -0.3, 0.5, 0.75)
    rows = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    again = Trees.of("x", trees.arrays("x") | stump(0, 0, 0, 0).arrays("y"))
    assert np.array_equal(again.logit(rows), trees.logit(rows))
