"""Walking through the queue by keyboard: one case after the other, one line of answer each.

It reads lines, so that it works as well from a pipe. The end of the input ends the walk; nothing is lost by it.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from textwrap import fill
from types import FrameType
from typing import NoReturn

import typer
from rich.text import Text

from agent.cli.acts import ACTS, Look, Seat, drafted
from agent.cli.screen import safe, show_file, show_reviews
from agent.errors import CaseworkError
from agent.review.names import same_person
from agent.review.queue import Filters, by_priority, time_used
from agent.review.record import outdated
from agent.runner import UNDECIDED
from tools.registry import fact_specs

LABELS: Mapping[str, str] = {
    "a": "[a]ccept",
    "c": "[c]onfirm",
    "o": "[o]verride",
    "k": "as[k] the customer",
    "d": "[d]efer",
    "r": "[r]edraft",
    "p": "[p]age",
    "n": "[n]ext",
    "q": "[q]uit",
}
WORDS: Mapping[str, tuple[str, ...]] = {
    "a": ("accept",),
    "c": ("confirm",),
    "o": ("override",),
    "k": ("ask", "ask the customer"),
    "d": ("defer",),
    "r": ("redraft",),
    "p": ("page",),
    "n": ("next",),
    "q": ("quit",),
}
FIRST, SECOND, OUTDATED = "aokdrpnq", "corpnq", "rpnq"
"""The keys where nobody has an opinion on the draft, where somebody has that waits for a second, and where the draft is
no longer one to decide on."""
ENDING = (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT)


def walk(seat: Seat, filters: Filters) -> int:
    """Go through the cases that pass the filters, most urgent first and deferred ones last, and say how many were
    decided, and which wait for their customer for too long."""
    urgent, out = by_priority(seat.store.queue(filters), datetime.now(UTC)), seat.asker.out
    rows = sorted(urgent, key=lambda row: row.status == "deferred")
    decided = 0
    for place, row in enumerate(rows, start=1):
        out.rule(f"{place} of {len(rows)}", align="left")
        try:
            key = _at_case(seat, row.case_id)
        except EOFError:
            break
        except CaseworkError as error:
            out.print(Text(safe(f"{row.case_id}: {error}")))
            continue
        decided += key in ("a", "c", "o", "k")
        if key == "q":
            break
    out.print(f"{decided} decided, {len(rows)} were in the queue.")
    _tell_overdue(seat, filters)
    return decided


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Have a closed window and a polite kill end what is within as an exit does, so that it cleans up; a shell is told
    which it was."""
    told: list[int] = []

    def leave(number: int, _: FrameType | None) -> NoReturn:
        for each in ENDING:
            signal.signal(each, signal.SIG_IGN)
        told.append(number)
        raise SystemExit(128 + number)

    before = {each: signal.signal(each, leave) for each in ENDING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        # Whatever came of it on its way here: what it ran into may have swallowed it, or raised another exception.
        if told:
            raise typer.Exit(128 + told[0]) from None


def _tell_overdue(seat: Seat, filters: Filters) -> None:
    moment = datetime.now(UTC)
    rows = seat.store.queue(replace(filters, statuses=("awaiting_customer",)))
    overdue = [row.case_id for row in by_priority(rows, moment) if time_used(row, moment) >= 1]
    if overdue:
        what = f"Overdue, waiting for the customer: {' '.join(overdue)}"
        seat.asker.out.print(Text(safe(f"{what}. `casework review CASE` reviews one again.")))


def _at_case(seat: Seat, case_id: str) -> str:
    """Show a case and do what the reviewer says, until that settles it for now. Gives the key that did."""
    look = _look(seat, case_id, None)
    while look.status in UNDECIDED:
        if look.first and same_person(look.first.reviewer, seat.reviewer):
            seat.asker.out.print(f"{case_id} waits for another reviewer: you decided it first")
            return "n"
        keys = OUTDATED if look.outdated else SECOND if look.first else FIRST
        seat.asker.out.print(Text(_standing(look), style="bold"))
        if look.outdated:
            seat.asker.out.print(Text(safe(f"{' and '.join(look.outdated)} changed since this draft was made")))
        shown = fill(
            "  ".join(LABELS[each] for each in keys), seat.asker.out.width - len(" > "), break_on_hyphens=False
        )
        key = seat.asker.key({each: WORDS[each] for each in keys}, shown)
        try:
            if key in ("n", "q") or ACTS[key](seat, look):
                return key
        except CaseworkError as error:
            seat.asker.out.print(Text(safe(f"not done: {error}")))
        look = _look(seat, case_id, look)
    seat.asker.out.print(f"{case_id} is now {look.status}")
    return "n"


def _look(seat: Seat, case_id: str, before: Look | None) -> Look:
    """A case as it stands now, drafted where it has no draft. What was not shown `before` is shown."""
    store, out = seat.store, seat.asker.out
    file, status = store.latest_file(case_id), store.status(case_id)
    if file is None or status == "open":
        file = drafted(seat, case_id)
    # In this order: an opinion that comes in between is one that the reviewer has not seen.
    reviews = store.reviews(case_id)
    look = Look(file, store.status(case_id), reviews, outdated(store, seat.settings, file))
    if before is None or before.file.sha256 != file.sha256:
        show_file(out, file, fact_specs())
        show_reviews(out, look.reviews)
    else:
        show_reviews(out, look.reviews[len(before.reviews) :])
    return look


def _standing(look: Look) -> str:
    """The case, what is recommended, where it stands and who has said what, in one line above the keys."""
    file, draft = look.file, look.file.draft
    line = f"{file.case.case_id} {draft.disposition.upper()} {draft.confidence:.2f}; {look.status}"
    line += f"; due {file.case.due_at[:10]}; {file.case.exposure_usd:,.0f} USD"
    if look.first:
        line += f"; {look.first.reviewer} decided: {look.first.disposition}, {look.first.outcome}"
    return safe(line)
