"""Small pictures to look at: their size and scale, and that nothing of the file but its pixels is in them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from vision import decode
from vision.errors import BadImage
from vision.preview import contact_sheet, preview
from vision.synth.clips import TICKS, Encoding, encode


def photograph() -> bytes:
    exif = Image.Exif()
    exif[0x0131] = "Ada's telephone"
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 40, 40)).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def test_a_picture_is_shrunk_and_says_by_how_much() -> None:
    small = preview(photograph(), 60)
    assert (small.width, small.height, small.scale) == (60, 40, 0.2)
    assert decode.still(small.jpeg).rgb.shape == (40, 60, 3)


def test_a_small_picture_stays_as_large_as_it_is() -> None:
    assert preview(photograph(), 900).scale == 1


def test_nothing_but_pixels_is_kept() -> None:
    assert b"Ada" in photograph()
    assert b"Ada" not in preview(photograph(), 900).jpeg


def test_a_contact_sheet_shows_six_frames_from_first_to_last() -> None:
    frames = np.repeat(np.linspace(20, 220, 30).astype(np.uint8), 48 * 64 * 3).reshape(30, 48, 64, 3)
    clip = encode(frames, Encoding(TICKS // 25 * np.arange(30)))
    sheet = contact_sheet(clip, 120)
    assert (sheet.width, sheet.height) == (120, 60)
    shown = decode.still(sheet.jpeg).rgb
    levels = [float(cell.mean()) for row in np.vsplit(shown, 2) for cell in np.hsplit(row, 3)]
    assert levels == sorted(levels)
    assert levels[0] == pytest.approx(20, abs=12)
    assert levels[-1] == pytest.approx(220, abs=12)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(BadImage):
        preview(b"%PDF-1.7", 60)
