from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from vision.synth.capture import Photograph, decode, photograph
from vision.synth.documents import Holder, Issue, Rendered, render
from vision.synth.forge import EDITS, OPERATORS, PHYSICAL, Operator, edit, forge, forged_capture, possible
from vision.synth.forge.scene import Edit, Wish
from vision.synth.portraits import stand_in
from vision.synth.template import SERIES, template


def around(mask: np.ndarray, margin: int) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)) > 0


def plain(page: Rendered, operator: Operator, seed: int = 3, **text: str) -> Edit:
    """One edit that nobody conceals."""
    return edit(page, operator, np.random.default_rng(seed), Wish(text, stand_in(77)))


def outside(mask: np.ndarray, rendered: Rendered, name: str, margin: int = 16) -> float:
    """The share of a mask that lies outside a field's box."""
    box, rest = rendered.boxes[name], mask.copy()
    rest[max(box.y - margin, 0) : box.y + box.height + margin, max(box.x - margin, 0) : box.x + box.width + margin] = 0
    return float(rest.sum() / max(mask.sum(), 1))


def test_every_operator_has_its_edit() -> None:
    assert set(EDITS) == set(OPERATORS)
    assert set(PHYSICAL) <= set(OPERATORS)


@pytest.mark.parametrize("operator", [name for name in OPERATORS if name not in PHYSICAL])
def test_masks_cover_what_changed_and_little_else(photo: Photograph, operator: Operator) -> None:
    made = plain(photo, operator)
    assert made.touched.shape == made.rgb.shape[:2] == photo.rgb.shape[:2]
    assert 0 < made.touched.mean() < 0.2
    changed = cv2.absdiff(made.rgb, photo.rgb).max(axis=2)
    assert not ((changed > 12) & ~made.touched).any()
    assert (around(changed > 2, 12) & made.touched).sum() > 0.95 * made.touched.sum()


@pytest.mark.parametrize("operator", OPERATORS)
def test_forgeries_are_repeated_by_their_seed(photo: Photograph, operator: Operator) -> None:
    first, again = forge(photo, operator, 5), forge(photo, operator, 5)
    assert np.array_equal(first.rgb, again.rgb)
    assert np.array_equal(first.mask, again.mask)
    assert first.mask.shape == first.rgb.shape[:2]
    assert first.operator == operator


@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_work_on_documents_without_a_zone_and_on_flat_pages(holder: Holder, operator: Operator) -> None:
    licence = render(holder, Issue("driving_licence", 1, date(2021, 2, 3), date(2031, 2, 2)), stand_in(3), seed=1)
    forged = forge(licence, operator, 3)
    assert forged.operator == operator
    assert forged.mask.any()


@pytest.mark.parametrize(
    ("operator", "wish", "place"),
    [
        ("text", {"birth_date": "1999-11-30"}, "birth_date"),
        ("text", {"surname": "Kowalska"}, "surname"),
        ("text_font", {"surname": "Kowalska"}, "surname"),
        ("digit", {"expiry_date": "2034-02-02"}, "expiry_date"),
        ("mrz", {"birth_date": "1999-11-30"}, "mrz"),
    ],
)
def test_a_wish_changes_the_named_place_alone(
    photo: Photograph, operator: Operator, wish: dict[str, str], place: str
) -> None:
    made = plain(photo, operator, **wish)
    assert made.touched.any()
    assert outside(made.touched, photo, place) < 0.15


@pytest.mark.parametrize("operator", ["portrait", "face", "morph"])
def test_faces_change_inside_the_portrait(photo: Photograph, operator: Operator) -> None:
    made = plain(photo, operator)
    assert outside(made.touched, photo, "portrait", 4) < 0.02


def test_the_inner_face_is_smaller_than_the_morph_and_that_than_the_portrait(photo: Photograph) -> None:
    sizes = [float(plain(photo, operator).touched.mean()) for operator in ("face", "morph", "portrait")]
    assert sizes == sorted(sizes)


def test_the_portrait_asked_for_is_put_in(photo: Photograph) -> None:
    white = np.full((200, 200, 3), 255, np.uint8)
    forged = next(
        made
        for made in (forge(photo, "portrait", seed, portrait=white) for seed in range(20))
        if made.rgb.shape == photo.rgb.shape
    )
    assert forged.rgb[forged.mask].mean() > photo.rgb[forged.mask].mean()


def test_an_erased_field_has_no_ink_left(photo: Photograph) -> None:
    made = plain(photo, "erase")
    where = cv2.erode(made.touched.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert made.rgb[where].min() > photo.rgb[where].min() + 30


def test_new_letters_are_as_dark_as_those_that_were_there(photo: Photograph) -> None:
    box = photo.boxes["surname"]
    place = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
    made = plain(photo, "text", surname="Moreno-Ozturk")
    dark = [float(np.quantile(rgb[place].mean(axis=2), 0.02)) for rgb in (photo.rgb, made.rgb)]
    assert abs(dark[0] - dark[1]) < 25


def test_a_changed_digit_leaves_its_neighbours_whole(photo: Photograph) -> None:
    made = plain(photo, "digit", expiry_date="2031-02-03")
    rows, columns = np.nonzero(made.touched)
    box = photo.boxes["expiry_date"]
    assert np.ptp(columns) < 0.3 * box.width
    assert np.ptp(rows) < 2 * box.height


def test_edits_follow_a_page_that_is_bent(passport: Rendered) -> None:
    bent = next(
        shot
        for shot in (photograph(passport, "phone", seed) for seed in range(30))
        if shot.pose is not None and abs(shot.pose.bend[0]) > 6
    )
    made = plain(bent, "erase", 1)
    where = cv2.erode(made.touched.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert made.rgb[where].min() > bent.rgb[where].min() + 25


def test_a_copied_place_is_found_elsewhere_in_the_picture(photo: Photograph) -> None:
    made = plain(photo, "copy_move", 2)
    core = cv2.erode(made.touched.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    rows, columns = np.nonzero(core)
    patch = made.rgb[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    score = cv2.matchTemplate(photo.rgb, patch, cv2.TM_SQDIFF)
    assert score.min() < 1.0 * patch.size


def test_a_slip_on_the_page_has_an_edge_and_a_shadow(passport: Rendered) -> None:
    made = plain(passport, "overlay", 4)
    changed = cv2.absdiff(made.rgb, passport.rgb).max(axis=2) > 3
    assert not (changed & ~around(made.touched, 12)).any()
    ring = around(made.touched, 3) & ~made.touched
    assert made.rgb[ring].mean() < passport.rgb[ring].mean()


@pytest.mark.parametrize("operator", ["text", "overlay"])
def test_the_forgers_capture_has_its_mask(passport: Rendered, operator: Operator) -> None:
    data, mask = forged_capture(passport, operator, "phone", 8, text={"number": "A1B2C3D4E"})
    rgb = decode(data)
    assert rgb.shape[:2] == mask.shape
    assert mask.any()


def test_the_forger_edits_the_photograph_that_was_taken(passport: Rendered) -> None:
    taken = photograph(passport, "phone", 8)
    data, mask = forged_capture(passport, "text", "phone", 8, text={"number": "A1B2C3D4E"})
    rgb = decode(data)
    if rgb.shape == taken.rgb.shape:
        assert cv2.absdiff(rgb, taken.rgb)[~around(mask, 12)].mean() < 3


def test_what_a_series_lacks_cannot_be_edited() -> None:
    styles = [template(*series) for series in SERIES["common"]]
    assert any(possible(style, "barcode") for style in styles)
    assert not all(possible(style, "barcode") for style in styles)
    assert not any(possible(style, "mrz") for style in styles if style.kind == "driving_licence")
    assert all(possible(style, "text") for style in styles)


def test_an_impossible_date_is_refused(photo: Photograph) -> None:
    with pytest.raises(ValueError, match=r"month|day"):
        forge(photo, "text", 1, text={"birth_date": "1999-13-45"})
