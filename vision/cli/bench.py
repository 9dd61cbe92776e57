"""`casework vision bench`: how well each measurement does, on your own pictures or on sets rebuilt from their seeds.

Each command prints the figures that a module of `vision.bench` measures; that module is loaded when it runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from vision.cli.terminal import (
    DeviceChoice,
    Json,
    MatchThreshold,
    MismatchThreshold,
    chosen,
    configured,
    kinds,
    table,
    watched,
)
from vision.types import Frozen

if TYPE_CHECKING:
    from vision.bench.reading import ReadingBench
    from vision.wilson import Share

app = typer.Typer(no_args_is_help=True, help="Measure how well a model does.")


@app.command()
def face(
    context: typer.Context,
    pairs: Annotated[Path, typer.Option(help="CSV with the columns left, right and same (0 or 1).")],
    root: Annotated[Path | None, typer.Option(help="Folder of the pictures; default: that of the CSV.")] = None,
    portrait: Annotated[
        bool, typer.Option("--portrait", help="First print each left picture at 90 x 120 pixels.")
    ] = False,
    face_match: MatchThreshold = None,
    face_mismatch: MismatchThreshold = None,
    as_json: Json = False,
) -> None:
    """Measure face matching on your own labelled pairs: error rates at the thresholds, with 95 % intervals."""
    from vision.bench.face import measure
    from vision.client import LocalVision

    model = LocalVision(configured(context, face_match, face_mismatch)).make_face()
    show("face matching", measure(pairs, root or pairs.parent, model, as_portrait=portrait), as_json)


@app.command("bad-input")
def bad_input(
    count: Annotated[int, typer.Option("-n", "--files", min=1, help="Number of files.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Random seed of their damage.")] = 0,
    as_json: Json = False,
) -> None:
    """Read damaged and hostile pictures and clips: what is refused, how soon, and with which error."""
    from vision.bench.badinput import measure

    figures = measure(count, seed)
    if as_json:
        typer.echo(figures.model_dump_json())
        return
    # At 80 columns nothing is cut: no space around the figures, and what is still too long goes on below.
    names = [name.replace("_", " ") for name in type(figures.all).model_fields]
    listed = Table(Column("kind", no_wrap=True), *[Column(name, overflow="fold") for name in names], padding=0)
    for kind, taken in {**figures.kinds, "all": figures.all}.items():
        listed.add_row(kind, *[str(value or "") for value in taken.model_dump().values()])
    Console().print(listed)


@app.command()
def consistency(
    context: typer.Context,
    count: Annotated[
        int, typer.Option(min=1, help="Number of documents per fault, a fifth of that of clean ones.")
    ] = 20,
    first: Annotated[int, typer.Option(min=0, help="Random seed of the first; the others follow.")] = 0,
    as_json: Json = False,
) -> None:
    """Measure the consistency checks on planted faults and on clean documents, through the reader in use."""
    from vision.bench.consistency import measure
    from vision.client import open_vision

    with watched() as progress:
        figures = measure(open_vision(configured(context)).read, count, progress, first)
    show("consistency", figures, as_json)


@app.command()
def liveness(
    context: typer.Context,
    people: Annotated[int, typer.Option(min=1, max=400, help="Number of rendered people, each in seven clips.")] = 12,
    as_json: Json = False,
) -> None:
    """Measure liveness on clips of rendered heads: a confusion table, APCER and BPCER with intervals."""
    from vision.bench.liveness import measure
    from vision.client import LocalVision
    from vision.liveness import SYNTHETIC, model_of

    model = LocalVision(configured(context)).make_liveness() or model_of(Path(SYNTHETIC))
    with watched() as progress:
        figures = measure(people, model, progress)
    show("liveness of rendered heads", figures, as_json)


@app.command()
def reading(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=1, help="Number of captures of each kind of degradation.")] = 20,
    as_json: Json = False,
) -> None:
    """Measure the reading of documents on degraded captures: fields, lines of the machine readable zone, CPU time."""
    from vision.bench import whole_page
    from vision.bench.reading import measure
    from vision.client import open_vision

    config = configured(context)
    here = not (config.server_url or config.reader_url)
    with watched() as progress:
        figures = measure(
            open_vision(config).read, count, whole=whole_page.reader() if here else None, progress=progress
        )
    if as_json:
        typer.echo(figures.model_dump_json())
    else:
        _show_reading(figures)


@app.command()
def serve(
    context: typer.Context,
    models: Annotated[str, typer.Option(help="Networks to measure: face, forgery or both.")] = "face,forgery",
    seconds: Annotated[float, typer.Option(min=0.1, help="Seconds that each batch size is measured for.")] = 10.0,
    device: DeviceChoice = "auto",
    as_json: Json = False,
) -> None:
    """Measure throughput and latency by batch size, alone and as the server batches them."""
    from vision.bench.serve import measure

    config = replace(configured(context), device=chosen(device))
    show("serving", measure(config, kinds(models), seconds), as_json)


@app.command()
def forgery(
    name: Annotated[
        str, typer.Option("--set", help="Name of the frozen set, as in vision/bench/forgery.json.")
    ] = "all_out",
    as_json: Json = False,
) -> None:
    """Measure the forgery detector on a frozen set, rebuilt from its seed, beside detectors without a network."""
    from vision.bench.cards import rebuilt
    from vision.bench.forgery import measure
    from vision.forgery.detector import ForgeryModel

    show(f"forgery, {name}", measure(ForgeryModel(), rebuilt(name)), as_json)


def _show_reading(figures: ReadingBench) -> None:
    counted = ("fields", "lines", "zones", "barcodes")
    listed = Table(Column("capture", no_wrap=True), "pages", *counted, "CPU s a page", "slowest")
    for way, each in (*figures.ways.items(), ("all", figures.all)):
        shares = (getattr(each, name) for name in counted)
        cells = (_share(part) if part.of else "none" for part in shares)
        listed.add_row(way, str(each.pages), *cells, f"{each.cpu_s:.2f}", f"{each.slowest_s:.2f}")
    Console().print(listed)
    rest = [("fields missed", ", ".join(f"{name} {count}" for name, count in figures.missed.items()) or "none")]
    rest.append(("by accents and capitals alone", str(figures.accents)))
    if whole := figures.whole:
        told = f"{whole.whole_cpu_s:.2f} CPU s a page, {whole.times:.1f} times the {whole.cpu_s:.2f} of regions"
        rest.append((f"{whole.pages} whole pages", f"{told}; lines of zones exact {_share(whole.lines)}"))
    Console().print(table("reading", [*rest, ("note", figures.note)]))


def _share(part: Share) -> str:
    return f"{part.value:.3f} ({part.low:.3f} to {part.high:.3f})"


def show(title: str, figures: Frozen, as_json: bool) -> None:
    """Print what a bench measured: as it is, or a row for each figure."""
    if as_json:
        typer.echo(figures.model_dump_json())
        return
    Console().print(table(title, list(_rows("", figures.model_dump(mode="json")))))


def _rows(name: str, value: object) -> Iterator[tuple[str, str]]:
    """A row for each figure, named by the way that leads to it."""
    if isinstance(value, list):
        value = {str(next(iter(part.values()))): part for part in value}
    if isinstance(value, dict) and "low" not in value:
        for part, inner in value.items():
            yield from _rows(f"{name} {part}".strip(), inner)
    else:
        yield name, _figure(value)


def _figure(figure: object) -> str:
    """A figure with its interval and the number of trials, as far as it has them."""
    if isinstance(figure, dict):
        of = f" of {figure['of']}" if "of" in figure else ""
        note = f"; {figure['note']}" if figure.get("note") else ""
        return f"{figure['value']:.4f}  ({figure['low']:.4f} to {figure['high']:.4f}){of}{note}"
    return str(figure)
