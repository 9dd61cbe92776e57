"""Parts of what can be drawn: apart from one another, each spread over all of it, and the whole untouched."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.world.people import populate
from evals.world.pictures import CANDIDATES
from evals.world.stage import play
from evals.world.stratum import ENOUGH, HEADS, WHOLE, Stratum

PARTS = [Stratum(place, 3) for place in range(3)]
measures = st.floats(0, 1, exclude_max=True)


@given(st.integers(0, 10**9), measures)
def test_the_whole_changes_nothing(number, share):
    assert WHOLE.number(number) == number
    assert WHOLE.face(number) == number
    assert WHOLE.count(number, 0, 10**9) == number
    assert WHOLE.measure(5 + share, 5, 6) == 5 + share


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_no_number_and_no_head_is_of_two_parts(one, other):
    for left, right in combinations(PARTS, 2):
        assert left.number(one) != right.number(other)
        assert abs(left.face(one) - right.face(other)) >= CANDIDATES
    assert CANDIDATES <= HEADS


@given(measures, measures, st.floats(0, 1e5), st.floats(1, 1e5))
def test_measures_of_two_parts_are_a_cent_apart_and_stay_in_their_range(one, other, low, width):
    high = low + width
    for left, right in combinations(PARTS, 2):
        values = [part.measure(low + share * width, low, high) for part, share in ((left, one), (right, other))]
        assert all(low <= value < high for value in values)
        assert abs(values[0] - values[1]) > 0.007 * width


@given(measures, st.sampled_from(PARTS))
def test_a_part_moves_a_measure_by_less_than_a_piece(share, part):
    assert abs(part.measure(share, 0.0, 1.0) - share) < 1 / 9


@given(st.integers(0, 50), st.integers(0, 400), st.data())
def test_counts_of_wide_ranges_are_shared_out_and_narrow_ones_left_to_all(low, width, data):
    drawn = data.draw(st.integers(low, low + width))
    moved = [part.count(drawn, low, low + width) for part in PARTS]
    assert all(low <= value <= low + width for value in moved)
    if width + 1 >= ENOUGH * 3:
        assert [(value - low) % 3 for value in moved] == [0, 1, 2]
    else:
        assert moved == [drawn] * 3


def test_a_range_of_nothing_stays_what_it_is():
    assert PARTS[2].measure(4.0, 4.0, 4.0) == 4.0


@pytest.mark.parametrize("part", PARTS)
def test_people_of_a_part_are_as_usual_and_have_names_of_their_own_kind_alone(part):
    people = populate(np.random.default_rng(1), 300, part)
    assert len({person.customer_id for person in people}) == 300
    assert {(int(person.customer_id[1:]) - 100_000) % 3 for person in people} == {part.place}
    assert {int(person.number[1:]) % 3 for person in people} == {part.place}
    assert {person.face // HEADS % 3 for person in people} == {part.place}


def test_what_a_story_draws_is_kept_with_it():
    world = play(4, 0, 40, PARTS[1])
    assert all(low <= value <= high for played in world.cases for low, high, value in played.drawn)
    assert sum(bool(played.drawn) for played in world.cases) > 30
    assert {played.case_id[:2] for played in world.cases} == {"C-"}
    assert play(4, 0, 3, Stratum(1, 3, "V")).cases[0].case_id == "V-1001"
