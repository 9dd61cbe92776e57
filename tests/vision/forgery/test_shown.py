from __future__ import annotations

import base64
import io
from datetime import date

import numpy as np
import pytest
from PIL import Image

from vision.forgery.shown import edited_spots, heatmap, printed_zone
from vision.synth.documents import Holder, Issue, render
from vision.synth.portraits import stand_in
from vision.types import DocumentType


def test_spots_are_connected_patches_the_heaviest_first() -> None:
    mask = np.full((40, 60), -2, np.float32)
    mask[2:4, 3:6] = 2
    mask[10:18, 20:28] = 1.5
    mask[30, 30] = 9
    found = edited_spots(mask, 1.0)
    assert [(spot.left, spot.top, spot.wide, spot.tall) for spot in found] == [(20, 10, 8, 8), (3, 2, 3, 2)]
    assert found[1].peak == pytest.approx(0.88, abs=0.01)
    box = found[1].box(4)
    assert (box.x, box.y, box.width, box.height) == (12, 8, 12, 8)


@pytest.mark.parametrize(("kind", "low", "high"), [("passport", 0.6, 0.95)])
def test_a_zone_is_seen_where_a_document_has_one(kind: DocumentType, low: float, high: float) -> None:
    holder = Holder("Lindqvist", "Mira", date(1990, 5, 17), "F", "SWE", "K41TRX882")
    page = render(holder, Issue(kind, 2, date(2020, 3, 1), date(2030, 2, 28)), stand_in(8), seed=2)
    assert low <= printed_zone(page.rgb) <= high


def test_a_heat_map_is_small_and_dark_where_nothing_was_found() -> None:
    mask = np.full((175, 257), -9, np.float32)
    mask[100, 200] = 9
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(heatmap(mask)))))
    assert shown.shape == (44, 65)
    assert shown[25, 50] == 255
    assert (shown > 0).sum() == 1
