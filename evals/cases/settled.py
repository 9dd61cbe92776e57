"""What people settled on in a case of the store, as its label; or what the case still waits for.

A case is settled where it is closed, by two people where the rules of `agent.review.allowed` ask for two. The label is
what they settled on last. Where they had asked the customer before, and the case is still the one they asked about, the
label is that request: what the customer answered is nothing that a review could see. Where the answer came into the
case (`casework add --replace`), the request was about another case than the one that is there now, and what was said
before counts no more. Whether it is fraud is what was said last of all, unknown where that was neither
`confirmed_fraud` nor `false_positive`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from agent.case import FRAUD, SETTLED, Case, Disposition, Review, Status
from agent.review.allowed import ASKS_CUSTOMER
from agent.review.names import same_person
from agent.store import Store
from evals.world.label import Label

Waiting = Literal[
    "not decided",
    "put aside",
    "waiting for a second person",
    "disputed",
    "waiting for the customer",
    "taken up again",
]
STANDS: Mapping[Status, Waiting] = {
    "deferred": "put aside",
    "awaiting_second": "waiting for a second person",
    "awaiting_customer": "waiting for the customer",
}
Said = tuple[Review, ...]


@dataclass(frozen=True)
class Told:
    """What people said of a case as it is now: what they settled, each time after the opinions that led to it, and the
    opinions that have settled nothing yet."""

    settled: tuple[Said, ...] = ()
    since: Said = ()

    @classmethod
    def of(cls, store: Store, case_id: str) -> Told:
        """What the store has of a case. What was said before something was put in its place was said of another."""
        actions = [entry.action for entry in store.audit(case_id)]
        now = len(actions) - actions[::-1].index("added")
        told = cls()
        for review, status in store.decided(case_id)[actions[:now].count("reviewed") :]:
            said = (*told.since, review)
            told = cls((*told.settled, said)) if status in SETTLED else cls(told.settled, said)
        return told

    @property
    def at(self) -> str:
        """When it was settled last (ISO 8601, UTC)."""
        return self.settled[-1][-1].decided_at

    def waits(self, status: Status) -> Waiting | None:
        """What a case that stands there waits for; None where it is settled."""
        if status == "closed" and self.settled:
            return None
        if status in STANDS:
            return STANDS[status]
        if self.since:
            return "disputed" if len(self.since) > 1 else "waiting for a second person"
        return "taken up again" if self.settled else "not decided"

    def label(self, case: Case) -> Label:
        """The label of a settled case."""
        asked = [*takewhile(lambda said: said[-1].disposition in ASKS_CUSTOMER, reversed(self.settled[:-1]))]
        counts, last = (asked or self.settled)[-1], self.settled[-1][-1]
        ideal, fraud = counts[-1].disposition, FRAUD.get(last.outcome)
        return Label(
            case_id=case.case_id,
            customer_id=case.customer_id,
            story="",
            is_fraud=fraud,
            ideal=ideal,
            proof=(),
            intolerable=fraud is True,
            doubt=None,
            reviewers=opinions(counts),
            what_happened=f"People settled on {ideal}; what was said last is {last.disposition}, {last.outcome}.",
        )


def opinions(said: Sequence[Review]) -> tuple[Disposition, ...]:
    """What each person thought first, in order; nothing where only one was asked, whose opinion the label is."""
    people = list[Review]()
    for review in said:
        if not any(same_person(review.reviewer, each.reviewer) for each in people):
            people.append(review)
    return tuple(each.disposition for each in people) if len(people) > 1 else ()
