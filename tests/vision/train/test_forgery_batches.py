from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vision.synth.deck import Recipe
from vision.train.forgery_batches import Batch, Stream, loader
from vision.train.forgery_crops import LEAST, Mixture

pytestmark = pytest.mark.heavy

MIXTURE = Mixture(side=64, pairs=2)


def first(scenes: Path, toy: Recipe, seed: int) -> Batch:
    return next(iter(loader(Stream(scenes, toy, MIXTURE, seed, batch=8, workers=0))))


@pytest.fixture(scope="module")
def batch(scenes: Path, toy: Recipe) -> Batch:
    return first(scenes, toy, 1)


def test_crops_lie_side_by_side_as_the_network_takes_them(batch: Batch) -> None:
    assert batch.pixels.shape == (8, 3, 64, 64)
    assert batch.pixels.dtype == torch.uint8
    assert (batch.noise.shape, batch.steps.shape, batch.mask.shape) == ((8, 7), (8, 64), (8, 16, 16))
    assert (batch.operator.shape, batch.recaptured.shape) == ((8,), (8,))
    assert torch.equal(batch.edited, (batch.mask.sum((1, 2)) >= LEAST).float())
    assert all(value.device.type == "cpu" for value in vars(batch.to(torch.device("cpu"))).values())


def test_a_seed_decides_what_is_cut(batch: Batch, scenes: Path, toy: Recipe) -> None:
    assert torch.equal(first(scenes, toy, 1).pixels, batch.pixels)
    assert not torch.equal(first(scenes, toy, 2).pixels, batch.pixels)


def test_a_part_of_a_training_sees_other_crops_and_goes_on_with_the_ramp(scenes: Path, toy: Recipe) -> None:
    first, second = (Stream(scenes, toy, MIXTURE, 1, batch=8, workers=2, taken=taken).crops(0) for taken in (0, 40))
    assert (first._views, second._views) == (0, 40)
    assert not np.array_equal(next(iter(first)).pixels, next(iter(second)).pixels)
