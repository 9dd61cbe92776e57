from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.document import mrz as reader
from vision.document.mrz_format import failed
from vision.synth.documents import Faults, Holder, Issue, Rendered, fit, printed, render, zone
from vision.synth.mrz import CheckName, encode, spoilt, transliterate
from vision.synth.portraits import stand_in
from vision.synth.template import template
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


ALL_PARTS = {"native_name", "ghost", "stamp", "foil", "barcode", "mrz"}


def test_over_the_series_every_part_of_a_page_has_a_box_on_it(holder: Holder) -> None:
    seen: set[str] = set()
    for kind, number in (("id_card", 1), ("passport", 4), ("driving_licence", 5)):
        page = render(holder, Issue(kind, number, date(2021, 2, 3), date(2031, 2, 2)), stand_in(3), seed=4)
        height, width = page.rgb.shape[:2]
        for box in page.boxes.values():
            assert box.width > 0 < box.height
            assert 0 <= box.x <= width - box.width
            assert 0 <= box.y <= height - box.height
        seen |= set(page.boxes)
    assert seen >= ALL_PARTS | {"portrait", "signature", *printed(holder, page.issue)}


def test_a_broken_check_digit_is_printed_and_leaves_the_rest_alone(passport: Rendered) -> None:
    wrong = render(passport.holder, passport.issue, stand_in(3), seed=1, faults=Faults(checks=("birth_date",)))
    read = reader.parse(wrong.lines, today=date(2026, 1, 1))
    assert read is not None
    assert read.failed_checks == ("birth_date",)
    assert wrong.lines[0] == passport.lines[0]
    changed = (passport.rgb != wrong.rgb).any(axis=2)
    box = passport.boxes["mrz"]
    assert changed.any()
    assert not changed[: box.y].any()


@given(
    kind=st.sampled_from(["TD1", "TD2", "TD3"]),
    checks=st.sets(st.sampled_from(["number", "birth_date", "expiry_date", "optional", "composite"])),
)
@settings(deadline=None, max_examples=40)
def test_exactly_the_digits_asked_for_are_wrong(kind: str, checks: set[CheckName]) -> None:
    lines = encode(kind, code="P" if kind == "TD3" else "I", number="L898902C3", **SPECIMEN)
    wrong = spoilt(kind, lines, checks)
    assert [len(line) for line in wrong] == [len(line) for line in lines]
    expected = checks if kind == "TD3" else checks - {"optional"}
    assert set(failed(kind, "".join(wrong))) == expected
    assert spoilt(kind, lines, ()) == lines


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
