from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.synth.deck import Recipe
from vision.train.inpaint_pictures import captures, crop, drawn_hole


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 100_000), st.sampled_from([96, 112, 160]))
def test_a_hole_is_a_part_of_its_square_and_the_same_by_its_seed(seed: int, side: int) -> None:
    hole = drawn_hole(side, np.random.default_rng(seed))
    assert hole.shape == (side, side)
    assert hole.dtype == np.bool_
    assert 0 < hole.mean() < 0.6
    assert np.array_equal(hole, drawn_hole(side, np.random.default_rng(seed)))


def test_holes_are_wide_lines_small_strokes_and_round_shapes() -> None:
    filled = []
    for seed in range(200):
        hole = drawn_hole(112, np.random.default_rng(seed))
        rows, columns = (np.flatnonzero(hole.any(axis=axis)) for axis in (1, 0))
        filled.append(hole.sum() / ((np.ptp(rows) + 1) * (np.ptp(columns) + 1)))
    assert np.quantile(filled, 0.1) < 0.75 < np.quantile(filled, 0.8)


def test_crops_come_from_the_windows_and_lie_mostly_where_no_ink_is() -> None:
    rng = np.random.default_rng(0)
    page = np.full((256, 256, 3), 200, np.uint8)
    page[:, 128:][rng.random((256, 128)) < 0.2] = 20
    crops = [crop([page], 96, rng) for _ in range(60)]
    assert all(each.rgb.shape == (96, 96, 3) and each.hole.shape == (96, 96) for each in crops)
    assert {int(value) for each in crops for value in np.unique(each.rgb)} == {20, 200}
    inked = [bool((each.rgb[each.hole] == 20).any()) for each in crops]
    assert 0 < np.mean(inked) < 0.4


@pytest.mark.heavy
def test_captures_are_kept_between_runs_and_depend_on_recipe_and_number(toy: Recipe, tmp_path: Path) -> None:
    first = captures(toy, 2, tmp_path)
    kept = sorted(tmp_path.rglob("*.npy"))
    assert [path.name for path in kept] == ["000000.npy", "000001.npy"]
    assert all(np.array_equal(a, b) for a, b in zip(first, captures(toy, 2, tmp_path), strict=True))
    assert np.array_equal(first[1], captures(toy, 2)[1])
    np.save(kept[0], np.zeros((8, 8, 3), np.uint8))
    assert captures(toy, 1, tmp_path)[0].shape == (8, 8, 3)
