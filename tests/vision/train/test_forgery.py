from __future__ import annotations

import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vision.forgery.detector import ForgeryModel
from vision.forgery.net import ForgeryNet, ForgeryOutput, ForgeryShape, kept
from vision.forgery.pretrained import PretrainedForgery
from vision.synth.deck import Recipe
from vision.train import forgery
from vision.train.forgery import Config, drawn, learning_rate, loss, train, validated
from vision.train.forgery_batches import Batch, batched
from vision.train.forgery_crops import Crops, Mixture
from vision.train.forgery_pictures import read

pytestmark = pytest.mark.heavy

CPU = torch.device("cpu")
TOY = Config(steps=3, minutes=5, batch=2, workers=0, mixture=Mixture(side=128))


def test_the_rate_rises_briefly_and_falls_to_almost_nothing() -> None:
    config = Config()
    rates = [learning_rate(done, config) for done in np.linspace(0, 1, 51)]
    top = int(np.argmax(rates))
    assert rates[top] == pytest.approx(config.rate, rel=0.05)
    assert top < 5
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < config.rate / 100


@pytest.fixture(scope="module")
def batch(scenes: Path, toy: Recipe) -> Batch:
    stream = iter(Crops(scenes, toy, Mixture(side=128), seed=1))
    return batched([next(stream) for _ in range(6)])


def test_a_loss_is_least_for_the_truth(batch: Batch) -> None:
    config = Config()
    edited = batch.edited
    operator = torch.zeros(len(edited), 10)
    operator[torch.arange(len(edited)), batch.operator.clamp(min=0)] = 9.0
    truth = ForgeryOutput(
        mask=batch.mask * 18 - 9, image=edited * 18 - 9, operator=operator, recapture=batch.recaptured * 18 - 9
    )
    wrong = ForgeryOutput(mask=-truth.mask, image=-truth.image, operator=-truth.operator, recapture=-truth.recapture)
    assert loss(truth, batch, config) < 0.1 < 3 < loss(wrong, batch, config)


def test_some_steps_on_one_batch_lower_its_loss(batch: Batch) -> None:
    torch.manual_seed(0)
    net = ForgeryNet(ForgeryShape(operators=("a",) * 10, stem=8, quarter=16, eighth=16, sixteenth=16))
    optimiser, values = torch.optim.AdamW(net.parameters(), lr=3e-3), []
    for _ in range(12):
        value = loss(net(batch.pixels, batch.noise, batch.steps), batch, Config())
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values.append(float(value.detach()))
    assert min(values[-3:]) < 0.8 * values[0]


def test_a_toy_run_writes_weights_that_load_and_judge(scenes: Path, cache: Path, toy: Recipe, tmp_path: Path) -> None:
    net = train(scenes, toy, TOY, CPU, tmp_path / "net")
    assert (tmp_path / "net" / "model.safetensors").exists()
    limits, seen = validated(net, map(read, sorted((cache / "toy").glob("*.npz"))))
    assert len(seen) == 10
    kept(net, limits.model_dump_json(), tmp_path / "toy.safetensors")
    model = ForgeryModel(tmp_path / "toy.safetensors")
    report = model.inspect(read(next((cache / "toy").glob("*.npz"))).data)
    assert report.verdict in ("genuine", "forged", "inconclusive")
    assert report.heatmap_png
    assert report.model.name == "forgery"


def test_a_training_begins_from_a_published_network(scenes: Path, toy: Recipe, tmp_path: Path) -> None:
    first = train(scenes, toy, replace(TOY, steps=1), CPU, tmp_path / "a")
    again = train(scenes, toy, replace(TOY, steps=0), CPU, tmp_path / "b", start=tmp_path / "a")
    assert torch.equal(again.scale.weight, first.scale.weight)
    assert again.shape.operators == toy.operators


def test_a_training_that_was_stopped_goes_on(
    scenes: Path, toy: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(scenes, toy, replace(TOY, steps=2), CPU, tmp_path)
    capsys.readouterr()
    train(scenes, toy, replace(TOY, steps=3), CPU, tmp_path, resume=True)
    assert "goes on after step 2" in capsys.readouterr().out
    idle = train(scenes, toy, replace(TOY, steps=3), CPU, tmp_path, resume=True)
    assert "goes on after step 3" in capsys.readouterr().out
    kept_there = PretrainedForgery.from_pretrained(tmp_path).net
    assert torch.equal(idle.scale.weight, kept_there.scale.weight)


def test_pictures_are_drawn_once_and_kept(cache: Path, toy: Recipe) -> None:
    before = {path: path.stat().st_mtime_ns for path in (cache / "toy").iterdir()}
    assert drawn(toy, 10, cache, processes=1) == cache / "toy"
    assert {path: path.stat().st_mtime_ns for path in (cache / "toy").iterdir()} == before


def test_the_command_line_asks_where_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        forgery.main(["--captures", "1"])
    assert "--out" in capsys.readouterr().err


def test_crops_as_large_as_their_views_are_taken_one_view_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        forgery.main(["--out", "a", "--side", "0", "--batch", "8", "--pairs", "1"])
    assert "twice --pairs" in capsys.readouterr().err


def test_what_is_asked_for_on_the_command_line_is_what_is_trained() -> None:
    asked = "--out a --batch 24 --side 384 --pairs 1 --mild 1 --frozen --seed 2 --rate 5e-4 --workers 14 --compiled"
    config = forgery._config(forgery._parser().parse_args(asked.split()))
    assert (config.batch, config.seed, config.rate, config.workers, config.frozen) == (24, 2, 5e-4, 14, True)
    assert config.compiled
    assert (config.mixture.side, config.mixture.pairs, config.mixture.mild) == (384, 1, 1.0)


def test_frozen_normalisation_learns_its_weights_and_keeps_its_statistics(
    scenes: Path, toy: Recipe, tmp_path: Path
) -> None:
    train(scenes, toy, replace(TOY, steps=1), CPU, tmp_path / "a")
    before = PretrainedForgery.from_pretrained(tmp_path / "a").net.state_dict()
    frozen = replace(TOY, steps=1, frozen=True)
    after = train(scenes, toy, frozen, CPU, tmp_path / "b", start=tmp_path / "a").state_dict()
    for name, value in before.items():
        if "running_" in name:
            assert torch.equal(value, after[name])
    assert not torch.equal(before["stem.0.1.weight"], after["stem.0.1.weight"])


def test_fifty_cards_are_drawn_learned_and_measured_in_two_minutes_of_two_cores(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    asked = "--captures 40 --validation 10 --steps 10 --minutes 1 --processes 2"
    command = [sys.executable, "-m", "vision.train.forgery", *asked.split(), "--cache", str(tmp_path), "--out"]
    ran = subprocess.run([*command, str(tmp_path / "toy.safetensors")], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "sha256" in ran.stdout
    assert ForgeryModel(tmp_path / "toy.safetensors").limits.bands
    # Of the processor, not of the clock: others may be at work on the same machine.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 240
