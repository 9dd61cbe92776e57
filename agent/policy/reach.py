"""What the cases of some day and later can come to: rules that are settled, rows that facts can lead to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import get_args

from agent.case import CaseType
from agent.policy.fire import policy_facts
from agent.policy.model import Policy
from agent.policy.possible import FALSE, TRUE, Table
from agent.policy.weigh import disposition_table
from tools.evidence import FactSpec

STATES = 20_000
"""How many states the search for rows looks at, over all case types: some ten seconds."""


@dataclass(frozen=True)
class Reach:
    """Over all case types: the rules that always fire (True) or never do (False), by id; the rows, by place, that some
    values of the facts lead to, which are `all_rows` unless the rules join more facts than can be tried; and the first
    day on which no rule applies to a case type that has such a day."""

    settled: Mapping[str, bool]
    rows: frozenset[int]
    all_rows: bool
    bare: Mapping[CaseType, str]


def reach(policy: Policy, specs: Mapping[str, FactSpec], today: str) -> Reach:
    """Try every set of rules that is in force together on `today` (ISO 8601) or later.

    Raises:
        PolicyError: a rule reads a fact that no spec declares, or compares it with something of another kind.
    """
    settled: dict[str, bool] = {}
    tables: list[Table] = []
    bare: dict[CaseType, str] = {}
    case_types: tuple[CaseType, ...] = get_args(CaseType)
    for day, case_type in product(_days(policy, today), case_types):
        ids = tuple(rule.id for rule in policy.active(case_type, day))
        if not ids:
            bare.setdefault(case_type, day)
            continue
        read = tuple(specs[name] for name in policy_facts(policy, ids))
        tables.append(disposition_table(policy, ids, read, by_row=True))
        nodes = zip(ids, _untold(tables[-1]), strict=True)
        settled |= {rule: node == TRUE for rule, node in nodes if node in {FALSE, TRUE}}
    rows, all_rows = _rows(tables)
    return Reach(settled, rows, all_rows, bare)


def _rows(tables: Iterable[Table]) -> tuple[frozenset[int], bool]:
    """The rows that any of the tables can come to, and whether that is all of them."""
    rows, left, all_rows = frozenset[int](), STATES, True
    for table in tables:
        found = table.reached(table.view(_untold(table)), rows, left)
        rows, left, all_rows = found.ends, left - found.states, all_rows and found.complete
    return rows, all_rows


def _untold(table: Table) -> list[int]:
    """The rules of a table where no fact is known."""
    return table.nodes([None] * len(table.facts))


def _days(policy: Policy, today: str) -> Iterator[str]:
    """Today, and each later day on which a rule comes into force or expires."""
    turns = {day for rule in policy.rules for day in (rule.effective, rule.expires) if day > today}
    yield from (today, *sorted(turns))
