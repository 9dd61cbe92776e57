"""What lines are by their place and size alone."""

import numpy as np
import pytest

from vision.document import layout
from vision.document.quads import Floats


def box(x: float, y: float, width: float, height: float, tilt: float = 0.0) -> Floats:
    corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]], np.float32)
    return np.asarray(corners @ turn, np.float32)


FORM = (
    (0, -40, 160, 44), (0, 60, 120, 20), (0, 95, 180, 30), (400, 60, 60, 20), (400, 95, 20, 26),
    (0, 150, 140, 20), (0, 185, 220, 30), (0, 240, 130, 20), (0, 275, 150, 30),
)  # fmt: skip
ZONE = ((0, 400, 900, 36), (4, 448, 896, 36))


@pytest.mark.parametrize("tilt", [0.0, 0.1, -0.1])
def test_a_label_is_the_smaller_line_right_above_a_value(tilt: float) -> None:
    quads = [box(*each, tilt=tilt) for each in FORM]
    assert layout.labels(quads) == {1: 2, 3: 4, 5: 6, 7: 8}


def test_a_value_has_one_label_the_nearest() -> None:
    quads = [box(0, 0, 200, 26), box(0, 34, 120, 20), box(0, 66, 200, 30)]
    assert layout.labels(quads) == {1: 2}


def test_what_stands_farther_above_than_is_usual_is_no_label() -> None:
    quads = [box(0, 0, 120, 20), box(0, 32, 180, 25), box(0, 95, 200, 30), box(400, 60, 90, 20), box(400, 95, 180, 30)]
    assert layout.labels(quads) == {0: 1, 3: 4}
    assert layout.labels(quads[:3]) == {0: 1}
    assert layout.labels(quads[1:3]) == {0: 1}
    assert layout.labels([]) == {}


@pytest.mark.parametrize("other", [(0, 35, 200, 20), (300, 35, 200, 30), (0, 200, 200, 30), (0, -40, 200, 30)])
def test_what_is_no_larger_or_elsewhere_has_no_label(other: tuple[float, ...]) -> None:
    assert layout.labels([box(0, 0, 120, 20), box(*other)]) == {}


def test_a_line_that_may_hold_two_labels_is_not_taken_for_one() -> None:
    assert layout.labels([box(0, 0, 500, 20), box(0, 34, 200, 30)]) == {}


def test_what_stands_above_all_labels_is_a_title() -> None:
    quads = [box(*each) for each in FORM]
    assert layout.from_top(quads, layout.labels(quads)) == set(range(1, 9))
    assert layout.from_top(quads, {1: 2}) == set(range(9))


@pytest.mark.parametrize("tilt", [0.0, 0.1])
def test_a_label_that_was_not_found_is_expected_where_the_others_stand(tilt: float) -> None:
    quads = [box(*each, tilt=tilt) for each in FORM]
    found = {label: value for label, value in layout.labels(quads).items() if label != 5}
    (expected,) = layout.expected(quads, found, [6])
    assert np.allclose(expected, box(0, 150, layout.HEAD * 20, 20, tilt=tilt), atol=0.5)
    assert layout.expected(quads, {}, [6]) == []


def test_the_head_of_a_line_is_cut_along_it() -> None:
    long, short = box(10, 20, 400, 20, tilt=0.05), box(0, 0, 60, 20)
    head = layout.head(long)
    assert np.allclose(head[0], long[0])
    assert np.linalg.norm(head[1] - head[0]) == pytest.approx(layout.HEAD * 20, rel=1e-3)
    assert np.array_equal(layout.head(short), short)
    assert np.array_equal(long, box(10, 20, 400, 20, tilt=0.05))


@pytest.mark.parametrize("tilt", [0.0, 0.12])
def test_a_zone_is_found_below_and_left_out_of_the_rest(tilt: float) -> None:
    quads = [box(*each, tilt=tilt) for each in (*FORM, *ZONE)]
    rows = next(layout.zones(quads))
    assert len(rows) == 2
    assert len(layout.outside(quads, rows)) == len(FORM)


def test_pieces_of_a_row_are_joined() -> None:
    pieces = [box(0, 400, 500, 36), box(520, 401, 380, 36), box(0, 448, 900, 36)]
    (rows,) = layout.zones(pieces)
    assert np.allclose(rows[0][[1, 2], 0], 900)


def test_print_beside_the_page_is_no_part_of_its_zone() -> None:
    quads = [box(*each) for each in (*FORM, *ZONE, (930, 402, 130, 34), (920, 450, 140, 34))]
    joined, alone = layout.zones(quads)
    assert [row[1, 0] for row in joined] == [1060, 1060]
    assert [row[1, 0] for row in alone] == [900, 900]


def test_three_lines_come_before_two_and_the_lowest_first() -> None:
    rows = [box(0, 400 + 48 * place, 900, 36) for place in range(3)]
    assert [len(found) for found in layout.zones(rows)] == [3, 2, 2]
    first_pair = list(layout.zones(rows))[1]
    assert first_pair[0][0, 1] == 448


@pytest.mark.parametrize(
    "lines",
    [(), ((0, 0, 900, 36),), ((0, 0, 900, 36), (0, 300, 900, 36)), ((0, 0, 900, 36), (300, 48, 400, 30))],
)
def test_lines_apart_or_uneven_are_no_zone(lines: tuple[tuple[float, ...], ...]) -> None:
    assert list(layout.zones([box(*each) for each in lines])) == []


@pytest.mark.parametrize("tilt", [0.0, 0.1])
@pytest.mark.parametrize("found", [300, 500])
@pytest.mark.parametrize("lost", [0, 1])
def test_a_row_of_the_zone_whose_end_was_not_found_is_drawn_out(lost: int, found: int, tilt: float) -> None:
    zone = [(0, 400, 900, 36), (0, 448, 900, 36)]
    zone[lost] = (0, zone[lost][1], found, 36)
    quads = [box(*each, tilt=tilt) for each in (*FORM, *zone, (700, zone[lost][1], 200, 36))]
    (rows,) = layout.zones(quads)
    assert all(np.linalg.norm(row[1] - row[0]) == pytest.approx(900, abs=2) for row in rows)
    assert len(layout.outside(quads, rows)) == len(FORM)
