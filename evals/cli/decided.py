"""`casework eval cases decided`: a labelled set of what an exchange's own people decided."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.opening import opened
from agent.cli.options import AsJson, OfType, Since, Until, days, filters
from agent.cli.screen import bar, console, counted, print_json

if TYPE_CHECKING:
    # Only named here: reading the store is for those who want a set of it.
    from evals.cases.decided import Decided

app = typer.Typer()

Out = Annotated[Path, typer.Option(help="Folder to make; an earlier set of decided cases there is replaced.")]
Number = Annotated[int, typer.Option("-n", "--cases", min=0, help="Number of cases, drawn at random; 0 for all.")]
Seed = Annotated[int, typer.Option(min=0, help="Random seed; equal seeds draw equal cases.")]


@app.command("decided")
def decided_command(
    out: Out,
    since: Since = None,
    until: Until = None,
    types: OfType = None,
    number: Number = 0,
    seed: Seed = 7,
    as_json: AsJson = False,
) -> None:
    """Make a labelled set of the cases that your own people have decided.

    Attached files stay where they are, and the warehouse is the one that the settings name. Agreement with such labels
    is flattering: people had seen the draft.
    """
    from evals.cases.decided import Days, made

    when = Days(*days(since, until))
    with opened("read") as (store, _), bar("reading") as tell:
        done = made(store, out, filters(types), when, n=number, seed=seed, tell=tell)
    print_json(done.model_dump(mode="json")) if as_json else _show(done)


def _show(done: Decided) -> None:
    from evals.table import FLATTERED

    unsaid = done.cases - done.fraud - done.honest
    told = f"{done.fraud} fraud, {done.honest} not fraud, {unsaid} not stated; {done.of_several} with several opinions"
    lines = [f"{counted(done.cases, 'decided case')} of {counted(done.customers, 'customer')} in {done.out}: {told}"]
    if done.left_out:
        lines.append(f"Left out: {', '.join(f'{count} {why}' for why, count in done.left_out.items())}.")
    lines += [
        FLATTERED,
        "Evidence is gathered again, as of the flag; what the warehouse keeps without a time, such as how earlier "
        "cases ended, may have changed since. The run reports where it has.",
        f"Next: casework eval run --split {quote(str(done.out))}",
    ]
    console().print(*lines, sep="\n", soft_wrap=True)
