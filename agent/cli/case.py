"""The commands a reviewer uses: queue, review, show, decide, work, report, replay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from pydantic import TypeAdapter, ValidationError

from agent.case import CaseFile, Disposition, Outcome, Review, Status
from agent.cli.screen import console, print_json, progress, safe, show_file, show_letter, show_queue, show_reviews
from agent.cli.shapes import case_json, queue_json
from agent.errors import AgentError, ReviewRefused, StoreError, because
from agent.review.queue import Filters, by_priority
from agent.settings import Settings, login_name, read_settings

if TYPE_CHECKING:
    # Only named here: who asks for help waits for no database.
    from agent.store import Store
    from agent.store.database import Opening

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="A case id, as `casework queue` lists them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
OfType = Annotated[list[str] | None, typer.Option("--type", help="Only cases of this type.")]
WithFlag = Annotated[list[str] | None, typer.Option("--flag", help="Only cases with this flag.")]
NoModel = Annotated[bool, typer.Option("--no-model", help="Use no language model.")]
OfAttempt = Annotated[
    int | None, typer.Option("--attempt", min=1, metavar="N", help="Which draft, from 1; default: the newest.")
]
Reviewer = Annotated[str, typer.Option(help="Your name; default CASEWORK_REVIEWER, else the login name.")]

FILTERS = TypeAdapter(Filters)
SHOWN = 12
"""Characters of a draft's hash that are shown to tell it from another."""

app = typer.Typer()


@contextmanager
def opened(opening: Opening = "write") -> Iterator[tuple[Store, Settings]]:
    """The case store and the settings, for one command. Only one that begins a home makes a store where there is
    none."""
    from agent.store import Store

    settings = read_settings()
    store = Store(settings.casework_home, opening)
    try:
        yield store, settings
    finally:
        store.close()


@app.command()
def queue(
    types: OfType = None,
    statuses: Annotated[list[str] | None, typer.Option("--status", help="Only cases that stand here.")] = None,
    flags: WithFlag = None,
    limit: Annotated[int, typer.Option(min=0, help="At most so many; 0 for all.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List the cases, the most urgent first: gravity of the flags, money at stake, time used up."""
    moment = datetime.now(UTC)
    with opened("read") as (store, _):
        rows = by_priority(store.queue(filters(types, statuses, flags)), moment)
    rows = rows[:limit] if limit else rows
    if as_json:
        print_json(queue_json(rows))
    elif rows:
        show_queue(console(), rows, moment)
    else:
        console().print("No such case. `casework add FILE` brings your own, `casework world build` makes some.")


@app.command()
def review(
    case_id: CaseId,
    as_json: AsJson = False,
    no_model: NoModel = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Take up a closed case again; needs --reason.")] = False,
    reason: Annotated[str, typer.Option(help="Why it is reopened; it stands in the audit trail.")] = "",
    reviewer: Reviewer = "",
) -> None:
    """Gather evidence, apply the policy and draft the case. It then waits for a person: `casework decide`."""
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
        code = next(iter(file.draft.reason_codes), "NO_FINDING")
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
    reason_code: Annotated[str, typer.Option(help="A reason code of the policy.")],
    disposition: Annotated[Disposition | None, typer.Option(help="Default: the recommended one.")] = None,
    cite: Annotated[list[str] | None, typer.Option(help="Evidence, as E3 or E3.face.similarity; repeat it.")] = None,
    comment: Annotated[str, typer.Option(help="For colleagues; the customer never sees it.")] = "",
    draft: Annotated[str | None, typer.Option(metavar="SHA256", help="Of the draft you saw, or how it begins.")] = None,
    reviews: Annotated[
        int | None, typer.Option(min=0, help="Of the case that you saw; refused where it has more.")
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
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Default: CASE.html in this folder.")] = None,
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
    """Rebuild a draft from its own record, offline, and compare bit for bit. Exit 1 where it differs."""
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
    """Walk through the queue by keyboard: accept, confirm, override, ask the customer, defer, page, next."""
    from agent.cli.acts import Bench
    from agent.cli.asking import Asker
    from agent.cli.work import ended_in_order, walk

    with ended_in_order(), opened() as (store, settings), TemporaryDirectory(prefix="casework-") as pages:
        name = reviewer or settings.casework_reviewer or login_name()
        bench = Bench(store, settings, name, Asker(console()), Path(pages), with_model=not no_model)
        walk(bench, filters(types, ["open", "drafted", "awaiting_second", "deferred"], flags))


@contextmanager
def writing(path: Path, option: str = "-o", *, fresh: bool = False) -> Iterator[TextIO]:
    """A file that a user named with an option, to be written; a `fresh` one must not be there yet. Raises StoreError
    where it cannot be."""
    try:
        with path.open("x" if fresh else "w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        what = f"{str(path)!r} cannot be written: {because(error)}"
        raise StoreError(what, f"name another file with {option}") from error


def filters(types: list[str] | None, statuses: list[str] | None, flags: list[str] | None) -> Filters:
    try:
        return FILTERS.validate_python({"types": types or (), "statuses": statuses or (), "flags": flags or ()})
    except ValidationError as error:
        first = error.errors()[0]
        raise AgentError(f"no case has {first['input']!r}", f"{first['msg'].lower()}") from error


def draft_of(store: Store, case_id: str, attempt: int | None) -> CaseFile | None:
    """The draft of a case that is asked for; where none is, the newest, None before the first. Raises AgentError for a
    number that no draft of the case has."""
    if attempt is None:
        return store.latest_file(case_id)
    file = store.file(case_id, attempt)
    if file is None:
        known = store.attempts(case_id)
        remedy = f"it has --attempt 1 to {known}" if known else f"it has none: run `casework review {case_id}`"
        raise AgentError(f"case {case_id!r} has no draft {attempt}", remedy)
    return file


def drafted(store: Store, case_id: str, attempt: int | None = None) -> CaseFile:
    """The same, where a case without any draft is no answer."""
    file = draft_of(store, case_id, attempt)
    if file is None:
        raise ReviewRefused(f"case {case_id!r} has no draft yet", f"run `casework review {case_id}`")
    return file


def _print_file(file: CaseFile, status: Status, reviews: Sequence[Review], attempts: int) -> None:
    from tools.registry import all_tools

    print_json(case_json(file, all_tools(), status, reviews, attempts))
