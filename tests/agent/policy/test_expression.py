"""The language of `when`: what it means, and what it refuses."""

from __future__ import annotations

import pytest

from agent.errors import PolicyError
from agent.policy.expression import Compare, Total, compiled, facts, leaves, reasons
from agent.policy.parse import parse_row, parse_rule

THRESHOLDS = {"low": 0.28, "k": 25.0}


def truth(text: str, **values: object) -> bool | None:
    return compiled(parse_rule(text, THRESHOLDS))({k.replace("_", "."): v for k, v in values.items()})  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a.b < threshold.low", Compare("a.b", "<", 0.28, "low")),
        ("threshold.low > a.b", Compare("a.b", "<", 0.28, "low")),
        ("a.b / 1000 > threshold.k", Compare("a.b", ">", 25000.0, "k", scaled=True)),
        ("5 - 2 * a.b <= 3", Compare("a.b", ">=", 1.0, "", scaled=True)),
        ("a.b >= threshold.low + 0.1", Compare("a.b", ">=", 0.38, "low", scaled=True)),
        ("-3 < a.b", Compare("a.b", ">", -3)),
        ('a.b in ("x", "y")', Compare("a.b", "in", ("x", "y"))),
        ('"x" == a.b', Compare("a.b", "==", "x")),
        ("a.b.c", Compare("a.b.c", "==", True)),
        ("a.b != false", Compare("a.b", "!=", False)),
    ],
)
def test_a_comparison_becomes_fact_operator_constant(text: str, made: Compare) -> None:
    (found,) = leaves(parse_rule(text, THRESHOLDS))
    assert isinstance(found, Compare)
    assert found.value == pytest.approx(made.value) if isinstance(made.value, float) else found.value == made.value
    assert (found.fact, found.operator, found.threshold, found.scaled) == (
        made.fact,
        made.operator,
        made.threshold,
        made.scaled,
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a.b > c.d", "reads a.b and c.d"),
        ("a.b - a.b > 0", "reads no fact"),
        ("1 < 2", "reads no fact"),
        ("threshold.unheard < a.b", "threshold 'unheard' is unknown"),
        ("a.b < 'x'", "orders values that have no order"),
        ("a.b is 3", "not in the language"),
        ("a.b * a.c > 3", "does not scale by a constant"),
        ("a.b / 0 > 1", "does not scale by a constant"),
        ("a.b < 1e400", "is not a dotted name"),
        ("a.b < " + "9" * 400, "is not a dotted name"),
        ("a.b in c.d", "is not a list of literals"),
        ("__import__('os').system('ls')", "is not a dotted name"),
        ("[a.b for a in ()]", "is not a dotted name"),
        ("(" * 300 + "a.b" + ")" * 300, "does not parse"),
        ("a.b and", "does not parse"),
        ("a.b\x00", "does not parse"),
        ("", "does not parse"),
        ("not " * 200 + "a.b", "is too large"),
        ("a.b or " * 300 + "a.b", "characters"),
    ],
)
def test_what_is_not_in_the_language_is_refused_by_name(text: str, why: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse_rule(text, THRESHOLDS)
    assert why in refused.value.what


def test_unknown_is_neither_true_nor_false() -> None:
    assert truth("a.b > 1") is None
    assert truth("not a.b > 1") is None
    assert truth("a.b > 1 and c.d > 1", c_d=0) is False
    assert truth("a.b > 1 or c.d > 1", c_d=2) is True
    assert truth("a.b > 1 and c.d > 1", c_d=2) is None
    assert truth("0 < a.b < 3", a_b=2) is True


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a.b < 2", [True, False, False]),
        ("a.b <= 2", [True, True, False]),
        ("a.b > 2", [False, False, True]),
        ("a.b >= 2", [False, True, True]),
        ("a.b == 2", [False, True, False]),
        ("a.b != 2", [True, False, True]),
        ("a.b in (1, threshold.k)", [True, False, False]),
        ("a.b not in [1, -3]", [False, True, True]),
        ("1 < a.b <= 2", [False, True, False]),
    ],
)
def test_a_comparison_holds_where_it_says(text: str, holds: list[bool]) -> None:
    assert [truth(text, a_b=value) for value in (1, 2, 3)] == holds


def test_a_fact_without_a_value_compares_false_and_is_not_known() -> None:
    assert truth("a.b < 3", a_b=None) is False
    assert truth("a.b != 3", a_b=None) is False
    assert truth("not a.b < 3", a_b=None) is True
    assert truth("known(a.b)", a_b=None) is False


def test_known_and_unknown_are_always_decided() -> None:
    assert truth("known(a.b) and a.b > 1", a_b=2) is True
    assert truth("known(a.b) and a.b > 1") is False
    assert truth("unknown(a.b)") is True


def test_the_reasons_are_the_leaves_that_made_it_so() -> None:
    condition = parse_rule("(a.b > 1 or c.d > 1) and not e.f", THRESHOLDS)
    values = {"a.b": 0, "c.d": 5, "e.f": False}
    assert [leaf.fact for leaf in reasons(condition, values) if isinstance(leaf, Compare)] == ["c.d", "e.f"]
    assert reasons(condition, {"a.b": 2}) == ()
    assert facts(condition) == ("a.b", "c.d", "e.f")


def test_a_row_counts_findings() -> None:
    (found,) = leaves(parse_row("suspicious - suspicious.capture >= mitigating + 2"))
    assert found == Total((("mitigating", -1), ("suspicious", 1), ("suspicious.capture", -1)), ">=", 2)
    (fired,) = leaves(parse_row('fired("FACE-02")'))
    assert fired == Total((("fired:FACE-02", 1),), ">", 0)


@pytest.mark.parametrize("text", ["1 < 2", "adverse in (1, 2)", "adverse - adverse > 0", "'x'"])
def test_a_row_that_counts_nothing_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        parse_row(text)


@pytest.mark.parametrize(
    ("when", "value"),
    [("x.y / 10 <= 0.3", 3), ("x.y / 100 == 0.29", 29), ("x.y >= 0.1 + 0.2", 0.3), ("x.y * 0.1 >= 0.7", 7)],
)
def test_a_bound_is_what_was_written(when: str, value: float) -> None:
    assert compiled(parse_rule(when, {}))({"x.y": value})
