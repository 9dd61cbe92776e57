"""Faces found, refused and compared, on rendered heads."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from vision import decode, face
from vision.cli import SAME_PHOTOGRAPH
from vision.errors import BadImage
from vision.face import FaceModel, detector, refusal, rotations
from vision.face.rotations import sight
from vision.face.yunet import Face
from vision.synth import heads
from vision.synth.capture import CaptureKind, capture
from vision.synth.documents import Holder, Issue, render
from vision.types import Quality, Shortcomings

MODEL = FaceModel(heads.MATCH_THRESHOLD, heads.MISMATCH_THRESHOLD)
ONE, OTHER = 41, 42
SHARED = Path(__file__).parents[3] / "shared"


@cache
def selfie(person: int, capture: int) -> np.ndarray:
    return heads.selfie(person, capture, size=320)


@cache
def portrait(person: int) -> np.ndarray:
    return heads.portrait(person, size=240)


def encoded(rgb: np.ndarray, orientation: int | None = None, quality: int = 92) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality, exif=exif)
    return buffer.getvalue()


def on_page(*pictures: np.ndarray, side: int = 800) -> np.ndarray:
    """Pictures side by side on a plain page."""
    page = np.full((side // 2, side, 3), 215, np.uint8)
    left = 20
    for picture in pictures:
        tall, wide = picture.shape[:2]
        page[30 : 30 + tall, left : left + wide] = picture
        left += wide + 30
    return page


def resized(rgb: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(rgb).resize((side, side), Image.Resampling.LANCZOS))


def test_two_captures_of_one_person_match() -> None:
    found = MODEL.match(encoded(portrait(ONE)), encoded(selfie(ONE, 1)))
    assert found.band == "match"
    assert found.similarity is not None
    assert found.similarity >= found.threshold == heads.MATCH_THRESHOLD
    assert found.shortcomings == Shortcomings()
    assert found.faces.left.count == found.faces.right.count == 1
    assert found.quality is not None
    assert min(found.quality.left.score, found.quality.right.score) > 0.5


def test_two_people_do_not_match() -> None:
    found = MODEL.match(encoded(portrait(ONE)), encoded(selfie(OTHER, 1)))
    assert found.band == "mismatch"
    assert found.similarity is not None
    assert found.similarity < heads.MISMATCH_THRESHOLD


def test_a_match_reads_the_same_both_ways() -> None:
    left, right = encoded(portrait(ONE)), encoded(selfie(ONE, 1))
    there, back = MODEL.match(left, right), MODEL.match(right, left)
    assert there.similarity == pytest.approx(back.similarity, abs=1e-5)
    assert there.faces.left == back.faces.right


def test_a_picture_matches_itself() -> None:
    picture = encoded(selfie(ONE, 1))
    found = MODEL.match(picture, picture)
    assert found.similarity == pytest.approx(1, abs=1e-5)
    assert found.shared_detail == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_picture_is_turned_back(turns: int) -> None:
    turned = np.ascontiguousarray(np.rot90(selfie(ONE, 1), turns))
    found = MODEL.match(encoded(portrait(ONE)), encoded(turned))
    assert found.faces.right.rotation == turns * 90
    assert found.band == "match"


@pytest.mark.parametrize(("orientation", "turns"), [(3, 2), (6, 1), (8, 3)])
def test_exif_orientation_is_honoured(orientation: int, turns: int) -> None:
    stored = np.ascontiguousarray(np.rot90(selfie(ONE, 1), turns))
    found = MODEL.match(encoded(portrait(ONE)), encoded(stored, orientation))
    assert found.faces.right.rotation == 0
    assert found.band == "match"


def test_boxes_lie_in_the_upright_picture() -> None:
    turned = np.ascontiguousarray(np.rot90(on_page(selfie(ONE, 1)), 1))
    count = MODEL.detect(turned)
    (box,) = count.boxes
    assert count.rotation == 90
    assert 20 <= box.x < box.x + box.width <= 340
    assert 30 <= box.y < box.y + box.height <= 350


def test_no_face_is_said() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    found = MODEL.match(encoded(noise), encoded(selfie(ONE, 1)))
    assert (found.similarity, found.band, found.quality, found.shared_detail) == (None, None, None, None)
    assert found.shortcomings.left.startswith("no face was found")
    assert found.shortcomings.right == ""
    assert found.faces.left.count == 0


def test_both_reasons_are_given() -> None:
    blank = encoded(np.full((200, 200, 3), 128, np.uint8))
    found = MODEL.match(blank, blank).shortcomings
    assert found.left.startswith("no face")
    assert found.right.startswith("no face")


def test_two_faces_of_comparable_size_are_refused() -> None:
    both = encoded(on_page(portrait(ONE), portrait(OTHER)))
    embedding = MODEL.embed(both)
    assert embedding.vector is None
    assert embedding.reason == "2 faces of comparable size"
    assert MODEL.match(both, encoded(selfie(ONE, 1))).faces.left.count == 2


def test_a_small_second_face_does_not_hide_the_first() -> None:
    page = encoded(on_page(portrait(ONE), resized(portrait(OTHER), 90)))
    found = MODEL.match(page, encoded(selfie(ONE, 1)))
    assert found.faces.left.count == 2
    assert found.faces.left.boxes[0].width > found.faces.left.boxes[1].width
    assert found.band == "match"


def covered(picture: np.ndarray) -> np.ndarray:
    """A face behind a mask, which the detector is less sure of than of a plain one."""
    page = on_page(picture)
    seen = sight(page, face.detector()).faces[0]
    top = round(float(seen.landmarks[2, 1]))
    page[top : round(seen.y + seen.height), round(seen.x) : round(seen.x + seen.width)] = (150, 190, 215)
    return page


def held_up(page: np.ndarray, side: int, turns: int) -> np.ndarray:
    """The page with a print of ONE's portrait on it, turned by so many right angles."""
    shown = page.copy()
    shown[100 : 100 + side, 450 : 450 + side] = np.rot90(resized(portrait(ONE), side), turns)
    return shown


def test_a_face_that_is_hardly_one_counts_beside_the_first_but_on_a_document() -> None:
    seen = sight(portrait(ONE), detector())
    beside = replace(seen, unsure=(replace(seen.faces[0], score=0.7),))
    assert refusal(seen, None) == ""
    assert refusal(beside, None).startswith("a second face of comparable size")
    assert refusal(beside, None, document=True) == ""


@pytest.mark.parametrize("turns", range(4))
def test_a_print_of_comparable_size_is_refused_whichever_way_it_lies(turns: int) -> None:
    found = MODEL.match(encoded(portrait(ONE)), encoded(held_up(covered(selfie(OTHER, 1)), 220, turns)))
    assert found.shortcomings.right == "2 faces of comparable size"
    assert found.faces.right.count == 2


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("holder", [OTHER, ONE])
def test_a_small_print_stands_for_nobody_whichever_way_it_lies(holder: int, turns: int) -> None:
    page = held_up(covered(selfie(holder, 1)), 100, turns)
    plain, found = (MODEL.match(encoded(portrait(ONE)), encoded(each)) for each in (covered(selfie(holder, 1)), page))
    assert found.faces.right.count == 2
    assert found.faces.right.rotation == 0
    assert found.similarity == pytest.approx(plain.similarity, abs=0.05)
    assert found.shared_detail is not None
    assert found.shared_detail < SAME_PHOTOGRAPH


def test_boxes_of_faces_that_lie_otherwise_are_given_in_the_upright_picture() -> None:
    page = np.ascontiguousarray(np.rot90(held_up(on_page(selfie(OTHER, 1)), 100, 1), 1))
    count = MODEL.detect(page)
    first, second = count.boxes
    assert count.rotation == 90
    assert first.x < 340
    assert 440 < second.x < second.x + second.width < 560
    assert 90 < second.y < second.y + second.height < 210


@given(st.integers(1, 3), st.floats(0, 50), st.floats(0, 50), st.floats(10, 40), st.floats(10, 40))
@settings(deadline=None, max_examples=40)
def test_a_turned_face_lies_where_the_turned_pixels_do(
    turns: int, x: float, y: float, wide: float, tall: float
) -> None:
    picture = np.zeros((120, 100, 3), np.uint8)
    corners = np.array([[x, y], [x + wide, y + tall]] * 2 + [[x, y]], np.float32)
    found = rotations._turn(Face(x, y, wide, tall, corners, 0.9), turns * 90, picture)
    back = rotations._turn(found, (360 - turns * 90), np.ascontiguousarray(np.rot90(picture, -turns)))
    assert found.overlap(found) == pytest.approx(1)
    assert found.landmarks[:, 0].min() == pytest.approx(found.x, abs=1e-3)
    assert found.landmarks[:, 1].max() == pytest.approx(found.y + found.height, abs=1e-3)
    assert (back.x, back.y, back.width) == pytest.approx((x, y, wide), abs=1e-3)


def test_a_tiny_face_is_refused() -> None:
    page = on_page(resized(portrait(ONE), 44), side=300)
    found = MODEL.embed(encoded(page, quality=98))
    assert found.vector is None
    assert "fewer than 24" in found.reason or "no face" in found.reason


def test_a_face_that_is_a_little_too_small_is_not_said_to_have_enough_pixels() -> None:
    seen = sight(portrait(ONE), detector())
    small = replace(seen, faces=(replace(seen.faces[0], width=23.7, height=31.0),))
    assert refusal(small, None) == "the face has 23 pixels, fewer than 24"


def test_a_face_too_blurred_to_tell_is_refused_not_called_a_mismatch() -> None:
    small = resized(resized(portrait(ONE), 18), 240)
    found = MODEL.match(encoded(small), encoded(selfie(ONE, 1)))
    assert found.similarity is None
    assert found.shortcomings.left
    assert not found.shortcomings.right


@pytest.mark.parametrize(("side", "quality"), [(120, 50), (160, 30), (260, 90)])
def test_a_printed_portrait_still_matches(side: int, quality: int) -> None:
    page = encoded(on_page(resized(portrait(ONE), side)), quality=quality)
    assert MODEL.match(page, encoded(selfie(ONE, 1))).band == "match"


@pytest.mark.parametrize("kind", ["scan", "phone"])
def test_the_portrait_on_a_captured_document_is_its_holder_and_nobody_else(kind: CaptureKind) -> None:
    holder = Holder("KOWALSKI", "ANNA", date(1984, 7, 9), "F", "UTO", "XK4701936")
    issue = Issue("id_card", 1, date(2021, 3, 4), date(2031, 3, 3))
    document = capture(render(holder, issue, portrait(ONE), seed=1).rgb, kind, 1)
    own, other = MODEL.match(document, encoded(selfie(ONE, 1))), MODEL.match(document, encoded(selfie(OTHER, 1)))
    assert own.band != "mismatch"
    assert own.similarity is not None
    assert other.similarity is not None
    assert own.similarity > other.similarity + 0.1


def test_an_embedding_is_a_unit_vector() -> None:
    found = MODEL.embed(encoded(selfie(ONE, 1)))
    assert found.vector is not None
    assert len(found.vector) == 128
    assert np.linalg.norm(found.vector) == pytest.approx(1, abs=1e-5)
    assert found.model.sha256.startswith("fb143eea")


def test_threads_share_one_model() -> None:
    picture = encoded(selfie(ONE, 1))
    with ThreadPoolExecutor(4) as pool:
        vectors = {found.vector for found in pool.map(MODEL.embed, [picture] * 6)}
    assert len(vectors) == 1


def test_bytes_that_are_no_picture_are_refused() -> None:
    with pytest.raises(BadImage):
        MODEL.embed(b"no picture at all")


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1))
@settings(deadline=None, max_examples=60)
def test_bands_part_the_line_in_two_places(one: float, two: float, similarity: float) -> None:
    low, high = sorted((one, two))
    band = FaceModel(high, low).band(similarity)
    assert (band == "match") == (similarity >= high)
    assert (band == "mismatch") == (similarity < high and similarity < low)


@pytest.mark.parametrize(("match", "mismatch"), [(0.2, 0.4), (1.2, 0.1), (0.3, -1.5)])
def test_thresholds_out_of_order_are_refused(match: float, mismatch: float) -> None:
    with pytest.raises(ValueError, match="mismatch <= match"):
        FaceModel(match, mismatch)


@given(
    st.floats(0.3, 4),
    st.floats(-np.pi, np.pi),
    st.tuples(st.floats(-200, 200), st.floats(-200, 200)),
)
@settings(deadline=None, max_examples=40)
def test_alignment_undoes_any_similarity(scale: float, angle: float, shift: tuple[float, float]) -> None:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (face.sface.TEMPLATE @ turn.T + shift).astype(np.float32)
    matrix = face._similarity(moved, face.sface.TEMPLATE)
    back = moved @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(back - face.sface.TEMPLATE).max() < 0.05


def test_quality_falls_with_size_blur_and_light() -> None:
    detector = face.detector()

    def judged(rgb: np.ndarray) -> Quality:
        seen = sight(rgb, detector)
        return face.quality(seen.faces[0], face.align(seen.upright, seen.faces[0].landmarks))

    clear = judged(selfie(ONE, 1))
    assert judged(resized(selfie(ONE, 1), 110)).size < clear.size
    assert judged((selfie(ONE, 1) * 0.2).astype(np.uint8)).exposure < clear.exposure
    blurred = np.asarray(Image.fromarray(selfie(ONE, 1)).filter(ImageFilter.GaussianBlur(5)))
    grain = np.random.default_rng(2).normal(0, 6, blurred.shape)
    assert judged(blurred).sharpness < 0.3
    assert judged(np.clip(blurred + grain, 0, 255).astype(np.uint8)).sharpness < 0.3
    assert judged(np.clip(selfie(ONE, 1) + grain, 0, 255).astype(np.uint8)).sharpness > 0.8
    assert clear.score <= min(clear.sharpness, clear.exposure, clear.size)


def smeared(rgb: np.ndarray, length: float, degrees: float) -> np.ndarray:
    """What a camera sees that moves by so many pixels while the shutter is open."""
    along = np.linspace(-length / 2, length / 2, 33)
    steps = [(step * np.cos(np.deg2rad(degrees)), step * np.sin(np.deg2rad(degrees))) for step in along]
    views = [np.array([[1, 0, x], [0, 1, y]]) for x, y in steps]
    moved = [cv2.warpAffine(rgb, view, rgb.shape[1::-1], borderMode=cv2.BORDER_REPLICATE) for view in views]
    return np.mean(moved, axis=0).astype(np.uint8)


@pytest.mark.parametrize("degrees", [0, 35, 60, 90, 150])
def test_quality_falls_with_the_length_of_a_smear_in_any_direction(degrees: float) -> None:
    picture = selfie(ONE, 1)
    seen = sight(picture, face.detector()).faces[0]

    def sharpness(length: float) -> float:
        return face.quality(seen, face.align(smeared(picture, length, degrees), seen.landmarks)).sharpness

    long, longer = sharpness(0.22 * seen.width), sharpness(0.3 * seen.width)
    assert sharpness(0) == sharpness(0.02 * seen.width) == 1
    assert long < 0.5
    assert longer < face.USABLE


@pytest.mark.real_faces
def test_a_smear_that_makes_real_people_differ_is_seen_and_no_sharp_photograph_is_called_smeared() -> None:
    if not (SHARED / "faces").is_dir():
        pytest.skip("no photographs here")
    least = []
    for path in sorted((SHARED / "faces").glob("*.jpg"))[::4]:
        seen = sight(decode.still(path.read_bytes()).rgb, face.detector())
        first = seen.faces[0]
        least.append(face.quality(first, face.align(seen.upright, first.landmarks)).sharpness)
        for degrees in (0, 60, 90):
            crop = face.align(smeared(seen.upright, 0.25 * first.width, degrees), first.landmarks)
            assert face.quality(first, crop).sharpness < 0.5
    assert min(least) > 0.7
