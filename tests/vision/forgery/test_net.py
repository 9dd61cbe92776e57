from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from pictures import grainy
from safetensors import safe_open
from safetensors.torch import save_file

from vision.errors import WeightsError
from vision.forgery.net import MASK_STEP, ForgeryNet, ForgeryShape, SelfCorrelation, kept, opened, pooled
from vision.forgery.views import noise_level

SMALL = {"stem": 8, "quarter": 8, "eighth": 16, "sixteenth": 16, "local_blocks": 1, "wide_blocks": 1, "keys": 4}


def small(**changes: object) -> ForgeryNet:
    torch.manual_seed(0)
    return ForgeryNet(ForgeryShape(operators=("text", "portrait"), **(SMALL | changes))).eval()


def tensor(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(rgb).permute(2, 0, 1)[None].float()


def ask(net: ForgeryNet, rgb: np.ndarray, steps: float = 8.0):
    with torch.inference_mode():
        return net(tensor(rgb), torch.from_numpy(noise_level(rgb))[None], torch.full((1, 64), steps))


def test_the_network_that_is_shipped_has_between_one_and_a_half_and_five_million_parameters() -> None:
    count = sum(value.numel() for value in ForgeryNet(ForgeryShape(operators=("a",) * 10)).parameters())
    assert 1_500_000 < count < 5_000_000


@pytest.mark.parametrize("shape", [(32, 32), (64, 112), (160, 96)])
def test_any_tile_of_multiples_of_sixteen_gets_a_mask_of_its_cells(shape: tuple[int, int]) -> None:
    said = ask(small(), grainy(shape))
    assert said.mask.shape == (1, shape[0] // MASK_STEP, shape[1] // MASK_STEP)
    assert said.operator.shape == (1, 2)
    assert said.image.shape == said.recapture.shape == (1,)
    assert all(torch.isfinite(value).all() for value in said)


def test_a_place_that_was_copied_within_a_tile_finds_its_like() -> None:
    torch.manual_seed(0)
    layer, seen = SelfCorrelation(12, 12), torch.randn(1, 12, 16, 32)
    seen[:, :, 4:8, 20:24] = seen[:, :, 4:8, 4:8]
    seen[:, :, 4:8, 4:8] = seen[:, :, 4:8, 4:8].mean((2, 3), keepdim=True)
    seen[:, :, 4:8, 20:24] = seen[:, :, 4:8, 4:8]
    best = layer(seen)[0, 0]
    assert best.shape == (16, 32)
    assert best[4:8, 20:24].min() > 0.999
    assert best[10:].max() < 0.999


def test_the_pool_is_the_mean_of_the_hottest_smoothed_cells() -> None:
    mask = torch.zeros(2, 12, 12)
    mask[1, 3:8, 3:8] = 4.0
    assert pooled(mask, 9).tolist() == [0.0, 4.0]
    assert pooled(mask[:, :2, :2], 99).tolist() == [0.0, 0.0]


def test_a_stream_that_is_left_out_changes_nothing() -> None:
    colour, history = small(streams=("rgb",)), small(streams=("dct",))
    pixels, table = tensor(grainy((64, 64))), torch.full((1, 64), 8.0)
    with torch.inference_mode():
        loud, quiet = (colour(pixels, torch.full((1, 7), level), table).mask for level in (9.0, 1.0))
        fine, coarse = (history(pixels, torch.ones(1, 7), table * more).mask for more in (1, 3))
    assert torch.equal(loud, quiet)
    assert not torch.equal(fine, coarse)


def test_one_file_holds_network_and_limits(tmp_path: Path) -> None:
    net, rgb, path = small(streams=("rgb", "dct")), grainy((64, 96)), tmp_path / "one.safetensors"
    kept(net, '{"line": 1}', path)
    again, limits = opened(path)
    assert limits == '{"line": 1}'
    assert again.shape.streams == ("rgb", "dct")
    assert not again.training
    assert torch.allclose(ask(again, rgb).mask, ask(net, rgb).mask, atol=1e-4)


def test_a_file_may_say_more_of_its_network_than_the_shape(tmp_path: Path) -> None:
    net, path = small(), tmp_path / "one.safetensors"
    kept(net, "{}", path)
    with safe_open(path, "pt") as file:
        told = json.loads(file.metadata()["config"]) | {"architectures": ["ForgeryNet"], "dtype": "float32"}
    save_file(net.state_dict(), path, metadata={"config": json.dumps(told), "limits": "{}"})
    assert opened(path)[0].shape == net.shape


@pytest.mark.parametrize("kind", ["text", "arrays", "metadata", "shape"])
def test_a_file_that_holds_no_network_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "odd.safetensors"
    if kind == "text":
        path.write_text("not weights")
    else:
        config = json.dumps(asdict(ForgeryShape(stem="wide"))) if kind == "shape" else "{}"  # type: ignore[arg-type]
        metadata = None if kind == "arrays" else {"config": config, "limits": "{}"}
        save_file({"a": torch.zeros(2)}, path, metadata=metadata)
    with pytest.raises(WeightsError, match=r"'odd.safetensors' holds no forgery network"):
        opened(path)
