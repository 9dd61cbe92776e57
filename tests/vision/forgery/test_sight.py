"""What both detectors see beside traces: how clear a picture is, and where its zone begins."""

import cv2
import numpy as np
import pytest

from vision.forgery.sight import clarity, quality, too_small, unclear, zone_top


def test_blur_takes_sharpness_and_darkness_exposure() -> None:
    board = np.kron(np.indices((20, 20)).sum(axis=0) % 2, np.ones((16, 16))).astype(np.uint8) * 160 + 40
    rgb = np.repeat(board[..., None], 3, axis=2)
    sharpness, exposure = clarity(rgb)
    assert (sharpness, exposure) == (1.0, pytest.approx(1.0, abs=0.6))
    blurred, _ = clarity(np.asarray(cv2.GaussianBlur(rgb, (0, 0), 5), np.uint8))
    assert blurred < 0.3 < sharpness
    assert clarity(rgb // 20)[1] == 0.0


def test_a_zone_is_rows_of_print_in_the_lower_third() -> None:
    spread = np.zeros((30, 40), np.float32)
    assert zone_top(spread, 1.0) == 1.0
    spread[24:28] = 2
    assert zone_top(spread, 1.0) == 0.8
    spread[24:28, 20:] = 0
    assert zone_top(spread, 1.0) == 1.0


def test_what_is_small_blurred_or_dark_is_said_with_what_is_needed() -> None:
    assert (too_small(800, 800), unclear(0.4, 0.2, 0.4)) == ("", "")
    assert "799 pixels" in too_small(799, 800)
    assert "800 are needed" in too_small(799, 800)
    assert unclear(0.39, 0.1, 0.4) == "the picture is blurred"
    assert "too dark" in unclear(0.4, 0.19, 0.4)


def test_quality_is_its_weakest_part() -> None:
    parts = [quality(*each, least=800).score for each in ((0.5, 0.9, 1200), (0.9, 0.4, 1200), (0.9, 0.9, 600))]
    assert parts == [0.5, 0.4, 0.5]
    assert quality(1, 1, 5000, 800).size == 1
