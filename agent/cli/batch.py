"""`casework batch`: drafts for every case that waits for one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from agent.case import DISPOSITIONS
from agent.cli.opening import opened
from agent.cli.options import AsJson, NoModel, OfType, WithFlag, filters
from agent.cli.screen import COLOURS, and_more, bar, console, print_json, safe, table
from agent.settings import Settings

if TYPE_CHECKING:
    # Only named here: reviewing and its graph are for when there is something to draft.
    from agent.batch import Prepared
    from agent.llm.served import Served

app = typer.Typer()
NAMED = 3
"""Cases named where one thing stood in the way of many."""


@app.command()
def batch(
    types: OfType = None,
    flags: WithFlag = None,
    limit: Annotated[int, typer.Option(min=0, help="Maximum number of cases, the most urgent first; 0 for all.")] = 0,
    processes: Annotated[
        int, typer.Option(min=1, help="Number of cases at the same time; one if the model is local.")
    ] = 2,
    no_model: NoModel = False,
    as_json: AsJson = False,
) -> None:
    """Draft every case that waits for a draft, the most urgent first.

    Exit 1 if one could not be drafted. A batch that was interrupted continues when it is started again.
    """
    from agent.batch import prepare, waiting
    from agent.llm.embedded import ENDPOINT

    began, done = time.perf_counter(), list["Prepared"]()
    with opened() as (store, settings):
        case_ids = waiting(store, settings, datetime.now(UTC), filters(types, flags=flags))
        case_ids = case_ids[:limit] if limit else case_ids
        with _served(settings, no_model or not case_ids) as model, bar("drafting") as tell:
            # The embedded model answers one at a time, and whoever waits for it has the time of a call.
            at_once = 1 if model and model.endpoint == ENDPOINT else processes
            for each in prepare(settings, case_ids, model, at_once):
                done.append(each)
                tell(len(done), len(case_ids))
    seconds = round(time.perf_counter() - began, 1)
    if as_json:
        print_json({"cases": [each.model_dump(mode="json") for each in done], "seconds": seconds})
    else:
        show_batch(console(), done, seconds)
    if any(each.failure for each in done):
        raise typer.Exit(1)


@contextmanager
def _served(settings: Settings, no_model: bool) -> Iterator[Served | None]:
    """The model that the settings name, started once for all workers."""
    from agent.llm.opening import open_model
    from agent.llm.served import Served

    if no_model:
        yield None
        return
    with open_model(settings) as model:
        yield Served.of(model) if model else None


def show_batch(out: Console, done: Sequence[Prepared], seconds: float) -> None:
    """Print what became of a batch: recommendations by number, what stood in the way, and a model that was silent."""
    if not done:
        out.print("No case is waiting for a draft.")
        return
    counts = Counter(each.disposition for each in done if each.disposition)
    listed = table("recommended", "cases")
    for disposition in DISPOSITIONS:
        if counts[disposition]:
            listed.add_row(Text(disposition, style=COLOURS[disposition]), str(counts[disposition]))
    if counts:
        out.print(listed)
    for why, case_ids in _hindrances(done).items():
        out.print(Text(f"{and_more(case_ids, NAMED)}: {safe(why)}", style="yellow"))
    if silent := [each.silent for each in done if each.silent]:
        told = f"In {len(silent)} of {counts.total()} drafts the model gave no answer, for example: {silent[0]}"
        out.print(Text(safe(told), style="yellow"))
    left, failed = (sum(bool(getattr(each, how)) for each in done) for how in ("left", "failure"))
    told = f"{counts.total()} drafted, {left} left to others, {failed} failed, in {seconds} s"
    out.print(f"{told}. Decide them: casework work" if counts else told, soft_wrap=True)


def _hindrances(done: Sequence[Prepared]) -> dict[str, list[str]]:
    """What stood in the way and would help, each with the cases that it kept from a draft."""
    found: dict[str, list[str]] = {}
    for each in done:
        if why := each.left or each.failure:
            found.setdefault(f"{why}; {each.remedy}" if each.remedy else why, []).append(each.case_id)
    return found
