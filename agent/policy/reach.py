"""What the cases of some day and later can come to: rules that are settled, rows that facts can lead to. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import get_args

from agent.case import CaseType
from agent.policy.fire import policy_facts
from agent.policy.model import Policy
from agent.policy.possible import FALSE, TRUE
from agent.policy.weigh import disposition_table
from tools.evidence import FactSpec


@dataclass(frozen=True)
class Reach:
    """Over all case types: the rules that always fire (True) or never do (False), by id; the rows, by place, that some
    values of the facts lead to; and the first day on which no rule applies to a case type that has such a day."""

    settled: Mapping[str, bool]
    rows: frozenset[int]
    bare: Mapping[CaseType, str]


def reach(policy: Policy, specs: Mapping[str, FactSpec], today: str) -> Reach:
    """Try every set of rules that is in force together on `today` (ISO 8601) or later.

    Raises:
        PolicyError: a rule reads a fact that no spec declares, or compares it with something of another kind.
    """
    settled: dict[str, bool] = {}
    rows: set[int] = set()
    bare: dict[CaseType, str] = {}
    case_types: tuple[CaseType, ...] = get_args(CaseType)
    for day, case_type in product(_days(policy, today), case_types):
        ids = tuple(rule.id for rule in policy.active(case_type, day))
        if not ids:
            bare.setdefault(case_type, day)
            continue
        read = tuple(specs[name] for name in policy_facts(policy, ids))
        table = disposition_table(policy, ids, read, by_row=True)
        nodes = table.nodes([None] * len(table.facts))
        settled |= {rule: node == TRUE for rule, node in zip(ids, nodes, strict=True) if node in {FALSE, TRUE}}
        rows |= {*table.answer(table.view(nodes)).ends}
    return Reach(settled, frozenset(rows), bare)


def _days(policy: Policy, today: str) -> Iterator[str]:
    """Today, and each later day on which a rule comes into force or expires."""
    turns = {day for rule in policy.rules for day in (rule.effective, rule.expires) if day > today}
    yield from (today, *sorted(turns))
