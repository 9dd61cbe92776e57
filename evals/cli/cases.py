"""`casework eval cases`: builds the labelled splits, holds them against their hashes, and imports public data."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from pydantic import Field
from rich.table import Table

from agent.cli.screen import console
from agent.errors import AgentError
from agent.settings import read_settings
from evals.cases import FOLDER, Opening, openings, read
from evals.cases.build import Part, make, verified
from evals.cases.public import Imported, Kind, imported
from evals.cases.splits import Split, load_splits, split
from evals.world.cli import watched
from tools.evidence import Frozen

cases = typer.Typer(no_args_is_help=True, help="Labelled cases: dev, val, test, and public data of your own.")

Name = Annotated[str, typer.Argument(help="dev, val or test.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Summary(Frozen):
    """What a split holds and how it stands to its frozen hashes. `n` is 0 where it is not built, or is `damaged`: then
    that says what is wrong, and what to do."""

    name: str
    folder: str
    n: int = 0
    fraud: int = 0
    customers: int = 0
    pictured: int = 0
    stories: int = 0
    types: dict[str, int] = Field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    locked: bool = False
    openings: tuple[Opening, ...] = ()
    damaged: str = ""


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
    home = read_settings().casework_home
    with console(stderr=True).status("reading the splits"):
        rows = [_listed(each, home) for each in load_splits().values()]
    if as_json:
        typer.echo(json.dumps([row.model_dump() for row in rows]))
    else:
        _show(rows)
    raise typer.Exit(any(row.damaged for row in rows))


def _show(rows: list[Summary]) -> None:
    console().print(_listing(rows))
    for row in rows:
        if row.damaged:
            console().print(f"{row.name}: {row.damaged}", soft_wrap=True)
        for each in row.openings:
            console().print(f"{row.name} opened, no. {each.number}, {each.at}, {each.what or 'by hand'}: {each.why}")


@cases.command("import")
def import_command(
    kind: Annotated[Kind, typer.Option(help="cards: card payments with labels. amlsim: accounts and transfers.")],
    source: Annotated[Path, typer.Option("--from", help="A CSV or Parquet file of payments, or AMLSim's folder.")],
    out: Annotated[Path, typer.Option(help="Folder to make; one that an earlier import made is replaced.")],
    number: Annotated[int, typer.Option("-n", "--cases", min=2, help="How many cases, half of them fraud.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds take equal cases.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Turn public data on your disk into labelled cases, their labels from the data's own label column."""
    with console(stderr=True).status(f"reading {source.name}"):
        done = imported(kind, source, out, n=number, seed=seed)
    typer.echo(done.model_dump_json() if as_json else _imported(done))


def _bare(wanted: Split, home: Path) -> Summary:
    """A split of which nothing on disk is read but its openings."""
    folder = str(home / FOLDER / wanted.name)
    return Summary(name=wanted.name, folder=folder, locked=wanted.locked, openings=openings(home, wanted.name))


def _listed(wanted: Split, home: Path) -> Summary:
    """What is on disk of a split, or what is wrong with it."""
    try:
        return summary(wanted, home)
    except AgentError as error:
        damaged = f"{error.what}; `casework eval cases build {wanted.name}` builds it again"
        return _bare(wanted, home).model_copy(update={"damaged": damaged})


def summary(wanted: Split, home: Path) -> Summary:
    """What is on disk of a split."""
    folder = home / FOLDER / wanted.name
    bare = _bare(wanted, home)
    if not (folder / "cases.jsonl").is_file():
        return bare
    given, labels = read(folder, wanted.name)
    return bare.model_copy(
        update={
            "n": len(given),
            "fraud": sum(label.is_fraud for label in labels),
            "customers": len({case.customer_id for case in given}),
            "pictured": sum(bool(case.attachments) for case in given),
            "stories": len({label.story for label in labels}),
            "types": dict(sorted(Counter(case.type for case in given).items())),
            "parts": verified(wanted, folder),
        }
    )


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
        table.add_column(heading)
    for part in parts:
        table.add_row(part.name, _state(part), part.found or "-")
    return table


def _listing(rows: list[Summary]) -> Table:
    table = Table()
    for heading in ("split", "cases", "fraud", "stories", "with pictures", "types", "hashes", "opened"):
        table.add_column(heading, justify="left" if heading in {"split", "types", "hashes"} else "right")
    for row in rows:
        share = f"{row.fraud / row.n:.0%}" if row.n else "-"
        kinds = ", ".join(f"{count} {kind}" for kind, count in row.types.items())
        kinds = kinds or ("DAMAGED" if row.damaged else "not built")
        states = "\n".join(f"{part.name} {_state(part)}" for part in row.parts) or "-"
        opened = str(len(row.openings)) if row.locked else "free"
        table.add_row(row.name, str(row.n), share, str(row.stories), str(row.pictured), kinds, states, opened)
    return table


def _imported(done: Imported) -> str:
    return (
        f"{done.cases} cases ({done.fraud} fraud) of {done.customers} customers and {done.rows} rows in {done.out}\n"
        f"Money moved from {done.first} to {done.last} (year-month-day, UTC).\n"
        f"Next: casework eval run --split {done.out}"
    )
