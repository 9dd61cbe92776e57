from __future__ import annotations

import io
from typing import get_args

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vision.synth.resave import (
    Manner,
    Resave,
    Save,
    decode,
    drawn_resave,
    drawn_save,
    encode,
    followed,
    placed,
    resaved,
)


@pytest.fixture(scope="module")
def marked() -> tuple[np.ndarray, np.ndarray]:
    """A grey picture with a bright disc, and the mask of the disc."""
    disc = cv2.circle(np.zeros((300, 420), np.uint8), (170, 140), 60, 1, -1) > 0
    rgb = np.full((300, 420, 3), 70, np.uint8)
    rgb[disc] = 220
    return rgb, disc


@pytest.mark.parametrize("manner", get_args(Manner))
def test_masks_follow_every_way_of_saving(marked: tuple[np.ndarray, np.ndarray], manner: Manner) -> None:
    rgb, disc = marked
    for seed in range(4):
        data, plane = resaved(rgb, drawn_resave(np.random.default_rng(seed), manner))
        seen = decode(data)
        mask = followed(disc, plane, (seen.shape[1], seen.shape[0]))
        bright = seen.mean(axis=2) > 145
        assert mask.shape == seen.shape[:2]
        assert (mask & bright).sum() / (mask | bright).sum() > 0.97


def test_a_plain_save_moves_nothing_and_a_messenger_shrinks(marked: tuple[np.ndarray, np.ndarray]) -> None:
    rng = np.random.default_rng(1)
    plane, size = placed(drawn_resave(rng, "plain"), 420, 300)
    assert np.array_equal(plane, np.eye(3))
    assert size == (420, 300)
    _, small = placed(drawn_resave(rng, "messenger"), 420, 300)
    assert small[0] < 390


def test_a_screenshot_adds_a_border_and_a_crop_takes_one_away() -> None:
    rng = np.random.default_rng(2)
    shot, cut = drawn_resave(rng, "screenshot"), drawn_resave(rng, "crop")
    assert placed(Resave("screenshot", shot.save, 1.0, 0.0, shot.edges), 400, 300)[1] > (400, 300)
    assert placed(cut, 400, 300)[1] < (400, 300)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(40, 99), st.integers(40, 99))
def test_a_save_keeps_its_quality_in_the_range_asked_for(seed: int, first: int, second: int) -> None:
    low, high = sorted((first, second))
    save = drawn_save(np.random.default_rng(seed), low, high, webp=0.3)
    assert low <= save.quality <= high
    assert save.codec == "jpeg" or save.tables is None


def test_files_are_of_the_codec_and_tables_asked_for(marked: tuple[np.ndarray, np.ndarray]) -> None:
    rgb, _ = marked
    library = Image.open(io.BytesIO(encode(rgb, Save("jpeg", 80))))
    own = Image.open(io.BytesIO(encode(rgb, Save("jpeg", 80, tables=(1.3, 4.0)))))
    assert library.format == own.format == "JPEG"
    assert library.quantization != own.quantization
    assert Image.open(io.BytesIO(encode(rgb, Save("webp", 80)))).format == "WEBP"


def test_a_lower_quality_is_a_smaller_file(marked: tuple[np.ndarray, np.ndarray]) -> None:
    noisy = np.random.default_rng(0).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    for tables in (None, (1.3, 4.0)):
        sizes = [len(encode(noisy, Save("jpeg", quality, tables=tables))) for quality in (50, 70, 90)]
        assert sizes == sorted(sizes)


def test_metadata_is_written_where_it_is_given(marked: tuple[np.ndarray, np.ndarray]) -> None:
    exif = Image.Exif()
    exif[0x10F] = "Aurora"
    for codec in ("jpeg", "webp"):
        kept, _ = resaved(marked[0], Resave("plain", Save(codec, 90)), exif)
        bare, _ = resaved(marked[0], Resave("plain", Save(codec, 90)))
        assert Image.open(io.BytesIO(kept)).getexif()[0x10F] == "Aurora"
        assert not Image.open(io.BytesIO(bare)).getexif()
