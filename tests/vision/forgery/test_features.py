from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.forgery.features import CELL, NAMES, STRIDE, blocks, spectrum, whole


def grainy(shape: tuple[int, int], sigma: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    ramp = np.linspace(60, 200, shape[1])[None, :, None]
    return np.clip(ramp + rng.normal(0, sigma, (*shape, 3)), 0, 255).astype(np.uint8)


@settings(deadline=None, max_examples=15)
@given(rows=st.integers(64, 300), columns=st.integers(64, 300), level=st.integers(0, 255))
def test_any_picture_gives_finite_features_on_a_grid(rows: int, columns: int, level: int) -> None:
    picture = np.full((rows, columns, 3), level, np.uint8)
    picture[rows // 2 :] = 255 - level
    found = blocks(picture)
    assert found.values.shape == (rows // CELL // STRIDE, columns // CELL // STRIDE, len(NAMES))
    assert np.isfinite(found.values).all()


def test_a_patch_without_grain_stands_out_against_its_own_picture_alone() -> None:
    picture = grainy((320, 480), 6)
    clean = picture.copy()
    clean[128:192, 192:288] = grainy((320, 480), 0.3)[128:192, 192:288]
    own = NAMES.index("square3.self")
    patch = np.s_[8:12, 12:18, own]
    assert blocks(clean).values[patch].mean() < -4
    assert abs(blocks(picture).values[patch].mean()) < 1


def test_the_spectrum_is_an_orthonormal_transform() -> None:
    luma = np.random.default_rng(1).uniform(0, 255, (64, 80)).astype(np.float32)
    coefficients = spectrum(luma)
    assert coefficients.shape == (8, 10, 8, 8)
    assert np.isclose((coefficients**2).sum(), ((luma - 128) ** 2).sum(), rtol=1e-4)
    assert np.allclose(spectrum(np.full((8, 8), 128, np.float32)), 0, atol=1e-3)


def test_known_quantisation_steps_change_only_the_compression_history() -> None:
    picture = grainy((128, 128), 4)
    plain, told = blocks(picture).values, blocks(picture, tuple([3] * 64)).values
    differ = {NAMES[index] for index in np.nonzero(np.abs(plain - told).max(axis=(0, 1)) > 0)[0]}
    # What is compared with the rest of the picture may move with the windows that are left out of that comparison.
    plainly = {name for name in differ if not name.endswith((".self", ".near"))}
    assert plainly <= {"history", "history_low", "whole.history"}
    assert "history" in differ


@pytest.mark.parametrize("period", [3.0, 5.0])
def test_a_regular_pattern_shows_in_the_features_of_the_whole(period: float) -> None:
    picture = grainy((300, 400), 3)
    stripes = 12 * np.cos(2 * np.pi * np.arange(400) / period)[None, :, None]
    striped = np.clip(picture + stripes, 0, 255).astype(np.uint8)
    plain, marked = whole(picture, blocks(picture)), whole(striped, blocks(striped))
    assert np.isfinite(marked).all()
    assert marked[[0, 3, 6]].max() > plain[[0, 3, 6]].max() + 1
