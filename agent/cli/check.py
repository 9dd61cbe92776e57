"""The commands that check: the audit trail, the warehouse, the installation. Exit 1 where a check finds something."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import BaseModel, ValidationError
from rich.text import Text

from agent.audit import Break, Head, grown, head
from agent.case import Case
from agent.cli import export as cli_export
from agent.cli import rings as cli_rings
from agent.cli.opening import opened
from agent.cli.options import AsJson, CaseId
from agent.cli.screen import bar, console, counted, print_json, safe, table
from agent.errors import AgentError, NoStore, UnknownCase
from agent.settings import read_settings, single_settings

if TYPE_CHECKING:
    # Only named here: who asks for help waits for no database.
    from agent.store import Store

app = typer.Typer()
audit = typer.Typer(no_args_is_help=True, help="The append-only record of what was done to each case, and by whom.")
warehouse = typer.Typer(no_args_is_help=True, help="The tables that evidence is drawn from.")
app.add_typer(audit, name="audit")
app.add_typer(warehouse, name="warehouse")
audit.add_typer(cli_export.app)
warehouse.add_typer(cli_rings.app)

OfCase = Annotated[
    str,
    typer.Option(
        "--case", metavar="CASE", help="Case whose warehouse is checked; default: WAREHOUSE_URL, else the oldest case."
    ),
]
AboutCase = Annotated[str, typer.Option("--case", metavar="CASE", help="Case whose customer the question is about.")]
COLOURS = {"green": "green", "off": "yellow", "red": "red"}
SET_URL = "set WAREHOUSE_URL, or build an exchange with `casework world build`"


@audit.command("verify")
def verify_command(
    case_id: Annotated[str | None, typer.Argument(metavar="CASE", help="Case to verify; default: all.")] = None,
    since: Annotated[
        Path | None,
        typer.Option(metavar="OLD.json", help="Output of an earlier --json: no chain may have lost entries since."),
    ] = None,
    attachments: Annotated[
        bool, typer.Option("--attachments", help="Also check that every attached file is the one that was reviewed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Verify every audit chain against the stored records and, with --since, against an earlier check.

    Exit 1 if one is broken. Keep the --json output on another machine: anyone who can write here could otherwise remove
    the latest entries unnoticed.
    """
    from agent.store.attached import lost

    old = _heads(since, case_id) if since else {}
    with opened("read") as (store, _):
        path, files = str(store.path.absolute()), store.attached(case_id) if attachments else ()
        breaks, chains, unguarded = store.verify(case_id), store.chains(case_id), store.unguarded()
    breaks += grown(old, chains)
    with bar("attachments") if files else nullcontext() as tell:
        gone = lost(files, tell) if tell else ()
    if as_json:
        heads = {each: head(chain).model_dump(mode="json") for each, chain in chains.items()}
        told: dict[str, object] = {"cases": len(chains), "breaks": _plain(breaks)}
        told["attachments"] = {"checked": len(files), "lost": _plain(gone)} if attachments else None
        print_json(told | {"store": path, "missing_triggers": unguarded, "heads": heads})
    else:
        _show_breaks(breaks + gone, unguarded)
        console().print(
            f"{counted(len(chains), 'case')}, {counted(len(breaks), 'break')} in {safe(path)}", soft_wrap=True
        )
        said = f"{counted(len(files), 'attachment')}, {len(gone)} gone or changed"
        console().print(said if attachments else "attachments were not checked: use --attachments")
    if breaks or unguarded or gone:
        raise typer.Exit(1)


@audit.command("show")
def show_command(case_id: CaseId, as_json: AsJson = False) -> None:
    """List who did what to a case, oldest first."""
    with opened("read") as (store, _):
        entries = store.audit(case_id)
    if as_json:
        print_json([entry.model_dump(mode="json") for entry in entries])
        return
    for entry in entries:
        line = f"{entry.sequence:>3}  {entry.at}  {entry.actor:<12} {entry.action:<9} {entry.content}"
        console().print(Text(f"{safe(line)}  {entry.sha256[:12]}"), soft_wrap=True)


@warehouse.command("check")
def check_command(case_id: OfCase = "", as_json: AsJson = False) -> None:
    """Compare the warehouse with the catalogue; exit 1 if a table is missing, empty or different."""
    from agent.desk import warehouse_url
    from tools.survey import survey
    from tools.warehouse import Warehouse

    settings = read_settings()
    url = settings.warehouse_url
    # What the settings name can be looked at before there is any case.
    if case_id or not url:
        try:
            with opened("read") as (store, _):
                url = warehouse_url(_case(store, case_id).source, settings)
        except NoStore as error:
            raise NoStore(error.what, f"{error.remedy}; or {SET_URL}") from error
    with closing(Warehouse.open(url, without=settings.without)) as tables:
        reports = survey(tables, shipped=not settings.face_index_model_sha256)
    if as_json:
        print_json({"tables": [each.model_dump(mode="json") | {"problems": each.problems} for each in reports]})
    else:
        rows = [(each.name, f"{each.rows:,}", each.newest, "; ".join(each.problems) or each.note) for each in reports]
        _print_table(("table", "rows", "newest", "problems"), rows)
    if any(each.problems for each in reports):
        raise typer.Exit(1)


@warehouse.command("query")
def query_command(
    sql: Annotated[str, typer.Argument(help="One SELECT over the tables of `warehouse check`.")],
    case_id: AboutCase,
    as_json: AsJson = False,
) -> None:
    """Ask a free-form question about the customer of a case.

    Personal data and other customers are out of its reach.
    """
    from agent.desk import warehouse_url
    from tools.catalogue import load_catalogue
    from tools.sandbox import ask

    with opened("read") as (store, settings):
        case = store.case(case_id)
        answer = ask(warehouse_url(case.source, settings), load_catalogue(), [case.customer_id], sql)
    if as_json:
        print_json({"columns": answer.columns, "rows": answer.rows, "asked": answer.asked})
    else:
        _print_table(answer.columns, [["" if cell is None else str(cell) for cell in row] for row in answer.rows])


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check the installation, with a remedy for every problem; exit 1 if there is one."""
    from agent.cli.doctor import examine

    checks = examine(single_settings())
    if as_json:
        print_json({"checks": [each.model_dump(mode="json") for each in checks]})
    else:
        for each in checks:
            light = Text(f"{each.light:<6}", style=COLOURS[each.light])
            remedy = f"; {each.remedy}" if each.remedy else ""
            console().print(Text.assemble(light, f"{each.name:<10} {safe(each.what)}{safe(remedy)}"))
    if any(each.light == "red" for each in checks):
        raise typer.Exit(1)


def _show_breaks(breaks: Sequence[Break], unguarded: Sequence[str]) -> None:
    for each in breaks:
        place = f" entry {each.sequence}" if each.sequence else ""
        console().print(f"{safe(each.case_id)}{place}: {safe(each.what)}")
    for name in unguarded:
        console().print(f"trigger {name} is gone or changed: the entries it protects can be altered and deleted")


def _plain(breaks: Sequence[Break]) -> list[dict[str, object]]:
    return [each.model_dump(mode="json") for each in breaks]


class Anchor(BaseModel):
    """What `audit verify --json` printed once."""

    heads: dict[str, Head]


def _heads(path: Path, case_id: str | None) -> dict[str, Head]:
    """The heads that an earlier check found, of one case or all."""
    try:
        heads = Anchor.model_validate_json(path.read_bytes()).heads
    except (OSError, ValidationError) as error:
        what = f"{str(path)!r} is not output of `casework audit verify --json`"
        raise AgentError(what, "name the file that holds its output") from error
    return heads if case_id is None else {each: heads[each] for each in (case_id,) if each in heads}


def _case(store: Store, case_id: str) -> Case:
    if case_id:
        return store.case(case_id)
    rows = store.queue()
    if not rows:
        raise UnknownCase("there are no cases yet", SET_URL)
    return store.case(rows[0].case_id)


def _print_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    listed = table(*names, words=names)
    for row in rows:
        listed.add_row(*(Text(safe(cell)) for cell in row))
    console().print(listed)
