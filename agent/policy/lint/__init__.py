"""What is wrong with a policy folder, each thing with file and line, before it decides on anybody.

Entries that do not load by themselves are told first. Once all do, each rule (`rules`, `letters`, `examples`) and each
table (`tables`) is held against what the tools declare. Once these hold too, the policy is looked at as a whole: what
no case comes to (`unreached`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.errors import PolicyError
from agent.policy.files import Entry, Folder, read_folder
from agent.policy.lint.problem import Problem
from agent.policy.lint.rules import rule_problems
from agent.policy.lint.tables import table_problems
from agent.policy.lint.unreached import reach_problems, unreached
from agent.policy.model import build_policy, load_plan, load_row, load_rule, load_threshold
from agent.policy.reach import reach
from tools.tool import AnyTool, specs_of


@dataclass(frozen=True)
class Linted:
    """Everything there is to correct, and the rows of which it is not known whether a case can reach them."""

    problems: tuple[Problem, ...]
    untried: tuple[str, ...] = ()


def lint(folder: Path | None, tools: Mapping[str, AnyTool], today: str) -> Linted:
    """Everything wrong with a policy folder, the packaged one by default, by file and line.

    What can be reached is asked of the cases flagged `today` (ISO 8601) or later.
    """
    try:
        entries = read_folder(folder)
    except PolicyError as error:
        return Linted((Problem.of(error),))
    untried: tuple[str, ...] = ()
    problems = [*_unloadable(entries)]
    if not problems:
        policy = build_policy(entries)
        problems = [*rule_problems(entries.rules, policy, tools), *table_problems(entries, policy, tools)]
        if not problems:
            found = reach(policy, specs_of(tools), today)
            problems = [*reach_problems(entries, policy, found, today)]
            untried = () if found.all_rows else tuple(row.id for _, row in unreached(policy, found))
    return Linted(tuple(sorted(problems, key=lambda problem: problem.place)), untried)


def _unloadable(entries: Folder) -> Iterator[Problem]:
    """Entries that do not load by themselves, and names that stand twice."""
    values = {str(entry.data.get("name")): 1.0 for entry in entries.thresholds}
    loaders: tuple[tuple[tuple[Entry, ...], Callable[[Entry], object], tuple[str, ...]], ...] = (
        (entries.thresholds, load_threshold, ("name",)),
        (entries.rules, lambda entry: load_rule(entry, values), ("id",)),
        (entries.dispositions, load_row, ("id",)),
        (entries.evidence, load_plan, ("missing",)),
    )
    for listed, load, keys in loaders:
        for entry in listed:
            try:
                load(entry)
            except PolicyError as error:
                yield Problem.of(error)
        for key in keys:
            yield from _twice(listed, key)


def _twice(listed: Iterable[Entry], key: str) -> Iterator[Problem]:
    seen: dict[object, Entry] = {}
    for entry in listed:
        name = entry.data.get(key)
        if isinstance(name, str) and name in seen:
            yield Problem(entry.where(key), f"{key} {name!r} is already defined at {seen[name].where(key)}")
        elif isinstance(name, str):
            seen[name] = entry
