"""Capture quality: the order of captures, not their exact figures; every part in [0, 1]."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision import quality
from vision.synth.capture import shoot
from vision.synth.documents import blank


@pytest.fixture(scope="module")
def page() -> np.ndarray:
    return np.array(blank("id_card", 1))


@pytest.mark.parametrize("kind", ["scan", "phone", "print"])
def test_honest_captures_are_sharp_and_unreadable_ones_are_not(page: np.ndarray, kind: str) -> None:
    good = quality.measure(shoot(page, kind, 1).rgb)  # type: ignore[arg-type]
    bad = quality.measure(shoot(page, "blurred", 1).rgb)
    assert good.sharpness > 0.5 > 0.3 > bad.sharpness
    assert (good.note, bad.note) == ("", "blurred")
    assert bad.score == bad.sharpness


def test_sharpness_falls_with_blur_and_not_with_contrast_or_size(page: np.ndarray) -> None:
    blurs = [quality.measure(cv2.GaussianBlur(page, (0, 0), sigma)).sharpness for sigma in (1, 3, 5, 9)]
    assert blurs == sorted(blurs, reverse=True)
    flat = (page * 0.5 + 90).astype(np.uint8)
    large = cv2.resize(page, None, fx=2, fy=2, interpolation=cv2.INTER_LANCZOS4)
    base = quality.measure(page).sharpness
    assert quality.measure(flat).sharpness == pytest.approx(base, abs=0.05)
    assert quality.measure(large).sharpness == pytest.approx(base, abs=0.25)


def test_darkness_glare_and_emptiness_cost_exposure(page: np.ndarray) -> None:
    assert quality.measure(page).exposure == 1
    assert quality.measure((page * 0.1).astype(np.uint8)).exposure < 0.5
    assert quality.measure(np.full((700, 900, 3), 255, np.uint8)).exposure == 0
    assert quality.measure(np.zeros((700, 900, 3), np.uint8)).score == 0


def test_size_counts_the_shorter_side(page: np.ndarray) -> None:
    small = cv2.resize(page, (480, 300), interpolation=cv2.INTER_AREA)
    assert quality.measure(small).size == 0.5
    assert quality.measure(small, full_size=300).size == 1


@given(st.integers(16, 90), st.integers(16, 90), st.integers(0, 2**32 - 1))
def test_every_part_of_every_picture_lies_between_zero_and_one(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, rng.integers(1, 257), (height, width, 3), dtype=np.uint8)
    judged = quality.measure(noise)
    parts = (judged.sharpness, judged.exposure, judged.size)
    assert all(0 <= part <= 1 for part in parts)
    assert judged.score == min(parts)
