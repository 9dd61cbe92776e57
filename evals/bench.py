"""Where the time and memory of one review go: `make bench`. One KYC case with both pictures, without a language model.

Each run is a process of its own, as a reviewer's command is, so model loading counts; the second table is a worker
that has its models loaded. Wall seconds, and the peak of resident memory in megabytes.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from agent.runner import review
from agent.session import open_desk
from agent.settings import Settings
from agent.store import Store
from evals.world.build import build

RUNS = 5


def main(
    runs: Annotated[int, typer.Option(min=1, help="Reviews to time in each mode.")] = RUNS,
    inside: Annotated[Path | None, typer.Option(hidden=True)] = None,
    case: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Print stage times, cold and warm, and the peak memory of one review."""
    if inside is not None:
        typer.echo(json.dumps(timed(inside, case, runs)))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        case_id = prepared(home)
        cold = [measured(home, case_id, 1)[0] for _ in range(runs)]
        warm = measured(home, case_id, runs + 1)[1:]
    console = Console()
    console.print(shown("cold: a process of its own", cold))
    console.print(shown("warm: models loaded", warm))


def prepared(home: Path) -> str:
    """A small exchange in `home`, its cases queued; names the KYC case with pictures."""
    built = build(home / "world", seed=3, customers=400, cases=12)
    store = Store(home)
    store.add_cases(built.cases)
    store.close()
    return next(case.case_id for case in built.cases if case.type == "kyc" and case.attachments)


def measured(home: Path, case_id: str, runs: int) -> list[dict[str, float]]:
    """The stage times of `runs` reviews in one fresh process."""
    command = [sys.executable, "-m", "evals.bench", "--inside", str(home), "--case", case_id, "--runs", str(runs)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows: list[dict[str, float]] = json.loads(answer)
    return rows


def timed(home: Path, case_id: str, runs: int) -> list[dict[str, float]]:
    """Review one case `runs` times here; stage times in milliseconds, the whole in seconds, memory in megabytes."""
    settings = Settings(casework_home=home)
    store = Store(home)
    rows = []
    case = store.case(case_id)
    with open_desk(store, settings, case, with_model=False) as desk:
        for _ in range(runs):
            began = time.perf_counter()
            file = review(desk, case)
            whole = time.perf_counter() - began
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            rows.append({**file.timings_ms, "whole_s": whole, "peak_mb": peak})
    store.close()
    return rows


def shown(title: str, rows: list[dict[str, float]]) -> Table:
    """Medians with the range of the runs."""
    table = Table(title=f"{title}, {len(rows)} runs")
    for heading in ("stage", "median", "min", "max"):
        table.add_column(heading, justify="left" if heading == "stage" else "right")
    for stage in rows[0]:
        values = [row[stage] for row in rows]
        unit = "s" if stage == "whole_s" else "MB" if stage == "peak_mb" else "ms"
        digits = ".2f" if unit == "s" else ".0f"
        cells = (f"{value:{digits}} {unit}" for value in (statistics.median(values), min(values), max(values)))
        table.add_row(stage.removesuffix("_s").removesuffix("_mb"), *cells)
    return table


if __name__ == "__main__":
    typer.run(main)
