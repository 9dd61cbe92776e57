"""`casework add`: puts an exchange's own flagged cases into the queue."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.opening import opened
from agent.cli.options import AsJson
from agent.cli.screen import bar, console, print_json, safe, show_rest
from agent.errors import AgentError, because
from agent.settings import Settings, login_name

if TYPE_CHECKING:
    # Only named here: who asks for help waits for no warehouse.
    from agent.intake import Intake
    from agent.intake.lines import Fault
    from agent.store.arriving import Clash, Taken

EXAMPLE = (
    '{"case_id": "A-17", "type": "kyc", "customer_id": "U-204", "flagged_at": "2026-11-01T08:00:00Z", '
    '"flags": ["document_forgery"], "attachments": [{"role": "document", "path": "A-17/passport.jpg"}]}'
)
SHOWN = 50
"""Faults that people are shown; programs get all."""

FileOfCases = Annotated[
    str, typer.Argument(metavar="FILE", help="File of cases: JSON Lines or one JSON array; - for stdin.")
]
Root = Annotated[
    Path | None, typer.Option(help="Folder that the paths of attachments start from; default: that of FILE.")
]
Replace = Annotated[bool, typer.Option("--replace", help="Replace an undecided case that has the same id.")]
Check = Annotated[bool, typer.Option("--check", help="Report what would be done, and store nothing.")]
Schema = Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a case, and exit.")]

app = typer.Typer()


@app.command(epilog=f"One line of FILE: {EXAMPLE}")
def add(
    file: FileOfCases = "",
    root: Root = None,
    replace: Replace = False,
    check: Check = False,
    schema: Schema = False,
    as_json: AsJson = False,
) -> None:
    """Add flagged cases of your own to the queue.

    Either all cases of FILE are added, or none. Adding the same file again changes nothing.
    """
    from agent.intake import read_cases
    from agent.intake.entry import Entry

    if schema:
        print_json(Entry.model_json_schema())
        return
    folder = folder_of(file, root)
    content = content_of(file)
    with opened("begin") as (store, settings):
        with bar("reading") as tell:
            intake = read_cases(content, folder, datetime.now(UTC), tell)
        faults = [*intake.faults, *strangers_of(intake, folder, settings)]
        actor = settings.casework_reviewer or login_name()
        with bar("storing") as tell:
            cases, keep = tuple(intake.cases.values()), not (check or faults)
            taken = store.take_in(cases, actor, replace=replace, keep=keep, tell=tell)
    faults = sorted((*faults, *_clashes(intake, taken.clashes)), key=lambda fault: fault.entry)
    stored = keep and not faults
    if as_json:
        counts = taken.model_dump(include={"new", "same", "replaced"})
        told = [fault.model_dump() for fault in faults]
        print_json({"entries": intake.entries, **counts, "stored": stored, "faults": told})
    elif not faults:
        console().print(_summary(taken, stored))
    else:
        show_faults(faults)
    if faults:
        what = f"{len({fault.entry for fault in faults})} of {intake.entries} entries cannot be added"
        raise AgentError(f"{what}, and nothing was stored", "correct them, and add the whole file again")


def folder_of(file: str, root: Path | None) -> Path:
    """Where attachments lie: beside a file; where it is a pipe, here. Raises AgentError where that is no folder."""
    folder = root or (Path(file).parent if Path(file).is_file() else Path())
    if not folder.is_dir():
        raise AgentError(f"{str(folder)!r} is not a folder", "name the folder of the attachments with --root")
    return folder.resolve()


def content_of(file: str) -> bytes:
    """What the file holds, or a pipe. Raises AgentError where it cannot be read."""
    if not file:
        raise AgentError("no file of cases is named", "name one, or - for stdin; --schema shows its form")
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise AgentError(f"{file!r} cannot be read: {because(error)}", "name another file, or - for stdin") from error


def strangers_of(intake: Intake, folder: Path, settings: Settings) -> Iterator[Fault]:
    """The cases that no evidence could be gathered for, as a review would find out only later."""
    from agent.desk import warehouse_url
    from agent.intake import strangers
    from tools.warehouse import Warehouse

    case = next(iter(intake.cases.values()), None)
    if case is None:
        return
    if not settings.warehouse_url and not (folder / "warehouse.duckdb").is_file():
        what = f"there is no warehouse for these cases: WAREHOUSE_URL is empty, and {str(folder)!r} holds none"
        raise AgentError(what, "set WAREHOUSE_URL, then run `casework warehouse check`")
    url = warehouse_url(case.source, settings)
    with closing(Warehouse.open(url, without=settings.without)) as warehouse, bar("customers") as tell:
        yield from strangers(intake, warehouse, tell)


def _clashes(intake: Intake, clashes: Sequence[Clash]) -> Iterator[Fault]:
    for each in clashes:
        stays = f"that one is {each.status} and cannot be replaced: leave this one out, or give it another id"
        way = "--replace replaces it" if each.replaceable else stays
        yield intake.fault(
            each.case_id, "case_id", f"is already in the queue with a different {', '.join(each.differs)}; {way}"
        )


def _summary(taken: Taken, stored: bool) -> str:
    parts = [f"{taken.new} new in the queue"]
    parts += [f"{taken.same} there already, unchanged"] if taken.same else []
    parts += [f"{taken.replaced} replaced"] if taken.replaced else []
    if not stored:
        parts.append("but this was only a check: nothing was stored")
    return ", ".join(parts) + (". Next: casework batch" if stored and taken.new + taken.replaced else ".")


def show_faults(faults: Sequence[Fault], what: str = "") -> None:
    """The faults of a file, by line and field; of `what` they are where there are several files."""
    out = console()
    for fault in faults[:SHOWN]:
        entry = "" if fault.entry == fault.line else f", entry {fault.entry}"
        field = f" {fault.field}" if fault.field else ""
        out.print(safe(f"{what}line {fault.line}{entry}:{field} {fault.what}"), soft_wrap=True)
    show_rest(out, SHOWN, len(faults), "--json lists all")
