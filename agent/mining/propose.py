"""Conditions that the policy does not have and decided cases show. Found on one half of the customers, and measured on
the other, which the search has not seen. Pure.

Only what the policy got wrong is looked through. Customers of one ring are not independent, so that a condition that
one large ring fulfils looks surer than it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from agent.case import CaseType, Disposition, Severity
from agent.mining.exact import fisher, holm
from agent.mining.examples import Example
from agent.mining.search import LEAST, Conjunction, Examples
from agent.policy.expression import compiled
from agent.policy.model import RuleExample
from agent.policy.parse import parse_rule
from tools.evidence import FactSpec, Frozen
from vision.wilson import Share, share

FEWEST = 5
"""Of those looked for and of the others, how many each half must hold: with fewer not even a condition that is always
right would stand (1 in 252, of ten at once)."""
SHORTLIST = 10
"""How many conditions are measured on the other half at most: each makes all of them harder to believe."""
LEVEL = 0.05


class Aim(Frozen):
    """What to look for among the cases of some recommendations, and of what severity a rule is that finds it. At least
    a share of `precision` of those that a condition holds for must be what is looked for."""

    name: str
    title: str
    dispositions: tuple[Disposition, ...]
    fraud: bool
    severity: Severity
    precision: float

    @property
    def kinds(self) -> tuple[str, str]:
        """What is looked for, and what else there is."""
        return ("frauds", "honest customers") if self.fraud else ("honest customers", "frauds")


MISSED = Aim(
    name="missed",
    title="Frauds that the policy lets pass",
    dispositions=("approve", "request_resubmission", "request_information"),
    fraud=True,
    severity="suspicious",
    precision=0.5,
)
HELD = Aim(
    name="held",
    title="Honest customers that the policy holds up",
    dispositions=("request_resubmission", "request_information", "escalate", "reject"),
    fraud=False,
    severity="mitigating",
    precision=0.9,
)
AIMS = {aim.name: aim for aim in (MISSED, HELD)}


class Counted(Frozen):
    """Of the examples that a condition holds for: how many are looked for, and how many are others."""

    wanted: int
    others: int


class ProposedRule(Frozen):
    """A condition that decided cases show. `measured`, `precision` and `p` (after Holm) are of the half that the search
    has not seen, `searched` of the other. On both: `new` of those looked for have no finding that speaks as this one
    would, and `nearest` is the rule that fires most nearly where the condition holds, `overlap` of what either does
    (Jaccard). `cases` are the case types in which it found anything."""

    when: str
    severity: Severity
    cases: tuple[CaseType, ...]
    searched: Counted
    measured: Counted
    precision: Share
    p: float
    new: int
    nearest: str
    overlap: float
    examples: tuple[RuleExample, ...]


class Mined(Frozen):
    """What one aim came to: how many of those looked for and of others were looked through, each as (searched,
    measured), and how many conditions were measured. `enough` is false where too
    few cases are decided to say anything."""

    aim: Aim
    wanted: tuple[int, int]
    others: tuple[int, int]
    measured: int
    proposals: tuple[ProposedRule, ...]

    @property
    def enough(self) -> bool:
        return min(*self.wanted, *self.others) >= FEWEST


def mine(examples: Sequence[Example], aim: Aim, specs: Mapping[str, FactSpec]) -> Mined:
    """What examples show, each of another customer, in whatever order they come."""
    among = sorted((each for each in examples if each.disposition in aim.dispositions), key=lambda each: each.case_id)
    first, second = ([each for each in among if _half(each) == half] for half in (0, 1))
    halves = (first, second)
    wanted, others = (_sides(halves, fraud) for fraud in (aim.fraud, not aim.fraud))
    bare = Mined(aim=aim, wanted=wanted, others=others, measured=0, proposals=())
    if not bare.enough:
        return bare
    rows = Examples([each.values for each in first], [each.fraud == aim.fraud for each in first], specs)
    chosen = _shortlist(rows, rows.search(aim.precision))
    measured = [_counted(found.text, second, aim) for found in chosen]
    chances = holm([fisher(each.wanted, each.wanted + each.others, wanted[1], len(second)) for each in measured])
    stand = [
        _proposal(found, count, p, among, first, aim)
        for found, count, p in zip(chosen, measured, chances, strict=True)
        if p < LEVEL and count.wanted >= aim.precision * (count.wanted + count.others)
    ]
    ordered = tuple(sorted(stand, key=lambda each: (-each.measured.wanted, each.measured.others, each.when)))
    return bare.model_copy(update={"measured": len(chosen), "proposals": ordered})


def _sides(halves: tuple[Sequence[Example], Sequence[Example]], fraud: bool) -> tuple[int, int]:
    first, second = (sum(each.fraud == fraud for each in half) for half in halves)
    return first, second


def _half(example: Example) -> int:
    return hashlib.sha256(example.customer_id.encode()).digest()[0] % 2


def _shortlist(rows: Examples, found: Sequence[Conjunction]) -> list[Conjunction]:
    """The best, each of which finds enough that none before it does."""
    chosen, left = list[Conjunction](), rows.wanted.copy()
    for each in found:
        if len(chosen) < SHORTLIST and int((each.holds & left).sum()) >= LEAST:
            chosen.append(each)
            left &= ~each.holds
    return chosen


def _counted(when: str, examples: Sequence[Example], aim: Aim) -> Counted:
    found = [each.fraud == aim.fraud for each in _holding(when, examples)]
    return Counted(wanted=sum(found), others=len(found) - sum(found))


def _holding(when: str, examples: Sequence[Example]) -> list[Example]:
    """The examples that a condition holds for, as the policy evaluates it."""
    truth = compiled(parse_rule(when, {}))
    return [each for each in examples if truth(each.values) is True]


def _proposal(
    found: Conjunction, measured: Counted, p: float, among: Sequence[Example], searched: Sequence[Example], aim: Aim
) -> ProposedRule:
    holding = _holding(found.text, among)
    caught = [each for each in holding if each.fraud == aim.fraud]
    alike = ("mitigating",) if aim.severity == "mitigating" else ("adverse", "suspicious")
    nearest, overlap = _nearest(holding, among)
    return ProposedRule(
        when=found.text,
        severity=aim.severity,
        cases=tuple(sorted({each.type for each in caught})),
        searched=_counted(found.text, searched, aim),
        measured=measured,
        precision=share(measured.wanted, measured.wanted + measured.others),
        p=p,
        new=sum(not any(severity in alike for severity in each.fired.values()) for each in caught),
        nearest=nearest,
        overlap=overlap,
        examples=_examples(found),
    )


def _nearest(holding: Sequence[Example], among: Sequence[Example]) -> tuple[str, float]:
    """The rule that fires most nearly on the same examples, and the share of what either holds for that both do."""
    fires = {rule: {each.case_id for each in among if rule in each.fired} for rule in sorted({*_rules(among)})}
    ours = {each.case_id for each in holding}
    shares = {rule: len(ours & theirs) / len(ours | theirs) for rule, theirs in fires.items()}
    nearest = max(shares, key=shares.__getitem__, default="")
    return (nearest, shares[nearest]) if nearest and shares[nearest] else ("", 0.0)


def _rules(among: Sequence[Example]) -> list[str]:
    return [rule for each in among for rule in each.fired]


def _examples(found: Conjunction) -> tuple[RuleExample, ...]:
    """What the rule says to values at its limits, and to nothing."""
    fulfils = {term.compare.fact: term.fulfils for term in found.terms}
    first = found.terms[0]
    return (
        RuleExample(facts=fulfils, expect="true"),
        RuleExample(facts=fulfils | {first.compare.fact: first.fails}, expect="false"),
        RuleExample(facts={}, expect="unknown"),
    )
