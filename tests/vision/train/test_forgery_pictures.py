from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from vision.forgery.net import Coefficients
from vision.synth.deck import Recipe, draw
from vision.train.forgery_pictures import CROP, LEAST, Crop, Crops, Mixture, opened, read, stored


@pytest.fixture(scope="module")
def crops(cache: Path, toy: Recipe) -> list[Crop]:
    return list(islice(Crops(cache / "toy", toy.operators, Mixture(), seed=2, most=10), 60))


def test_what_is_kept_is_what_was_drawn(cache: Path, toy: Recipe) -> None:
    for index in (0, 3, 6):
        drawn, there = draw(toy, index), stored(toy, index, cache)
        assert there.data == drawn.data
        assert (there.truth, there.operator or None, there.pipeline) == (drawn.truth, drawn.operator, drawn.pipeline)
        assert (there.mask is None) == (drawn.mask is None)
        if there.mask is not None:
            assert np.array_equal(there.mask, drawn.mask)


def test_masks_have_the_shape_of_their_picture(cache: Path) -> None:
    pictures = [read(path) for path in (cache / "toy").glob("*.npz")]
    assert Counter(one.truth == "edited" for one in pictures)[True] >= 2
    for one in pictures:
        rgb, steps = opened(one.data)
        assert len(steps) in (0, 64)
        assert one.mask is None or one.mask.shape == rgb.shape[:2]


def test_crops_are_what_the_network_takes(crops: list[Crop], toy: Recipe) -> None:
    for one in crops:
        assert one.pixels.shape == (3, CROP, CROP)
        assert one.mask.shape == (CROP // 4, CROP // 4)
        assert set(np.unique(one.mask)) <= {0, 1}
        assert one.noise.shape == (7,)
        assert (one.noise > 0).all()
        assert -1 <= one.operator < len(toy.operators)


def test_about_half_of_the_crops_hold_edited_cells_and_operators_only_those(crops: list[Crop]) -> None:
    edited = [one.mask.sum() >= LEAST for one in crops]
    assert 0.25 < np.mean(edited) < 0.8
    assert all(holds for one, holds in zip(crops, edited, strict=True) if one.operator >= 0)


def test_crops_lie_on_the_grid_of_the_file_even_when_turned_over(crops: list[Crop]) -> None:
    known = [one for one in crops if one.steps.min() >= 4]
    assert known
    for one in known:
        found = Coefficients()(torch.from_numpy(one.pixels)[None].float(), torch.from_numpy(one.steps)[None])
        moved = np.roll(one.pixels, 4, axis=(1, 2))
        beside = Coefficients()(torch.from_numpy(moved)[None].float(), torch.from_numpy(one.steps)[None])
        assert found[:, 64:128].mean() > beside[:, 64:128].mean()


def test_an_operator_that_is_left_out_is_left_out_whatever_the_folder_holds(cache: Path) -> None:
    stream = Crops(cache / "toy", (), Mixture(), seed=2, most=10)
    assert stream.refresh() == 10
    assert all(one.operator == -1 for one in islice(stream, 30))


def test_a_folder_may_grow_while_it_is_read(cache: Path, toy: Recipe, tmp_path: Path) -> None:
    stored(toy, 0, tmp_path)
    stream = Crops(tmp_path / "toy", toy.operators, Mixture(), seed=1, most=10)
    assert stream.refresh() == 1
    (tmp_path / "toy" / "000003.npz").write_bytes((cache / "toy" / "000003.npz").read_bytes())
    assert stream.refresh() == 2
