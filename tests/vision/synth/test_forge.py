from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from vision.synth.capture import decode, photograph
from vision.synth.documents import Holder, Issue, Rendered, render
from vision.synth.forge import OPERATORS, forge, forged_capture
from vision.synth.portraits import stand_in


def outside(mask: np.ndarray, rendered: Rendered, name: str, margin: int = 16) -> float:
    """The share of a mask that lies outside a field's box."""
    box, around = rendered.boxes[name], mask.copy()
    around[
        max(box.y - margin, 0) : box.y + box.height + margin, max(box.x - margin, 0) : box.x + box.width + margin
    ] = 0
    return float(around.sum() / max(mask.sum(), 1))


def unhidden(rendered: Rendered, operator: str, **wish: object) -> tuple[int, np.ndarray, np.ndarray]:
    """The first seed whose forger leaves the picture's size alone, and what he made."""
    for seed in range(20):
        forged = forge(rendered, operator, seed, **wish)
        if forged.rgb.shape == rendered.rgb.shape:
            return seed, forged.rgb, forged.mask
    raise AssertionError("every forger shrank his picture")


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_changes_something_and_its_mask_covers_it(photo: Rendered, operator: str) -> None:
    seed, rgb, mask = unhidden(photo, operator)
    assert mask.shape == rgb.shape[:2]
    assert mask.any()
    assert mask.mean() < 0.35
    near = cv2.dilate(mask.astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
    changed = cv2.absdiff(rgb, photo.rgb).max(axis=2) > 12
    assert not (changed & ~near).any()
    assert np.array_equal(forge(photo, operator, seed).rgb, rgb)


@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_work_on_documents_without_a_zone_and_on_flat_pages(holder: Holder, operator: str) -> None:
    licence = render(holder, Issue("driving_licence", 1, date(2021, 2, 3), date(2031, 2, 2)), stand_in(3), seed=1)
    forged = forge(licence, operator, 3)
    assert forged.operator == operator
    assert forged.mask.any()


@pytest.mark.parametrize(
    ("operator", "wish", "place"),
    [
        ("text", {"birth_date": "1999-11-30"}, "birth_date"),
        ("text", {"surname": "Kowalska"}, "surname"),
        ("digit", {"expiry_date": "2034-02-02"}, "expiry_date"),
        ("mrz", {"birth_date": "1999-11-30"}, "mrz"),
    ],
)
def test_a_wish_changes_the_named_place_alone(photo: Rendered, operator: str, wish: dict[str, str], place: str) -> None:
    _, _, mask = unhidden(photo, operator, text=wish)
    assert mask.any()
    assert outside(mask, photo, place) < 0.15


def test_the_portrait_asked_for_is_put_in(photo: Rendered) -> None:
    white = np.full((200, 200, 3), 255, np.uint8)
    _, rgb, mask = unhidden(photo, "portrait", portrait=white)
    assert rgb[mask].mean() > photo.rgb[mask].mean()
    assert outside(mask, photo, "portrait") < 0.05


def test_an_erased_field_has_no_ink_left(photo: Rendered) -> None:
    _, rgb, mask = unhidden(photo, "erase")
    where = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert rgb[where].min() > photo.rgb[where].min() + 30


def test_a_digit_edit_is_smaller_than_a_text_edit(photo: Rendered) -> None:
    sizes = {name: np.mean([forge(photo, name, seed).mask.mean() for seed in range(5)]) for name in ("digit", "text")}
    assert sizes["digit"] < sizes["text"]


def test_the_forger_edits_the_photograph_and_saves_it(passport: Rendered) -> None:
    data, mask = forged_capture(passport, "text", "phone", 8, text={"number": "A1B2C3D4E"})
    rgb = decode(data)
    taken = photograph(passport, "phone", 8)
    assert rgb.shape[:2] == mask.shape
    if rgb.shape == taken.rgb.shape:
        untouched = ~(cv2.dilate(mask.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0)
        assert cv2.absdiff(rgb, taken.rgb)[untouched].mean() < 3


def test_an_impossible_date_is_refused(photo: Rendered) -> None:
    with pytest.raises(ValueError, match=r"month|day"):
        forge(photo, "text", 1, text={"birth_date": "1999-13-45"})
