"""`casework eval mine`: conditions that the labels of a run show and no rule has."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from agent.cli.case import AsJson
from agent.cli.mine import Only, Out, show_mined
from agent.settings import read_settings

OfRun = Annotated[str, typer.Argument(metavar="RUN", help="A finished run, by name or folder.")]


def add(app: typer.Typer) -> None:
    """Put the command into the group `eval`."""
    app.command("mine")(mine_command)


def mine_command(run: OfRun, only: Only = None, out: Out = None, as_json: AsJson = False) -> None:
    """Propose rules that a labelled run shows, as `casework rules mine` does of decided cases. The recommendations are
    those of the run; evaluate what you take over on another split than the one it was found on."""
    from agent.mining.examples import as_drafted
    from evals.runs import find, read
    from tools.registry import fact_specs

    made = read(find(read_settings().casework_home, run))
    pairs = [(file, label.is_fraud) for file, label in zip(made.files, made.labels, strict=True)]
    examples = [as_drafted(file, fraud, fact_specs()) for file, fraud in pairs if fraud is not None]
    show_mined(examples, Counter({"nobody said": len(pairs) - len(examples)}), only, out, as_json=as_json)
