"""The commands a reviewer uses: queue, review, show, decide, work, report, replay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from agent.case import CaseFile, Disposition, Outcome, Review, Status
from agent.cli.opening import draft_of, drafted, opened
from agent.cli.options import STATUSES, AsJson, CaseId, NoModel, OfAttempt, OfType, Reviewer, WithFlag, filters
from agent.cli.output import to_write, writing
from agent.cli.screen import console, print_json, progress, safe, show_file, show_letter, show_queue, show_reviews
from agent.cli.shapes import case_json, queue_json
from agent.review.queue import by_priority
from agent.settings import login_name

SHOWN = 12
"""Characters of a draft's hash that are shown to tell it from another."""

app = typer.Typer()


@app.command()
def queue(
    types: OfType = None,
    statuses: Annotated[
        list[str] | None,
        typer.Option("--status", help=f"Only cases with this status; may be repeated: {', '.join(STATUSES)}."),
    ] = None,
    flags: WithFlag = None,
    limit: Annotated[int, typer.Option(min=0, help="Maximum number of cases; 0 for all.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List the cases, the most urgent first: by gravity of the flags, money at stake and time used up."""
    moment = datetime.now(UTC)
    with opened("read") as (store, _):
        rows = by_priority(store.queue(filters(types, statuses, flags)), moment)
    rows = rows[:limit] if limit else rows
    if as_json:
        print_json(queue_json(rows))
    elif rows:
        show_queue(console(), rows, moment)
    else:
        console().print("No such case. `casework add FILE` adds your own, `casework world build` simulated ones.")


@app.command()
def review(
    case_id: CaseId,
    as_json: AsJson = False,
    no_model: NoModel = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Review a closed case again; needs --reason.")] = False,
    reason: Annotated[str, typer.Option(help="Reason for reopening it, kept in the audit trail.")] = "",
    reviewer: Reviewer = "",
) -> None:
    """Gather evidence, apply the policy and draft the case.

    The case then waits for a person: `casework decide`.
    """
    from agent.review.record import NO_FINDING
    from agent.runner import Reopening
    from agent.session import review_case
    from tools.registry import fact_specs

    with opened() as (store, settings), progress() as tell:
        name = reviewer or settings.casework_reviewer or login_name()
        again = Reopening(name.strip(), reason.strip()) if reopen else None
        file = review_case(store, settings, case_id, with_model=not no_model, reopen=again, progress=tell)
        status, reviews = store.status(case_id), store.reviews(case_id)
    if as_json:
        _print_file(file, status, reviews, file.attempt)
    else:
        show_file(console(), file, fact_specs())
        code = next(iter(file.draft.reason_codes), NO_FINDING)
        seen = f"--draft {file.sha256[:SHOWN]} --reviews {len(reviews)}"
        console(stderr=True).print(f"\nNext: casework decide {case_id} --outcome OUTCOME --reason-code {code} {seen}")


@app.command()
def show(case_id: CaseId, attempt: OfAttempt = None, as_json: AsJson = False) -> None:
    """Show a draft of a case, and what people have decided so far."""
    from tools.registry import fact_specs

    with opened("read") as (store, _):
        file, row, reviews = draft_of(store, case_id, attempt), store.row(case_id), store.reviews(case_id)
        attempts = store.attempts(case_id)
    if as_json and file:
        _print_file(file, row.status, reviews, attempts)
    elif as_json:
        print_json(row.model_dump(mode="json"))
    elif file:
        show_file(console(), file, fact_specs())
    else:
        console().print(f"{case_id}  {row.type}  {safe(' + '.join(row.flags))}  {row.status}, not reviewed yet")
    if not as_json:
        draft = f"; attempt {file.attempt} of {attempts}; draft {file.sha256[:SHOWN]}" if file else ""
        draft += f"; {len(reviews)} reviews" if file else ""
        console().print(f"\nstatus: {row.status}{draft}")
        show_reviews(console(), reviews)


@app.command("decide")
def decide_case(
    case_id: CaseId,
    outcome: Annotated[Outcome, typer.Option(help="What the case turned out to be.")],
    reason_code: Annotated[str, typer.Option(help="Reason code, one of the policy's.")],
    disposition: Annotated[
        Disposition | None, typer.Option(help="What to do with the case; default: the recommended disposition.")
    ] = None,
    cite: Annotated[
        list[str] | None, typer.Option(help="Evidence for it, such as E3 or E3.face.similarity; may be repeated.")
    ] = None,
    comment: Annotated[str, typer.Option(help="Comment for colleagues; the customer never sees it.")] = "",
    draft: Annotated[
        str | None,
        typer.Option(
            metavar="SHA256",
            help="Hash of the draft you reviewed, or its first 8 or more characters; refused if there is a newer one.",
        ),
    ] = None,
    reviews: Annotated[
        int | None, typer.Option(min=0, help="Number of earlier decisions you saw; refused if there are more by now.")
    ] = None,
    reviewer: Reviewer = "",
    as_json: AsJson = False,
) -> None:
    """Decide a drafted case, or confirm or dispute what a first reviewer decided."""
    from agent.review.record import Wish, decide

    with opened() as (store, settings):
        name = reviewer or settings.casework_reviewer or login_name()
        code, cited = reason_code.strip().upper(), tuple(cite or ())
        wish = Wish(name, outcome, code, disposition, cited, comment, draft, reviews)
        made, status = decide(store, settings, case_id, wish)
        file = store.latest_file(case_id)
    if as_json:
        print_json({"case_id": case_id, "status": status, "review": made.model_dump(mode="json")})
        return
    console().print(f"{case_id}  {made.disposition} by {safe(made.reviewer)}; status: {status}")
    if status == "awaiting_second":
        console().print("A second, different reviewer must confirm it with the same command.")
    if status == "awaiting_customer" and file and file.draft.customer_message:
        show_letter(console(), file.draft.customer_message)


@app.command()
def report(
    case_id: CaseId,
    attempt: OfAttempt = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Page to write; default: CASE.html in the current folder.", callback=to_write),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a draft, and what people decided, as one self-contained HTML page."""
    from agent.report import page

    with opened("read") as (store, _):
        file, status, reviews = drafted(store, case_id, attempt), store.status(case_id), store.reviews(case_id)
    path, drawn = out or Path(f"{case_id}.html"), page(file, Path(file.case.source), reviews, status)
    with writing(path) as written:
        written.write(drawn)
    if as_json:
        print_json({"case_id": case_id, "page": str(path)})
    else:
        console().print(f"{path}")


@app.command("replay")
def replay_case(case_id: CaseId, attempt: OfAttempt = None, as_json: AsJson = False) -> None:
    """Rebuild a draft from its own record, offline, and compare bit for bit; exit 1 if it differs."""
    from agent.errors import ReplayDiverged
    from agent.replay import replay

    with opened("read") as (store, settings):
        file, diverged, remedy = drafted(store, case_id, attempt), "", ""
        try:
            replay(file, store, settings)
        except ReplayDiverged as error:
            diverged, remedy = error.what, error.remedy
    answer = {"case_id": case_id, "attempt": file.attempt, "sha256": file.sha256, "same": not diverged}
    if as_json:
        print_json(answer | {"first_divergence": diverged or None})
    else:
        differs = f"{safe(diverged)}; {safe(remedy)}" if diverged else ""
        console().print(differs or f"{case_id} attempt {file.attempt} replays bit for bit: {file.sha256}")
    if diverged:
        raise typer.Exit(1)


@app.command()
def work(
    types: OfType = None,
    flags: WithFlag = None,
    no_model: NoModel = False,
    reviewer: Reviewer = "",
) -> None:
    """Work through the queue by keyboard: accept, confirm, override, ask the customer, defer, page, next."""
    from agent.cli.acts import Seat
    from agent.cli.asking import Asker
    from agent.cli.work import ended_in_order, walk

    with ended_in_order(), opened() as (store, settings), TemporaryDirectory(prefix="casework-") as pages:
        name = reviewer or settings.casework_reviewer or login_name()
        seat = Seat(store, settings, name, Asker(console()), Path(pages), with_model=not no_model)
        walk(seat, filters(types, ["open", "drafted", "awaiting_second", "deferred"], flags))


def _print_file(file: CaseFile, status: Status, reviews: Sequence[Review], attempts: int) -> None:
    from tools.registry import all_tools

    print_json(case_json(file, all_tools(), status, reviews, attempts))
