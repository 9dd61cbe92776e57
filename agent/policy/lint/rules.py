"""Each rule by itself, against what the tools declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agent.case import CaseType
from agent.policy.expression import Expression
from agent.policy.files import Entry
from agent.policy.fire import PLACEHOLDER, spec_problems
from agent.policy.lint.examples import example_problems
from agent.policy.lint.letters import letter_problems, requesting
from agent.policy.lint.problem import Problem
from agent.policy.model import Policy, Rule
from agent.policy.units import unit_problems
from tools.evidence import FactSpec
from tools.tool import AnyTool, specs_of


def rule_problems(entries: tuple[Entry, ...], policy: Policy, tools: Mapping[str, AnyTool]) -> Iterator[Problem]:
    """What is wrong with single rules: condition, words, examples, customer text, dates."""
    specs, asked_for = specs_of(tools), requesting(policy)
    for entry, rule in zip(entries, policy.rules, strict=True):
        condition = policy.conditions[rule.id]
        problems = [(what, "when") for what in (*_misfits(condition, tools), *unit_problems(condition, policy, specs))]
        problems += [(what, "says") for what in _placeholders(rule, policy, specs)]
        problems += [(what, "examples") for what in example_problems(rule, specs)]
        problems += [(what, "customer_text") for what in letter_problems(rule, asked_for)]
        problems += [(f"is optional for {each!r}, to which it does not apply", "optional") for each in _idle(rule)]
        if rule.expires and rule.expires <= rule.effective:
            problems.append((f"expires on {rule.expires}, before it takes effect", "expires"))
        for what, key in problems:
            yield Problem(entry.where(key), f"{rule.id}: {what}")


def _misfits(condition: Expression, tools: Mapping[str, AnyTool]) -> Iterator[str]:
    """What a condition asks of facts that they cannot answer; with the query that would have to tell more."""
    for what in spec_problems(condition, specs_of(tools)):
        name, _, why = what.partition(" ")
        told_by = [tool.name for tool in tools.values() if any(spec.name == name for spec in tool.facts)]
        partly = why.startswith("is told in part") and told_by
        yield f"{what} (tools/playbook/{told_by[0].removeprefix('sql.')}.sql)" if partly else what


def _placeholders(rule: Rule, policy: Policy, specs: Mapping[str, FactSpec]) -> Iterator[str]:
    for name in PLACEHOLDER.findall(rule.says):
        threshold = name.removeprefix("threshold.")
        known = policy.threshold(threshold) is not None if threshold != name else name in specs
        if not known:
            yield f"says names {name!r}, which is neither a fact nor a threshold"
    if "{" in PLACEHOLDER.sub("", rule.says):
        yield "says contains a brace that is not a placeholder"


def _idle(rule: Rule) -> list[CaseType]:
    return [each for each in rule.optional if rule.cases and each not in rule.cases]
