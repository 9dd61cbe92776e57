"""Pictures found again: one photograph, a scan unchanged, and one portrait on two documents."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from vision.consistency import likeness
from vision.consistency.frame import texture_hash
from vision.consistency.likeness import SAME, distance
from vision.face.yunet import Face
from vision.synth import capture
from vision.synth.capture import photograph, upload
from vision.synth.documents import Holder, Issue, Rendered, render
from vision.synth.portraits import stand_in
from vision.synth.resave import decode

EYES = np.array([[110, 120], [170, 120], [140, 150], [118, 185], [162, 185]], np.float32)


@pytest.fixture(scope="module")
def passport() -> Rendered:
    holder = Holder("NOVAK", "ANNA", date(1980, 2, 3), "F", "UTO", "AB1904567")
    return render(holder, Issue("passport", 3, date(2021, 2, 3), date(2031, 2, 2)), stand_in(3), seed=1)


def test_a_scan_is_found_again_unchanged_alone(passport: Rendered) -> None:
    """Of other data in it nothing can be told: the next scan of the series looks the same around the page."""
    scan = photograph(passport, "scan", 5).rgb
    own, again = likeness.fingerprints(scan), likeness.fingerprints(scan.copy())
    assert own.told_by == "pixels"
    assert own == again
    assert 0 < own.background < 2**64
    other = likeness.fingerprints(decode(upload(scan, 3)))
    assert other.told_by == "pixels"
    assert distance(own.background, other.background) > SAME


def test_a_photograph_is_told_by_its_frame(passport: Rendered) -> None:
    photo = photograph(passport, "phone", 5).rgb
    found = likeness.fingerprints(photo)
    assert (found.told_by, found.background) == ("frame", texture_hash(photo))


def face(rng: np.random.Generator) -> np.ndarray:
    """A stand-in for a portrait: smooth shades, eyes where the landmarks are."""
    made = cv2.GaussianBlur(rng.normal(0, 1, (300, 280)).astype(np.float32), (0, 0), 18)
    made = 128 + 45 * made / made.std()
    for x, y in EYES[:2]:
        cv2.circle(made, (int(x), int(y)), 9, 30.0, -1)
    return np.repeat(np.clip(made, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def seen(landmarks: np.ndarray) -> Face:
    return Face(80, 80, 120, 140, landmarks.astype(np.float32), 0.95)


def test_one_portrait_is_found_again_smaller_turned_darker_and_saved() -> None:
    rng = np.random.default_rng(3)
    for _ in range(6):
        first = face(rng)
        own = likeness.portrait(first, seen(EYES))
        turn = cv2.getRotationMatrix2D((140, 150), 6, 0.6)
        again = cv2.warpAffine(first, turn, (280, 300), borderMode=cv2.BORDER_REPLICATE)
        dark = np.clip(again * 0.7 + rng.normal(0, 4, again.shape), 0, 255).astype(np.uint8)
        moved = EYES @ turn[:, :2].T + turn[:, 2]
        saved = decode(capture.upload(dark, 1))
        assert distance(own, likeness.portrait(saved, seen(moved))) <= likeness.SAME_PORTRAIT
        assert distance(own, likeness.portrait(face(rng), seen(EYES))) > likeness.SAME_PORTRAIT


def test_a_picture_without_a_face_has_no_portrait() -> None:
    found = likeness.fingerprints(np.full((400, 500, 3), 200, np.uint8))
    assert (found.portrait, found.told_by) == (None, "pixels")
