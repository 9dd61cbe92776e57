"""`casework eval`: how the saved reviews of labelled cases compare with the labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from agent.case import CaseFile
from agent.errors import AgentError
from agent.reviewing import review_case
from agent.settings import Settings, read_settings
from agent.store import Store
from evals.score import Line, Scores, score
from evals.world.label import Label

app = typer.Typer(no_args_is_help=True, help="Labelled cases against saved reviews.")

World = Annotated[Path, typer.Option("--world", help="Folder that `casework world build` made.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Again = Annotated[bool, typer.Option("--again", help="Review cases that have a draft already once more.")]


@app.callback()
def evals() -> None:
    """Labelled cases against saved reviews."""


@app.command("score")
def score_command(world: World = Path(".casework/world"), again: Again = False, as_json: AsJson = False) -> None:
    """Review every labelled case without a language model, then compare dispositions with the labels."""
    labels = read_labels(world)
    settings = read_settings()
    store = Store(settings.casework_home)
    try:
        files = _reviewed(labels, store, settings, again)
    finally:
        store.close()
    scores = score([file.draft.disposition for file in files], labels)
    if as_json:
        typer.echo(scores.model_dump_json())
    else:
        _show(scores, Console())


def read_labels(world: Path) -> list[Label]:
    """The labels of a simulated exchange. Raises AgentError naming the file where they cannot be read."""
    path = world / "labels.jsonl"
    try:
        labels = [Label.model_validate_json(line) for line in path.read_text("utf-8").splitlines()]
    except (OSError, ValidationError) as error:
        what = f"labels {str(path)!r} cannot be read ({type(error).__name__})"
        raise AgentError(what, "casework world build --out DIR, then --world DIR") from error
    if not labels:
        raise AgentError(f"labels {str(path)!r} hold no case", "build a world with at least one case")
    return labels


def _reviewed(labels: list[Label], store: Store, settings: Settings, again: bool) -> list[CaseFile]:
    columns = (TextColumn("reviewing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    files = []
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        for label in bar.track(labels):
            file = None if again else store.latest_file(label.case_id)
            files.append(file or review_case(store, settings, label.case_id, with_model=False))
    return files


def _show(scores: Scores, console: Console) -> None:
    console.print(_lines(scores))
    console.print(_stories(scores))


def _lines(scores: Scores) -> Table:
    table = Table(title=f"{scores.n} labelled cases")
    for heading in ("", "accuracy", "95% interval", "macro F1", "intolerable frauds approved"):
        table.add_column(heading, justify="left" if not heading else "right")
    for line in scores.lines:
        table.add_row(line.name, f"{line.accuracy:.3f}", _interval(line), _or_dash(line.macro_f1), _approved(line))
    return table


def _stories(scores: Scores) -> Table:
    table = Table(title="by story")
    for heading in ("story", "n", "as labelled", "recommended"):
        table.add_column(heading, justify="right" if heading in {"n", "as labelled"} else "left")
    for each in scores.stories:
        answers = ", ".join(f"{count} {answer}" for answer, count in each.answers.items())
        table.add_row(each.story, str(each.n), str(each.correct), answers)
    return table


def _interval(line: Line) -> str:
    return "expected" if line.low is None or line.high is None else f"{line.low:.3f} to {line.high:.3f}"


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _approved(line: Line) -> str:
    return f"{line.missed:g} of {line.intolerable}"
