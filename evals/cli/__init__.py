"""`casework eval`: labelled cases, runs over them, and what the runs are worth. One module a theme."""

from __future__ import annotations

import typer

from evals.cli import cases, compare, mine, robust, run

app = typer.Typer(no_args_is_help=True)


@app.callback()
def evals() -> None:
    """Labelled cases, runs over them, and what the runs are worth."""


for part in (run, compare, robust, mine, cases):
    app.add_typer(part.app)
