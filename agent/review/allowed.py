"""The rules for what people do with a draft: who may decide, on what grounds, and where it leaves the case. Pure.

A reason code of the policy always; evidence cited where the recommendation is overridden; two different people of one
mind, on what is done and on whether it is fraud, for `reject`, `escalate` and confirmed fraud, for approving what the
draft would reject, for what two people have settled otherwise, and for everything while an opinion on the case is
unsettled, on whichever draft it was given; never on a draft whose evidence has changed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from agent.case import SETTLED, Case, CaseFile, Disposition, Outcome, Review, Severity, Status
from agent.errors import ReviewRefused, one_of
from agent.review.names import ALIKE, alphabets, check_name, same_person
from tools.evidence import Evidence, Ledger

FOUR_EYES: frozenset[Disposition] = frozenset({"reject", "escalate"})
ASKS_CUSTOMER: frozenset[Disposition] = frozenset({"request_information", "request_resubmission"})
CONTRADICTORY: frozenset[tuple[Disposition, Outcome]] = frozenset(
    {("reject", "false_positive"), ("approve", "confirmed_fraud")}
)
"""What nobody can mean: what is done says the contrary of what the case is said to be."""
Codes = Mapping[str, Severity | None]
"""Reason codes with the gravest severity of the rules that have one, None where no rule has it."""
CITE = "name the evidence for it, such as --cite E3"


@dataclass(frozen=True)
class History:
    """What people have said of a case: the reviews that settled it last, and those since then."""

    settled: tuple[Review, ...] = ()
    unsettled: tuple[Review, ...] = ()


def next_status(review: Review, file: CaseFile, past: History, status: Status, codes: Codes) -> Status:
    """Where a review leaves its case. `past` is what was said before it, `codes` the policy's reason codes.

    Raises ReviewRefused, saying which rule stands in the way and what would satisfy it.
    """
    _check_waiting(review, file, status)
    check_name(review.reviewer)
    _check_grounds(review, file, codes)
    first = past.unsettled[-1] if status == "awaiting_second" and past.unsettled else None
    if first is None:
        return "awaiting_second" if needs_second(review, file, past) else final_status(review.disposition)
    _check_second(review, first)
    return final_status(review.disposition) if _opinion(review) == _opinion(first) else "drafted"


def needs_second(review: Review, file: CaseFile, past: History) -> bool:
    """Whether one person is not enough: to reject or escalate, to call somebody a fraud whatever is done about it, to
    approve what the draft would reject, and where others have said otherwise or several have settled it otherwise."""
    against_draft = review.disposition == "approve" and file.draft.disposition == "reject"
    overturns = len(past.settled) > 1 and past.settled[-1].disposition != review.disposition
    grave = review.disposition in FOUR_EYES or review.outcome == "confirmed_fraud"
    return grave or against_draft or overturns or bool(past.unsettled)


def history(decided: Iterable[tuple[Review, Status]]) -> History:
    """The reviews of a case, each with the status it led to, as what is settled and what is not. A new draft does not
    take back what was said of the one before."""
    past = History()
    for review, status in decided:
        said = (*past.unsettled, review)
        past = History(settled=said) if status in SETTLED else History(past.settled, said)
    return past


def _opinion(review: Review) -> tuple[Disposition, bool]:
    """What two people have to agree on: what is done, and whether it is fraud."""
    return review.disposition, review.outcome == "confirmed_fraud"


def final_status(disposition: Disposition) -> Status:
    """Where a settled disposition leaves a case."""
    return "awaiting_customer" if disposition in ASKS_CUSTOMER else "closed"


def changes(file: CaseFile, case: Case, files: Mapping[str, str], policy_sha256: str) -> tuple[str, ...]:
    """What is no longer as it was when the draft was made. `files` are the attached files' sha256 by path, as they lie
    there now; one that was lost or altered before the draft has not changed since. A draft that does not say what it
    found is taken to have found the files that came with the case."""
    came = {each.path: each.sha256 for each in file.case.attachments}
    found = came if file.files is None else file.files
    changed = [f"the {each.role}" for each in file.case.attachments if files.get(each.path) != found.get(each.path)]
    if case != file.case:
        changed.append("the case")
    if policy_sha256 != file.policy_sha256:
        changed.append("the policy")
    return tuple(changed)


def check_meanwhile(reviews: Sequence[Review], known: int) -> None:
    """Refuse a decision whose author had seen no more than the first `known` reviews of a case that has others."""
    if len(reviews) > known:
        newest = reviews[-1]
        what = (
            f"{newest.reviewer!r} decided {newest.disposition} ({newest.outcome}) on case {newest.case_id!r} meanwhile"
        )
        raise ReviewRefused(what, f"look at it: `casework show {newest.case_id}`")


def check_text(**said: str) -> None:
    """Refuse what a person typed, by name, where it holds bytes that were no text or steer a terminal."""
    for name, text in said.items():
        if any(unicodedata.category(mark) in ("Cs", "Cc") and mark not in "\t\r\n" for mark in text):
            raise ReviewRefused(f"the {name} {text!r} is not valid text", "type it again, in UTF-8")


def check_fresh(file: CaseFile, changed: Sequence[str]) -> None:
    """Refuse to decide on a draft whose evidence is no longer what it was."""
    if changed:
        what = f"{' and '.join(changed)} of case {file.case.case_id!r} changed since the draft was made"
        raise ReviewRefused(what, f"review it again: `casework review {file.case.case_id}`")


def _check_waiting(review: Review, file: CaseFile, status: Status) -> None:
    case_id = repr(review.case_id)
    if status == "closed":
        raise ReviewRefused(
            f"case {case_id} is closed",
            f"run `casework review {review.case_id} --reopen --reason WHY` to review it again",
        )
    if status in ("open", "awaiting_customer"):
        raise ReviewRefused(f"case {case_id} has no draft to decide on", f"run `casework review {review.case_id}`")
    if (review.attempt, review.draft_sha256) != (file.attempt, file.sha256):
        raise ReviewRefused(
            f"case {case_id} has a newer draft than the one you saw", f"look at it: `casework show {review.case_id}`"
        )


def _check_second(review: Review, first: Review) -> None:
    case_id = repr(review.case_id)
    if same_person(first.reviewer, review.reviewer):
        remedy = f"{first.disposition} needs a second, different reviewer, with another name"
        raise ReviewRefused(f"{review.reviewer!r} has already decided case {case_id}", remedy)
    theirs, ours = alphabets(first.reviewer) & ALIKE, alphabets(review.reviewer) & ALIKE
    if theirs and ours and not theirs & ours:
        what = f"{review.reviewer!r} looks the same as {first.reviewer!r}, who has already decided case {case_id}"
        raise ReviewRefused(what, f"give your name in {' or '.join(sorted(theirs))} letters")


def _check_grounds(review: Review, file: CaseFile, codes: Codes) -> None:
    if (review.disposition, review.outcome) in CONTRADICTORY:
        what = f"{review.disposition} and {review.outcome} contradict each other"
        raise ReviewRefused(what, "choose another outcome, or another disposition")
    _check_letter(review, file)
    _check_code(review, file, codes)
    unknown = [reference for reference in review.cited if not cites(file.ledger, reference)]
    if unknown:
        have = ", ".join(entry.id for entry in file.ledger.entries if isinstance(entry, Evidence))
        raise ReviewRefused(f"{unknown[0]!r} is not evidence in this case", f"cite one of {have or 'none'}")
    if review.disposition != file.draft.disposition and not review.cited:
        what = f"{review.disposition} overrides the recommended {file.draft.disposition}"
        raise ReviewRefused(what, CITE)
    if codes[review.reason_code] and review.reason_code not in file.draft.reason_codes and not review.cited:
        raise ReviewRefused(f"the draft has no finding with reason code {review.reason_code!r}", CITE)


def lettered(disposition: Disposition, file: CaseFile) -> bool:
    """Whether a draft holds what its customer has to be asked, if anything."""
    written = bool(file.draft.customer_message) and file.draft.disposition == disposition
    return written or disposition not in ASKS_CUSTOMER


def _check_letter(review: Review, file: CaseFile) -> None:
    """Refuse to ask the customer where nobody says what: the case would wait for an answer to nothing."""
    if not lettered(review.disposition, file) and not review.comment.strip():
        what = f"the draft of case {file.case.case_id!r} has no letter for {review.disposition}"
        raise ReviewRefused(what, "state in the comment what the customer is asked, or choose another disposition")


def _check_code(review: Review, file: CaseFile, codes: Codes) -> None:
    """A code of the policy, and none that speaks for the customer where they are called a fraud."""
    code = review.reason_code
    if code not in codes:
        near = get_close_matches(code, sorted(codes), n=3, cutoff=0.5)
        fitting = tuple(dict.fromkeys((*file.draft.reason_codes, *near))) or sorted(codes)
        raise ReviewRefused(f"the policy has no reason code {code!r}", one_of(fitting))
    if review.outcome == "confirmed_fraud" and codes[code] == "mitigating":
        against = [each for each in file.draft.reason_codes if codes.get(each) in ("adverse", "suspicious")]
        others = [each for each in codes if codes[each] is None]
        raise ReviewRefused(
            f"{code!r} is in the customer's favour and cannot confirm fraud", one_of([*against, *others])
        )


def cites(ledger: Ledger, reference: str) -> bool:
    """Whether a citation, `E3` or `E3.face.similarity`, points at evidence that was really had."""
    had = {entry.id for entry in ledger.entries if isinstance(entry, Evidence)}
    return reference in had or ledger.resolve(reference) is not None
