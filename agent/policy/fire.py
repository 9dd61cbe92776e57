"""The three-valued evaluator: which rules of the written policy fire on a ledger, which do not, and why. Pure.

A rule is a sentence of `agent.policy.expression` over facts. A fact that is missing makes a comparison unknown, never
false, and a rule fires only where it is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from agent.case import CaseType, Finding, Leaf, Severity, Truth
from agent.errors import PolicyError
from agent.policy.domain import admit, misfit
from agent.policy.expression import Compare, Evaluator, Expression, Known, compiled, facts, leaves, reasons
from agent.policy.model import Policy, Rule
from agent.render import format_number, format_value
from tools.evidence import Evidence, FactSpec, Frozen, Ledger, Value

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
TRUTHS: Mapping[bool | None, Truth] = {True: "true", False: "false", None: "unknown"}


class RuleTrace(Frozen):
    """How one rule came out on a ledger, leaf by leaf, whether it fired or not."""

    rule: str
    title: str
    severity: Severity
    truth: Truth
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class Observation:
    """What the policy may read of a ledger: the value of each known fact, None where it is known to have none, and the
    evidence it stands in."""

    values: Mapping[str, Value | None]
    evidence: Mapping[str, str]

    def reference(self, fact: str) -> str:
        return f"{self.evidence[fact]}.{fact}"


@dataclass(frozen=True)
class Compiled:
    """A rule made ready for one set of fact specs."""

    rule: Rule
    condition: Expression
    evaluate: Evaluator
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Firing:
    """The findings, and on demand the trace of every rule that applies, in the order of the policy."""

    findings: tuple[Finding, ...]
    rules: tuple[Compiled, ...]
    observation: Observation

    @cached_property
    def traces(self) -> tuple[RuleTrace, ...]:
        return tuple(_trace(each, self.observation) for each in self.rules)


def fire(policy: Policy, case_type: CaseType, as_of: str, ledger: Ledger, specs: Mapping[str, FactSpec]) -> Firing:
    """Evaluate every rule that applies to the case type on the day of `as_of` (ISO 8601).

    Raises:
        PolicyError: a rule reads a fact that no tool declares, or compares it with something of another kind.
    """
    rules = ready(policy, (rule.id for rule in policy.active(case_type, as_of)), specs)
    observation = observe(ledger, specs)
    fired = (each for each in rules if each.evaluate(observation.values))
    return Firing(tuple(_finding(each, observation, policy, specs) for each in fired), rules, observation)


def observe(ledger: Ledger, specs: Mapping[str, FactSpec]) -> Observation:
    """The facts of a ledger that fit their specs; where several calls produced one, the last stands."""
    values: dict[str, Value | None] = {}
    evidence: dict[str, str] = {}
    counted = [spec for spec in specs.values() if spec.none_where]
    for entry in ledger.entries:
        facts = entry.facts if isinstance(entry, Evidence) else ()
        told = {fact.name: admit(fact.value, specs[fact.name]) for fact in facts if fact.name in specs}
        for name, value in told.items():
            if value is None:
                values.pop(name, None)
            else:
                values[name], evidence[name] = value, entry.id
        for spec in counted:
            if spec.none_where in told and spec.name not in told:
                values.pop(spec.name, None)
                if told[spec.none_where] == 0:
                    values[spec.name], evidence[spec.name] = None, entry.id
    return Observation(values, evidence)


def ready(policy: Policy, rule_ids: Iterable[str], specs: Mapping[str, FactSpec]) -> tuple[Compiled, ...]:
    """The rules compiled against the specs of the facts they read; computed once per policy and set of rules."""
    ids = tuple(rule_ids)
    read = tuple(spec for name in policy_facts(policy, ids) if (spec := specs.get(name)) is not None)
    return _ready(policy, ids, read)


@lru_cache(maxsize=256)
def policy_facts(policy: Policy, rule_ids: tuple[str, ...]) -> tuple[str, ...]:
    """The facts that some rules read, each once, in order."""
    return tuple(dict.fromkeys(name for each in rule_ids for name in facts(policy.conditions[each])))


@lru_cache(maxsize=64)
def _ready(policy: Policy, rule_ids: tuple[str, ...], specs: tuple[FactSpec, ...]) -> tuple[Compiled, ...]:
    by_name = {spec.name: spec for spec in specs}
    wanted = set(rule_ids)
    for rule_id in rule_ids:
        for problem in spec_problems(policy.conditions[rule_id], by_name):
            raise PolicyError(f"rule {rule_id!r}: {problem}", "correct it; `casework rules lint` names file and line")
    return tuple(
        Compiled(rule, condition, compiled(condition), facts(condition))
        for rule in policy.rules
        if rule.id in wanted and (condition := policy.conditions[rule.id])
    )


def spec_problems(condition: Expression, specs: Mapping[str, FactSpec]) -> list[str]:
    """What a condition asks of facts that they cannot answer."""
    problems = [f"no tool produces the fact {name!r}" for name in facts(condition) if name not in specs]
    for leaf in leaves(condition):
        if isinstance(leaf, Compare) and leaf.fact in specs:
            problem = misfit(leaf, specs[leaf.fact])
            problems += [problem] if problem else []
    return problems


def _finding(each: Compiled, seen: Observation, policy: Policy, specs: Mapping[str, FactSpec]) -> Finding:
    rule = each.rule
    because = [leaf.fact for leaf in reasons(each.condition, seen.values) if isinstance(leaf, Compare | Known)]
    spoken = (*because, *PLACEHOLDER.findall(rule.says))
    named = dict.fromkeys(name for name in spoken if seen.values.get(name) is not None)
    return Finding(
        rule=rule.id,
        reason_code=rule.reason_code,
        severity=rule.severity,
        title=rule.title,
        references=tuple(seen.reference(name) for name in named),
        text=_sentence(rule.says, seen, policy, specs),
        customer_text=rule.customer_text,
        asks=rule.asks,
        trace=_leaves(each.condition, seen),
    )


def _sentence(template: str, seen: Observation, policy: Policy, specs: Mapping[str, FactSpec]) -> str:
    """Fill `{fact}` and `{threshold.name}`; a fact without a value reads `unknown`."""

    def fill(match: re.Match[str]) -> str:
        threshold = policy.threshold(match[1].removeprefix("threshold."))
        if match[1].startswith("threshold.") and threshold is not None:
            return format_number(threshold.value, threshold.unit)
        value = seen.values.get(match[1])
        return "unknown" if value is None else format_value(value, specs[match[1]])

    return PLACEHOLDER.sub(fill, template)


def _trace(each: Compiled, seen: Observation) -> RuleTrace:
    return RuleTrace(
        rule=each.rule.id,
        title=each.rule.title,
        severity=each.rule.severity,
        truth=TRUTHS[each.evaluate(seen.values)],
        leaves=_leaves(each.condition, seen),
    )


def _leaves(condition: Expression, seen: Observation) -> tuple[Leaf, ...]:
    return tuple(_leaf(leaf, seen) for leaf in leaves(condition) if isinstance(leaf, Compare | Known))


def _leaf(leaf: Compare | Known, seen: Observation) -> Leaf:
    value = seen.values.get(leaf.fact)
    truth = TRUTHS[leaf.truth(seen.values)]
    evidence_id = seen.evidence[leaf.fact] if value is not None else ""
    if isinstance(leaf, Known):
        word = "known" if leaf.wanted else "unknown"
        return Leaf(fact=leaf.fact, evidence_id=evidence_id, value=value, comparator=word, threshold=None, truth=truth)
    return Leaf(
        fact=leaf.fact,
        evidence_id=evidence_id,
        value=value,
        comparator=leaf.operator,
        threshold=leaf.value,
        threshold_name="" if leaf.scaled else leaf.threshold,
        distance=_distance(value, leaf.value),
        truth=truth,
    )


def _distance(value: Value | None, threshold: Value | tuple[Value, ...]) -> float | None:
    if value is None or isinstance(value, bool | str) or isinstance(threshold, bool | str | tuple):
        return None
    return float(value - threshold)
