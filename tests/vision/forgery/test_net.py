from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from vision.errors import WeightsError
from vision.forgery.net import (
    FINE,
    MASK_STEP,
    Coefficients,
    ForgeryConfig,
    ForgeryNet,
    Residuals,
    SelfCorrelation,
    kept,
    noise_level,
    opened,
    pooled,
)
from vision.image import decode
from vision.synth.resave import Save, encode

SMALL = {"stem": 8, "quarter": 8, "eighth": 16, "sixteenth": 16, "local_blocks": 1, "wide_blocks": 1, "keys": 4}


def small(**changes: object) -> ForgeryNet:
    torch.manual_seed(0)
    return ForgeryNet(ForgeryConfig(operators=("text", "portrait"), **(SMALL | changes))).eval()


def grainy(shape: tuple[int, int], sigma: float = 4.0) -> np.ndarray:
    rng = np.random.default_rng(1)
    ramp = np.linspace(70, 180, shape[1])[None, :, None]
    return np.clip(np.rint(ramp + rng.normal(0, sigma, (*shape, 3))), 0, 255).astype(np.uint8)


def tensor(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(rgb).permute(2, 0, 1)[None].float()


def ask(net: ForgeryNet, rgb: np.ndarray, steps: float = 8.0):
    with torch.inference_mode():
        return net(tensor(rgb), torch.from_numpy(noise_level(rgb))[None], torch.full((1, 64), steps))


def test_the_network_that_is_shipped_has_between_one_and_a_half_and_five_million_parameters() -> None:
    count = sum(value.numel() for value in ForgeryNet(ForgeryConfig(operators=("a",) * 10)).parameters())
    assert 1_500_000 < count < 5_000_000


@pytest.mark.parametrize("shape", [(32, 32), (64, 112), (160, 96)])
def test_any_tile_of_multiples_of_sixteen_gets_a_mask_of_its_cells(shape: tuple[int, int]) -> None:
    said = ask(small(), grainy(shape))
    assert said.mask.shape == (1, shape[0] // MASK_STEP, shape[1] // MASK_STEP)
    assert said.operator.shape == (1, 2)
    assert said.image.shape == said.recapture.shape == (1,)
    assert all(torch.isfinite(value).all() for value in said.values())


def test_residuals_see_neither_a_flat_field_nor_a_ramp() -> None:
    ramp = np.broadcast_to((np.arange(48) * 3)[None, :, None], (32, 48, 3)).astype(np.uint8)
    found = Residuals()(tensor(ramp))
    assert found.shape == (1, Residuals.CHANNELS, 32, 48)
    assert found[..., 4:-4, 4:-4].abs().max() < 1e-3


def test_noise_is_measured_in_proportion_and_print_does_not_move_it() -> None:
    quiet, loud = (noise_level(grainy((256, 320), sigma)) - 0.1 for sigma in (3.0, 6.0))
    assert np.allclose(loud / quiet, 2, rtol=0.15)
    printed = grainy((256, 320), 3.0)
    printed[::32] = 0
    assert np.allclose(noise_level(printed) - 0.1, quiet, rtol=0.25)


def test_coefficients_of_a_saved_picture_are_whole_steps_of_its_table() -> None:
    picture = decode(encode(grainy((64, 64), 12.0), Save("jpeg", 70, 0)))
    steps = torch.tensor([picture.quantisation[0]], dtype=torch.float32)
    told, guessed = (Coefficients()(tensor(picture.rgb), table) for table in (steps, steps * 1.37))
    assert told.shape == (1, Coefficients.CHANNELS, 8, 8)
    # A low frequency of a saved picture lies on nought or one of the multiples, unless it is larger than they are.
    assert told[:, 128:].sum() > 1.5 * guessed[:, 128:].sum() > 0
    assert Coefficients.CHANNELS == 128 + 4 * FINE


def test_the_low_frequencies_stand_in_zigzag_order() -> None:
    assert Coefficients().fine.tolist()[:5] == [1, 8, 16, 9, 2]


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


def test_a_network_is_saved_and_read_the_way_of_its_library_without_a_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    net, rgb = small(), grainy((64, 96))
    net.save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").exists()
    again = ForgeryNet.from_pretrained(tmp_path).eval()
    assert again.config.operators == ("text", "portrait")
    assert torch.allclose(ask(again, rgb).mask, ask(net, rgb).mask, atol=1e-4)


def test_one_file_holds_network_and_limits(tmp_path: Path) -> None:
    net, rgb, path = small(streams=("rgb", "dct")), grainy((64, 96)), tmp_path / "one.safetensors"
    kept(net, '{"line": 1}', path)
    again, limits = opened(path)
    assert limits == '{"line": 1}'
    assert again.config.streams == ("rgb", "dct")
    assert not again.training
    assert torch.allclose(ask(again, rgb).mask, ask(net, rgb).mask, atol=1e-4)


@pytest.mark.parametrize("kind", ["text", "arrays", "metadata"])
def test_a_file_that_holds_no_network_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "odd.safetensors"
    if kind == "text":
        path.write_text("not weights")
    else:
        metadata = {"config": "{}", "limits": "{}"} if kind == "metadata" else None
        save_file({"a": torch.zeros(2)}, path, metadata=metadata)
    with pytest.raises(WeightsError, match=r"'odd.safetensors' holds no forgery network"):
        opened(path)
