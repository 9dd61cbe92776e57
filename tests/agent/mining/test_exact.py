"""Chances against what counting every way gives."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.mining.exact import fisher, holm


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), *(st.integers(0, n) for _ in range(3)))))
def test_it_is_the_share_of_all_ways_to_draw(drawn: tuple[int, int, int, int]) -> None:
    total, taken, wanted, caught = drawn
    ways = sum(comb(wanted, k) * comb(total - wanted, taken - k) for k in range(caught, min(wanted, taken) + 1))
    assert fisher(caught, taken, wanted, total) == pytest.approx(ways / comb(total, taken), abs=1e-9)


def test_five_of_each_are_the_fewest_that_ten_conditions_at_once_leave_something_to_find() -> None:
    assert holm([fisher(5, 5, 5, 10)] * 10)[0] < 0.05 < holm([fisher(4, 4, 4, 8)] * 10)[0]


def test_holm_takes_the_smallest_times_their_number_and_never_lets_a_later_one_be_smaller() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]
