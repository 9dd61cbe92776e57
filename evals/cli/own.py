"""`casework eval cases own`: a labelled set of a team's own cases and labels."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.add import FileOfCases, Root, content_of, folder_of, show_faults, strangers_of
from agent.cli.options import AsJson
from agent.cli.screen import bar, counted, print_json
from agent.errors import AgentError
from agent.settings import read_settings

if TYPE_CHECKING:
    # Only named here: who asks for help waits for no warehouse.
    from agent.intake.lines import Fault
    from evals.cases.own import Labelled

app = typer.Typer()

Labels = Annotated[
    str, typer.Option(metavar="CSV", help="File of labels: columns case_id, label, fraud and perhaps story.")
]
Out = Annotated[Path, typer.Option(help="Folder to make; an earlier set of your own labelled cases is replaced.")]


@app.command("own", epilog="A line of the labels: A-17,request_resubmission,no")
def own_command(file: FileOfCases, labels: Labels, out: Out, root: Root = None, as_json: AsJson = False) -> None:
    """Make a labelled set of your own cases, in the form of `casework add`, and labels that you have for them.

    The label is the disposition that would have been right. Attached files stay where they are, and the warehouse is
    the one that the settings name. Either all cases make the set, or nothing is written.
    """
    from agent.intake import read_cases
    from evals.cases import own

    settings, folder = read_settings(), folder_of(file, root)
    with bar("reading") as tell:
        intake = read_cases(content_of(file), folder, datetime.now(UTC), tell)
    given, wrong, bare = own.labelled(intake, content_of(labels))
    faults = sorted((*intake.faults, *bare, *strangers_of(intake, folder, settings)), key=lambda fault: fault.entry)
    if faults or wrong:
        _refuse(faults, wrong, as_json)
    done = own.made(intake, given, out)
    print_json(done.model_dump(mode="json")) if as_json else typer.echo(_told(done))


def _refuse(faults: list[Fault], wrong: tuple[Fault, ...], as_json: bool) -> None:
    """Say what is wrong with cases and labels, by line. Raises AgentError."""
    if as_json:
        print_json({"cases": [each.model_dump() for each in faults], "labels": [each.model_dump() for each in wrong]})
    else:
        show_faults(faults, "cases, ")
        show_faults(wrong, "labels, ")
    what = f"{counted(len(faults), 'fault')} of cases and {len(wrong)} of labels, and nothing was written"
    raise AgentError(what, "correct them, and give both files again")


def _told(done: Labelled) -> str:
    return (
        f"{counted(done.cases, 'case')} of {counted(done.customers, 'customer')} in {done.out}: {done.fraud} fraud\n"
        f"Next: casework eval run --split {quote(done.out)}"
    )
