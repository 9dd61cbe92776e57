"""What no case comes to: settled rules, rows that no values of the facts lead to, case types without a rule."""

from __future__ import annotations

from collections.abc import Iterator

from agent.policy.expression import Expression, Total, leaves
from agent.policy.files import Folder
from agent.policy.lint.problem import Problem
from agent.policy.model import Policy, Row, Rule
from agent.policy.reach import Reach
from agent.policy.rows import counts


def reach_problems(entries: Folder, policy: Policy, found: Reach, today: str) -> Iterator[Problem]:
    """Rules that cannot fire or always do, rows that no values of the facts lead to, case types without a rule."""
    for case_type, bare in found.bare.items():
        yield Problem("evidence.yaml:1", f"no rule applies to case type {case_type!r} on {bare}")
    for entry, rule in zip(entries.rules, policy.rules, strict=True):
        if rule.id in found.settled:
            how = "always fires" if found.settled[rule.id] else "can never fire"
            yield Problem(entry.where("when"), f"{rule.id}: {how}, whatever its facts are")
    for place, row in unreached(policy, found) if found.all_rows else ():
        expired = _expired(policy, policy.table[place][1], today)
        over = "".join(f"; {rule.id} expired on {rule.expires}" for rule in expired)
        yield Problem(entries.dispositions[place].where("when"), f"{row.id}: no case can reach this row{over}")


def unreached(policy: Policy, found: Reach) -> Iterator[tuple[int, Row]]:
    """The rows that were not found to be reached, by place, but for the last one, which is for all else."""
    return ((place, row) for place, row in enumerate(policy.rows[:-1]) if place not in found.rows)


def _expired(policy: Policy, when: Expression, today: str) -> list[Rule]:
    """The rules that a row counts and that are in force no more."""
    named = {name for leaf in leaves(when) if isinstance(leaf, Total) for name, _ in leaf.weights}
    over = [rule for rule in policy.rules if rule.standing(today) == "expired"]
    return [rule for rule in over if any(counts(name, rule) for name in named)]
