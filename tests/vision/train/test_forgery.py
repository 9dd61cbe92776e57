from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vision.forgery import ForgeryModel
from vision.forgery.net import ForgeryConfig, ForgeryNet, kept
from vision.synth.deck import Recipe
from vision.train import forgery
from vision.train.forgery import Average, Config, batched, drawn, learning_rate, loss, train, validated
from vision.train.forgery_pictures import Crops, Mixture, read

CPU = torch.device("cpu")
TOY = Config(steps=3, minutes=5, batch=2, workers=0)


def test_the_rate_rises_briefly_and_falls_to_almost_nothing() -> None:
    config = Config()
    rates = [learning_rate(done, config) for done in np.linspace(0, 1, 51)]
    top = int(np.argmax(rates))
    assert rates[top] == pytest.approx(config.rate, rel=0.05)
    assert top < 5
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < config.rate / 100


def test_an_average_follows_the_weights_and_lags_behind_them() -> None:
    net = ForgeryNet(ForgeryConfig(stem=8, quarter=8, eighth=8, sixteenth=8))
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


@pytest.fixture(scope="module")
def batch(cache: Path, toy: Recipe) -> forgery.Batch:
    stream = iter(Crops(cache / "toy", toy.operators, Mixture(), seed=1, most=10))
    return batched([next(stream) for _ in range(6)])


def test_a_loss_is_least_for_the_truth(batch: forgery.Batch) -> None:
    config = Config()
    edited = (batch.mask.sum((1, 2)) >= 4).float()
    operator = torch.zeros(len(edited), 10)
    operator[torch.arange(len(edited)), batch.operator.clamp(min=0)] = 9.0
    truth = forgery.ForgeryOutput(
        mask=batch.mask * 18 - 9, image=edited * 18 - 9, operator=operator, recapture=batch.recaptured * 18 - 9
    )
    wrong = forgery.ForgeryOutput(
        mask=-truth.mask, image=-truth.image, operator=-truth.operator, recapture=-truth.recapture
    )
    assert loss(truth, batch, config) < 0.1 < 3 < loss(wrong, batch, config)


def test_some_steps_on_one_batch_lower_its_loss(batch: forgery.Batch) -> None:
    torch.manual_seed(0)
    net = ForgeryNet(ForgeryConfig(operators=("a",) * 10, stem=8, quarter=16, eighth=16, sixteenth=16))
    optimiser, values = torch.optim.AdamW(net.parameters(), lr=3e-3), []
    for _ in range(12):
        value = loss(net(batch.pixels, batch.noise, batch.steps), batch, Config())
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values.append(float(value.detach()))
    assert min(values[-3:]) < 0.8 * values[0]


def test_a_toy_run_writes_weights_that_load_and_judge(cache: Path, toy: Recipe, tmp_path: Path) -> None:
    net = train(cache / "toy", toy.operators, TOY, CPU, tmp_path / "net")
    assert (tmp_path / "net" / "model.safetensors").exists()
    limits, seen = validated(net, map(read, sorted((cache / "toy").glob("*.npz"))))
    assert len(seen) == 10
    kept(net, limits.model_dump_json(), tmp_path / "toy.safetensors")
    model = ForgeryModel(tmp_path / "toy.safetensors")
    report = model.inspect(read(next((cache / "toy").glob("*.npz"))).data)
    assert report.verdict in ("genuine", "forged", "inconclusive")
    assert report.heatmap_png
    assert report.model.name == "forgery"


def test_a_training_goes_on_from_a_published_network(cache: Path, toy: Recipe, tmp_path: Path) -> None:
    first = train(cache / "toy", toy.operators, replace(TOY, steps=1), CPU, tmp_path / "a")
    again = train(cache / "toy", toy.operators, replace(TOY, steps=0), CPU, tmp_path / "b", start=tmp_path / "a")
    assert torch.equal(again.scale.weight, first.scale.weight)
    assert again.config.operators == toy.operators


def test_pictures_are_drawn_once_and_kept(cache: Path, toy: Recipe) -> None:
    before = {path: path.stat().st_mtime_ns for path in (cache / "toy").iterdir()}
    assert drawn(toy, 10, cache, processes=1) == cache / "toy"
    assert {path: path.stat().st_mtime_ns for path in (cache / "toy").iterdir()} == before


def test_the_command_line_asks_where_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        forgery.main(["--pictures", "1"])
    assert "--out" in capsys.readouterr().err


@pytest.mark.slow
def test_fifty_cards_are_drawn_learned_and_measured_in_two_minutes(tmp_path: Path) -> None:
    started = time.monotonic()
    asked = "--pictures 40 --validation 10 --steps 10 --minutes 1 --processes 2"
    command = [sys.executable, "-m", "vision.train.forgery", *asked.split(), "--cache", str(tmp_path), "--out"]
    ran = subprocess.run([*command, str(tmp_path / "toy.safetensors")], capture_output=True, text=True, check=True)
    assert "sha256" in ran.stdout
    assert ForgeryModel(tmp_path / "toy.safetensors").limits.bands
    assert time.monotonic() - started < 120
