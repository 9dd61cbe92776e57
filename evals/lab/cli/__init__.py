"""`casework prompt`: look at a prompt, try it, compare it with another, and ship it when it has passed the gate."""

from __future__ import annotations

import typer

from evals.lab.cli import better, look

app = typer.Typer(no_args_is_help=True)


@app.callback()
def prompt() -> None:
    """Prompts: lint, show, try, compare, snapshot, optimise, promote."""


app.add_typer(look.app)
app.add_typer(better.app)
