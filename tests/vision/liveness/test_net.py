"""The project's own network: what it is shown, that its file is pinned, and that another file is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from vision import weights
from vision.errors import WeightsError
from vision.liveness.net import SIDE, AttackNet, SyntheticModel, around, build, crops
from vision.types import Box

RGB = np.random.default_rng(0).integers(0, 255, (200, 150, 3)).astype(np.uint8)


def test_texture_is_shown_pixel_by_pixel_and_context_shrunk() -> None:
    views = crops(RGB, Box(x=20, y=30, width=100, height=120))
    assert views.shape == (6, SIDE, SIDE)
    left, top = 70 - SIDE // 2, 90 - SIDE // 2
    assert np.array_equal(views[3:].transpose(1, 2, 0), RGB[top : top + SIDE, left : left + SIDE])
    assert views[:3].std() < views[3:].std() / 1.5


@given(x=st.integers(-80, 200), y=st.integers(-80, 260), side=st.floats(1, 400))
@settings(max_examples=40)
def test_a_square_may_leave_the_picture(x: int, y: int, side: float) -> None:
    assert around(RGB, (x, y), side, 32).shape == (32, 32, 3)


def test_scores_are_shares_and_repeatable() -> None:
    model = SyntheticModel()
    score = model.score(RGB, Box(x=20, y=30, width=100, height=120))
    assert 0 <= score <= 1
    assert score == model.score(RGB, Box(x=20, y=30, width=100, height=120))
    assert model.version.sha256 == weights.PINNED["attack"].sha256


def test_the_packaged_file_is_small_and_the_pinned_one() -> None:
    path = weights.find("attack")
    assert path.stat().st_size < 1_000_000
    assert build(path).training is False


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    other = {name: torch.zeros(3) for name in AttackNet().state_dict()}
    save_file(other, tmp_path / "attack.safetensors")
    with pytest.raises(WeightsError, match="does not hold this network"):
        build(tmp_path / "attack.safetensors")
    (tmp_path / "attack.safetensors").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="does not hold this network"):
        build(tmp_path / "attack.safetensors")
