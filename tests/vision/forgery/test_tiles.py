from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.forgery.net import MASK_STEP, TILE_STEP, ForgeryNet, ForgeryShape
from vision.forgery.tiles import LARGEST_TILE, OVERLAP, UNSEEN, predict, spans, tiles
from vision.forgery.views import noise_level


@pytest.fixture(scope="module")
def net() -> ForgeryNet:
    torch.manual_seed(3)
    small = ForgeryShape(operators=("text",), stem=8, quarter=8, eighth=16, sixteenth=16, local_blocks=1, keys=4)
    return ForgeryNet(small).eval()


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 400))
def test_tiles_cover_a_side_on_the_grid_and_overlap(units: int) -> None:
    length = units * TILE_STEP
    found = list(spans(length))
    assert found[0][0] == 0
    assert length <= found[-1][1] < length + 2 * TILE_STEP
    assert all(start % TILE_STEP == end % TILE_STEP == 0 for start, end in found)
    assert all(end - start <= LARGEST_TILE for start, end in found)
    assert all(before[1] - after[0] >= OVERLAP - TILE_STEP for before, after in itertools.pairwise(found))


@pytest.mark.parametrize("shape", [(40, 33), (100, 250), (300, 641), (590, 64)])
def test_a_mask_has_the_shape_of_the_picture(net: ForgeryNet, shape: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (*shape, 3)).astype(np.uint8)
    said = predict(net, rgb, (), noise_level(rgb))
    assert said.mask.shape == (-(-shape[0] // MASK_STEP), -(-shape[1] // MASK_STEP))
    assert said.operator.shape == (1,)
    assert np.isfinite([said.image, said.recapture]).all()
    assert np.isfinite(said.mask).all()


def test_neighbouring_tiles_agree_where_they_meet(net: ForgeryNet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles differ by what they see as a whole (context and copies), never by a seam larger than that."""
    rgb = np.random.default_rng(0).integers(90, 160, (256, 640, 3)).astype(np.uint8)
    mask = predict(net, rgb, (), noise_level(rgb)).mask
    steps = np.abs(np.diff(mask, axis=1)).mean(axis=0)
    assert steps.max() < 3 * np.median(steps)


def test_tiles_that_are_not_looked_at_say_nothing(net: ForgeryNet) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (600, 1100, 3)).astype(np.uint8)
    whole = predict(net, rgb, (), noise_level(rgb))
    first, *others = tiles(600, 1100)
    said = predict(net, rgb, (), noise_level(rgb), only=(first,))
    seen = np.zeros(whole.mask.shape, bool)
    seen[first[0] // MASK_STEP : first[1] // MASK_STEP, first[2] // MASK_STEP : first[3] // MASK_STEP] = True
    assert others
    assert (said.mask[~seen] == UNSEEN).all()
    assert said.mask[0, 0] == whole.mask[0, 0]
    assert np.isfinite([said.image, said.recapture]).all()


def test_predictions_are_the_same_each_time(net: ForgeryNet) -> None:
    rgb = np.random.default_rng(5).integers(0, 255, (96, 128, 3)).astype(np.uint8)
    first, second = (predict(net, rgb, tuple(range(1, 65)), noise_level(rgb)) for _ in range(2))
    assert np.array_equal(first.mask, second.mask)
    assert first.image == second.image
