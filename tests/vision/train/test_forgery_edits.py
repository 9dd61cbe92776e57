from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.train import forgery_edits
from vision.train.forgery_edits import EDITS, Edit, outline, tampered


def picture(shape: tuple[int, int] = (256, 320)) -> np.ndarray:
    rng = np.random.default_rng(0)
    ramp = np.linspace(60, 200, shape[1])[None, :, None]
    return np.clip(np.rint(ramp + rng.normal(0, 5, (*shape, 3))), 0, 255).astype(np.uint8)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_an_outline_is_a_share_inside_the_picture(seed: int) -> None:
    share = outline((192, 320), np.random.default_rng(seed))
    assert share.shape == (192, 320)
    assert 0 <= share.min() <= share.max() <= 1.0001
    assert 0 < (share > 0.5).mean() < 0.6


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_nothing_changes_far_from_the_mask_and_something_does_in_it(seed: int) -> None:
    rgb = picture()
    edited, mask = tampered(rgb, np.random.default_rng(seed))
    changed = np.abs(edited.astype(int) - rgb).max(axis=2)
    if mask.any():
        assert changed[mask].mean() > 0.5
    share = (changed > 0)[~mask].sum() / max((changed > 0).sum(), 1)
    assert share < 0.6
    assert np.array_equal(tampered(rgb, np.random.default_rng(seed))[0], edited)


@pytest.mark.parametrize(("copied", "least", "most"), [(1.0, 8, 12), (0.0, 0, 1)])
def test_of_a_copy_the_place_it_came_from_is_marked_too(
    monkeypatch: pytest.MonkeyPatch, copied: float, least: int, most: int
) -> None:
    monkeypatch.setattr(forgery_edits, "COPIED", copied)
    rgb, found = picture((420, 520)), 0
    for seed in range(12):
        edited, mask = tampered(rgb, np.random.default_rng(seed))
        alike = (edited == rgb).all(axis=2)
        found += bool(alike[mask].mean() > 0.1)
    assert least <= found <= most


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_each_edit_keeps_shape_and_content_but_not_the_pixels(edit: Edit) -> None:
    rgb = picture((64, 96))
    changed = edit(rgb, np.random.default_rng(1))
    assert changed.shape == rgb.shape
    difference = np.abs(changed.astype(np.float32) - rgb).mean()
    assert 0.3 < difference < 40
