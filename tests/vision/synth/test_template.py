"""What the series of documents have in common, and what tells them apart."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.synth.template import HELD_OUT, SERIES, STATES, DocumentKind, Split, Template, split_of, template
from vision.types import Box

KINDS: tuple[DocumentKind, ...] = ("passport", "id_card", "driving_licence")


def series(split: Split) -> list[Template]:
    return [template(kind, number) for kind, number in SERIES[split]]


def test_there_are_enough_series_and_no_two_look_alike() -> None:
    common, held_out = series("common"), series("held_out")
    assert len(common) >= 30
    assert len(held_out) >= 10
    looks = {
        (one.kind, one.typeface, one.printing.background, one.portrait, tuple(one.slots.values())) for one in common
    }
    assert len(looks) == len(common)
    assert len({(one.paper, one.accent, one.printing.seed) for one in common + held_out}) == len(common + held_out)


def test_held_out_series_share_no_typeface_and_no_background_with_common_ones() -> None:
    common, held_out = series("common"), series("held_out")
    for one in ("typeface", "label_typeface"):
        assert not {getattr(style, one) for style in common} & {getattr(style, one) for style in held_out}
    assert not {one.native_typeface for one in common} & {one.native_typeface for one in held_out}
    assert not {one.printing.background for one in common} & {one.printing.background for one in held_out}
    assert {split_of(number) for _, number in SERIES["held_out"]} == {"held_out"}


def test_series_are_of_many_scripts_zones_and_barcodes() -> None:
    common = series("common")
    assert {one.script for one in common} == {"latin", "cyrillic", "greek", "arabic", "devanagari", "georgian", "han"}
    assert {one.mrz_kind for one in common} == {"TD1", "TD2", "TD3", None}
    assert {one.barcode_kind for one in common} == {"pdf417", "qr", None}
    assert {one.printing.rainbow for one in common} == {one.grey_portrait for one in common} == {True, False}
    assert {one.script for one in series("held_out")} >= {"hebrew", "armenian", "arabic", "han"}


@pytest.mark.parametrize("kind", KINDS)
def test_series_are_stable_and_hold_every_field(kind: DocumentKind) -> None:
    styles = [template(kind, number) for number in range(14)]
    assert all(one.state in dict(STATES) for one in styles)
    assert all(len(one.slots) == 8 and set(one.slots) == set(one.labels) for one in styles)
    assert all((one.native is None) == (one.script == "latin") == (not one.native_labels) for one in styles)
    assert all((one.mrz is None) == (kind == "driving_licence") for one in styles)
    template.cache_clear()
    assert template(kind, 5) == styles[5]


def apart(one: Box, other: Box) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return beside or one.y + one.height <= other.y or other.y + other.height <= one.y


@settings(deadline=None, max_examples=80)
@given(kind=st.sampled_from(KINDS), number=st.one_of(st.integers(0, HELD_OUT), st.integers(HELD_OUT, 2**31)))
def test_no_part_leaves_the_page_or_enters_another_place(kind: DocumentKind, number: int) -> None:
    style = template(kind, number)
    bottom = style.mrz.y if style.mrz else style.height
    parts = [style.portrait, style.signature, *(box for box in (style.ghost, style.barcode) if box)]
    for slot in [*style.slots.values(), *([style.native] if style.native else [])]:
        assert slot.label_y + 20 < slot.value_y < bottom
        assert slot.width > 100
        parts.append(Box(x=slot.x, y=slot.value_y - 24, width=slot.width, height=26))
    assert all(apart(one, other) for one, other in combinations(parts, 2))
    for box in [*parts, *(box for box in (style.stamp, style.printing.foil) if box)]:
        assert 0 <= box.x <= style.width - box.width
        assert 0 <= box.y <= bottom - box.height
    assert all(name.isupper() and code.isalpha() for code, name in STATES)
