"""The three tables beside the rules: thresholds, disposition rows, evidence plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import get_args

from agent.case import CaseType, Severity
from agent.policy.expression import Constant, Total, leaves
from agent.policy.files import Entry, Folder
from agent.policy.lint.problem import Problem
from agent.policy.model import FACE_THRESHOLDS, Gap, Group, Policy, Requirement, face_fault, load_plan
from agent.policy.units import outside, unknown_unit
from tools.evidence import FactSpec
from tools.tool import AnyTool, specs_of

COUNTS = frozenset(
    f"{severity}{suffix}"
    for severity in get_args(Severity)
    for suffix in ("", "_groups", *(f".{group}" for group in get_args(Group)))
)


def table_problems(entries: Folder, policy: Policy, tools: Mapping[str, AnyTool]) -> Iterator[Problem]:
    """What is wrong with entries of the tables, against the rules and what the tools declare."""
    yield from _thresholds(entries.thresholds, policy, specs_of(tools))
    yield from _faces(entries.thresholds, policy)
    yield from _rows(entries.dispositions, policy)
    yield from _plan(entries.evidence, policy, tools)


def _thresholds(entries: tuple[Entry, ...], policy: Policy, specs: Mapping[str, FactSpec]) -> Iterator[Problem]:
    """Thresholds that no rule reads, that are in a unit which no fact has, or whose value no fact can have."""
    texts = " ".join(f"{rule.when} {rule.says}" for rule in policy.rules)
    for entry in entries:
        name = entry.data["name"]
        if f"threshold.{name}" not in texts:
            yield Problem(entry.where("name"), f"no rule reads threshold {name!r}")
        threshold = policy.threshold(name)
        if threshold and (unknown := unknown_unit(threshold, specs.values())):
            yield Problem(entry.where("unit"), f"threshold {name!r}: {unknown}")
        # Those of faces are told with one another.
        far = threshold and name not in FACE_THRESHOLDS and outside(threshold, policy.conditions.values(), specs)
        if far:
            yield Problem(entry.where("value"), f"threshold {name!r} {far}")


def _faces(entries: tuple[Entry, ...], policy: Policy) -> Iterator[Problem]:
    """Face thresholds that no comparison of faces takes."""
    fault = face_fault(policy.values)
    named = [entry for entry in entries if entry.data["name"] in FACE_THRESHOLDS]
    if fault and named:
        yield Problem(named[0].where("value"), fault)


def _rows(entries: tuple[Entry, ...], policy: Policy) -> Iterator[Problem]:
    ids = {rule.id for rule in policy.rules}
    for entry, (row, condition) in zip(entries, policy.table, strict=True):
        totals = (leaf for leaf in leaves(condition) if isinstance(leaf, Total))
        for name in dict.fromkeys(name for total in totals for name, _ in total.weights):
            if name not in COUNTS and name.removeprefix("fired:") not in ids:
                yield Problem(entry.where("when"), f"{row.id}: there is nothing called {name!r} to count")
    if not policy.table:
        yield Problem("dispositions.yaml:1", "has no rows")
    elif policy.table[-1][1] != Constant(truth=True) or policy.rows[-1].then != "escalate":
        yield Problem(entries[-1].where("when"), 'the last row must be `when: "true"`, `then: escalate`')


def _plan(entries: tuple[Entry, ...], policy: Policy, tools: Mapping[str, AnyTool]) -> Iterator[Problem]:
    told = specs_of(tools)
    for entry in entries:
        match load_plan(entry):
            case Requirement(mandatory=names):
                wrong = [f"there is no tool {name!r}" for name in names if name not in tools]
                wrong += [f"{name!r} appears {times} times" for name, times in Counter(names).items() if times > 1]
                yield from (Problem(entry.where("mandatory"), what) for what in wrong)
            case Gap(missing=prefix) if not any(name.startswith(prefix) for name in told):
                yield Problem(entry.where("missing"), f"no fact begins with {prefix!r}")
    covered = Counter(each.case for each in policy.requirements)
    for case_type in get_args(CaseType):
        if covered[case_type] != 1:
            yield Problem("evidence.yaml:1", f"case type {case_type!r} appears {covered[case_type]} times, not once")
    if not any(gap.missing == "" for gap in policy.gaps):
        yield Problem("evidence.yaml:1", 'there is no entry for all other facts, `missing: ""`')
