"""Breaks inside a field, on lines of letters drawn here, so that no reader has a say."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.consistency import glyphs, lettering
from vision.types import Box, ReadField

FACE = cv2.FONT_HERSHEY_SIMPLEX
PAGE = Box(x=10, y=10, width=560, height=62)


def line(
    text: str = "AB1234567",
    cut: int = 5,
    down: int = 0,
    scale: float = 1.0,
    thick: int = 0,
    ink: int = 30,
    tilt: float = 0.0,
    gap: int = 12,
) -> np.ndarray:
    """A picture with a line of text whose part from `cut` on is set otherwise, `gap` pixels between letters."""
    made = np.full((82, 600), 225, np.uint8)
    x, border = 24, 600
    for place, letter in enumerate(text):
        late = place >= cut
        border = min(border, x) if late else border
        size = 1.2 * (scale if late else 1.0)
        at = (x, 54 + (down if late else 0))
        cv2.putText(made, letter, at, FACE, size, ink if late else 30, 3, cv2.LINE_AA)
        x += cv2.getTextSize(letter, FACE, size, 3)[0][0] + gap
    if thick:
        made[:, border:] = cv2.erode(made[:, border:], np.ones((1 + thick, 1 + thick), np.uint8))
    turned = cv2.getRotationMatrix2D((300, 41), tilt, 1)
    flat = cv2.warpAffine(cv2.GaussianBlur(made, (0, 0), 0.8), turned, (600, 82), borderValue=225)
    noise = np.random.default_rng(7).normal(0, 3, (*flat.shape, 3))
    return np.clip(flat[..., None] + noise, 0, 255).astype(np.uint8)


def field(text: str = "AB1234567", box: Box | None = PAGE) -> ReadField:
    return ReadField(name="number", text=text, source="visual", box=box)


@pytest.mark.parametrize("tilt", [-2.0, 0.0, 1.5])
def test_a_line_made_at_one_time_has_no_break(tilt: float) -> None:
    found = lettering.field_break(line(tilt=tilt), field())
    assert found is not None
    assert found.share < 1


@pytest.mark.parametrize("tilt", [-1.5, 0.0, 1.5])
@pytest.mark.parametrize(
    ("trait", "change"),
    [("baseline", {"down": 5}), ("baseline", {"down": -5}), ("height", {"scale": 1.25}), ("height", {"scale": 0.8}),
     ("stroke", {"thick": 2}), ("ink", {"ink": 120})],
)  # fmt: skip
def test_a_part_set_anew_is_found_and_said(trait: str, change: dict[str, float], tilt: float) -> None:
    rgb = line(tilt=tilt, **change)  # type: ignore[arg-type]
    found = lettering.field_break(rgb, field())
    assert found is not None
    assert (found.trait, found.share >= 1) == (trait, True)
    check = lettering.check(rgb, [field()])
    assert (check.result, check.box) == ("failed", PAGE)
    assert check.meaning.startswith("part of number ")


@pytest.mark.parametrize("at", [60, 130, 300])
def test_letters_of_which_light_burnt_out_a_part_are_not_assessed(at: int) -> None:
    y, x = np.mgrid[0:82, 0:600]
    spot = np.exp(-((((x - at) / 50) ** 2 + ((y - 40) / 22) ** 2) ** 1.5))[..., None]
    for rgb in (line(), line(down=5)):
        glared = np.clip(rgb * (1 - spot) + (0.15 * rgb + 250) * spot, 0, 255).astype(np.uint8)
        assert lettering.field_break(glared, field()) is None
        assert lettering.check(glared, [field()]).result == "not_assessed"
        elsewhere = np.concatenate([rgb, glared])
        assert lettering.field_break(elsewhere, field()) == lettering.field_break(rgb, field())


def test_bold_letters_on_paper_of_which_one_colour_is_burnt_out_are_found() -> None:
    tinted = np.clip(line(thick=4, gap=4) * np.array([1.0, 0.96, 1.133]), 0, 255).astype(np.uint8)
    assert tinted[..., 2].max() == 255
    found = lettering.field_break(tinted, field(box=Box(x=10, y=16, width=560, height=46)))
    assert found is not None
    assert (found.trait, found.share >= 1) == ("stroke", True)


@pytest.mark.parametrize("light", [20, 29, 40])
def test_a_part_set_anew_is_found_on_white_paper_too(light: int) -> None:
    white = np.clip(line(down=5).astype(int) + light, 0, 255).astype(np.uint8)
    found = lettering.field_break(white, field())
    assert found is not None
    assert (found.trait, found.share >= 1) == ("baseline", True)


@pytest.mark.parametrize("tilt", [-6.0, 6.0])
@pytest.mark.parametrize(("changes", "broken"), [({}, False), ({"down": 6}, True), ({"thick": 2}, True)])
def test_a_line_askew_is_laid_level_first(changes: dict[str, int], broken: bool, tilt: float) -> None:
    page = np.full((300, 600, 3), 225, np.uint8)
    page[109:191] = line(**changes)  # type: ignore[arg-type]
    turned = cv2.getRotationMatrix2D((300, 150), tilt, 1)
    askew = cv2.warpAffine(page, turned, (600, 300), borderValue=(225, 225, 225))
    corners = np.array([[20, 130, 1], [390, 130, 1], [390, 174, 1], [20, 174, 1]]) @ turned.T
    (left, top), (right, bottom) = corners.min(axis=0).astype(int), corners.max(axis=0).astype(int)
    box = Box(x=int(left), y=int(top), width=int(right - left), height=int(bottom - top))
    found = lettering.field_break(askew, field(box=box))
    assert found is not None
    assert (found.share >= 1) is broken


def test_a_shadow_over_half_of_a_line_is_no_break() -> None:
    shaded = line().astype(float)
    shaded *= np.linspace(1.0, 0.55, shaded.shape[1])[None, :, None]
    found = lettering.field_break(shaded.astype(np.uint8), field())
    assert found is not None
    assert found.share < 1


@pytest.mark.parametrize("tilt", [-1.5, 0.0, 1.5])
def test_slashes_that_reach_below_the_line_are_no_letters(tilt: float) -> None:
    rgb = line("23 08 197", tilt=tilt)
    for x in (80, 150):
        cv2.line(rgb, (x, 62), (x + 14, 22), (30, 30, 30), 3, cv2.LINE_AA)
    found = lettering.field_break(rgb, field("23/08/197"))
    assert found is None or found.share < 1


def test_thicker_letters_that_run_together_are_measured_one_by_one() -> None:
    rgb = line(cut=4, thick=4, gap=0)
    assert len(glyphs.glyphs(rgb, PAGE)) == 9
    found = lettering.field_break(rgb, field())
    assert found is not None
    assert (found.trait, found.share >= 1) == ("stroke", True)


def drawn(text: str, below: int, *strokes: tuple[int, int, int]) -> np.ndarray:
    """A line and strokes that reach `below` pixels under it, each from the left edge of a letter by its place: where
    it begins at the foot and ends at the top."""
    rgb = line(text, gap=16)
    for place, foot, top in strokes:
        x = 24 + sum(cv2.getTextSize(letter, FACE, 1.2, 3)[0][0] + 16 for letter in text[:place])
        cv2.line(rgb, (x + foot, 54 + below), (x + top, 30), (30, 30, 30), 3, cv2.LINE_AA)
    return rgb


@pytest.mark.parametrize("gap", [2, 12])
@pytest.mark.parametrize("change", [{"down": 6}, {"scale": 1.25}])
def test_the_rest_of_a_date_with_slashes_tells_a_part_set_anew(change: dict[str, float], gap: int) -> None:
    """Digits that run together are measured one by one: the whole year of a date counts, touching or not."""
    whole, broken = (line("23/08/1975", 6, gap=gap, **each) for each in ({}, change))  # type: ignore[arg-type]
    clean, found = (lettering.field_break(rgb, field("23/08/1975")) for rgb in (whole, broken))
    assert clean is not None
    assert found is not None
    assert (clean.share >= 1, found.share >= 1) == (False, True)


def test_slashes_that_touch_digits_do_not_lower_them() -> None:
    rgb = drawn("12727983", 2, (4, -19, 3))
    found = lettering.field_break(rgb, field("1272/7983"))
    assert found is not None
    assert found.share < 1


def test_one_letter_that_reaches_below_the_line_is_no_break() -> None:
    found = lettering.field_break(drawn("12IUN1975", 7, (2, 7, 7)), field())
    assert found is not None
    assert found.share < 1


def test_a_part_in_the_middle_is_found_too() -> None:
    rgb = line(cut=6, down=6)
    rgb[:, 330:] = line()[:, 330:]
    found = lettering.field_break(rgb, field())
    assert found is not None
    assert (found.trait, found.share >= 1) == ("baseline", True)


@pytest.mark.parametrize(
    ("made", "asked"),
    [
        (line(), field("Anna-Lena")),
        (line(), field("ΑΘΗΝΑ")),
        (line(), field(box=None)),
        (line(down=8), field().model_copy(update={"confidence": 0.85})),
        (line("AB12"), field("AB12")),
        (line(), field(box=Box(x=0, y=0, width=5, height=5))),
        (np.full((82, 600, 3), 225, np.uint8), field()),
        (cv2.resize(line(), None, fx=0.2, fy=0.2), field(box=Box(x=2, y=2, width=110, height=12))),
    ],
)
def test_what_cannot_be_measured_is_not_assessed(made: np.ndarray, asked: ReadField) -> None:
    assert lettering.field_break(made, asked) is None
    assert lettering.check(made, [asked]).result == "not_assessed"


def test_the_zone_and_the_barcode_have_no_letters_to_measure() -> None:
    coded = ReadField(name="number", text="AB1234567", source="mrz", box=PAGE)
    assert lettering.check(line(down=8), [coded]).result == "not_assessed"


def test_the_worst_field_is_told() -> None:
    page = np.concatenate([line(), line(ink=130)])
    low = ReadField(name="expiry_date", text="AB1234567", source="visual", box=PAGE.model_copy(update={"y": 92}))
    check = lettering.check(page, [field(), low])
    assert "expiry_date" in check.meaning
    assert check.value is not None
    assert check.value >= 1


@settings(max_examples=30, deadline=None)
@given(st.text("ABCDEFGHKLMNPRSTUVXYZ0123456789", min_size=6, max_size=10), st.floats(-2, 2))
def test_no_clean_line_is_accused_and_every_lowered_half_is(text: str, tilt: float) -> None:
    clean = lettering.field_break(line(text, tilt=tilt), field(text))
    assert clean is None or clean.share < 1
    lowered = lettering.field_break(line(text, len(text) // 2, down=6, tilt=tilt), field(text))
    assert lowered is None or lowered.share >= 1
