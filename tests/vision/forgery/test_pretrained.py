from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from pictures import grainy
from safetensors.torch import load_file, save_file

from vision import weights
from vision.forgery.net import ForgeryNet, ForgeryOutput, ForgeryShape, kept, opened
from vision.forgery.pretrained import PretrainedForgery
from vision.forgery.views import noise_level

SMALL = ForgeryShape(("rgb", "dct"), ("text", "portrait"), stem=8, quarter=8, eighth=16, sixteenth=16, keys=4)


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small network as it is published."""
    torch.manual_seed(0)
    PretrainedForgery.of(ForgeryNet(SMALL)).save_pretrained(tmp_path / "published")
    return tmp_path / "published"


def ask(net: ForgeryNet | PretrainedForgery) -> ForgeryOutput:
    rgb = grainy((64, 96))
    pixels, noise = torch.from_numpy(rgb).permute(2, 0, 1)[None], torch.from_numpy(noise_level(rgb))[None]
    said: ForgeryOutput = net(pixels, noise, torch.full((1, 64), 8.0))
    return said


def same(net: ForgeryNet, other: ForgeryNet) -> bool:
    """Whether both are one network, filters that no file holds and answers included. Weights that a file maps into
    memory need not lie where a processor reads them in one go, and sums then differ in their last bit."""
    with torch.inference_mode():
        answers = zip(ask(net), ask(other), strict=True)
    held = [*zip(net.parameters(), other.parameters(), strict=True), *zip(net.buffers(), other.buffers(), strict=True)]
    alike = all(torch.allclose(one, another, rtol=1e-5, atol=1e-5) for one, another in answers)
    return net.shape == other.shape and alike and all(torch.equal(one, another) for one, another in held)


def test_what_is_shipped_is_published_and_packed_again_unchanged(tmp_path: Path) -> None:
    shipped, limits = opened(weights.find("forgery"))
    PretrainedForgery.of(shipped).save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").exists()
    loaded = PretrainedForgery.from_pretrained(tmp_path)
    with torch.inference_mode():
        assert all(torch.equal(*both) for both in zip(ask(loaded), ask(loaded.net), strict=True))
    kept(loaded.net, limits, tmp_path / "again.safetensors")
    again, told = opened(tmp_path / "again.safetensors")
    assert same(shipped, again)
    assert told == limits


def test_what_is_published_is_trained_further(folder: Path, tmp_path: Path) -> None:
    model = PretrainedForgery.from_pretrained(folder).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    first = ask(model).image.sum()
    first.backward()
    optimiser.step()
    assert ask(model).image.sum() < first
    model.save_pretrained(tmp_path / "trained")
    trained = PretrainedForgery.from_pretrained(tmp_path / "trained")
    assert same(trained.net, model.net.eval())
    assert not same(trained.net, PretrainedForgery.from_pretrained(folder).net)


def test_a_folder_whose_weights_have_no_prefix_is_read_as_well(folder: Path) -> None:
    now, file = PretrainedForgery.from_pretrained(folder).net, folder / "model.safetensors"
    plain = {name.removeprefix("net."): value for name, value in load_file(file).items()}
    assert plain.keys() == now.state_dict().keys()
    save_file(plain, file, metadata={"format": "pt"})
    told = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(told | {"architectures": ["ForgeryNet"]}))
    assert same(now, PretrainedForgery.from_pretrained(folder).net)


def test_operators_of_ones_own_get_a_fresh_head_over_what_was_learned(folder: Path) -> None:
    before = PretrainedForgery.from_pretrained(folder).net
    after = PretrainedForgery.from_pretrained(
        folder, operators=["stamp", "hole", "glue"], ignore_mismatched_sizes=True
    ).net
    assert after.shape.operators == ("stamp", "hole", "glue")
    assert ask(after).operator.shape == (1, 3)
    assert 0.01 < after.operator.weight.std() < 0.03
    assert torch.equal(ask(after).mask, ask(before).mask)
