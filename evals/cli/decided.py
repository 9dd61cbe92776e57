"""`casework eval cases decided`: a labelled set of what an exchange's own people decided."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.case import AsJson, OfType, filters, opened
from agent.cli.decisions import Since, Until, days
from agent.cli.screen import bar, console

if TYPE_CHECKING:
    # Only named here: reading the store is for those who want a set of it.
    from evals.cases.decided import Decided

Out = Annotated[Path, typer.Option(help="Folder to make; an earlier set of decided cases is replaced.")]
Number = Annotated[int, typer.Option("-n", "--cases", min=0, help="So many of them by lot; 0 means all.")]
Seed = Annotated[int, typer.Option(min=0, help="Equal seeds draw equal cases.")]


def decided_command(
    out: Out,
    since: Since = None,
    until: Until = None,
    types: OfType = None,
    number: Number = 0,
    seed: Seed = 7,
    as_json: AsJson = False,
) -> None:
    """Make a labelled set of the cases that your own people have decided. Files stay where they are, and the warehouse
    is the one that the settings name. Agreement with such labels is flattered: people had seen the draft."""
    from evals.cases.decided import Days, made

    when = Days(*days(since, until))
    with opened("read") as (store, _), bar("reading") as tell:
        done = made(store, out, filters(types, None, None), when, n=number, seed=seed, tell=tell)
    typer.echo(done.model_dump_json()) if as_json else _show(done)


def _show(done: Decided) -> None:
    from evals.table import FLATTERED

    unsaid = done.cases - done.fraud - done.honest
    told = f"{done.fraud} fraud, {done.honest} not, of {unsaid} nobody said; {done.of_several} with several opinions"
    lines = [f"{done.cases} decided cases of {done.customers} customers in {done.out}: {told}"]
    if done.left_out:
        lines.append(f"Left out: {', '.join(f'{count} {why}' for why, count in done.left_out.items())}.")
    lines += [
        FLATTERED,
        "Evidence is gathered anew, as of the flag; what the warehouse keeps without its time, as how earlier cases "
        "ended, may say more by now. The run tells where it does.",
        f"Next: casework eval run --split {done.out}",
    ]
    console().print(*lines, sep="\n", soft_wrap=True)
