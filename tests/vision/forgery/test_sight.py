"""What both detectors see beside traces: how clear a picture is, and where a patch of it lies."""

import cv2
import numpy as np
import pytest

from vision.forgery import blocks, shown
from vision.forgery.sight import clarity, region, zone_top


@pytest.mark.parametrize("shapes", [blocks.SHAPES, shown.SHAPES])
@pytest.mark.parametrize(
    ("spot", "zone", "where"),
    [
        (shown.Spot(4, 8, 18, 24, 0.9, 9), 0.85, "portrait"),
        (shown.Spot(30, 12, 10, 3, 0.9, 9), 0.85, "text"),
        (shown.Spot(10, 45, 20, 3, 0.9, 9), 0.85, "mrz"),
        (shown.Spot(10, 45, 20, 3, 0.9, 9), 1.0, "text"),
        (shown.Spot(0, 0, 70, 48, 0.9, 9), 0.85, "whole"),
        (shown.Spot(30, 10, 40, 20, 0.9, 9), 1.0, "other"),
        (None, 0.85, "other"),
    ],
)
def test_a_region_is_named_by_place_and_shape(
    spot: shown.Spot | None, zone: float, where: str, shapes: tuple[float, float]
) -> None:
    assert region(spot, (52, 75), zone, *shapes) == where


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
