"""Figures in words."""

from __future__ import annotations

import pytest

from agent.case import Leaf
from agent.render import format_beside, format_comparison, format_number, format_value
from tools.evidence import FactSpec, Value

SHARE = FactSpec(name="a.share", kind="number", meaning="m", low=0, high=1)
PART = FactSpec(name="a.part", kind="number", unit="share", meaning="m", low=0)
DAYS = FactSpec(name="a.days", kind="count", unit="days", meaning="m")
USD = FactSpec(name="a.usd", kind="number", unit="USD", meaning="m", low=0)
HOURS = FactSpec(name="a.hours", kind="number", unit="hours", meaning="m", low=0)
COUNT = FactSpec(name="a.count", kind="count", meaning="m", low=0)
FLAG = FactSpec(name="a.flag", kind="flag", meaning="m")
KIND = FactSpec(name="a.kind", kind="category", meaning="m", choices=("driving_licence", "passport"))


def in_units(unit: str) -> FactSpec:
    return FactSpec(name="a.units", kind="count", unit=unit, meaning="m")


def leaf(value: Value | None, threshold: Value | tuple[Value, ...] | None, name: str = "") -> Leaf:
    numbers = isinstance(value, int | float) and isinstance(threshold, int | float) and not isinstance(value, bool)
    return Leaf(
        fact="a.fact",
        evidence_id="E1",
        value=value,
        comparator="<",
        threshold=threshold,
        threshold_name=name,
        distance=value - threshold if numbers else None,  # type: ignore[operator]
        truth="true",
    )


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (0.2134, SHARE, "0.21"),
        (0.9234, PART, "92%"),
        (0.07, PART, "7%"),
        (1.4, PART, "140%"),
        (1, DAYS, "1 day"),
        (-3, DAYS, "-3 days"),
        (1234, DAYS, "1,234 days"),
        (12500.4, USD, "12,500 USD"),
        (3.5, HOURS, "3.50 hours"),
        (1.0, HOURS, "1 hour"),
        (-0.004, USD, "0.00 USD"),
        (-0.006, USD, "-0.01 USD"),
        (1, in_units("addresses"), "1 address"),
        (1, in_units("countries"), "1 country"),
        (1, in_units("boxes"), "1 box"),
        (2, in_units("countries"), "2 countries"),
        (True, FLAG, "yes"),
        (False, FLAG, "no"),
        ("driving_licence", KIND, "driving licence"),
    ],
)
def test_a_value_reads_by_its_kind_and_unit(value: Value, spec: FactSpec, text: str) -> None:
    assert format_value(value, spec) == text


@pytest.mark.parametrize(
    ("found", "spec", "text"),
    [
        (leaf(0.21, 0.36, "face_match"), SHARE, "0.21, below the 0.36 threshold"),
        (leaf(0.94, 0.8), SHARE, "0.94, above 0.80"),
        (leaf(0.8, 0.8), SHARE, "0.80, at 0.80"),
        (leaf(0.92, 0.5, "emptied_share"), PART, "92%, above the 50% threshold"),
        (leaf(0.496, 0.5, "emptied_share"), PART, "49.6%, below the 50.0% threshold"),
        (leaf(37, 90.0, "new"), DAYS, "37 days, below the 90 day threshold"),
        (leaf(12500, 10000.0, "limit"), USD, "12,500 USD, above the 10,000 USD threshold"),
        (leaf(True, True), FLAG, "yes"),
        (leaf("passport", ("passport", "driving_licence")), KIND, "passport"),
        (leaf(None, 3), DAYS, "unknown"),
    ],
)
def test_a_comparison_says_where_the_value_lies(found: Leaf, spec: FactSpec, text: str) -> None:
    assert format_comparison(found, spec) == text


def test_two_figures_that_differ_never_read_alike() -> None:
    assert format_comparison(leaf(0.4297, 0.43, "face_match"), SHARE) == "0.4297, below the 0.4300 threshold"


def test_a_number_that_is_no_fact_keeps_its_unit() -> None:
    numbers = ((18, "years"), (0.43, ""), (1, "days"), (0.5, "share"), (0.125, "share"))
    assert [format_number(*each) for each in numbers] == ["18 years", "0.43", "1 day", "50%", "12.50%"]


@pytest.mark.parametrize(
    ("value", "spec", "words", "told"),
    [
        (0.7996, SHARE, "0.80 or more", "0.7996"),
        (0.8, SHARE, "above 0.80", "0.80"),
        (0.7, SHARE, "0.80 or more", "0.70"),
        (0.7996, PART, "80% or more", "79.96%"),
        (0.8, PART, "above 80%", "80%"),
        (0.07, PART, "above 7%", "7%"),
        (11.98, HOURS, "12 hours or more", "11.98 hours"),
        (9999.7, USD, "10,000 USD or more", "9,999.7 USD"),
        (3, COUNT, "2 or fewer", "3"),
        (True, FLAG, "no", "yes"),
    ],
)
def test_a_figure_beside_a_bound_is_told_apart_from_it(value: Value, spec: FactSpec, words: str, told: str) -> None:
    assert format_beside(value, spec, words) == told
