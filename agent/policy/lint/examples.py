"""The examples of the rules: facts that a tool could tell, and what the rule says to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.policy.domain import admit
from agent.policy.fire import TRUTHS, Compiled, ready
from agent.policy.model import Policy, Rule, RuleExample
from tools.evidence import FactSpec


@dataclass(frozen=True)
class FailedExample:
    """An example of a rule, counted from 1, that does not come out as it says."""

    rule: str
    number: int
    expected: str
    found: str


def failed_examples(policy: Policy, specs: Mapping[str, FactSpec]) -> tuple[FailedExample, ...]:
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


def example_problems(rule: Rule, specs: Mapping[str, FactSpec]) -> Iterator[str]:
    """What is missing among the examples of a rule, and facts in them that no tool could tell."""
    expected = {example.expect for example in rule.examples}
    for truth, word in (("true", "fires"), ("false", "does not fire")):
        if truth not in expected:
            yield f"has no example in which it {word}"
    for number, example in enumerate(rule.examples, start=1):
        yield from (f"example {number} {unfit}" for unfit in _unfit(example, specs))


def _outcome(each: Compiled, example: RuleExample, specs: Mapping[str, FactSpec]) -> str:
    unfit = next(_unfit(example, specs), "")
    return f"nothing, as it {unfit}" if unfit else TRUTHS[each.evaluate(example.facts)]


def _unfit(example: RuleExample, specs: Mapping[str, FactSpec]) -> Iterator[str]:
    for name, value in example.facts.items():
        if name not in specs:
            yield f"names the unknown fact {name!r}"
        elif admit(value, specs[name]) != value:
            yield f"gives {name} the value {value!r}, which it cannot have"
