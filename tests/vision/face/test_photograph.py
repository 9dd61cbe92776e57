"""One photograph is told from two, on rendered heads: also where it was printed small, cut, saved or mirrored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import cv2
import numpy as np
import pytest

from agent.policy.model import load_policy
from vision import face
from vision.bench.portrait import portrait
from vision.cli import SAME_PHOTOGRAPH
from vision.face import Pixels
from vision.face.photograph import shared_detail
from vision.synth import heads

pytestmark = pytest.mark.heavy

PEOPLE = (61_021, 61_022, 61_023)
SAME = load_policy().values["same_photograph"]


def saved(rgb: Pixels, quality: int) -> Pixels:
    data = cv2.imencode(".jpg", rgb[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)


def turned(rgb: Pixels) -> Pixels:
    view = cv2.getRotationMatrix2D((rgb.shape[1] / 2, rgb.shape[0] / 2), 8, 0.9)
    return np.asarray(cv2.warpAffine(rgb, view, rgb.shape[1::-1], borderMode=cv2.BORDER_REFLECT), np.uint8)


def printed(rgb: Pixels) -> Pixels:
    grain = np.random.default_rng(3).normal(0, 5, (*rgb.shape[:2], 1))
    return saved(np.clip(cv2.GaussianBlur(rgb, (0, 0), 0.6) * 0.95 + grain, 0, 255).astype(np.uint8), 75)


COPIES: Mapping[str, Callable[[Pixels], Pixels]] = {
    "as it is": lambda rgb: rgb,
    "cut": lambda rgb: np.ascontiguousarray(rgb[32:-32, 32:-150]),
    "larger": lambda rgb: saved(cv2.resize(rgb, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), 60),
    "saved badly": lambda rgb: saved(rgb, 50),
    "brighter": lambda rgb: saved(np.clip(rgb * 1.1 + 10, 0, 255).astype(np.uint8), 85),
    "mirrored": lambda rgb: saved(np.ascontiguousarray(rgb[:, ::-1]), 85),
    "turned": lambda rgb: saved(turned(rgb), 85),
    "printed": printed,
}


@cache
def document(person: int) -> Pixels:
    """A picture of a page with this person's portrait."""
    return np.asarray(portrait(heads.portrait(person, size=240), 1), np.uint8)


def crop(rgb: Pixels) -> Pixels:
    found = face.describe(rgb)
    assert found.crop is not None
    return found.crop


def test_the_command_line_says_the_same_as_the_shipped_policy() -> None:
    assert SAME_PHOTOGRAPH == SAME


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_of_the_photograph_on_the_document_is_the_same_photograph(how: str) -> None:
    for person in PEOPLE:
        assert shared_detail(crop(document(person)), crop(COPIES[how](document(person)))) >= SAME


@pytest.mark.parametrize("person", PEOPLE)
def test_a_selfie_of_the_same_person_is_another_photograph(person: int) -> None:
    for capture in range(2):
        assert shared_detail(crop(document(person)), crop(heads.selfie(person, capture, size=320))) < SAME - 0.01


def test_what_has_no_face_in_it_shares_nothing() -> None:
    even, noise = np.full((112, 112, 3), 130, np.uint8), np.random.default_rng(1).integers(0, 255, (112, 112, 3))
    assert shared_detail(even, even) == pytest.approx(0, abs=0.01)
    assert abs(shared_detail(even, noise.astype(np.uint8))) < 0.1
