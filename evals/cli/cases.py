"""`casework eval cases`: builds the labelled splits, holds them against their hashes, and makes sets of other data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from agent.cli.screen import console
from agent.settings import read_settings
from evals.cli.decided import decided_command
from evals.world.cli import watched

if TYPE_CHECKING:
    # Only named here: what makes and reads a set is for those who run something.
    from evals.cases.build import Part
    from evals.cases.public import Imported
    from evals.cases.summary import Summary

cases = typer.Typer(no_args_is_help=True, help="Labelled cases: dev, val, test, what your people decided, public data.")
cases.command("decided")(decided_command)

Name = Annotated[str, typer.Argument(help="dev, val or test.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WIDE = 100
"""Columns that a terminal needs for everything about a split in one table."""


def add(app: typer.Typer) -> None:
    """Put these commands under `app`."""
    app.add_typer(cases, name="cases")


@cases.command("build")
def build_command(
    name: Name,
    images: Annotated[bool, typer.Option("--images/--no-images", help="Draw documents and selfies.")] = True,
    as_json: AsJson = False,
) -> None:
    """Make a split under CASEWORK_HOME/cases. A build that was cut off goes on where it stopped."""
    from evals.cases.build import make
    from evals.cases.splits import split
    from evals.cases.summary import summary

    wanted, home = split(name), read_settings().casework_home
    with watched() as progress:
        made = make(wanted, home, images=images, progress=progress)
    found = summary(wanted, home)
    if as_json:
        typer.echo(json.dumps({"made": made, **found.model_dump()}))
        return
    console().print(f"{name}: {found.n} cases, {found.pictured} with pictures, {'made' if made else 'were there'}")
    console().print(_parts(found.parts))


@cases.command("verify")
def verify_command(
    name: Name,
    strict: Annotated[bool, typer.Option("--strict", help="Pictures that differ are a finding too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold a split on disk against its frozen hashes, part by part; exit code 1 where one differs.

    Pictures are drawn with floating point and encoders whose bytes hang on processor and library versions: that they
    differ is said, and counts with --strict alone.
    """
    from evals.cases import FOLDER
    from evals.cases.build import verified
    from evals.cases.splits import split

    wanted = split(name)
    with console(stderr=True).status(f"reading {name}"):
        parts = verified(wanted, read_settings().casework_home / FOLDER / name)
    bad = [part.name for part in parts if not part.same and (strict or part.name != "pictures")]
    if as_json:
        typer.echo(json.dumps({"name": name, "ok": not bad, "parts": [_told(part) for part in parts]}))
    else:
        console().print(_parts(parts))
    if bad:
        raise typer.Exit(1)


@cases.command("list")
def list_command(as_json: AsJson = False) -> None:
    """Every split: how many cases, how much fraud, which types, and how it stands to its frozen hashes.

    Exit code 1 where one that is built cannot be read.
    """
    from evals.cases.splits import load_splits
    from evals.cases.summary import listed

    home = read_settings().casework_home
    with console(stderr=True).status("reading the splits"):
        rows = [listed(each, home) for each in load_splits().values()]
    if as_json:
        typer.echo(json.dumps([row.model_dump() for row in rows]))
    else:
        _show(rows)
    raise typer.Exit(any(row.damaged for row in rows))


def _show(rows: list[Summary]) -> None:
    for table in _listing(rows, console().width):
        console().print(table)
    for row in rows:
        if row.damaged:
            console().print(f"{row.name}: {row.damaged}", soft_wrap=True)
        for each in row.openings:
            console().print(f"{row.name} opened, no. {each.number}, {each.at}, {each.what or 'by hand'}: {each.why}")


@cases.command("import")
def import_command(
    kind: Annotated[
        Literal["cards", "amlsim"],
        typer.Option(help="cards: card payments with labels. amlsim: accounts and transfers."),
    ],
    source: Annotated[Path, typer.Option("--from", help="A CSV or Parquet file of payments, or AMLSim's folder.")],
    out: Annotated[Path, typer.Option(help="Folder to make; one that an earlier import made is replaced.")],
    number: Annotated[int, typer.Option("-n", "--cases", min=2, help="How many cases, half of them fraud.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds take equal cases.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Turn public data on your disk into labelled cases, their labels from the data's own label column."""
    from evals.cases.public import imported

    with console(stderr=True).status(f"reading {source.name}"):
        done = imported(kind, source, out, n=number, seed=seed)
    typer.echo(done.model_dump_json() if as_json else _imported(done))


def _state(part: Part) -> str:
    if part.same:
        return "as frozen" if part.found else "none"
    if not part.found:
        return "missing"
    return "differs" if part.frozen else "not frozen"


def _told(part: Part) -> dict[str, str]:
    return {**part.model_dump(), "state": _state(part)}


def _parts(parts: tuple[Part, ...]) -> Table:
    table = Table()
    for heading in ("part", "state", "sha256"):
        table.add_column(heading, overflow="fold", no_wrap=heading != "sha256")
    for part in parts:
        table.add_row(part.name, _state(part), part.found or "-")
    return table


def _listing(rows: list[Summary], width: int) -> list[Table]:
    """The splits in one table, or in two where a terminal is too narrow for it."""
    counts, held = ("cases", "fraud", "stories", "with pictures", "opened"), ("types", "hashes")
    headings = [(*counts, *held)] if width >= WIDE else [counts, held]
    tables = [_columns("split", *each) for each in headings]
    for row in rows:
        cells = _cells(row)
        for table, named in zip(tables, headings, strict=True):
            table.add_row(row.name, *(cells[heading] for heading in named))
    return tables


def _columns(*headings: str) -> Table:
    table = Table()
    for heading in headings:
        words = heading in {"split", "types", "hashes"}
        table.add_column(heading, justify="left" if words else "right", no_wrap=heading != "types")
    return table


def _cells(row: Summary) -> dict[str, str]:
    """What is told of a split, by heading."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in row.types.items())
    return {
        "cases": str(row.n),
        "fraud": f"{row.fraud / row.n:.0%}" if row.n else "-",
        "stories": str(row.stories),
        "with pictures": str(row.pictured),
        "opened": str(len(row.openings)) if row.locked else "free",
        "types": kinds or ("DAMAGED" if row.damaged else "not built"),
        "hashes": "\n".join(f"{part.name} {_state(part)}" for part in row.parts) or "-",
    }


def _imported(done: Imported) -> str:
    return (
        f"{done.cases} cases ({done.fraud} fraud) of {done.customers} customers and {done.rows} rows in {done.out}\n"
        f"Money moved from {done.first} to {done.last} (year-month-day, UTC).\n"
        f"Next: casework eval run --split {done.out}"
    )
