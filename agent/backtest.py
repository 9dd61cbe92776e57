"""What another policy would have recommended on evidence that was gathered before: for who edits a rule. Nothing is
measured or asked anew, and nothing is changed.

A fact that no draft has gathered is unknown here, as it would be where its tool fails; a review with that policy would
go and ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from agent.case import CaseFile, Disposition, Review, Status
from agent.policy.fire import fire
from agent.policy.model import Policy
from agent.steps import recommended
from tools.evidence import FactSpec, Frozen
from tools.tool import AnyTool

SETTLED: frozenset[Status] = frozenset({"closed", "awaiting_customer"})


@dataclass(frozen=True)
class Past:
    """The newest draft of a case, and what people settled on, None where nothing is settled."""

    file: CaseFile
    decided: Disposition | None

    @classmethod
    def of(cls, file: CaseFile, status: Status, reviews: tuple[Review, ...]) -> Past:
        return cls(file, reviews[-1].disposition if reviews and status in SETTLED else None)


class Backtested(Frozen):
    """A draft under another policy: what was and what would be recommended, which rules would fire or be silent that
    did not or were not, and the facts it would still wait for that it did not wait for before."""

    case_id: str
    before: Disposition
    after: Disposition
    decided: Disposition | None
    fires: tuple[str, ...]
    silent: tuple[str, ...]
    waits_for: tuple[str, ...]

    @property
    def moved(self) -> bool:
        return self.before != self.after

    @property
    def unsure(self) -> bool:
        """Whether it stays for want of facts that nobody gathered: a review would ask for them, and may move it."""
        return not self.moved and bool(self.waits_for)


class Agreement(Frozen):
    """On how many of the drafts that people decided their disposition is the one recommended."""

    decided: int
    before: int
    after: int

    @classmethod
    def of(cls, drafts: Iterable[Backtested]) -> Agreement:
        settled = [each for each in drafts if each.decided is not None]
        same = [sum(getattr(each, when) == each.decided for each in settled) for when in ("before", "after")]
        return cls(decided=len(settled), before=same[0], after=same[1])


def backtest(past: Past, policy: Policy, tools: Mapping[str, AnyTool], specs: Mapping[str, FactSpec]) -> Backtested:
    """One draft under another policy. Raises PolicyError where a rule reads a fact that no tool declares."""
    file = past.file
    now = recommended(policy, file.case, file.ledger, file.calls, tools, specs)
    findings = fire(policy, file.case.type, file.case.flagged_at, file.ledger, specs).findings
    fired, fires = ({finding.rule for finding in found} for found in (file.findings, findings))
    return Backtested(
        case_id=file.case.case_id,
        before=file.recommendation.disposition,
        after=now.disposition,
        decided=past.decided,
        fires=tuple(sorted(fires - fired)),
        silent=tuple(sorted(fired - fires)),
        waits_for=tuple(sorted({*now.open_facts} - {*file.recommendation.open_facts})),
    )


def by_rule(drafts: Iterable[Backtested]) -> Iterator[tuple[str, int, int]]:
    """Each rule that comes out otherwise anywhere: in how many drafts it would fire anew, in how many no more."""
    drafts = list(drafts)
    more, less = (Counter(rule for each in drafts for rule in getattr(each, how)) for how in ("fires", "silent"))
    yield from ((rule, more[rule], less[rule]) for rule in sorted({*more, *less}))
