from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vision.forgery.net import ForgeryNet, ForgeryShape
from vision.train.forgery_state import Average, Training


def small() -> ForgeryNet:
    torch.manual_seed(3)
    return ForgeryNet(ForgeryShape(stem=8, quarter=8, eighth=8, sixteenth=8))


def begun() -> Training:
    net = small()
    return Training(net, Average(net, 0.9), torch.optim.AdamW(net.parameters(), lr=1e-2))


def step(training: Training) -> None:
    training.optimiser.zero_grad()
    (training.net.scale.weight.sum() ** 2 + training.net.mask.bias.sum() ** 2).backward()
    training.optimiser.step()
    training.average.update(training.net)
    training.steps += 1


def test_an_average_follows_the_weights_and_lags_behind_them() -> None:
    net = small()
    average = Average(net, 0.5)
    with torch.no_grad():
        net.scale.weight.fill_(2.0)
        net.mask.bias.fill_(4.0)
    start = average.net.scale.weight.item()
    for _ in range(30):
        average.update(net)
    assert start == 1.0
    assert average.net.scale.weight.item() == pytest.approx(2.0, abs=1e-3)
    assert average.net.training is False


def test_a_training_that_is_taken_up_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    through, stopped = begun(), begun()
    for _ in range(3):
        step(through)
        step(stopped)
    stopped.minutes = 1.5
    stopped.save(tmp_path)
    again = begun()
    assert again.resume(tmp_path)
    assert (again.steps, again.minutes) == (3, 1.5)
    step(through)
    step(again)
    for one, other in ((through.net, again.net), (through.average.net, again.average.net)):
        assert all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def test_where_nothing_was_saved_nothing_is_taken_up(tmp_path: Path) -> None:
    assert begun().resume(tmp_path) is False
