"""The network that fills holes: what it is shown, that nothing but the hole changes, which file it is read from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from vision import weights
from vision.errors import WeightsError
from vision.synth.inpainting import InpaintNet, build, fill, filled, levelled


def paper(shape: tuple[int, int] = (70, 123)) -> np.ndarray:
    """Lined paper with a slope of brightness and grain."""
    rng = np.random.default_rng(0)
    rows = np.arange(shape[0])[:, None, None]
    lined = np.linspace(150, 210, shape[1])[None, :, None] + 12 * np.sin(rows / 3) + rng.normal(0, 3, (*shape, 3))
    return np.clip(np.rint(lined), 0, 255).astype(np.uint8)


def marked(shape: tuple[int, int] = (70, 123)) -> np.ndarray:
    hole = np.zeros(shape, np.bool_)
    hole[25:45, 30:90] = True
    return hole


def test_the_shipped_network_is_small_and_is_the_pinned_one() -> None:
    path = weights.find("inpaint")
    assert path.stat().st_size < 2_000_000
    assert 100_000 < sum(each.numel() for each in build(path).parameters()) < 500_000


def test_a_hole_is_filled_like_what_is_around_it() -> None:
    rgb, hole = paper(), marked()
    spoilt = np.where(hole[..., None], 0, rgb).astype(np.uint8)
    made = fill(spoilt, hole, np.random.default_rng(1))
    assert np.abs(made[hole].astype(int) - rgb[hole]).mean() < 12
    fine = made.astype(np.float32) - cv2.blur(made.astype(np.float32), (3, 3))
    assert 0.4 < fine[hole].std() / fine[~hole].std() < 1.6


def test_what_was_in_the_hole_is_nothing_to_the_network() -> None:
    hole, rng = marked(), np.random.default_rng(2)
    other = paper()
    other[hole] = rng.integers(0, 256, (int(hole.sum()), 3))
    first, second = (fill(rgb, hole, np.random.default_rng(3)) for rgb in (paper(), other))
    assert np.array_equal(first, second)


def test_the_same_noise_fills_alike_whatever_the_threads_and_another_does_not() -> None:
    before, made = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            made.append(fill(paper(), marked(), np.random.default_rng(4)))
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(*made)
    assert not np.array_equal(made[0], fill(paper(), marked(), np.random.default_rng(5)))


def test_a_picture_without_a_hole_is_as_it_was() -> None:
    assert np.array_equal(fill(paper(), np.zeros((70, 123), np.bool_), np.random.default_rng(0)), paper())


@settings(deadline=None, max_examples=15)
@given(st.integers(9, 60), st.integers(9, 60), st.integers(0, 1000))
def test_nothing_outside_the_hole_changes_whatever_its_shape(tall: int, wide: int, seed: int) -> None:
    torch.manual_seed(seed)
    rng, rgb, net = np.random.default_rng(seed), paper((tall, wide)), InpaintNet(4, 4, 4).double()
    torch.nn.init.normal_(net.last.weight)
    hole = rng.random((tall, wide)) < rng.uniform(0.02, 1)
    made = filled(net, rgb, hole, rng)
    assert made.shape == rgb.shape
    assert made.dtype == np.uint8
    assert np.array_equal(made[~hole], rgb[~hole])


def test_a_hole_begins_as_a_surface_between_known_pixels() -> None:
    pixels, hole = torch.full((1, 3, 41, 50), 100.0), torch.zeros(1, 1, 41, 50)
    pixels[..., 25:] = 200
    hole[..., 10:30, 8:42] = 1
    begun = levelled(pixels, hole)
    assert torch.equal(begun[..., :10, :], pixels[..., :10, :])
    assert 100 <= float(begun.min()) <= float(begun.max()) <= 200
    inside = begun[0, 0, 20]
    assert inside[9] < 115
    assert inside[40] > 185
    assert float(inside.diff().abs().max()) < 25


def test_another_file_is_refused(tmp_path: Path) -> None:
    save_file({"first": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match=r"'other\.safetensors' does not hold this network"):
        build(tmp_path / "other.safetensors")
