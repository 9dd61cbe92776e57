"""Text to `agent.policy.expression`: Python's own parser for the grammar, an allow-list of nodes for the meaning.

Whatever the text holds, parsing ends in an expression or a PolicyError; no part of it is executed.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass

from agent.errors import PolicyError
from agent.policy.expression import ORDERINGS, And, Compare, Constant, Expression, Known, Not, Operator, Or, Total
from tools.evidence import Value

MAX_LENGTH = 1000
MAX_NODES = 300
MAX_NUMBER = 1e15
_OPERATORS: Mapping[type[ast.cmpop], Operator] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_MIRRORED: Mapping[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class _Linear:
    """`sum of weight * name, plus constant`, with the thresholds that went into the constant."""

    weights: Mapping[str, float]
    constant: float
    thresholds: tuple[str, ...] = ()

    def plus(self, other: _Linear, sign: int) -> _Linear:
        weights = dict(self.weights)
        for name, weight in other.weights.items():
            weights[name] = weights.get(name, 0) + sign * weight
        kept = {name: weight for name, weight in weights.items() if weight}
        return _Linear(kept, self.constant + sign * other.constant, self.thresholds + other.thresholds)

    def times(self, factor: float, thresholds: tuple[str, ...]) -> _Linear:
        weights = {name: weight * factor for name, weight in self.weights.items() if factor}
        return _Linear(weights, self.constant * factor, self.thresholds + thresholds)


def parse_rule(text: str, thresholds: Mapping[str, float]) -> Expression:
    """The condition of a rule, over facts, with the thresholds put in.

    Raises:
        PolicyError: not in the language, a comparison of no fact or of several, an unknown threshold.
    """
    return _Parser(text, thresholds, counts=False).parse()


def parse_row(text: str) -> Expression:
    """The condition of a disposition row, over counts of findings and `fired("RULE")`. Raises as `parse_rule` does."""
    return _Parser(text, {}, counts=True).parse()


class _Parser:
    def __init__(self, text: str, thresholds: Mapping[str, float], *, counts: bool) -> None:
        self.text, self.thresholds, self.counts = text.strip(), thresholds, counts

    def parse(self) -> Expression:
        if len(self.text) > MAX_LENGTH:
            raise PolicyError(f"an expression of {len(self.text)} characters", f"keep it under {MAX_LENGTH}")
        try:
            tree = ast.parse(self.text, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            why = str(error).removesuffix(" (<unknown>, line 1)")
            what = f"{self.text[:60]!r} does not parse: {why}"
            raise PolicyError(what, "write comparisons joined by and, or") from None
        if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
            raise PolicyError(f"{self.text[:60]!r} is too large", "split it into several rules")
        return self.truth(tree.body)

    def refuse(self, node: ast.AST, why: str, remedy: str) -> PolicyError:
        return PolicyError(f"{ast.unparse(node)[:60]!r} {why}", remedy)

    def truth(self, node: ast.expr) -> Expression:
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                return And(tuple(map(self.truth, values)))
            case ast.BoolOp(values=values):
                return Or(tuple(map(self.truth, values)))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.truth(operand))
            case ast.Compare():
                return self.chain(node)
            case ast.Call(func=ast.Name(id="known" | "unknown" as word), args=[argument], keywords=[]):
                return Known(self.name(argument), word == "known")
            case ast.Constant(value=bool(value)):
                return Constant(value)
            case ast.Name(id="true" | "false" as word):
                return Constant(_TRUTHS[word])
        return self.bare(node)

    def bare(self, node: ast.expr) -> Expression:
        """A name alone: a flag that is true, or a count that is not zero."""
        if self.counts:
            return self.total(node, ">", ast.Constant(0))
        return Compare(self.name(node), "==", True)

    def chain(self, node: ast.Compare) -> Expression:
        sides = [node.left, *node.comparators]
        parts = []
        for left, sign, right in zip(sides, node.ops, sides[1:], strict=False):
            symbol = _OPERATORS.get(type(sign))
            if symbol is None:
                raise self.refuse(node, "uses a comparison that is not in the language", "use < <= > >= == != in")
            parts.append(self.comparison(node, left, symbol, right))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def comparison(self, node: ast.Compare, left: ast.expr, symbol: Operator, right: ast.expr) -> Expression:
        if self.counts:
            return self.total(left, symbol, right)
        if symbol in {"in", "not in"}:
            return Compare(self.name(left), symbol, self.members(right))
        for one, other, sign in ((left, right, symbol), (right, left, _MIRRORED[symbol])):
            word = self.word(other)
            if word is not None:
                if sign in ORDERINGS:
                    raise self.refuse(node, "orders values that have no order", "use == or !=")
                return Compare(self.name(one), sign, word)
        return self.numeric(node, self.linear(left), symbol, self.linear(right))

    def numeric(self, node: ast.Compare, left: _Linear, symbol: Operator, right: _Linear) -> Compare:
        """Bring `a * fact + b < c` into the form `fact < (c - b) / a`."""
        both = left.plus(right, -1)
        if len(both.weights) != 1:
            read = " and ".join(both.weights) or "no fact"
            raise self.refuse(node, f"reads {read}", "compare exactly one fact; a ratio of two needs a fact of its own")
        ((fact, weight),) = both.weights.items()
        bound = -both.constant if weight == 1 else both.constant if weight == -1 else -both.constant / weight
        if not (math.isfinite(bound) and math.isfinite(weight)):
            raise self.refuse(node, "compares with a number out of range", "use finite numbers")
        named = both.thresholds[0] if len(both.thresholds) == 1 else ""
        written = _as_written(bound)
        scaled = abs(weight) != 1 or bool(named and self.thresholds[named] != written)
        return Compare(fact, symbol if weight > 0 else _MIRRORED[symbol], written, named, scaled)

    def total(self, left: ast.expr, symbol: Operator, right: ast.expr) -> Total:
        both = self.linear(left).plus(self.linear(right), -1) if symbol in _MIRRORED else None
        if both is None or not both.weights:
            raise self.refuse(left, "does not count findings", "compare counts such as adverse or suspicious.access")
        return Total(tuple(sorted(both.weights.items())), symbol, -both.constant + 0)

    def linear(self, node: ast.expr) -> _Linear:
        match node:
            case ast.Constant(value=int() | float() as value) if type(value) is not bool and abs(value) < MAX_NUMBER:
                return _Linear({}, value)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.linear(operand).times(-1, ())
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.linear(left).plus(self.linear(right), 1)
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                return self.linear(left).plus(self.linear(right), -1)
            case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
                return self.scaled(node, self.linear(left), self.linear(right))
            case ast.Attribute(value=ast.Name(id="threshold"), attr=name):
                return self.threshold(name)
        return _Linear({self.name(node): 1}, 0)

    def scaled(self, node: ast.BinOp, left: _Linear, right: _Linear) -> _Linear:
        if isinstance(node.op, ast.Mult) and right.weights:
            left, right = right, left
        divides = isinstance(node.op, ast.Div)
        if right.weights or (divides and not right.constant):
            raise self.refuse(node, "does not scale by a constant", "multiply or divide by a number that is not zero")
        return left.times(1 / right.constant if divides else right.constant, right.thresholds)

    def threshold(self, name: str) -> _Linear:
        if name not in self.thresholds:
            raise PolicyError(f"threshold {name!r} is unknown", "add it to thresholds.yaml")
        return _Linear({}, self.thresholds[name], (name,))

    def name(self, node: ast.expr) -> str:
        """A dotted name, or in a row `fired("RULE")`, which counts as a name of its own."""
        match node:
            case ast.Call(func=ast.Name(id="fired"), args=[ast.Constant(value=str(rule))], keywords=[]) if self.counts:
                return f"fired:{rule}"
            case ast.Attribute(value=ast.Name(id=root), attr=attribute) if root != "threshold":
                return f"{root}.{attribute}"
            case ast.Attribute(value=ast.Attribute() as inner, attr=attribute):
                return f"{self.name(inner)}.{attribute}"
            case ast.Name(id=name) if self.counts:
                return name
        raise self.refuse(node, "is not a dotted name", "name a fact, a threshold or a literal")

    def word(self, node: ast.expr) -> Value | None:
        match node:
            case ast.Constant(value=str() | bool() as value):
                return value
            case ast.Name(id="true" | "false" as word):
                return _TRUTHS[word]
        return None

    def members(self, node: ast.expr) -> tuple[Value, ...]:
        if not isinstance(node, ast.Tuple | ast.List) or not node.elts:
            raise self.refuse(node, "is not a list of literals", 'write in ("a", "b")')
        return tuple(self.member(each) for each in node.elts)

    def member(self, node: ast.expr) -> Value:
        word = self.word(node)
        if word is not None:
            return word
        number = self.linear(node)
        if number.weights:
            raise self.refuse(node, "is not a literal", "list literals or thresholds")
        return number.constant


def _as_written(bound: float) -> float:
    """A bound without what binary fractions add to it: 0.3 / 0.1 is 3, and not the number below."""
    return float(f"{bound:.12g}") + 0
