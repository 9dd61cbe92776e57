from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from vision.forgery.views import Coefficients
from vision.synth.deck import Recipe
from vision.train.forgery_crops import LEAST, SIDES, Crop, Crops, Mixture

pytestmark = pytest.mark.heavy

SIDE = 128


@pytest.fixture(scope="module")
def crops(scenes: Path, toy: Recipe) -> list[Crop]:
    return list(islice(Crops(scenes, toy, Mixture(side=SIDE, mild=0.5), seed=2), 120))


def test_crops_are_what_the_network_takes(crops: list[Crop], toy: Recipe) -> None:
    for one in crops:
        assert one.pixels.shape == (3, SIDE, SIDE)
        assert one.mask.shape == (SIDE // 4, SIDE // 4)
        assert set(np.unique(one.mask)) <= {0, 1}
        assert one.noise.shape == (7,)
        assert (one.noise > 0).all()
        assert -1 <= one.operator < len(toy.operators)


def test_an_edited_crop_is_followed_by_the_genuine_one_of_its_place(crops: list[Crop]) -> None:
    pairs = [
        (crops[at], crops[at + 1])
        for at in range(0, len(crops), 2)
        if LEAST <= crops[at].mask.sum() < 0.9 * crops[at].mask.size
    ]
    assert 0.25 < len(pairs) / (len(crops) / 2) <= 1
    for edited, genuine in pairs:
        assert not genuine.mask.any()
        assert np.array_equal(edited.steps, genuine.steps)
        beside = np.repeat(np.repeat(edited.mask < 0.5, 4, axis=0), 4, axis=1)
        differ = np.abs(edited.pixels.astype(int) - genuine.pixels).max(axis=0)
        assert differ[~beside].mean() > differ[beside].mean()


def test_only_crops_that_hold_an_edit_have_an_operator(crops: list[Crop]) -> None:
    assert any(one.operator >= 0 for one in crops)
    assert all(one.mask.sum() >= LEAST for one in crops if one.operator >= 0)


def test_crops_lie_on_the_grid_of_the_file_even_when_turned_over(crops: list[Crop]) -> None:
    known = [one for one in crops if one.steps.mean() >= 20]
    assert known
    for one in known:
        found = Coefficients()(torch.from_numpy(one.pixels)[None].float(), torch.from_numpy(one.steps)[None])
        moved = np.roll(one.pixels, 4, axis=(1, 2))
        beside = Coefficients()(torch.from_numpy(moved)[None].float(), torch.from_numpy(one.steps)[None])
        assert found[:, 64:128].mean() > beside[:, 64:128].mean()


def test_saving_begins_mild_and_grows_to_the_recipe(scenes: Path, toy: Recipe) -> None:
    def coarse(mixture: Mixture) -> float:
        drawn = islice(Crops(scenes, toy, replace(mixture, side=SIDE, pairs=1, blind=0.0), seed=3), 60)
        return float(np.mean([one.steps.mean() for one in drawn]))

    assert coarse(Mixture(mild=0.0, ramp=10**9)) < coarse(Mixture(mild=1.0))


def test_an_operator_that_is_left_out_is_left_out_whatever_the_folder_holds(scenes: Path, toy: Recipe) -> None:
    stream = Crops(scenes, replace(toy, operators=()), Mixture(side=SIDE), seed=2)
    assert all(one.operator == -1 for one in islice(stream, 30))


def test_a_folder_may_grow_while_it_is_read(scenes: Path, toy: Recipe, tmp_path: Path) -> None:
    first, second = sorted(scenes.glob("*.npz"))[:2]
    shutil.copy(first, tmp_path)
    stream = Crops(tmp_path, toy, Mixture(side=SIDE), seed=1)
    assert stream.refresh() == 1
    shutil.copy(second, tmp_path)
    assert stream.refresh() == 2


def test_crops_may_be_as_large_as_their_views(scenes: Path, toy: Recipe) -> None:
    drawn = list(islice(Crops(scenes, toy, Mixture(side=0, pairs=1, mild=1.0), seed=2), 40))
    assert len({one.pixels.shape for one in drawn}) > 1
    for edited, genuine in zip(drawn[::2], drawn[1::2], strict=True):
        assert edited.pixels.shape == genuine.pixels.shape
        assert edited.pixels.shape[1] in SIDES
        assert edited.mask.shape == (edited.pixels.shape[1] // 4,) * 2
