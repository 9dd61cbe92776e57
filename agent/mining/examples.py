"""What is learned from: the facts of a draft, what the policy makes of them, what the case turned out to be. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.backtest import Past, backtest
from agent.case import CaseFile, CaseType, Disposition, Severity
from agent.policy.expression import Values
from agent.policy.fire import observe
from agent.policy.model import Policy
from tools.evidence import FactSpec
from tools.tool import AnyTool, specs_of


@dataclass(frozen=True)
class Example:
    """One case. `disposition` is what the policy recommends and `fired` the rules that fire, by id; unknown facts are
    left out of `values`."""

    case_id: str
    customer_id: str
    type: CaseType
    flagged_at: str
    fraud: bool
    disposition: Disposition
    fired: Mapping[str, Severity]
    values: Values


def as_drafted(file: CaseFile, fraud: bool, specs: Mapping[str, FactSpec]) -> Example:
    """A draft as its own policy had it."""
    fired = {finding.rule: finding.severity for finding in file.findings}
    return _example(file, fraud, file.recommendation.disposition, fired, specs)


def as_of_today(past: Past, fraud: bool, policy: Policy, tools: Mapping[str, AnyTool]) -> Example | None:
    """A draft as today's policy has it, None where that hangs on facts that nobody gathered."""
    again = backtest(past, policy, tools)
    if again.unsure:
        return None
    severities = {rule.id: rule.severity for rule in policy.rules}
    fired = ({finding.rule for finding in past.file.findings} | {*again.fires}) - {*again.silent}
    return _example(past.file, fraud, again.after, {rule: severities[rule] for rule in sorted(fired)}, specs_of(tools))


def one_each(examples: Iterable[Example]) -> list[Example]:
    """The latest case of each customer, in order of customer: cases of one customer are not independent."""
    ordered = sorted(examples, key=lambda each: (each.customer_id, each.flagged_at, each.case_id))
    return [*{each.customer_id: each for each in ordered}.values()]


def _example(
    file: CaseFile,
    fraud: bool,
    disposition: Disposition,
    fired: Mapping[str, Severity],
    specs: Mapping[str, FactSpec],
) -> Example:
    case, values = file.case, observe(file.ledger, specs).values
    return Example(case.case_id, case.customer_id, case.type, case.flagged_at, fraud, disposition, fired, values)
