"""Security printing: every pattern is fine, faint and its own."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from vision.synth.documents import blank
from vision.synth.guilloche import PATTERNS
from vision.synth.printing import background, emblem, lay_foil, microtext, rainbow, stamp
from vision.synth.template import SERIES, Background, Emblem, template

STYLE = template("id_card", 3)
FOILED = next(template(*one) for one in SERIES["common"] if template(*one).printing.foil)
STAMPED = next(template(*one) for one in SERIES["common"] if template(*one).stamp)


@pytest.mark.parametrize("name", get_args(Background))
def test_a_pattern_covers_the_page_with_fine_lines(name: Background) -> None:
    drawn = PATTERNS[name](STYLE, np.random.default_rng(5))
    assert drawn.shape == (STYLE.height, STYLE.width)
    assert 0 <= drawn.min() <= drawn.max() <= 1
    assert 0.02 < drawn.mean() < 0.5
    assert np.abs(np.diff(drawn, axis=1)).mean() > 0.01
    quarters = [half.mean() for part in np.array_split(drawn, 2) for half in np.array_split(part, 2, axis=1)]
    assert min(quarters) > 0.005
    assert not np.array_equal(drawn, PATTERNS[name](STYLE, np.random.default_rng(6)))


def test_rainbow_inks_run_into_each_other() -> None:
    inks = rainbow(STYLE)
    assert [inks[9, at].tolist() for at in (0, -1)] == [list(STYLE.printing.inks[0]), list(STYLE.printing.inks[2])]
    assert np.abs(np.diff(inks.astype(int), axis=1)).max() <= 2


def test_a_background_stays_pale_so_that_fields_can_be_read() -> None:
    paper = np.full((STYLE.height, STYLE.width, 3), 230, np.uint8)
    printed = paper.copy()
    background(printed, STYLE)
    assert 1 < (paper.astype(int) - printed).mean() < 40
    assert printed.min() > 60


def test_every_emblem_stands_in_its_box() -> None:
    drawn = []
    for name in get_args(Emblem):
        style = replace(STYLE, printing=replace(STYLE.printing, emblem=name))
        rows, columns = np.nonzero(emblem(style))
        box = style.printing.emblem_box
        assert box.x - 12 <= columns.min() < columns.max() <= box.x + box.width + 12
        assert box.y - 12 <= rows.min() < rows.max() <= box.y + box.height + 12
        drawn.append(emblem(style).sum())
    assert len(set(drawn)) == len(drawn)


def test_microtext_is_five_pixels_high() -> None:
    rows = np.nonzero(microtext(STYLE).max(axis=1) > 0.2)[0]
    runs = np.split(rows, np.nonzero(np.diff(rows) > 1)[0] + 1)
    assert len(runs) == 3
    assert {len(run) for run in runs} <= {5, 6}


def test_a_foil_shines_in_its_box_alone_and_turns_with_the_view() -> None:
    page = np.full((FOILED.height, FOILED.width, 3), 128, np.uint8)
    turned, box = page.copy(), FOILED.printing.foil
    assert box is not None
    lay_foil(page, FOILED, 0.1)
    lay_foil(turned, FOILED, 0.6)
    inside = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
    assert (page[inside] != turned[inside]).mean() > 0.2
    assert np.abs(page[inside].astype(int) - 128).max() < 40
    page[inside] = 128
    assert (page == 128).all()


def test_a_stamp_is_where_its_box_says_and_never_twice_the_same() -> None:
    paper = np.full((STAMPED.height, STAMPED.width, 3), 240, np.uint8)
    first, second = paper.copy(), paper.copy()
    box = stamp(first, STAMPED, np.random.default_rng(1))
    stamp(second, STAMPED, np.random.default_rng(2))
    assert box is not None
    rows, columns = np.nonzero((first != paper).any(axis=2))
    assert box.x <= columns.min() < columns.max() < box.x + box.width
    assert box.y <= rows.min() < rows.max() < box.y + box.height
    assert len(rows) > 0.05 * box.width * box.height
    assert not np.array_equal(first, second)
    assert stamp(first, replace(STAMPED, stamp=None), np.random.default_rng(1)) is None


def test_a_blank_page_is_shared_and_cannot_be_written_to() -> None:
    page = blank("passport", 1)
    assert page is blank("passport", 1)
    with pytest.raises(ValueError, match="read-only"):
        page[0, 0] = 0
