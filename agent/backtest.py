"""What another policy would have recommended on evidence that was gathered before: for who edits a rule. Nothing is
measured or asked anew, and nothing is changed.

A fact that no draft has gathered is unknown here; a review with that policy would go and ask. The answers of a tool
that was mandatory then and is not now are unknown as well, for a review need not ask it any more. Where such facts keep
the outcome open, it cannot be told: those drafts are counted neither as moved nor as staying, nor held against people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.case import SETTLED, CaseFile, Disposition, Review, Status
from agent.policy.fire import fire
from agent.policy.model import Policy
from agent.steps import recommended
from tools.evidence import Frozen, Ledger, Unavailable
from tools.tool import AnyTool, specs_of


@dataclass(frozen=True)
class Past:
    """The newest draft of a case, the policy it was made with, and what people settled on, None where nothing is
    settled."""

    file: CaseFile
    policy: Policy
    decided: Disposition | None

    @classmethod
    def of(cls, file: CaseFile, policy: Policy, status: Status, reviews: tuple[Review, ...]) -> Past:
        return cls(file, policy, reviews[-1].disposition if reviews and status in SETTLED else None)


class Backtested(Frozen):
    """A draft under another policy: what was and what would be recommended, which rules would fire or be silent that
    did not or were not, and the facts it would still wait for that it did not wait for before. `asks` are the tools
    that have become mandatory and could tell what is open, `drops` those that are mandatory no more."""

    case_id: str
    before: Disposition
    after: Disposition
    decided: Disposition | None
    fires: tuple[str, ...]
    silent: tuple[str, ...]
    waits_for: tuple[str, ...]
    asks: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()

    @property
    def moved(self) -> bool:
        return not self.unsure and self.before != self.after

    @property
    def unsure(self) -> bool:
        """Whether the outcome hangs on facts that nobody gathered: a review would ask for them, and tell."""
        return bool(self.waits_for or self.asks)


class LeftOut(Frozen):
    """A draft that no policy can be held against: this version of casework cannot read it, or its policy, and why."""

    case_id: str
    why: str


class Agreement(Frozen):
    """On how many of the drafts that people decided, and whose outcome can be told, their disposition is the one
    recommended."""

    decided: int
    before: int
    after: int

    @classmethod
    def of(cls, drafts: Iterable[Backtested]) -> Agreement:
        settled = [each for each in drafts if each.decided is not None and not each.unsure]
        same = [sum(getattr(each, when) == each.decided for each in settled) for when in ("before", "after")]
        return cls(decided=len(settled), before=same[0], after=same[1])


class Flow(Frozen):
    """How many drafts go from one disposition to another, or stay."""

    before: Disposition
    after: Disposition
    drafts: int


class RuleChange(Frozen):
    """A rule that comes out differently somewhere: in how many more drafts it fires, in how many it no longer does."""

    rule: str
    fires: int
    silent: int


class Report(Frozen):
    """What another policy would change, over many drafts. `flow` leaves out those that are unsure."""

    drafts: int
    moved: tuple[Backtested, ...]
    flow: tuple[Flow, ...]
    unsure: tuple[Backtested, ...]
    left_out: tuple[LeftOut, ...]
    rules: tuple[RuleChange, ...]
    agreement: Agreement

    @classmethod
    def of(cls, found: Sequence[Backtested | LeftOut]) -> Report:
        drafts = [each for each in found if isinstance(each, Backtested)]
        flow = Counter((each.before, each.after) for each in drafts if not each.unsure)
        return cls(
            drafts=len(drafts),
            moved=tuple(each for each in drafts if each.moved),
            flow=tuple(Flow(before=ends[0], after=ends[1], drafts=flow[ends]) for ends in sorted(flow)),
            unsure=tuple(each for each in drafts if each.unsure),
            left_out=tuple(each for each in found if isinstance(each, LeftOut)),
            rules=_changed(drafts),
            agreement=Agreement.of(drafts),
        )


def _changed(drafts: Sequence[Backtested]) -> tuple[RuleChange, ...]:
    more = Counter(rule for each in drafts for rule in each.fires)
    less = Counter(rule for each in drafts for rule in each.silent)
    return tuple(RuleChange(rule=rule, fires=more[rule], silent=less[rule]) for rule in sorted({*more, *less}))


def backtest(past: Past, policy: Policy, tools: Mapping[str, AnyTool]) -> Backtested:
    """One draft under another policy. Raises PolicyError where a rule reads a fact that no tool declares."""
    file = past.file
    mandatory, asked = policy.mandatory(file.case.type), {entry.tool for entry in file.ledger.entries}
    drops = {*past.policy.mandatory(file.case.type)} - {*mandatory}
    ledger = _without(file.ledger, drops)
    now = recommended(policy, file.case, ledger, file.calls, tools)
    findings = fire(policy, file.case.type, file.case.flagged_at, ledger, specs_of(tools)).findings
    fired, fires = ({finding.rule for finding in found} for found in (file.findings, findings))
    return Backtested(
        case_id=file.case.case_id,
        before=file.recommendation.disposition,
        after=now.disposition,
        decided=past.decided,
        fires=tuple(sorted(fires - fired)),
        silent=tuple(sorted(fired - fires)),
        waits_for=tuple(sorted({*now.open_facts} - {*file.recommendation.open_facts})),
        asks=tuple(name for name in mandatory if name not in asked and _tells(tools.get(name), now.open_facts)),
        drops=tuple(sorted(drops)),
    )


def _without(ledger: Ledger, tools: Collection[str]) -> Ledger:
    """A ledger without what these tools told; that one of them failed is kept, for it would again."""
    kept = (entry for entry in ledger.entries if isinstance(entry, Unavailable) or entry.tool not in tools)
    return Ledger(entries=tuple(kept))


def _tells(tool: AnyTool | None, facts: Collection[str]) -> bool:
    return tool is not None and any(spec.name in facts for spec in tool.facts)
