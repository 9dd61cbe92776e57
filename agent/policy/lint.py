"""What is wrong with a policy folder, each thing with file and line, before it decides on anybody.

Checked against what the tools declare: facts nobody produces, comparisons of the wrong kind, choice or unit, rules that
never fire or always do, rows that no case can reach any more, and what a reviewer or a customer would miss. Entries
that do not load by themselves are told first; the rest is checked once all do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from agent.case import CaseType, Severity
from agent.draft.letter import ACCUSING
from agent.errors import PolicyError
from agent.policy.domain import admit
from agent.policy.expression import And, Constant, Expression, Or, Total, leaves
from agent.policy.files import Entry, Folder, read_folder
from agent.policy.fire import PLACEHOLDER, TRUTHS, Compiled, ready, spec_problems
from agent.policy.model import (
    FACE_THRESHOLDS,
    Gap,
    Group,
    Policy,
    Requirement,
    Row,
    Rule,
    RuleExample,
    build_policy,
    face_fault,
    load_plan,
    load_row,
    load_rule,
    load_threshold,
)
from agent.policy.reach import Reach, reach
from agent.policy.rows import counts
from agent.policy.units import unit_problems, unknown_unit
from tools.evidence import FactSpec
from tools.tool import AnyTool, specs_of

Specs = Mapping[str, FactSpec]
NAMED: Mapping[str, re.Pattern[str]] = {
    "document": re.compile(r"(?i)\b(?:document|passport|identity card|driving licence)\b"),
    "selfie": re.compile(r"(?i)\bselfie\b(?! clip)"),
    "clip": re.compile(r"(?i)\bclip\b"),
    "addresses": re.compile(r"\baddresses\b"),
}
"""What a customer text calls the things that a rule may ask for."""
ASKING = re.compile(r"(?i)\b(?:record|send|take|upload|who owns)\b[^.?!]*")
WHERE_THERE = re.compile(r"(?i),[^,.?!]* if you have one")
COUNTS = frozenset(
    f"{severity}{suffix}"
    for severity in get_args(Severity)
    for suffix in ("", "_groups", *(f".{group}" for group in get_args(Group)))
)


@dataclass(frozen=True)
class Problem:
    """One thing to correct, and where: `faces.yaml:12`."""

    where: str
    what: str


@dataclass(frozen=True)
class FailedExample:
    """An example of a rule, counted from 1, that does not come out as it says."""

    rule: str
    number: int
    expected: str
    found: str


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
        return Linted((_problem(error),))
    untried: tuple[str, ...] = ()
    problems = [*_unloadable(entries)]
    if not problems:
        policy = build_policy(entries)
        problems = [*_rules(entries, policy, tools), *_rows(entries, policy), *_plan(entries, policy, tools)]
        problems += _faces(entries, policy)
        if not problems:
            found = reach(policy, specs_of(tools), today)
            problems += _reach(entries, policy, found, today)
            untried = () if found.all_rows else tuple(row.id for _, row in _unreached(policy, found))
    return Linted(tuple(sorted(problems, key=_place)), untried)


def failed_examples(policy: Policy, specs: Specs) -> tuple[FailedExample, ...]:
    """The examples, over all rules, that do not come out as they say, or cannot come about.

    Raises:
        PolicyError: a rule reads a fact that no spec declares, or compares it with something of another kind.
    """
    return tuple(
        FailedExample(each.rule.id, number, example.expect, found)
        for each in ready(policy, (rule.id for rule in policy.rules), specs)
        for number, example in enumerate(each.rule.examples, start=1)
        if (found := _outcome(each, example, specs)) != example.expect
    )


def _outcome(each: Compiled, example: RuleExample, specs: Specs) -> str:
    unfit = next(_unfit(example, specs), "")
    return f"nothing, as it {unfit}" if unfit else TRUTHS[each.evaluate(example.facts)]


def _unfit(example: RuleExample, specs: Specs) -> Iterator[str]:
    """The facts of an example that no tool could tell."""
    for name, value in example.facts.items():
        if name not in specs:
            yield f"names the unknown fact {name!r}"
        elif admit(value, specs[name]) != value:
            yield f"gives {name} the value {value!r}, which it cannot have"


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
                yield _problem(error)
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


def _rules(entries: Folder, policy: Policy, tools: Mapping[str, AnyTool]) -> Iterator[Problem]:
    specs = specs_of(tools)
    asked_for = [name for row, when in policy.table if row.then.startswith("request_") for name in _raising(when)]
    for entry, rule in zip(entries.rules, policy.rules, strict=True):
        condition = policy.conditions[rule.id]
        problems = [(what, "when") for what in (*_misfits(condition, tools), *unit_problems(condition, policy, specs))]
        problems += [(what, "says") for what in _placeholders(rule, policy, specs)]
        problems += [(what, "examples") for what in _examples(rule, specs)]
        problems += [(what, "customer_text") for what in _customer_text(rule, asked_for)]
        problems += [(f"is optional for {each!r}, to which it does not apply", "optional") for each in _idle(rule)]
        if rule.expires and rule.expires <= rule.effective:
            problems.append((f"expires on {rule.expires}, before it takes effect", "expires"))
        for what, key in problems:
            yield Problem(entry.where(key), f"{rule.id}: {what}")
    yield from _thresholds(entries, policy, specs)


def _misfits(condition: Expression, tools: Mapping[str, AnyTool]) -> Iterator[str]:
    """What a condition asks of facts that they cannot answer; with the query that would have to tell more."""
    for what in spec_problems(condition, specs_of(tools)):
        name, _, why = what.partition(" ")
        told_by = [tool.name for tool in tools.values() if any(spec.name == name for spec in tool.facts)]
        partly = why.startswith("is told in part") and told_by
        yield f"{what} (tools/playbook/{told_by[0].removeprefix('sql.')}.sql)" if partly else what


def _placeholders(rule: Rule, policy: Policy, specs: Specs) -> Iterator[str]:
    for name in PLACEHOLDER.findall(rule.says):
        threshold = name.removeprefix("threshold.")
        known = policy.threshold(threshold) is not None if threshold != name else name in specs
        if not known:
            yield f"says names {name!r}, which is neither a fact nor a threshold"
    if "{" in PLACEHOLDER.sub("", rule.says):
        yield "says contains a brace that is not a placeholder"


def _examples(rule: Rule, specs: Specs) -> Iterator[str]:
    expected = {example.expect for example in rule.examples}
    for truth, word in (("true", "fires"), ("false", "does not fire")):
        if truth not in expected:
            yield f"has no example in which it {word}"
    for number, example in enumerate(rule.examples, start=1):
        yield from (f"example {number} {unfit}" for unfit in _unfit(example, specs))


def _idle(rule: Rule) -> list[CaseType]:
    return [each for each in rule.optional if rule.cases and each not in rule.cases]


def _customer_text(rule: Rule, asked_for: Iterable[str]) -> Iterator[str]:
    if not rule.customer_text and any(counts(name, rule) for name in asked_for):
        yield "can lead to a request and has no customer_text"
    telling = ACCUSING.search(rule.customer_text)
    if telling:
        yield f"customer_text would tell the customer what is suspected: {telling[0]!r}"
    if "{" in rule.customer_text:
        yield "customer_text shows a value; customers are told no measurements"
    for thing, named in NAMED.items():
        declared = any(want.partition(".")[0] == thing for want in rule.asks)
        if not declared and any(named.search(sending) for sending in _sending(rule.customer_text)):
            yield f"customer_text asks for {thing!r}, and `asks` does not say so"
        if declared and not (named.search(rule.customer_text) and any(_sending(rule.customer_text))):
            yield f"asks says {thing!r}, which customer_text does not ask for"


def _sending(text: str) -> list[str]:
    """What a text asks the customer to send or to tell the owners of, without what they may leave out."""
    return ASKING.findall(WHERE_THERE.sub("", text))


def _raising(condition: Expression) -> Iterator[str]:
    """The counts that make a row hold by growing."""
    if isinstance(condition, And | Or):
        for part in condition.parts:
            yield from _raising(part)
    elif isinstance(condition, Total) and condition.operator in {">", ">=", "=="} and condition.bound >= 0:
        yield from (name for name, weight in condition.weights if weight > 0)


def _thresholds(entries: Folder, policy: Policy, specs: Specs) -> Iterator[Problem]:
    """Thresholds that no rule reads, or that are in a unit which no fact has."""
    texts = " ".join(f"{rule.when} {rule.says}" for rule in policy.rules)
    for entry in entries.thresholds:
        name = entry.data["name"]
        if f"threshold.{name}" not in texts:
            yield Problem(entry.where("name"), f"no rule reads threshold {name!r}")
        threshold = policy.threshold(name)
        if threshold and (unknown := unknown_unit(threshold, specs.values())):
            yield Problem(entry.where("unit"), f"threshold {name!r}: {unknown}")


def _rows(entries: Folder, policy: Policy) -> Iterator[Problem]:
    ids = {rule.id for rule in policy.rules}
    for entry, (row, condition) in zip(entries.dispositions, policy.table, strict=True):
        totals = (leaf for leaf in leaves(condition) if isinstance(leaf, Total))
        for name in dict.fromkeys(name for total in totals for name, _ in total.weights):
            if name not in COUNTS and name.removeprefix("fired:") not in ids:
                yield Problem(entry.where("when"), f"{row.id}: there is nothing called {name!r} to count")
    if not policy.table:
        yield Problem("dispositions.yaml:1", "has no rows")
    elif policy.table[-1][1] != Constant(truth=True) or policy.rows[-1].then != "escalate":
        yield Problem(entries.dispositions[-1].where("when"), 'the last row must be `when: "true"`, `then: escalate`')


def _plan(entries: Folder, policy: Policy, tools: Mapping[str, AnyTool]) -> Iterator[Problem]:
    told = {spec.name for tool in tools.values() for spec in tool.facts}
    for entry in entries.evidence:
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


def _faces(entries: Folder, policy: Policy) -> Iterator[Problem]:
    """Face thresholds that no comparison of faces takes."""
    fault = face_fault(policy.values)
    named = [entry for entry in entries.thresholds if entry.data["name"] in FACE_THRESHOLDS]
    if fault and named:
        yield Problem(named[0].where("value"), fault)


def _reach(entries: Folder, policy: Policy, found: Reach, today: str) -> Iterator[Problem]:
    """Rules that cannot fire or always do, rows that no values of the facts lead to, case types without a rule."""
    for case_type, bare in found.bare.items():
        yield Problem("evidence.yaml:1", f"no rule applies to case type {case_type!r} on {bare}")
    for entry, rule in zip(entries.rules, policy.rules, strict=True):
        if rule.id in found.settled:
            how = "always fires" if found.settled[rule.id] else "can never fire"
            yield Problem(entry.where("when"), f"{rule.id}: {how}, whatever its facts are")
    for place, row in _unreached(policy, found) if found.all_rows else ():
        expired = _expired(policy, policy.table[place][1], today)
        over = "".join(f"; {rule.id} expired on {rule.expires}" for rule in expired)
        yield Problem(entries.dispositions[place].where("when"), f"{row.id}: no case can reach this row{over}")


def _unreached(policy: Policy, found: Reach) -> Iterator[tuple[int, Row]]:
    """The rows that were not found to be reached, by place, but for the last one, which is for all else."""
    return ((place, row) for place, row in enumerate(policy.rows[:-1]) if place not in found.rows)


def _expired(policy: Policy, when: Expression, today: str) -> list[Rule]:
    """The rules that a row counts and that are in force no more."""
    named = {name for leaf in leaves(when) if isinstance(leaf, Total) for name, _ in leaf.weights}
    over = [rule for rule in policy.rules if rule.standing(today) == "expired"]
    return [rule for rule in over if any(counts(name, rule) for name in named)]


def _problem(error: PolicyError) -> Problem:
    """An error that begins with file and line as a problem at that place."""
    file, _, rest = error.what.partition(":")
    line, _, what = rest.partition(":")
    if not line.isdecimal():
        return Problem("policy:1", str(error))
    return Problem(f"{file}:{line}", f"{what.strip()}; {error.remedy}")


def _place(problem: Problem) -> tuple[str, int]:
    file, _, line = problem.where.rpartition(":")
    return file, int(line)
