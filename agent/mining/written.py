"""Proposals as rules of the policy, for an analyst to own, word and put in force. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count

import yaml

from agent.mining.propose import Aim, Mined, ProposedRule
from agent.policy.expression import facts
from agent.policy.model import Group, Policy, Rule
from agent.policy.parse import parse_rule

NEVER = "9999-12-31"
"""The day from which a proposal is in force, until somebody owns it and sets another."""
OWNER = "nobody-yet"
ASKED = "Please tell us more about how you use your account."
HEAD = f"""\
# Proposed by `casework rules mine`. None is in force before {NEVER}, and nobody owns them. To try one, lay this file
# into a copy of the policy that POLICY_DIR names, set `effective` to a day before the cases, and run `casework rules
# lint` and `casework rules backtest`. Whoever takes one over words it, groups it and owns it.
"""


def written(mined: Sequence[Mined], policy: Policy) -> str:
    """A file of the policy with every proposal as a rule that is not in force."""
    named = zip(free_ids(policy), ((each.aim, one) for each in mined for one in each.proposals), strict=False)
    return HEAD + "".join(_entry(rule_id, aim, one, policy) for rule_id, (aim, one) in named)


def free_ids(policy: Policy) -> Iterator[str]:
    """MINED-01 and on, without those that the policy has."""
    taken = {rule.id for rule in policy.rules}
    return (name for number in count(1) if (name := f"MINED-{number:02}") not in taken)


def _entry(rule_id: str, aim: Aim, proposal: ProposedRule, policy: Policy) -> str:
    seen, (kind, others) = proposal.measured, aim.kinds
    rule = Rule(
        id=rule_id,
        reason_code="MINED",
        title=f"Mined: {proposal.when}",
        cases=proposal.cases,
        when=proposal.when,
        severity=proposal.severity,
        group=_group(proposal, policy),
        says=f"As in other cases of {kind}: {', '.join(f'{_words(name)} {{{name}}}' for name in _facts(proposal))}.",
        customer_text="" if proposal.severity == "mitigating" else ASKED,
        owner=OWNER,
        effective=NEVER,
        examples=proposal.examples,
    )
    entry = rule.model_dump(mode="json", exclude_defaults=True)
    figures = f"# Measured: {seen.wanted} {kind}, {seen.others} {others}; p {proposal.p:.2g}.\n"
    return figures + str(yaml.safe_dump([entry], sort_keys=False, width=120, allow_unicode=True))


def _facts(proposal: ProposedRule) -> tuple[str, ...]:
    return facts(parse_rule(proposal.when, {}))


def _words(fact: str) -> str:
    return fact.replace(".", " ").replace("_", " ")


def _group(proposal: ProposedRule, policy: Policy) -> Group:
    """The group of most rules that read these facts, or else facts of the same tools."""
    names = {*_facts(proposal)}
    roots = {name.partition(".")[0] for name in names}
    votes = Counter[Group]()
    for rule in policy.rules:
        read = facts(policy.conditions[rule.id])
        votes[rule.group] += 100 * len(names & {*read}) + sum(name.partition(".")[0] in roots for name in read)
    return max(sorted(votes), key=votes.__getitem__, default="payments")
