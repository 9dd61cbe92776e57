from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from vision.forgery import blocks, detector
from vision.forgery.shown import Spot, edit_signals, heatmap, region, spots


def test_spots_are_connected_patches_the_heaviest_first() -> None:
    mask = np.full((40, 60), -2, np.float32)
    mask[2:4, 3:6] = 2
    mask[10:18, 20:28] = 1.5
    mask[30, 30] = 9
    found = spots(mask, 1.0, least=3)
    assert [(spot.left, spot.top, spot.wide, spot.tall) for spot in found] == [(20, 10, 8, 8), (3, 2, 3, 2)]
    assert [spot.peak for spot in found] == [1.5, 2]
    assert len(spots(mask, 1.0)) == 3
    box = found[1].box(4)
    assert (box.x, box.y, box.width, box.height) == (12, 8, 12, 8)


def test_a_box_reaches_as_far_as_its_last_window_in_pixels_of_the_original() -> None:
    heat = np.full((20, 30), -2, np.float32)
    heat[2:4, 3:6] = 2
    spot = spots(heat, 1.0)[0]
    box, zoomed = spot.box(16, 8), spot.box(16, 8, 2.0)
    assert (box.x, box.y, box.width, box.height) == (48, 32, 56, 40)
    assert (zoomed.x, zoomed.y, zoomed.width, zoomed.height) == (96, 64, 112, 80)


def test_the_heaviest_patches_are_signals_as_severe_as_their_peaks() -> None:
    heat = np.full((9, 90), -2, np.float32)
    for place, peak in enumerate((0.1, 1, 4, 4, 4, 4)):
        heat[1 : 3 + place, 12 * place : 12 * place + 5] = peak
    found = edit_signals(spots(heat, 0.0), 4)
    assert [signal.severity for signal in found] == ["high"] * 4 + ["medium"]
    assert found[-1].score == round(1 / (1 + np.exp(-1)), 4)
    assert found[0].box == spots(heat, 0.0)[0].box(4)


@pytest.mark.parametrize("shapes", [blocks.SHAPES, detector.SHAPES])
@pytest.mark.parametrize(
    ("spot", "zone", "where"),
    [
        (Spot(4, 8, 18, 24, 0.9, 9), 0.85, "portrait"),
        (Spot(30, 12, 10, 3, 0.9, 9), 0.85, "text"),
        (Spot(10, 45, 20, 3, 0.9, 9), 0.85, "mrz"),
        (Spot(10, 45, 20, 3, 0.9, 9), 1.0, "text"),
        (Spot(0, 0, 70, 48, 0.9, 9), 0.85, "whole"),
        (Spot(30, 10, 40, 20, 0.9, 9), 1.0, "other"),
        (None, 0.85, "other"),
    ],
)
def test_a_region_is_named_by_place_and_shape(
    spot: Spot | None, zone: float, where: str, shapes: tuple[float, float]
) -> None:
    assert region(spot, (52, 75), zone, *shapes) == where


def test_a_heat_map_is_small_and_dark_where_nothing_was_found() -> None:
    mask = np.full((175, 257), -9, np.float32)
    mask[100, 200] = 9
    shown, whole = (np.asarray(Image.open(io.BytesIO(base64.b64decode(heatmap(mask, step))))) for step in (4, 1))
    assert (shown.shape, whole.shape) == ((44, 65), mask.shape)
    assert shown[25, 50] == whole[100, 200] == 255
    assert (shown > 0).sum() == (whole > 0).sum() == 1
