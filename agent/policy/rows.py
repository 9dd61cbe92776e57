"""The conditions of the disposition table, over the rules that fired and those that still may.

Sets of rules are bits of an int, by position. A row is true or false as soon as no rule that waits can change it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from agent.policy.expression import COMPARATORS, And, Constant, Expression, Not, Or, Total, Truth3
from agent.policy.model import Rule


class Undecided(NamedTuple):
    """A sum that leaves a row undecided: its `number`, the `groups` that count already and the rules that can still
    move it (`movers`), both as bits, and what it has come to."""

    number: int
    groups: int
    total: float
    movers: int


Trail = list[Undecided]
Condition = Callable[[int, int, Trail], Truth3]
"""The truth of a row, given the rules that fired and that wait; what leaves it undecided goes on the trail."""
Weights = Sequence[tuple[float, int]]
"""What each of some sets of rules adds to a sum: a set of single rules that add each, or a group that adds once."""


class Counted:
    """Makes conditions of rows over some rules: every sum over findings becomes weights over the rules, as bits."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._sums = 0

    def condition(self, row: Expression) -> Condition:
        """The condition of one row. Raises TypeError where it reads facts."""
        match row:
            case Constant(truth):
                return lambda fired, waiting, trail: truth
            case Not(part):
                return _negated(self.condition(part))
            case And(parts) | Or(parts):
                return _joined([self.condition(part) for part in parts], ends=isinstance(row, Or))
            case Total():
                return self._total(row)
        raise TypeError(f"a row counts findings, it does not read {row!r}")

    def _total(self, total: Total) -> Condition:
        self._sums += 1
        weights: dict[float, int] = {}
        groups: list[tuple[float, int]] = []
        for position in range(len(self._rules)):
            weight = sum(each for name, each in total.weights if counts(name, self._rules[position]))
            weights[weight] = weights.get(weight, 0) | 1 << position
        for name, weight in total.weights:
            groups += [(weight, members) for members in self._grouped(name) if members]
        carried = [(weight, rules) for weight, rules in weights.items() if weight]
        return _sum(self._sums, carried, groups, total)

    def _grouped(self, name: str) -> list[int]:
        """For `adverse_groups` the adverse rules of each group, as bits."""
        found: dict[str, int] = {}
        for position, rule in enumerate(self._rules):
            if name == f"{rule.severity}_groups":
                found[rule.group] = found.get(rule.group, 0) | 1 << position
        return list(found.values())


def counts(name: str, rule: Rule) -> bool:
    """Whether a count of that name counts this rule: by severity, severity and group, or id."""
    return name in {rule.severity, f"{rule.severity}.{rule.group}", f"fired:{rule.id}"}


def _sum(
    number: int, weights: Sequence[tuple[float, int]], groups: Sequence[tuple[float, int]], total: Total
) -> Condition:
    """The truth of `sum operator bound` from the least and greatest that the sum can still come to."""
    holds, bound, equality = COMPARATORS[total.operator], total.bound, total.operator in {"==", "!="}

    def look(fired: int, waiting: int, trail: Trail) -> Truth3:
        sure = down = up = 0.0
        moving = marked = 0
        for weight, rules in weights:
            sure += weight * (fired & rules).bit_count()
            more = weight * (waiting & rules).bit_count()
            if more:
                moving |= rules
                down, up = (down, up + more) if more > 0 else (down + more, up)
        for place, (weight, rules) in enumerate(groups):
            if fired & rules:
                sure, marked = sure + weight, marked | 1 << place
            elif waiting & rules:
                moving |= rules
                down, up = (down, up + weight) if weight > 0 else (down + weight, up)
        low, high = sure + down, sure + up
        if low == high or (not equality and holds(low, bound) == holds(high, bound)):
            return holds(low, bound)
        if equality and not low <= bound <= high:
            return total.operator == "!="
        trail.append(Undecided(number, marked, sure, moving & waiting))
        return None

    return look


def _negated(part: Condition) -> Condition:
    def look(fired: int, waiting: int, trail: Trail) -> Truth3:
        truth = part(fired, waiting, trail)
        return None if truth is None else not truth

    return look


def _joined(parts: Sequence[Condition], *, ends: bool) -> Condition:
    def look(fired: int, waiting: int, trail: Trail) -> Truth3:
        mark = len(trail)
        outcome: Truth3 = not ends
        for part in parts:
            truth = part(fired, waiting, trail)
            if truth is ends:
                del trail[mark:]
                return ends
            if truth is None:
                outcome = None
        return outcome

    return look
