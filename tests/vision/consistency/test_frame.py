"""The frame of a photograph: kept by every copy of it, another in every other, and nothing where it cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations

import cv2
import numpy as np
import pytest

from vision.consistency.frame import texture_hash
from vision.consistency.likeness import SAME, distance
from vision.image import Pixels
from vision.synth.capture import CaptureKind, Photograph, capture, photograph, upload
from vision.synth.documents import Holder, Issue, Rendered, render
from vision.synth.forge import forge
from vision.synth.portraits import stand_in
from vision.synth.resave import Manner, decode, drawn_resave, resaved

pytestmark = pytest.mark.heavy

COPIES: tuple[Manner, ...] = ("plain", "resize", "messenger", "heavy_messenger")


def of_series(count: int) -> Iterator[Rendered]:
    """Cards of different people, all of one series."""
    for each in range(count):
        holder = Holder(f"NOVAK{each % 7}", f"ANNA{each % 5}", date(1960 + each, 2, 3), "F", "UTO", f"AB19{each:05d}")
        yield render(holder, Issue("id_card", 1, date(2021, 5, 4), date(2031, 5, 4)), stand_in(500 + each), 9000 + each)


@pytest.fixture(scope="module")
def photos() -> list[Photograph]:
    return [photograph(page, "phone", 5040 + each) for each, page in enumerate(of_series(10))]


def tightly_cut(photo: Photograph) -> Pixels:
    """The page alone, straightened, as apps cut it."""
    height, width = photo.page.rgb.shape[:2] if photo.page else (0, 0)
    return np.asarray(cv2.warpPerspective(photo.rgb, np.linalg.inv(photo.plane), (width, height)), np.uint8)


@pytest.mark.parametrize("way", ["scan", "phone"])
def test_genuine_documents_of_a_series_are_never_one_photograph(way: CaptureKind) -> None:
    pictures = (decode(capture(page.rgb, way, 5000 + each)) for each, page in enumerate(of_series(45)))
    told = [found for picture in pictures if (found := texture_hash(picture)) is not None]
    assert len(told) >= 30 if way == "phone" else not told
    assert min((distance(*pair) for pair in combinations(told, 2)), default=64) > 2 * SAME


def test_copies_of_a_photograph_keep_its_hash_and_other_data_too(photos: list[Photograph]) -> None:
    found = []
    for number, photo in enumerate(photos):
        own = texture_hash(photo.rgb)
        if own is None:
            continue
        rng = np.random.default_rng(number)
        copies = [decode(resaved(photo.rgb, drawn_resave(rng, manner))[0]) for manner in COPIES]
        copies.append(decode(upload(forge(photo, "text", 1, text={"surname": "KOWALSKA"}).rgb, 1)))
        copies.append(decode(upload(forge(photo, "portrait", 2, portrait=stand_in(3)).rgb, 2)))
        told = [texture_hash(copy) for copy in copies]
        found += [each is not None and distance(own, each) <= SAME for each in told]
    assert len(found) >= 6 * 7
    assert sum(found) / len(found) >= 0.9


def test_where_the_page_fills_the_picture_nothing_is_told(photos: list[Photograph]) -> None:
    """The rim would be the print of the series."""
    assert [texture_hash(tightly_cut(photo)) for photo in photos] == [None] * len(photos)


def test_an_even_ground_tells_nothing(photos: list[Photograph]) -> None:
    even = np.full((900, 1300, 3), 90, np.uint8)
    even[60:-60, 60:-60] = 220
    assert texture_hash(even) is None
    textured = (
        even + np.random.default_rng(1).integers(0, 30, (30, 44, 1), np.uint8).repeat(30, 0).repeat(30, 1)[:900, :1300]
    )
    assert texture_hash(textured) is not None


@pytest.mark.parametrize("size", [(1, 1), (40, 40), (3, 4000), (4000, 3), (60, 2000), (300, 200)])
def test_a_picture_of_any_size_is_looked_at(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (*size, 3), np.uint8)
    assert texture_hash(noise) is None or min(size) > 100
