"""What people decided and how it stood to the draft they had before them, summed up: for whoever leads a team, and for
the analyst who asks which rules people do not believe. Pure.

Every decision counts against the draft it was made on, whatever became of the case since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from agent.case import DISPOSITIONS, CaseType, Disposition, Outcome, Status
from agent.review.names import outline, same_person
from tools.evidence import Frozen
from vision.wilson import Share, share

FEW = 10
"""Drafts under which a rule's figures say little."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision beside the draft it was made on. `type`, `flags` and `flagged_at` are the case's as it was drafted;
    `rules` are those that fired. `turn` counts the decisions on the draft from 1: an even one answers the one before.
    `waited_s` are the seconds since the draft, or since the decision before it on this draft. `login` is the operating
    system's name for whoever ran the command, empty where none was kept; `same_login` that the decision before it on
    this draft was made there as well."""

    case_id: str
    attempt: int
    type: CaseType
    flags: tuple[str, ...]
    flagged_at: str
    drafted_at: str
    decided_at: str
    reviewer: str
    turn: int
    waited_s: float
    recommended: Disposition
    confidence: float
    row: str
    disposition: Disposition
    outcome: Outcome
    reason_code: str
    status_after: Status
    rules: tuple[str, ...]
    login: str = ""
    same_login: bool = False

    @property
    def one_login(self) -> bool:
        """Whether it is a second opinion given at the login of the first: two people at one terminal, or one person."""
        return self.second and self.same_login

    @property
    def followed(self) -> bool:
        return self.disposition == self.recommended

    @property
    def second(self) -> bool:
        return self.turn % 2 == 0

    @property
    def disputes(self) -> bool:
        """Whether it is of another mind than the first opinion that it answers, which leaves the case drafted."""
        return self.second and self.status_after == "drafted"


@dataclass(frozen=True)
class Asked:
    """Which decisions are asked for: from one day to another (ISO dates in UTC, both counted), on cases of some types,
    by one person; what is left out lets all pass."""

    since: str = "0000-00-00"
    until: str = "9999-12-31"
    types: tuple[CaseType, ...] = ()
    reviewer: str = ""

    def about(self, kind: CaseType) -> bool:
        return not self.types or kind in self.types

    def heard(self, at: str, reviewer: str) -> bool:
        by = not self.reviewer or same_person(reviewer, self.reviewer)
        return by and self.since <= at[:10] <= self.until


class Flow(Frozen):
    """How many decisions went from one recommendation to one disposition."""

    recommended: Disposition
    decided: Disposition
    decisions: int


class ByRule(Frozen):
    """In how many decided drafts a rule fired, and in how many of those people decided otherwise than recommended."""

    rule: str
    drafts: int
    otherwise: int


class ByReviewer(Frozen):
    """What one person decided: as recommended, otherwise, and how often as a second of another mind than the first.
    `reviewer` is the commonest spelling of the name, `logins` are those it was given at."""

    reviewer: str
    decisions: int
    followed: int
    overruled: int
    disputes: int
    logins: tuple[str, ...] = ()


class Summary(Frozen):
    """Decisions summed up. `first` and `last` say when the first and the last was made, empty where there is none.
    `followed` is a share of decisions: two on one case count twice. The medians are seconds, from a draft to the first
    decision on it and from a first opinion to the second; None where there is none. `backdated` decisions are dated
    before what they answer, by a clock that was behind: how long they took is not known. `one_login` second opinions
    were given at the login of the first."""

    decisions: int
    people: int
    cases: int
    first: str
    last: str
    followed: Share
    second_opinions: int
    disputes: int
    to_first_s: float | None
    to_second_s: float | None
    backdated: int
    one_login: int
    flow: tuple[Flow, ...]
    rules: tuple[ByRule, ...]
    reviewers: tuple[ByReviewer, ...]


def summarise(decisions: Sequence[Decision]) -> Summary:
    """Sum up decisions, in whatever order they come."""
    days, people = [each.decided_at for each in decisions], by_reviewer(decisions)
    return Summary(
        decisions=len(decisions),
        people=len(people),
        cases=len({each.case_id for each in decisions}),
        first=min(days, default=""),
        last=max(days, default=""),
        followed=share(sum(each.followed for each in decisions), len(decisions)),
        second_opinions=sum(each.second for each in decisions),
        disputes=sum(each.disputes for each in decisions),
        to_first_s=_median(each.waited_s for each in decisions if each.turn == 1),
        to_second_s=_median(each.waited_s for each in decisions if each.second),
        backdated=sum(each.waited_s < 0 for each in decisions),
        one_login=sum(each.one_login for each in decisions),
        flow=_flow(decisions),
        rules=by_rule(decisions),
        reviewers=people,
    )


def by_rule(decisions: Iterable[Decision]) -> tuple[ByRule, ...]:
    """Each rule that fired, the one that people went against most often first. What was decided last on a draft counts
    for it: who was corrected by a second says nothing about a rule."""
    last = {(each.case_id, each.attempt): each for each in sorted(decisions, key=lambda each: each.turn)}
    drafts = Counter(rule for each in last.values() for rule in {*each.rules})
    against = Counter(rule for each in last.values() if not each.followed for rule in {*each.rules})
    ordered = sorted(drafts, key=lambda rule: (-against[rule], drafts[rule], rule))
    return tuple(ByRule(rule=rule, drafts=drafts[rule], otherwise=against[rule]) for rule in ordered)


def by_reviewer(decisions: Iterable[Decision]) -> tuple[ByReviewer, ...]:
    """Each person, the one with most decisions first. Names that read as one are one person."""
    by_name: dict[str, list[Decision]] = {}
    for each in decisions:
        by_name.setdefault(each.reviewer, []).append(each)
    people: dict[str, list[str]] = {}
    for name in sorted(by_name, key=lambda name: (-len(by_name[name]), name)):
        people.setdefault(outline(name), []).append(name)
    told = (_person(names[0], [each for name in names for each in by_name[name]]) for names in people.values())
    return tuple(sorted(told, key=lambda each: (-each.decisions, each.reviewer)))


def _person(name: str, decisions: Sequence[Decision]) -> ByReviewer:
    followed, disputes = sum(each.followed for each in decisions), sum(each.disputes for each in decisions)
    count, logins = len(decisions), tuple(sorted({each.login for each in decisions if each.login}))
    return ByReviewer(
        reviewer=name,
        decisions=count,
        followed=followed,
        overruled=count - followed,
        disputes=disputes,
        logins=logins,
    )


def _flow(decisions: Iterable[Decision]) -> tuple[Flow, ...]:
    counts = Counter((each.recommended, each.disposition) for each in decisions)
    ends = ((was, now) for was in DISPOSITIONS for now in DISPOSITIONS if counts[was, now])
    return tuple(Flow(recommended=was, decided=now, decisions=counts[was, now]) for was, now in ends)


def _median(seconds: Iterable[float]) -> float | None:
    known = [each for each in seconds if each >= 0]
    return median(known) if known else None
