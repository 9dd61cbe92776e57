"""What a reviewer does with the case before them, by the key that they press for it."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast, get_args

from rich.text import Text

from agent.case import DISPOSITIONS, CaseFile, Disposition, Outcome, Review, Status
from agent.cli.asking import CANCEL, Asker
from agent.cli.screen import progress, safe, show_letter
from agent.desk import policy_for
from agent.errors import OutputError, ReviewRefused, because
from agent.review.allowed import lettered
from agent.review.record import NO_FINDING, Wish, check, decide, defer, reason_codes
from agent.session import review_case
from agent.settings import Settings
from agent.store import Store

LETTER = "what to ask the customer (the draft has no letter for it)"
LIKELY: Mapping[Disposition, Outcome] = {
    "approve": "false_positive",
    "request_resubmission": "inconclusive",
    "request_information": "inconclusive",
    "escalate": "worth_reviewing",
    "reject": "confirmed_fraud",
}
"""The outcome that is offered first; the reviewer states it all the same."""


@dataclass(frozen=True)
class Seat:
    """Where a reviewer works: the store, their name, whom they answer. A page holds the customer's pictures: `pages` is
    a folder that is gone when the walk has ended."""

    store: Store
    settings: Settings
    reviewer: str
    asker: Asker
    pages: Path
    with_model: bool = True


@dataclass(frozen=True)
class Look:
    """A case as its reviewer sees it: the draft, where it stands, what people have said of it, and what has changed
    since the draft was made."""

    file: CaseFile
    status: Status
    reviews: tuple[Review, ...]
    outdated: tuple[str, ...] = ()

    @property
    def first(self) -> Review | None:
        """The opinion that waits for a second."""
        return self.reviews[-1] if self.status == "awaiting_second" and self.reviews else None


def _accept(seat: Seat, look: Look) -> bool:
    return _decide(seat, look, look.file.draft.disposition, needs_citation=False)


def _confirm(seat: Seat, look: Look) -> bool:
    if look.first is None:
        raise ReviewRefused("there is no decision to confirm yet", "accept or override the draft instead")
    said = look.first
    return _record(seat, look, _wish(seat, look, said.outcome, said.reason_code, said.disposition, said.cited))


def _override(seat: Seat, look: Look) -> bool:
    disposition = cast(Disposition, seat.asker.pick("disposition", DISPOSITIONS, ""))
    return _decide(seat, look, disposition, needs_citation=True)


def _ask_customer(seat: Seat, look: Look) -> bool:
    letter = look.file.draft.customer_message
    asking = look.file.draft.disposition if letter else "request_information"
    if letter:
        show_letter(seat.asker.out, letter)
    return _decide(seat, look, asking, needs_citation=not letter)


def _defer(seat: Seat, look: Look) -> bool:
    defer(seat.store, look.file.case.case_id, seat.reviewer)
    return True


def _redraft(seat: Seat, look: Look) -> bool:
    drafted(seat, look.file.case.case_id)
    return False


def drafted(seat: Seat, case_id: str) -> CaseFile:
    """Draft a case, whatever drafts it has."""
    with progress() as tell:
        return review_case(seat.store, seat.settings, case_id, with_model=seat.with_model, progress=tell)


def _page(seat: Seat, look: Look) -> bool:
    from agent.report import page

    path = seat.pages / f"{look.file.case.case_id}.html"
    try:
        path.write_text(page(look.file, Path(look.file.case.source), look.reviews, look.status), "utf-8")
    except OSError as error:
        raise OutputError(f"the page cannot be written: {because(error)}", "free some space, or set TMPDIR") from error
    seat.asker.out.print(f"page (deleted when you quit): {path}")
    webbrowser.open(path.as_uri())
    return False


Act = Callable[[Seat, Look], bool]
"""Does something and says whether that settles the case for now."""
ACTS: Mapping[str, Act] = {
    "a": _accept,
    "c": _confirm,
    "o": _override,
    "k": _ask_customer,
    "d": _defer,
    "r": _redraft,
    "p": _page,
}


def _decide(seat: Seat, look: Look, disposition: Disposition, needs_citation: bool) -> bool:
    asker, draft = seat.asker, look.file.draft
    codes = tuple(reason_codes(policy_for(look.file.case.source, seat.settings)))
    asker.out.print(f"type `{CANCEL}` to go back")
    outcome = cast(Outcome, asker.pick("outcome", get_args(Outcome), LIKELY[disposition]))
    reason = asker.pick("reason code", codes, next(iter(draft.reason_codes), NO_FINDING))
    needs_citation = needs_citation or reason not in (*draft.reason_codes, NO_FINDING)
    cited = asker.answer("evidence for it, such as E3 E5").replace(",", " ").split() if needs_citation else ()
    return _record(seat, look, _wish(seat, look, outcome, reason, disposition, tuple(cited)))


def _wish(
    seat: Seat, look: Look, outcome: Outcome, reason: str, disposition: Disposition, cited: tuple[str, ...]
) -> Wish:
    """What the reviewer asks for, having seen this draft and these reviews."""
    seen, known = look.file.sha256, len(look.reviews)
    return Wish(seat.reviewer, outcome, reason, disposition, cited, seen=seen, known=known)


def _record(seat: Seat, look: Look, wish: Wish) -> bool:
    """Hold a wish against the rules before anything long is typed, and record it when the reviewer says so."""
    asker, case_id = seat.asker, look.file.case.case_id
    written = lettered(wish.disposition or look.file.draft.disposition, look.file)
    leads_to = check(seat.store, seat.settings, case_id, wish if written else replace(wish, comment=LETTER))
    comment = asker.answer("comment" if written else LETTER)
    if look.first and leads_to == "drafted":
        asker.out.print(
            Text(safe(f"{look.first.reviewer} decided differently: two other reviewers will then have to agree"))
        )
    if not asker.sure(f"{wish.disposition} {case_id}, {wish.outcome}?"):
        asker.out.print("not recorded")
        return False
    review, status = decide(seat.store, seat.settings, case_id, replace(wish, comment=comment))
    asker.out.print(Text(safe(f"{review.case_id}  {review.disposition} by {review.reviewer}; status: {status}")))
    return True
