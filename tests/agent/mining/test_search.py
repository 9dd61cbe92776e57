"""What a conjunction holds for is what the policy's own evaluator says, and unknown fulfils nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.mining.examples import Example
from agent.mining.search import LEAST, LONGEST, Examples, threshold
from agent.policy.domain import admit
from agent.policy.expression import compiled, leaves
from agent.policy.parse import parse_rule
from tools.evidence import FactSpec

Make = Callable[..., list[Example]]
SPECS = {
    "a.n": FactSpec(name="a.n", kind="number", meaning="x"),
    "a.c": FactSpec(name="a.c", kind="count", meaning="x", low=0, none_where="a.k"),
    "a.k": FactSpec(name="a.k", kind="count", meaning="x", low=0),
    "b.f": FactSpec(name="b.f", kind="flag", meaning="x"),
    "b.w": FactSpec(name="b.w", kind="category", meaning="x", choices=("p", "q")),
}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "a.n": st.floats(-1e6, 1e6),
    "a.c": st.none() | st.integers(0, 9),
    "a.k": st.integers(0, 2),
    "b.f": st.booleans(),
    "b.w": st.sampled_from(["p", "q"]),
}
ROWS = st.lists(st.tuples(st.fixed_dictionaries({}, optional=VALUES), st.booleans()), min_size=8, max_size=40)


@given(ROWS)
def test_what_is_found_holds_as_the_policy_says_and_never_where_a_fact_is_unknown(rows: Any) -> None:
    values, wanted = [row for row, _ in rows], [label for _, label in rows]
    for found in Examples(values, wanted, SPECS).search(0.0):
        condition = parse_rule(found.text, {})
        truth = compiled(condition)
        assert [truth(row) is True for row in values] == found.holds.tolist()
        asked = {leaf.fact for leaf in leaves(condition)}  # type: ignore[union-attr]
        inside = [place for place, held in enumerate(found.holds) if held]
        assert not any(values[place].get(name) is None for place in inside for name in asked)
        assert found.caught == sum(wanted[place] for place in inside) >= LEAST
        assert len(found.terms) <= LONGEST


@given(ROWS)
def test_each_condition_carries_a_value_that_fulfils_it_and_one_that_does_not(rows: Any) -> None:
    for found in Examples([row for row, _ in rows], [label for _, label in rows], SPECS).search(0.0):
        for term in found.terms:
            assert (term.compare.holds(term.fulfils), term.compare.holds(term.fails)) == (True, False)
            for value in (term.fulfils, term.fails):
                assert admit(value, SPECS[term.compare.fact]) == value


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.booleans())
def test_a_threshold_lies_above_the_one_and_not_above_the_other(low: float, gap: float, whole: bool) -> None:
    low, high = (float(int(low)), float(int(low) + 1 + int(gap))) if whole else (low, low + gap)
    at = threshold(low, high, whole=whole)
    assert at is None or (low < at <= high and float(f"{at:.12g}") == at and not (whole and at % 1))


@pytest.mark.parametrize(
    ("low", "high", "whole", "at"),
    [
        (219.3, 223.8, False, 220),
        (0.4123, 0.4987, False, 0.46),
        (3, 4, True, 4),
        (2, 3, True, 3),
        (95, 130, True, 100),
        (-3, 0, True, -1),
        (1.0, 1.0 + 1e-15, False, None),
    ],
)
def test_a_threshold_is_what_a_person_would_write(low: float, high: float, whole: bool, at: float | None) -> None:
    assert threshold(low, high, whole=whole) == (None if at is None else pytest.approx(at))


def test_what_is_told_in_part_is_not_compared_beyond_and_text_never(make_examples: Make, specs: Any) -> None:
    """Devices that more than seven share are told from there on; the number of a document is nobody's condition."""
    examples = make_examples(200, lambda told, _: told.get("device.accounts_sharing", 0) >= 15)
    searched = Examples([each.values for each in examples], [each.fraud for each in examples], specs)
    terms = [term.compare for found in searched.search(0.0) for term in found.terms]
    sharing = {float(term.value) for term in terms if term.fact == "device.accounts_sharing"}  # type: ignore[arg-type]
    assert sharing
    assert max(sharing) <= 7
    assert "document.number" not in {term.fact for term in terms}
