"""Findings to a recommended disposition, with everything a reviewer needs to doubt it. Pure; no model in reach.

What is recommended, in this order:

1. certain: over all completions of the unknown facts one disposition is possible. That one, although facts are missing.
2. settled: more are possible, but only because of rules that the policy calls optional for this case type and whose
   evidence was asked for in vain, or of rules that need a search which is not permitted here. The one that stands
   without those rules; the others stay listed as possible. A tool of ours that failed settles nothing: what it would
   have told can be had another time, and the case waits for it.
3. open: what is missing matters, and unknown never reads as innocent. The strictest of
   - what the policy says to do about each missing fact that could change the outcome, which is never `approve`;
     `escalate` where a tool of ours failed, as no customer can mend that,
   - the least severe disposition still possible, as what is known forces that much whatever the rest will show,
   - what the table gives for the findings that fired, but at most `escalate`: nobody is refused on part of the evidence
     while the rest could still speak for them.

Confidence says how stable this is, not how often such recommendations are right. It is the probability that the
recommendation stays the same when every known measurement is taken anew, with the noise its tool declares and
independently of each other. Where it is settled, that is taken times 0.9; where it is open, divided by the number of
dispositions that the missing facts leave.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from agent.case import DISPOSITIONS, MENDABLE, CaseType, Missing, Recommendation
from agent.policy.fire import Observation, observe, ready
from agent.policy.model import Policy
from agent.policy.stability import flips, steadiness
from agent.policy.weigh import STRICTNESS, Scales
from tools.evidence import Evidence, Fault, Ledger, Unavailable
from tools.tool import AnyTool, specs_of

NO_RULES_ROW = "no-rules"
NOT_ASKED = "it was not asked"
NOT_TOLD = "the tool answered without it"


def recommend(
    policy: Policy, case_type: CaseType, as_of: str, ledger: Ledger, tools: Mapping[str, AnyTool]
) -> Recommendation:
    """What the policy recommends on a ledger, as of a day (ISO 8601). How is told at the top of this module.

    Where no rule is in force for the case type, a person must look.

    Raises:
        PolicyError: a rule reads a fact that no tool declares, or compares it with something of another kind.
    """
    scales = weighed(policy, case_type, as_of, ledger, tools)
    if scales is None:
        return _without_rules()
    judged = scales.judge({})
    open_facts = judged.answer.open_facts
    vain = _in_vain(ledger, tools, scales.seen)
    steady = steadiness(scales.table, scales.cells, scales.seen, scales.disposition)
    return Recommendation(
        disposition=judged.disposition,
        confidence=min(1.0, steady * judged.share),
        row=judged.row,
        possible=tuple(DISPOSITIONS[end] for end in judged.answer.ends),
        open_facts=open_facts,
        missing=(
            *_asked_in_vain(ledger, vain, scales.table.facts, open_facts),
            *_not_asked(tools, vain, open_facts),
        ),
        flips=flips(scales.table, scales.cells, scales.seen, scales.disposition),
    )


def weighed(
    policy: Policy, case_type: CaseType, as_of: str, ledger: Ledger, tools: Mapping[str, AnyTool]
) -> Scales | None:
    """A ledger before the table of the policy, as of a day; None where no rule is in force. Raises as `recommend`."""
    specs = specs_of(tools)
    rules = ready(policy, (rule.id for rule in policy.active(case_type, as_of)), specs)
    if not rules:
        return None
    seen = observe(ledger, specs)
    vain = _in_vain(ledger, tools, seen)
    last = {entry.tool: entry for entry in ledger.entries}

    def untold(*by: Fault | None) -> frozenset[str]:
        """What was not told because of these faults."""
        return frozenset(name for tool, names in vain.items() for name in names if _fault(last[tool], name) in by)

    return Scales(
        policy,
        case_type,
        rules,
        seen,
        excused=untold(None, "setup", "customer", "policy"),
        ours=untold("ours", "setup"),
        barred=untold("policy"),
        specs=specs,
    )


def raise_to_escalate(recommendation: Recommendation, reason: str) -> Recommendation:
    """The recommendation, raised to `escalate` if it was less severe, with `reason` in place of the row.

    Nothing is ever lowered: `reject` stays. The flips are dropped, as they would no longer lead anywhere else.
    """
    if STRICTNESS[recommendation.disposition] >= STRICTNESS["escalate"]:
        return recommendation
    possible = tuple(each for each in DISPOSITIONS if each in {*recommendation.possible, "escalate"})
    changed = {"disposition": "escalate", "row": reason, "possible": possible, "flips": ()}
    return recommendation.model_copy(update=changed)


def _without_rules() -> Recommendation:
    return Recommendation(
        disposition="escalate",
        confidence=1.0,
        row=NO_RULES_ROW,
        possible=("escalate",),
        open_facts=(),
        missing=(),
        flips=(),
    )


def _in_vain(ledger: Ledger, tools: Mapping[str, AnyTool], seen: Observation) -> dict[str, tuple[str, ...]]:
    """For each tool that was asked, the facts it declares that are unknown all the same."""
    declared = {entry.tool: tools[entry.tool].facts if entry.tool in tools else () for entry in ledger.entries}
    return {
        tool: tuple(spec.name for spec in specs if spec.name not in seen.values) for tool, specs in declared.items()
    }


def _asked_in_vain(
    ledger: Ledger, vain: Mapping[str, tuple[str, ...]], read: Collection[str], open_facts: Collection[str]
) -> Iterator[Missing]:
    """One entry for each tool that left facts unknown that the rules read, and each fault, with the reason it gave
    last."""
    answers = {entry.tool: entry for entry in ledger.entries}
    for tool, entry in answers.items():
        untold = [name for name in vain[tool] if name in read]
        for fault in dict.fromkeys(_fault(entry, name) for name in untold):
            names = tuple(name for name in untold if _fault(entry, name) == fault)
            reason = entry.reason if isinstance(entry, Unavailable) else _note(entry, names)
            matters, roles = bool({*names} & {*open_facts}), entry.roles if fault in MENDABLE else ()
            yield Missing(facts=names, tool=tool, reason=reason, matters=matters, fault=fault, roles=roles)


def _fault(entry: Evidence | Unavailable, fact: str) -> Fault | None:
    """Whose fault it is that a fact is unknown; None for one that a tool left out and the customer could mend."""
    return entry.fault if isinstance(entry, Unavailable) else entry.faults.get(fact)


def _note(entry: Evidence, names: tuple[str, ...]) -> str:
    """What the tool noted on these facts; notes begin with the fact they are on."""
    telling = (note for note in entry.notes if note.startswith(names))
    return "; ".join(dict.fromkeys(note.partition(": ")[2] or note for note in telling)) or NOT_TOLD


def _not_asked(tools: Mapping[str, AnyTool], asked: Collection[str], open_facts: Collection[str]) -> Iterator[Missing]:
    """The tools that could still tell an open fact."""
    for tool in tools.values():
        names = tuple(spec.name for spec in tool.facts if spec.name in open_facts)
        if names and tool.name not in asked:
            yield Missing(facts=names, tool=tool.name, reason=NOT_ASKED, matters=True, fault="ours")
