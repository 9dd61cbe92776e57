"""`casework eval mine`: conditions that the labels of a run show and no rule has."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from agent.cli.mine import Only, Out, show_mined
from agent.cli.options import AsJson
from agent.settings import read_settings

app = typer.Typer()

OfRun = Annotated[str, typer.Argument(metavar="RUN", help="A finished run, by name or folder.")]


@app.command("mine")
def mine_command(run: OfRun, only: Only = None, out: Out = None, as_json: AsJson = False) -> None:
    """Propose rules from a labelled run, as `casework rules mine` does from decided cases.

    The recommendations are those of the run; evaluate what you adopt on another split than the one it was found on.
    """
    from agent.mining.examples import as_drafted
    from evals.runs import find, read
    from tools.registry import fact_specs

    made = read(find(read_settings().casework_home, run))
    pairs = [(file, label.is_fraud) for file, label in zip(made.files, made.labels, strict=True)]
    examples = [as_drafted(file, fraud, fact_specs()) for file, fraud in pairs if fraud is not None]
    show_mined(examples, Counter({"nobody said": len(pairs) - len(examples)}), only, out, as_json=as_json)
