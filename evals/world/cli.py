"""`casework world`: makes a simulated exchange to try everything on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from agent.cli.options import AsJson
from agent.cli.screen import print_json
from agent.settings import read_settings

if TYPE_CHECKING:
    # Only named here: an exchange is made of much that nobody needs who only asks for help.
    from evals.world.build import Built, Progress

app = typer.Typer(no_args_is_help=True)


@app.callback()
def world() -> None:
    """A simulated exchange: warehouse, documents, selfies, labelled cases."""


@app.command("build")
def build_command(
    out: Annotated[Path, typer.Option(help="Folder to make; an earlier build there is replaced.")],
    seed: Annotated[int, typer.Option(min=0, help="Random seed; equal seeds give equal worlds.")] = 7,
    customers: Annotated[
        int, typer.Option(min=0, help="Minimum number of customers; more if the cases need them.")
    ] = 2000,
    cases: Annotated[int, typer.Option(min=1, help="Number of flagged cases, half of them honest.")] = 60,
    images: Annotated[bool, typer.Option("--images/--no-images", help="Draw documents and selfies.")] = True,
    as_json: AsJson = False,
) -> None:
    """Make a simulated exchange and put its cases into the queue."""
    from agent.store import Store
    from evals.world.build import build

    # The store is opened first: a queue that cannot be written should not cost a whole build.
    with closing(Store(read_settings().casework_home)) as store:
        with watched() as progress:
            built = build(out, seed=seed, customers=customers, cases=cases, images=images, progress=progress)
        queued = store.add_cases(built.cases)
    if as_json:
        print_json(_summary(built, seed, queued))
    else:
        _print(built, queued)


@contextmanager
def watched() -> Iterator[Progress]:
    """A bar on stderr for what is being built."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("stories", total=1)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _summary(built: Built, seed: int, queued: int) -> dict[str, object]:
    return {
        "out": str(built.out),
        "seed": seed,
        "customers": built.customers,
        "cases": len(built.cases),
        "queued": queued,
        "fraud": sum(label.is_fraud is True for label in built.labels),
        "pictures": sum(len(case.attachments) for case in built.cases),
        "types": dict(sorted(Counter(case.type for case in built.cases).items())),
    }


def _print(built: Built, queued: int) -> None:
    table = Table(title=f"{built.customers} customers, {len(built.cases)} cases in {built.out}")
    for heading in ("type", "cases", "fraud", "with pictures"):
        table.add_column(heading, justify="left" if heading == "type" else "right")
    frauds = {label.case_id for label in built.labels if label.is_fraud}
    for kind in sorted({case.type for case in built.cases}):
        own = [case for case in built.cases if case.type == kind]
        counts = (len(own), sum(case.case_id in frauds for case in own), sum(bool(case.attachments) for case in own))
        table.add_row(kind, *map(str, counts))
    console = Console()
    console.print(table)
    console.print(f"{queued} cases are new in the queue. Next: [bold]casework queue[/bold]")
