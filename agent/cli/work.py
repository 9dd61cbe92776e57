"""Walking through the queue by keyboard: one case after the other, one line of answer each.

It reads lines, so that it works as well from a pipe. The end of the input ends the walk; nothing is lost by it.
"""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast, get_args

from rich.console import Console

from agent.case import DISPOSITIONS, CaseFile, Disposition, Outcome
from agent.cli.screen import progress, safe, show_file, show_letter, show_reviews
from agent.desk import policy_for
from agent.errors import CaseworkError
from agent.review.queue import Filters, by_priority
from agent.review.record import NO_FINDING, Wish, decide, defer, reason_codes
from agent.session import review_case
from agent.settings import Settings
from agent.store import Store
from tools.registry import fact_specs

KEYS = "[a]ccept  [o]verride  as[k] the customer  [d]efer  [p]age  [n]ext  [q]uit"
LIKELY: Mapping[Disposition, Outcome] = {
    "approve": "false_positive",
    "request_resubmission": "inconclusive",
    "request_information": "inconclusive",
    "escalate": "worth_reviewing",
    "reject": "confirmed_fraud",
}
"""The outcome that is offered first; the reviewer states it all the same."""


@dataclass(frozen=True)
class Bench:
    """Where a reviewer works: the store, their name, the screen they look at, and where their answers come from. A
    page holds the customer's pictures: `pages` is a folder that is gone when the walk has ended."""

    store: Store
    settings: Settings
    reviewer: str
    out: Console
    pages: Path
    with_model: bool = True
    ask: Callable[[str], str] = input


def walk(bench: Bench, filters: Filters) -> int:
    """Go through the cases that pass the filters, most urgent first and deferred ones last, and say how many were
    decided."""
    urgent = by_priority(bench.store.queue(filters), datetime.now(UTC))
    rows = sorted(urgent, key=lambda row: row.status == "deferred")
    decided = 0
    for place, row in enumerate(rows, start=1):
        bench.out.rule(f"{place} of {len(rows)}", align="left")
        try:
            key = _at_case(bench, row.case_id)
        except EOFError:
            break
        except CaseworkError as error:
            bench.out.print(f"{row.case_id}: {error}")
            continue
        decided += key in ("a", "o", "k")
        if key == "q":
            break
    bench.out.print(f"{decided} decided, {len(rows)} were in the queue.")
    return decided


def _at_case(bench: Bench, case_id: str) -> str:
    """Show a case and do what the reviewer says, until that settles it for now. Gives the key that did."""
    file = _draft(bench, case_id)
    while True:
        key = bench.ask(f"{KEYS} > ").strip().lower()[:1]
        try:
            if key in ("n", "q") or (key in ACTS and ACTS[key](bench, file)):
                return key
            if key not in ACTS:
                bench.out.print("that is none of the keys")
        except CaseworkError as error:
            bench.out.print(f"not done: {error}")


def _draft(bench: Bench, case_id: str) -> CaseFile:
    file, status = bench.store.latest_file(case_id), bench.store.status(case_id)
    if file is None or status == "open":
        with progress() as tell:
            file = review_case(bench.store, bench.settings, case_id, with_model=bench.with_model, progress=tell)
    show_file(bench.out, file, fact_specs())
    show_reviews(bench.out, bench.store.reviews(case_id))
    return file


def _accept(bench: Bench, file: CaseFile) -> bool:
    return _decide(bench, file, file.draft.disposition, needs_citation=False)


def _override(bench: Bench, file: CaseFile) -> bool:
    return _decide(bench, file, cast(Disposition, _pick(bench, "disposition", DISPOSITIONS, "")), needs_citation=True)


def _ask_customer(bench: Bench, file: CaseFile) -> bool:
    asking = file.draft.disposition if file.draft.customer_message else "request_information"
    if file.draft.customer_message:
        show_letter(bench.out, file.draft.customer_message)
    return _decide(bench, file, asking, needs_citation=asking != file.draft.disposition)


def _defer(bench: Bench, file: CaseFile) -> bool:
    defer(bench.store, file.case.case_id, bench.reviewer)
    return True


def _page(bench: Bench, file: CaseFile) -> bool:
    from agent.report import page

    path = bench.pages / f"{file.case.case_id}.html"
    path.write_text(page(file, Path(file.case.source)), "utf-8")
    bench.out.print(f"page, until you quit: {path}")
    webbrowser.open(path.as_uri())
    return False


ACTS: Mapping[str, Callable[[Bench, CaseFile], bool]] = {
    "a": _accept,
    "o": _override,
    "k": _ask_customer,
    "d": _defer,
    "p": _page,
}


def _decide(bench: Bench, file: CaseFile, disposition: Disposition, needs_citation: bool) -> bool:
    codes = tuple(reason_codes(policy_for(file.case, bench.settings)))
    outcome = cast(Outcome, _pick(bench, "outcome", get_args(Outcome), LIKELY[disposition]))
    reason = _pick(bench, "reason code", codes, next(iter(file.draft.reason_codes), NO_FINDING))
    needs_citation = needs_citation or reason not in (*file.draft.reason_codes, NO_FINDING)
    wish = Wish(
        reviewer=bench.reviewer,
        outcome=outcome,
        reason_code=reason,
        disposition=disposition,
        cited=tuple(bench.ask("evidence it rests on, as E3 E5 > ").split()) if needs_citation else (),
        comment=bench.ask("comment > ").strip(),
        seen=file.sha256,
    )
    review, status = decide(bench.store, bench.settings, file.case.case_id, wish)
    bench.out.print(f"{review.case_id}  {review.disposition} by {safe(review.reviewer)}; status: {status}")
    return True


def _pick(bench: Bench, what: str, choices: tuple[str, ...], likely: str) -> str:
    """One of the choices, by its name or the beginning of it; an empty answer takes the likely one."""
    while True:
        said = bench.ask(f"{what} ({likely}) > " if likely else f"{what} > ").strip()
        fitting = [choice for choice in choices if said and choice.lower().startswith(said.lower())]
        exact = [choice for choice in fitting if choice.lower() == said.lower()]
        if likely and not said:
            return likely
        if len(exact or fitting) == 1:
            return (exact or fitting)[0]
        bench.out.print(f"one of: {', '.join(choices)}")
