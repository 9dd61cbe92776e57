"""`recommend` against brute force: small random policies over small domains, every completion tried one by one."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.case import DISPOSITIONS, Disposition, Recommendation
from agent.policy import possible
from agent.policy.decide import recommend, weighed
from agent.policy.model import Gap, Policy, Row, Rule
from agent.policy.weigh import STRICTNESS
from tools.evidence import Evidence, Fact, FactSpec, Ledger, Provenance, Unavailable
from tools.tool import Found, NoArguments, Tool

AS_OF = "2026-06-01T00:00:00Z"
NO_VALUE = "no value"
COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
SPECS = {
    spec.name: spec
    for spec in (
        FactSpec(name="a.flag", kind="flag", meaning="m"),
        FactSpec(name="b.kind", kind="category", meaning="m", choices=("x", "y", "z")),
        FactSpec(name="c.count", kind="count", meaning="m", low=0, high=4),
        FactSpec(name="d.share", kind="number", meaning="m", low=0, high=1, noise=0.1),
        FactSpec(name="e.hours", kind="number", meaning="m", low=0, high=9, none_where="e.n"),
        FactSpec(name="e.n", kind="count", meaning="m", low=0),
    )
}
DOMAINS = {
    "a.flag": (False, True),
    "b.kind": ("x", "y", "z"),
    "c.count": (0, 1, 2, 3, 4),
    "d.share": (0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0),
    "e.hours": (0.0, 1.0, 3.0, 5.0, 9.0, NO_VALUE),
}
"""Values of every cell that the constants below can cut. The last fact may turn out to have no value."""
TOOL = "all.facts"


@dataclass(frozen=True)
class Node:
    """A condition as text for the policy, and as a function for brute force. The two know nothing of each other."""

    text: str
    holds: Callable[[dict[str, object]], bool]


def _comparison(fact: str, symbol: str, constant: object) -> Node:
    literal = f'"{constant}"' if isinstance(constant, str) else str(constant).lower()
    return Node(
        f"{fact} {symbol} {literal}",
        lambda values: values[fact] != NO_VALUE and COMPARE[symbol](values[fact], constant),
    )


def _scaled(fact: str, symbol: str, constant: float) -> Node:
    """`1 - 2 * fact < 1 - 2 * constant`, which turns the comparison around."""
    return Node(
        f"1 - 2 * {fact} {symbol} 1 - {2 * constant}",
        lambda values: values[fact] != NO_VALUE and COMPARE[symbol](-values[fact], -constant),  # type: ignore[operator]
    )


orders = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
atoms = st.one_of(
    st.builds(_comparison, st.just("a.flag"), st.sampled_from(["==", "!="]), st.booleans()),
    st.builds(_comparison, st.just("b.kind"), st.sampled_from(["==", "!="]), st.sampled_from("xyz")),
    st.builds(_comparison, st.just("c.count"), orders, st.sampled_from([0, 1, 2.5, 3])),
    st.builds(_comparison, st.just("d.share"), orders, st.sampled_from([0.25, 0.5, 0.75])),
    st.builds(_scaled, st.just("d.share"), orders, st.sampled_from([0.25, 0.5])),
    st.builds(_comparison, st.just("e.hours"), orders, st.sampled_from([1, 5])),
    st.sampled_from(["a.flag", "e.hours"]).map(lambda f: Node(f"known({f})", lambda v: v[f] != NO_VALUE)),
    st.just(Node('b.kind in ("x", "z")', lambda v: v["b.kind"] in ("x", "z"))),
    st.just(Node("unknown(e.hours)", lambda v: v["e.hours"] == NO_VALUE)),
    st.sampled_from([Node("true", lambda _: True), Node("false", lambda _: False)]),
)


def _both(left: Node, right: Node) -> Node:
    return Node(f"({left.text}) and ({right.text})", lambda v: left.holds(v) and right.holds(v))


def _either(left: Node, right: Node) -> Node:
    return Node(f"({left.text}) or ({right.text})", lambda v: left.holds(v) or right.holds(v))


def _not(part: Node) -> Node:
    return Node(f"not ({part.text})", lambda v: not part.holds(v))


conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(st.builds(_both, inner, inner), st.builds(_either, inner, inner), st.builds(_not, inner)),
    max_leaves=3,
)
Counts = dict[str, int]
rows = st.lists(
    st.tuples(
        st.sampled_from(
            [
                ("adverse >= 2", lambda c: c["adverse"] >= 2),
                ("adverse_groups >= 2", lambda c: c["adverse_groups"] >= 2),
                ("adverse.document and not suspicious", lambda c: c["adverse.document"] > 0 and not c["suspicious"]),
                ("suspicious > mitigating", lambda c: c["suspicious"] > c["mitigating"]),
                ("suspicious - mitigating == 1", lambda c: c["suspicious"] - c["mitigating"] == 1),
                ("suspicious == 0 or mitigating >= 1", lambda c: c["suspicious"] == 0 or c["mitigating"] >= 1),
                ('fired("R-00") and suspicious != 1', lambda c: c["R-00"] > 0 and c["suspicious"] != 1),
            ]
        ),
        st.sampled_from(DISPOSITIONS),
    ),
    min_size=2,
    max_size=5,
)


@dataclass(frozen=True)
class World:
    """A policy, its conditions as functions, and what is known."""

    policy: Policy
    nodes: tuple[Node, ...]
    rows: tuple[tuple[Callable[[Counts], bool], Disposition], ...]
    known: dict[str, object]

    def disposition(self, values: dict[str, object]) -> Disposition:
        counts: Counts = dict.fromkeys(
            ("adverse", "suspicious", "mitigating", "adverse.document", "adverse_groups", "R-00"), 0
        )
        groups = set()
        for rule, node in zip(self.policy.rules, self.nodes, strict=True):
            if node.holds(values):
                for name in (rule.severity, f"{rule.severity}.{rule.group}", rule.id):
                    counts[name] = counts.get(name, 0) + 1
                groups |= {rule.group} if rule.severity == "adverse" else set()
        counts["adverse_groups"] = len(groups)
        return next((then for holds, then in self.rows if holds(counts)), "escalate")

    def completions(self, known: dict[str, object]) -> Iterator[dict[str, object]]:
        unknown = [name for name in DOMAINS if name not in known]
        for values in product(*(DOMAINS[name] for name in unknown)):
            yield known | dict(zip(unknown, values, strict=True))

    def recommend(self, known: dict[str, object] | None = None) -> Recommendation:
        return recommend(self.policy, "kyc", AS_OF, ledger_of(self.known if known is None else known), TOOLS)


def _found(*_: object) -> Found:
    raise AssertionError("nothing is asked here")


DECLARED = {name: tuple(SPECS[each] for each in (name, SPECS[name].none_where) if each) for name in DOMAINS}
TOOLS = {name: Tool(name, "m", _found, NoArguments, specs, "recorded", 1.0) for name, specs in DECLARED.items()}


def ledger_of(known: dict[str, object]) -> Ledger:
    """One piece of evidence a known fact, from a tool of the fact's name; a count of 0 says there is no value."""
    ledger = Ledger()
    for name, value in known.items():
        fact = Fact(name="e.n", value=0) if value == NO_VALUE else Fact(name=name, value=value)  # type: ignore[arg-type]
        source = Provenance(tool=name, version="1")
        told = Evidence(id=ledger.next_id, tool=name, trust="recorded", facts=(fact,), provenance=source)
        ledger = ledger.append(told)
    return ledger


@st.composite
def worlds(draw: st.DrawFn, all_known: bool = False) -> World:
    nodes = draw(st.lists(conditions, min_size=3, max_size=7))
    rules = tuple(
        Rule(
            id=f"R-{place:02}",
            reason_code="CODE",
            title="t",
            when=node.text,
            severity=draw(st.sampled_from(["adverse", "suspicious", "mitigating"])),
            group=draw(st.sampled_from(["document", "network"])),
            says="s",
            owner="o",
            effective="2025-01-01",
        )
        for place, node in enumerate(nodes)
    )
    chosen = draw(rows)
    policy = Policy(
        rules=rules,
        thresholds=(),
        rows=tuple(Row(id=f"row-{n}", when=text, then=then, why="w") for n, ((text, _), then) in enumerate(chosen)),
        requirements=(),
        gaps=(Gap(missing="", then="escalate", why="w"), Gap(missing="a.", then="request_resubmission", why="w")),
    )
    names = list(DOMAINS) if all_known else draw(st.lists(st.sampled_from(list(DOMAINS)), unique=True, max_size=3))
    known = {name: draw(st.sampled_from(DOMAINS[name])) for name in names}
    return World(policy, tuple(nodes), tuple((holds, then) for (_, holds), then in chosen), known)


@settings(max_examples=150)
@given(worlds())
def test_what_is_possible_is_exact(world: World) -> None:
    reached = {world.disposition(values) for values in world.completions(world.known)}
    assert set(world.recommend().possible) == reached


@settings(max_examples=60)
@given(worlds())
def test_open_facts_are_exactly_those_that_can_tell(world: World) -> None:
    telling = set()
    for name in DOMAINS:
        if name not in world.known:
            others = {k: v for k, v in DOMAINS.items() if k not in world.known and k != name}
            for rest in product(*others.values()):
                known = world.known | dict(zip(others, rest, strict=True))
                if len({world.disposition(known | {name: value}) for value in DOMAINS[name]}) > 1:
                    telling.add(name)
                    break
    assert set(world.recommend().open_facts) == telling


@given(worlds())
def test_what_is_missing_never_reads_as_innocent(world: World) -> None:
    made = world.recommend()
    least = min(made.possible, key=STRICTNESS.__getitem__)
    if len(made.possible) == 1:
        assert made.disposition == made.possible[0]
        assert not any(missing.matters for missing in made.missing)
    else:
        assert made.disposition != "approve"
        assert STRICTNESS[made.disposition] >= STRICTNESS[least]
        assert made.disposition != "reject" or least == "reject"
        assert {name for missing in made.missing if missing.matters for name in missing.facts} == set(made.open_facts)


@given(worlds(), st.data())
def test_learning_a_fact_never_makes_more_possible(world: World, data: st.DataObject) -> None:
    unknown = [name for name in DOMAINS if name not in world.known]
    if unknown:
        name = data.draw(st.sampled_from(unknown))
        before = world.recommend()
        after = world.recommend(world.known | {name: data.draw(st.sampled_from(DOMAINS[name]))})
        assert set(after.possible) <= set(before.possible)
        assert set(after.open_facts) <= set(before.open_facts) - {name}


@settings(max_examples=60)
@given(worlds(all_known=True))
def test_flips_are_all_the_single_changes_there_are(world: World) -> None:
    made = world.recommend()
    now = world.disposition(world.known)
    changed = {
        (name, world.disposition(world.known | {name: value}))
        for name, value in product(DOMAINS, range(9))
        if value < len(DOMAINS[name]) and world.known[name] != NO_VALUE
        for value in [DOMAINS[name][value]]
    }
    single = {(name, then) for name, then in changed if then != now}
    found = {(flip.changes[0].fact, flip.disposition) for flip in made.flips if len(flip.changes) == 1}
    assert made.disposition == now
    assert found <= single
    assert found == single or len(found) == 5
    assert all(len(flip.changes) == 1 for flip in made.flips) or not single


@given(worlds())
def test_the_same_ledger_gives_the_same_recommendation(world: World) -> None:
    again = Policy.from_json(world.policy.to_json())
    assert again.sha256 == world.policy.sha256
    assert recommend(again, "kyc", AS_OF, ledger_of(world.known), TOOLS) == world.recommend()


@given(worlds())
def test_what_a_table_forgets_changes_nothing(world: World) -> None:
    before = world.recommend()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(possible, "MEMORY", -1)
        assert world.recommend() == before


@given(worlds(), st.integers(0, 30))
def test_the_ends_that_are_reached_are_those_that_are_possible(world: World, most: int) -> None:
    scales = weighed(world.policy, "kyc", AS_OF, ledger_of(world.known), TOOLS)
    assert scales is not None
    view = scales.table.view(scales.table.nodes(scales.cells))
    ends = {*scales.table.answer(view).ends}
    found, part = scales.table.reached(view, (), 10**6), scales.table.reached(view, (), most)
    assert (found.ends, found.complete, found.states > 0 or len(ends) == 1) == (ends, True, True)
    assert part.ends <= ends
    assert part.states == min(most, found.states)
    assert part.complete is (found.states <= most)
    assert scales.table.reached(view, (9,), 10**6).ends == ends | {9}


@given(worlds())
def test_a_source_that_failed_leaves_its_facts_as_unknown_as_before(world: World) -> None:
    failed = ledger_of(world.known)
    for name in DOMAINS:
        if name not in world.known:
            source = Provenance(tool=name, version="1")
            failed = failed.append(
                Unavailable(id=failed.next_id, tool=name, reason="down", fault="customer", provenance=source)
            )
    made, before = recommend(world.policy, "kyc", AS_OF, failed, TOOLS), world.recommend()
    assert (made.possible, made.open_facts, made.disposition) == (
        before.possible,
        before.open_facts,
        before.disposition,
    )
    assert all(missing.reason == "down" for missing in made.missing)
