"""The language of rules: hostile text, arbitrary values, and what three-valued logic promises."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import PolicyError
from agent.policy.domain import Domain, admit, describe
from agent.policy.expression import Compare, Expression, compiled, facts, leaves, reasons
from agent.policy.fire import fire
from agent.policy.model import load_policy
from agent.policy.parse import parse_row, parse_rule
from tools.evidence import Evidence, Fact, FactSpec, Ledger, Provenance
from tools.registry import all_tools, fact_specs

THRESHOLDS = {"x": 0.5, "y": 3.0}
POLICY = load_policy()
WORDS = """a.b c.d threshold.x threshold.z known(a.b) and or not in ( ) < == * / - 0.3 2 "s" true , [ ] . __class__
    lambda:0 fired('X') adverse is := ** if else {} f"{a.b}" """
words = st.sampled_from(WORDS.split())
hostile = st.one_of(st.text(max_size=60), st.lists(words, max_size=14).map(" ".join))
comparisons = st.builds(
    "{} {} {}".format,
    st.sampled_from(["a.b", "c.d", "2 * c.d", "1 - a.b"]),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.sampled_from(["threshold.x", "threshold.y", "0", "1.5"]),
)
sentences = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)
numbers = st.floats(-5, 5) | st.integers(-5, 5)


def _outcome(parse: Callable[[str], Expression], text: str) -> list[object]:
    try:
        return list(leaves(parse(text)))
    except PolicyError as error:
        return [error.what, error.remedy]


@given(hostile)
def test_any_text_becomes_an_expression_or_a_policy_error(text: str) -> None:
    assert all(_outcome(lambda text: parse_rule(text, THRESHOLDS), text))
    assert all(_outcome(parse_row, text))


@given(sentences, numbers, numbers)
def test_what_is_decided_on_part_of_the_facts_stays_decided(text: str, a: float, c: float) -> None:
    evaluate = compiled(parse_rule(text, THRESHOLDS))
    whole = evaluate({"a.b": a, "c.d": c})
    assert whole is not None
    assert all(evaluate(part) in {None, whole} for part in ({}, {"a.b": a}, {"c.d": c}))


@given(sentences, numbers, numbers)
def test_the_reasons_alone_make_a_condition_come_out(text: str, a: float, c: float) -> None:
    condition = parse_rule(text, THRESHOLDS)
    values = {"a.b": a, "c.d": c}
    because = {leaf.fact for leaf in reasons(condition, values) if isinstance(leaf, Compare)}
    assert because <= set(facts(condition))
    assert compiled(condition)({name: values[name] for name in because}) is compiled(condition)(values)


@given(st.lists(comparisons, min_size=1, max_size=4), numbers, st.sampled_from(["count", "number"]), st.booleans())
def test_every_value_lies_in_exactly_the_cell_that_its_comparisons_say(
    texts: list[str], value: float, kind: str, bounded: bool
) -> None:
    spec = FactSpec(name="a.b", kind=kind, meaning="m", low=-1 if bounded else None, high=4 if bounded else None)  # type: ignore[arg-type]
    found = [leaf for text in texts for leaf in leaves(parse_rule(text, THRESHOLDS)) if isinstance(leaf, Compare)]
    domain = Domain(spec, tuple(leaf for leaf in found if leaf.fact == "a.b"))
    admitted = admit(math.floor(value) if kind == "count" else value, spec)
    assert admitted is not None
    example = domain.cells[domain.index(admitted)][0].example
    assert domain.signature(example) == domain.signature(admitted)
    assert all(describe(domain, [cell]) for cell in range(len(domain.cells)))
    assert describe(domain, range(len(domain.cells))) == "anything"


@given(
    st.floats(-5, 5),
    st.lists(st.tuples(st.sampled_from(["<", "<=", "==", "!="]), st.sampled_from([-0.5, 0.0, 0.3, 4.0])), min_size=1),
    st.booleans(),
)
def test_a_cell_is_as_far_as_the_nearest_value_in_it(value: float, compared: list[Any], bounded: bool) -> None:
    spec = FactSpec(name="a.b", kind="number", meaning="m", low=-5 if bounded else None, high=5 if bounded else None)
    domain = Domain(spec, tuple(Compare("a.b", sign, cut) for sign, cut in compared))
    for cell in range(len(domain.cells)):
        gap = min(abs(value - step / 10) for step in range(-50, 51) if domain.index(step / 10) == cell)
        whole = 10 if bounded else max(abs(value), gap, 1)
        assert domain.distance(value, cell) == pytest.approx(gap / whole, abs=0.11 / whole)


@given(
    st.floats(-1, 1), st.floats(0.01, 0.5), st.lists(st.sampled_from([-0.5, 0.0, 0.3, 0.9]), min_size=1, unique=True)
)
def test_the_chances_of_the_cells_add_up_to_one(value: float, noise: float, cuts: list[float]) -> None:
    spec = FactSpec(name="a.b", kind="number", meaning="m", low=-1, high=1, noise=noise)
    masses = Domain(spec, tuple(Compare("a.b", "<", cut) for cut in cuts)).masses(value)
    assert math.isclose(sum(masses), 1)
    assert all(mass >= 0 for mass in masses)


values = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5))


@given(st.data())
def test_the_packaged_policy_takes_any_value_a_source_may_send(data: st.DataObject) -> None:
    told = data.draw(st.dictionaries(st.sampled_from(sorted(fact_specs())), values, max_size=12))
    ledger = Ledger()
    for tool in all_tools().values():
        sent = tuple(Fact(name=spec.name, value=told[spec.name]) for spec in tool.facts if spec.name in told)
        source = Provenance(tool=tool.name, version="1")
        ledger = ledger.append(
            Evidence(id=ledger.next_id, tool=tool.name, trust=tool.trust, facts=sent, provenance=source)
        )
    firing = fire(POLICY, "kyc", "2026-06-01", ledger, fact_specs())
    fired = {trace.rule for trace in firing.traces if trace.truth == "true"}
    assert {finding.rule for finding in firing.findings} == fired
    assert all(ledger.resolve(reference) for finding in firing.findings for reference in finding.references)
