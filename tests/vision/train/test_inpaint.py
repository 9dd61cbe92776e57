"""Training the inpainting network, on toys: what its loss asks for, that it learns, how ways are measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from vision.synth.inpainting import InpaintNet
from vision.train.inpaint import Config, learning_rate, loss, measured, train, ways
from vision.train.inpaint_pictures import Crop

SMALL = Config(side=64, batch=2, steps=2, minutes=1e6)


def grained(seed: int, side: int = 96) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal(rng.uniform(90, 200), 8, (side, side, 3)), 0, 255).astype(np.uint8)


def holed(seed: int) -> Crop:
    hole = np.zeros((96, 96), np.bool_)
    hole[30:60, 20:70] = True
    return Crop(grained(seed), hole)


def tensor(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(rgb).permute(2, 0, 1)[None].float()


def test_the_loss_prefers_other_grain_to_none_and_none_of_it_to_a_wrong_level() -> None:
    true, hole = tensor(grained(1)), torch.zeros(1, 1, 96, 96)
    hole[..., 20:70, 20:70] = 1
    level = float(true.mean())
    other = level + 8 * torch.randn(true.shape, generator=torch.Generator().manual_seed(1))
    flat, wrong = torch.full_like(true, level), torch.full_like(true, level + 40)
    filled = [torch.where(hole > 0, each, true) for each in (true, other, flat, wrong)]
    values = [float(loss(each, true, hole, SMALL)) for each in filled]
    assert values[0] < 1e-3
    assert values == sorted(values)


def test_the_loss_is_blind_outside_the_hole() -> None:
    true, hole = tensor(grained(1)), torch.zeros(1, 1, 96, 96)
    hole[..., 40:50, 40:50] = 1
    far = true.clone()
    far[..., :20, :] = 0
    assert float(loss(far, true, hole, SMALL)) == pytest.approx(float(loss(true, true, hole, SMALL)))


def test_training_is_repeated_by_its_seed_and_stops_by_steps_and_by_time() -> None:
    windows = [grained(seed) for seed in range(3)]
    first, again = train(windows, SMALL), train(windows, SMALL)
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert float(first.last.weight.detach().abs().max()) > 0
    at_once = train(windows, replace(SMALL, minutes=1e-9))
    assert float(at_once.last.weight.detach().abs().max()) == 0


def test_the_rate_rises_and_falls_to_nothing() -> None:
    rates = [learning_rate(done, SMALL) for done in (0, 0.02, 0.1, 0.5, 1)]
    assert rates[0] < rates[1] < rates[2] > rates[3] > rates[4]
    assert rates[4] == pytest.approx(0, abs=1e-9)


def test_ways_are_measured_on_their_holes() -> None:
    tests = [holed(seed) for seed in range(3)]
    exact = measured("exact", lambda rgb, hole: rgb, tests)
    assert (exact.error, exact.level, exact.grain) == (0, 0, 1)
    found = {way: measured(way, fill, tests) for way, fill in ways(InpaintNet()).items()}
    assert set(found) == {"network", "Telea", "Navier-Stokes"}
    assert all(row.psnr < exact.psnr and row.error > 0 and row.grain < 0.6 for row in found.values())
