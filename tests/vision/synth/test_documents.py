from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision import mrz as reader
from vision.synth.documents import Holder, Issue, Rendered, fit, printed, render, zone
from vision.synth.lettering import FILES, FOLDER, fitting, font, lay
from vision.synth.mrz import encode, transliterate
from vision.synth.portraits import stand_in
from vision.synth.template import STATES, template
from vision.types import Box

KINDS = ("passport", "id_card", "driving_licence")
SPECIMEN = {
    "state": "UTO",
    "surname": "Eriksson",
    "given_names": "Anna Maria",
    "nationality": "UTO",
    "birth_date": date(1974, 8, 12),
    "expires": date(2012, 4, 15),
    "sex": "F",
}


def test_td1_and_td2_are_the_specimens_of_icao_9303() -> None:
    td2 = encode("TD2", code="I", number="D23145890", **SPECIMEN)
    assert td2 == ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
    td1 = encode("TD1", code="I", number="D23145890", **SPECIMEN)
    assert td1 == ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")


def test_td3_carries_the_check_digits_of_the_specimen_passport() -> None:
    first, second = encode("TD3", code="P", number="L898902C3", **SPECIMEN)
    assert first == "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
    assert second.startswith("L898902C36UTO7408122F1204159")
    assert len(second) == 44


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("Öztürk", "OEZTUERK"),
        ("O'Brien", "OBRIEN"),
        ("Núñez de la Peña", "NUNEZ<DE<LA<PENA"),
        ("Łukasz Ø", "LUKASZ<OE"),
    ],
)
def test_names_are_spelt_as_icao_9303_asks(name: str, spelt: str) -> None:
    assert transliterate(name) == spelt


@settings(deadline=None, max_examples=40)
@given(
    kind=st.sampled_from(["TD1", "TD2", "TD3"]),
    names=st.tuples(st.text("ABCXYZ", min_size=1, max_size=12), st.text("ANOL", min_size=1, max_size=8)),
    number=st.text("ABC0123456789", min_size=9, max_size=9),
    days=st.integers(0, 25000),
)
def test_what_is_encoded_reads_back_with_every_check_digit_right(
    kind: str, names: tuple[str, str], number: str, days: int
) -> None:
    born = date(1945, 1, 1) + timedelta(days=days)
    told = {"surname": names[0], "given_names": names[1], "birth_date": born, "number": number}
    lines = encode(kind, code="P" if kind == "TD3" else "I", **(SPECIMEN | told | {"expires": date(2031, 2, 3)}))
    read = reader.parse(lines, today=date(2026, 1, 1))
    assert read is not None
    assert read.valid
    assert (read.surname, read.given_names, read.number, read.birth_date) == (*names, number, born)


@pytest.mark.parametrize("kind", KINDS)
def test_series_are_stable_differ_and_hold_every_field(kind: str) -> None:
    series = [template(kind, number) for number in range(14)]
    assert len({(one.paper, one.accent, one.waves) for one in series}) == 14
    assert len({one.typeface for one in series}) >= 3
    assert all(one.state in dict(STATES) for one in series)
    assert all(len(one.slots) == 8 and set(one.slots) == set(one.labels) for one in series)
    assert all((one.mrz is None) == (kind == "driving_licence") for one in series)
    template.cache_clear()
    assert template(kind, 5) == series[5]


@settings(deadline=None, max_examples=60)
@given(kind=st.sampled_from(KINDS), number=st.integers(0, 2**31))
def test_no_field_leaves_the_page_or_enters_another_place(kind: str, number: int) -> None:
    style = template(kind, number)
    bottom = style.mrz.y if style.mrz else style.height
    for slot in style.slots.values():
        assert slot.x + slot.width <= style.width
        assert slot.label_y < slot.value_y < bottom
        assert slot.width > 100
        beside = slot.x >= style.portrait.x + style.portrait.width or slot.x + slot.width <= style.portrait.x
        assert beside
    assert style.portrait.y + style.portrait.height < bottom


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_ink_in_every_box_and_a_zone_where_its_series_has_one(holder: Holder, kind: str) -> None:
    page = render(holder, Issue(kind, 2, date(2021, 2, 3), date(2031, 2, 2)), stand_in(3), seed=1)
    bare = render(replace(holder, surname=""), page.issue, stand_in(3), seed=1)
    box = page.boxes["surname"]
    window = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
    assert page.rgb[window].min() < bare.rgb[window].min() - 30
    assert ("mrz" in page.boxes) == bool(page.lines) == (kind != "driving_licence")
    assert set(printed(holder, page.issue)) < set(page.boxes)


def test_the_same_seed_draws_the_same_page_and_another_seed_another(passport: Rendered) -> None:
    again = render(passport.holder, passport.issue, stand_in(3), seed=1)
    other = render(passport.holder, passport.issue, stand_in(3), seed=2)
    assert np.array_equal(again.rgb, passport.rgb)
    assert not np.array_equal(other.rgb, passport.rgb)


def test_the_portrait_is_printed_where_the_boxes_say(passport: Rendered) -> None:
    box = passport.boxes["portrait"]
    other = render(passport.holder, passport.issue, stand_in(99), seed=1)
    changed = (passport.rgb != other.rgb).any(axis=2)
    inside = np.zeros_like(changed)
    inside[box.y : box.y + box.height, box.x : box.x + box.width] = True
    ghost = template("passport", 3).ghost
    if ghost:
        inside[ghost.y : ghost.y + ghost.height, ghost.x : ghost.x + ghost.width] = True
    assert changed[inside].mean() > 0.5
    assert not changed[~inside].any()


def test_dates_put_the_day_before_the_month_in_every_style() -> None:
    day = date(1999, 3, 28)
    written = {template("passport", number).written(day) for number in range(40)}
    assert written == {"28 MAR 1999", "28.03.1999", "28/03/1999", "1999-03-28"}


def test_a_zone_repeats_holder_and_issue(passport: Rendered) -> None:
    assert passport.lines == zone(passport.holder, passport.issue)
    read = reader.parse(passport.lines, today=date(2026, 1, 1))
    assert read is not None
    assert read.valid
    assert (read.number, read.birth_date, read.expiry_date) == ("X4RT7781K", date(1987, 6, 5), date(2031, 2, 2))


@given(wide=st.integers(20, 400), tall=st.integers(20, 400))
@settings(deadline=None, max_examples=30)
def test_a_portrait_of_any_shape_fits_its_box(wide: int, tall: int) -> None:
    source = np.full((tall, wide, 3), 77, np.uint8)
    fitted = fit(source, Box(x=0, y=0, width=90, height=110))
    assert fitted.shape == (110, 90, 3)
    assert (fitted == 77).all()


def test_long_text_shrinks_until_it_fits() -> None:
    px = fitting("A VERY LONG NAME INDEED", "bold", 30, 200)
    assert px < 30
    assert font("bold", px).getlength("A VERY LONG NAME INDEED") <= 200


def test_laying_ink_leaves_bare_places_alone() -> None:
    paper = np.full((20, 20, 3), 200, np.uint8)
    coverage = np.zeros((20, 20), np.float32)
    lay(paper, coverage, (0, 0, 0))
    assert (paper == 200).all()
    coverage[5:7, 5:7] = 0.5
    lay(paper, coverage, (0, 100, 0))
    assert paper[5, 5].tolist() == [100, 150, 100]
    assert (paper[8:] == 200).all()


def test_every_typeface_is_small_and_described() -> None:
    readme = (FOLDER / "README.md").read_text()
    for name in FILES.values():
        assert (FOLDER / name).stat().st_size < 60_000
        assert name in readme
