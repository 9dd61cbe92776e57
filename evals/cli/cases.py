"""`casework eval cases`: builds the labelled splits, checks them against their hashes, and makes sets of other data."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from agent.cli.options import AsJson
from agent.cli.screen import console, counted, print_json
from agent.settings import read_settings
from evals.cli import decided as cli_decided
from evals.cli import own as cli_own
from evals.world.cli import watched

if TYPE_CHECKING:
    # Only named here: what makes and reads a set is for those who run something.
    from evals.cases.build import Part
    from evals.cases.public import Imported
    from evals.cases.summary import Summary

app = typer.Typer()
cases = typer.Typer(no_args_is_help=True, help="Labelled cases: dev, val, test, your own, public data.")
app.add_typer(cases, name="cases")
cases.add_typer(cli_decided.app)
cases.add_typer(cli_own.app)

Name = Annotated[str, typer.Argument(help="dev, val or test.")]
WIDE = 100
"""Columns that a terminal needs for everything about a split in one table."""


@cases.command("build")
def build_command(
    name: Name,
    images: Annotated[bool, typer.Option("--images/--no-images", help="Draw documents and selfies.")] = True,
    as_json: AsJson = False,
) -> None:
    """Make a split under CASEWORK_HOME/cases. An interrupted build continues where it stopped."""
    from evals.cases.build import make
    from evals.cases.splits import split
    from evals.cases.summary import summary

    wanted, home = split(name), read_settings().casework_home
    with watched() as progress:
        made = make(wanted, home, images=images, progress=progress)
    found = summary(wanted, home)
    if as_json:
        print_json({"made": made, **found.model_dump()})
        return
    console().print(
        f"{name}: {counted(found.n, 'case')}, {found.pictured} with pictures, {'made' if made else 'were there'}"
    )
    console().print(_parts(found.parts))


@cases.command("verify")
def verify_command(
    name: Name,
    strict: Annotated[bool, typer.Option("--strict", help="Also fail if pictures differ.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a split on disk against its frozen hashes, part by part; exit 1 if one differs.

    Pictures are drawn with floating point and encoders whose bytes depend on processor and library versions: that they
    differ is reported, and counts only with --strict.
    """
    from evals.cases import FOLDER
    from evals.cases.build import verified
    from evals.cases.splits import split

    wanted = split(name)
    with console(stderr=True).status(f"reading {name}"):
        parts = verified(wanted, read_settings().casework_home / FOLDER / name)
    bad = [part.name for part in parts if not part.same and (strict or part.name != "pictures")]
    if as_json:
        print_json({"name": name, "ok": not bad, "parts": [_part_json(part) for part in parts]})
    else:
        console().print(_parts(parts))
    if bad:
        raise typer.Exit(1)


@cases.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List every split: number of cases, share of fraud, types, and whether it matches its frozen hashes.

    Exit 1 if one that is built cannot be read.
    """
    from evals.cases.splits import load_splits
    from evals.cases.summary import listed

    home = read_settings().casework_home
    with console(stderr=True).status("reading the splits"):
        rows = [listed(each, home) for each in load_splits().values()]
    if as_json:
        print_json([row.model_dump() for row in rows])
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
        typer.Option(help="Kind of data: cards (card payments with labels) or amlsim (accounts and transfers)."),
    ],
    source: Annotated[Path, typer.Option("--from", help="A CSV or Parquet file of payments, or AMLSim's folder.")],
    out: Annotated[Path, typer.Option(help="Folder to make; an earlier import there is replaced.")],
    number: Annotated[int, typer.Option("-n", "--cases", min=2, help="Number of cases, half of them fraud.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Random seed; equal seeds take equal cases.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Turn public data on your disk into labelled cases; the labels come from the data's own column."""
    from evals.cases.public import imported

    with console(stderr=True).status(f"reading {source.name}"):
        done = imported(kind, source, out, n=number, seed=seed)
    if as_json:
        print_json(done.model_dump(mode="json"))
    else:
        typer.echo(_imported(done))


def _state(part: Part) -> str:
    if part.same:
        return "as frozen" if part.found else "none"
    if not part.found:
        return "missing"
    return "differs" if part.frozen else "not frozen"


def _part_json(part: Part) -> dict[str, str]:
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
    whose = f"{counted(done.customers, 'customer')} and {counted(done.rows, 'row')}"
    return (
        f"{counted(done.cases, 'case')} ({done.fraud} fraud) of {whose} in {done.out}\n"
        f"Money moved from {done.first} to {done.last} (year-month-day, UTC).\n"
        f"Next: casework eval run --split {quote(str(done.out))}"
    )
