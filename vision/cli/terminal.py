"""What the commands of `casework vision` share: their options, the settings they run under, and plain tables."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from vision.errors import BadImage, VisionError, because, one_of
from vision.protocol import KINDS, Device, Kind, VisionConfig

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
MatchThreshold = Annotated[
    float | None,
    typer.Option("--match", min=-1, max=1, help="Similarity from which faces match; default: that of the settings."),
]
MismatchThreshold = Annotated[
    float | None,
    typer.Option(
        "--mismatch", min=-1, max=1, help="Similarity below which faces differ; default: that of the settings."
    ),
]

DeviceChoice = Annotated[
    Literal["auto", "cpu", "cuda"], typer.Option("--device", help="Device that the networks run on.")
]


def configured(context: typer.Context, match: float | None = None, mismatch: float | None = None) -> VisionConfig:
    """The settings of a command, with the thresholds given to it. The command line that runs these commands leaves a
    function for the settings in the context's `obj`; without one they are the defaults.

    Raises VisionError where the two thresholds are in the wrong order.
    """
    config: VisionConfig = context.obj() if context.obj else VisionConfig()
    config = replace(
        config,
        face_match=config.face_match if match is None else match,
        face_mismatch=config.face_mismatch if mismatch is None else mismatch,
    )
    if config.face_mismatch > config.face_match:
        raise VisionError(
            f"the mismatch threshold {config.face_mismatch} lies above the match threshold {config.face_match}",
            "give --mismatch a value at or below --match",
        )
    return config


def chosen(wanted: Literal["auto", "cpu", "cuda"]) -> Device:
    """The device that is meant: auto takes a GPU where torch can use one. Raises VisionError where there is none."""
    import torch

    there: Device = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and there == "cpu":
        raise VisionError("there is no CUDA device that torch can use", "give --device cpu, or install torch for CUDA")
    return there if wanted == "auto" else wanted


def kinds(models: str) -> tuple[Kind, ...]:
    """The kinds of measurement named in a list with commas. Raises VisionError for a name that is none."""
    wanted = [name.strip() for name in models.split(",")]
    unknown = [name for name in wanted if name not in KINDS]
    if unknown:
        raise VisionError(f"there is no model {unknown[0]!r}", one_of(KINDS))
    return tuple(kind for kind in KINDS if kind in wanted)


@contextmanager
def watched() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr that is told what is being done, how much of it is done, and how much there is."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def advance(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield advance


def content(path: Path, most: int) -> bytes:
    """The bytes of a plain file, at most one more than `most`. Nothing else is opened: a pipe may keep its reader
    waiting for ever, and a device may have no end. Raises `BadImage` naming the file."""
    try:
        if path.exists() and not path.is_file():
            raise BadImage(f"{str(path)!r} is not a plain file", "give the path of a picture, clip or PDF file")
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise BadImage(f"{str(path)!r} cannot be read: {because(error)}", "check the path") from None


def named(path: Path) -> str:
    """A path as JSON can hold it: a file's name may be no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def refuse(path: Path, error: BadImage, as_json: bool) -> None:
    """Tell of a file among others that it is none: on stderr, or in a line of its own like every file."""
    if as_json:
        typer.echo(json.dumps({"file": named(path), "error": error.what, "remedy": error.remedy}, ensure_ascii=False))
    else:
        typer.echo(f"casework: {plain(str(error))}", err=True)


def number(value: float | None) -> str:
    """A score as it stands in a table."""
    return "none" if value is None else f"{value:.3f}"


def table(title: str, rows: list[tuple[str, str]]) -> Table:
    """Names and what belongs to them, one a row."""
    made = Table(title=plain(title), show_header=False, title_justify="left")
    made.add_column(no_wrap=True, style="bold")
    made.add_column()
    for name, value in rows:
        made.add_row(plain(name), plain(value))
    return made


def plain(text: str, style: str = "") -> Text:
    """Text of a document or file name for a terminal: no markup, no control characters."""
    return Text("".join(character if character.isprintable() else " " for character in text), style=style)
