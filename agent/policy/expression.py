"""The language of `when`: comparisons of facts, joined by and, or, not, and evaluated with three truth values.

    face.similarity < threshold.face_mismatch and face.quality >= 0.5
    exposure.balance_usd / 1000 > 25 or document.type in ("passport", "id_card")
    known(liveness.verdict) and not document.readable

Each comparison reads exactly one fact, which may be scaled; it is kept as `fact operator constant`. A rule therefore
splits the domain of each fact at finitely many constants, and everything `agent.policy.decide` claims can be exact.
A fact can be known, unknown, or known to have no value (None: there was no such withdrawal, so no hours since then); a
comparison is unknown for the second and false for the third. `agent.policy.parse` makes expressions of text.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tools.evidence import Value

Operator = Literal["<", "<=", ">", ">=", "==", "!=", "in", "not in"]
Truth3 = bool | None
"""True, False, or None for unknown."""

COMPARATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
ORDERINGS = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Compare:
    """`fact operator value`. `threshold` names the threshold that `value` came from, if it was one; `scaled` says that
    the text multiplied or shifted it or the fact, so that it is not the threshold itself, with a unit to be checked."""

    fact: str
    operator: Operator
    value: Value | tuple[Value, ...]
    threshold: str = ""
    scaled: bool = False

    def holds(self, value: Value) -> bool:
        if isinstance(self.value, tuple):
            return (value in self.value) == (self.operator == "in")
        return COMPARATORS[self.operator](value, self.value)

    def truth(self, values: Values) -> Truth3:
        if self.fact not in values:
            return None
        value = values[self.fact]
        return value is not None and self.holds(value)


@dataclass(frozen=True, slots=True)
class Known:
    """`known(fact)`, or `unknown(fact)` where `wanted` is False."""

    fact: str
    wanted: bool

    def truth(self, values: Values) -> Truth3:
        return (values.get(self.fact) is not None) == self.wanted


@dataclass(frozen=True, slots=True)
class Total:
    """`weighted sum of counts operator bound`, over the findings that a disposition row counts."""

    weights: tuple[tuple[str, float], ...]
    operator: Operator
    bound: float


@dataclass(frozen=True, slots=True)
class Constant:
    """`true` or `false`."""

    truth: bool


@dataclass(frozen=True, slots=True)
class Not:
    part: Expression


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Expression, ...]


Leafy = Compare | Known | Total | Constant
Expression = Leafy | Not | And | Or
Values = Mapping[str, Value | None]
"""What is known, by fact; unknown facts are left out, None stands for a fact that has no value."""
Evaluator = Callable[[Values], Truth3]


def leaves(expression: Expression) -> Iterator[Leafy]:
    """Every leaf, in the order of the text."""
    if isinstance(expression, Not):
        yield from leaves(expression.part)
    elif isinstance(expression, And | Or):
        for part in expression.parts:
            yield from leaves(part)
    else:
        yield expression


def facts(expression: Expression) -> tuple[str, ...]:
    """The facts that an expression reads, each once, in the order of the text."""
    return tuple(dict.fromkeys(leaf.fact for leaf in leaves(expression) if isinstance(leaf, Compare | Known)))


def compiled(expression: Expression) -> Evaluator:
    """A function of the known values that gives the truth by Kleene's tables."""
    match expression:
        case Constant(truth):
            return lambda _: truth
        case Compare() | Known():
            return expression.truth
        case Not(part):
            return _negation(compiled(part))
        case And(parts):
            return _junction(tuple(map(compiled, parts)), ends=False)
        case Or(parts):
            return _junction(tuple(map(compiled, parts)), ends=True)
        case Total():
            raise TypeError("a total counts findings and reads no facts")


def reasons(expression: Expression, values: Values) -> tuple[Leafy, ...]:
    """The leaves that make a decided expression come out as it does, none where it is unknown.

    Of `a or b` only the parts that are true speak for its being true; of `a and b` all do.
    """
    settled = compiled(expression)(values)
    if settled is None:
        return ()
    match expression:
        case Not(part):
            return reasons(part, values)
        case And(parts) | Or(parts):
            alike = (part for part in parts if compiled(part)(values) is settled)
            return tuple(leaf for part in alike for leaf in reasons(part, values))
        case _:
            return (expression,)


def _negation(part: Evaluator) -> Evaluator:
    def evaluate(values: Values) -> Truth3:
        truth = part(values)
        return None if truth is None else not truth

    return evaluate


def _junction(parts: tuple[Evaluator, ...], *, ends: bool) -> Evaluator:
    """And is ended by a false part, or by a true one; an unknown part counts only where none ends it."""

    def evaluate(values: Values) -> Truth3:
        outcome: Truth3 = not ends
        for part in parts:
            truth = part(values)
            if truth is ends:
                return ends
            if truth is None:
                outcome = None
        return outcome

    return evaluate
