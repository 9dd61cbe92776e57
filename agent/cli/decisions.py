"""`casework decisions`: what people decided and how it stood to the draft, summed up or as a file of rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from agent.cli.opening import opened
from agent.cli.options import AsJson, OfType, Since, Until, days, filters
from agent.cli.output import cell, to_write, writing
from agent.cli.screen import bar, console, counted, flow_table, print_json, safe, table
from agent.review.decisions import FEW, Asked, Decision, Summary, summarise

app = typer.Typer()

COLUMNS = (
    *("case_id", "attempt", "type", "flags", "flagged_at", "drafted_at", "decided_at", "reviewer", "turn"),
    *("recommended", "confidence", "row", "disposition", "outcome", "reason_code", "followed", "status_after", "rules"),
    *("login", "one_login"),
)
"""Of the file, each a field of `Decision`. Comments are free text that may hold personal data: no column has them."""
UNITS = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))


@app.command("decisions")
def decisions_command(
    since: Since = None,
    until: Until = None,
    types: OfType = None,
    by_reviewer: Annotated[str, typer.Option(metavar="NAME", help="Only decisions by this person.")] = "",
    file: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="File to write as well, one row per decision.", callback=to_write),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sum up what people decided, and how it compares with what was recommended.

    It shows how often they followed the draft, which rules had fired where they did not, who decided, and how long it
    took. Every decision is compared with the draft it was made on.
    """
    asked = Asked(*days(since, until), filters(types).types, by_reviewer)
    with opened("read") as (store, _), bar("reading") as tell:
        found = store.decisions(asked, tell)
        decisions = list(_written(file, found) if file else found)
    summary = summarise(decisions)
    if as_json:
        print_json(summary.model_dump(mode="json"))
        return
    show_summary(console(), summary)
    if file:
        console().print(f"{len(decisions)} rows in {safe(str(file))}")


def _written(path: Path, decisions: Iterable[Decision]) -> Iterator[Decision]:
    """Pass decisions on, each written to a file on its way."""
    with writing(path, "--csv") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for each in decisions:
            rows.writerow(cell(getattr(each, name)) for name in COLUMNS)
            yield each


def show_summary(out: Console, summary: Summary) -> None:
    """How much was decided and how, then three tables: recommended and decided, by rule, by reviewer."""
    if not summary.decisions:
        out.print("No such decision.")
        return
    many, share = summary.decisions, summary.followed
    followed = sum(each.followed for each in summary.reviewers)
    out.print(
        f"{counted(many, 'decision')} by {counted(summary.people, 'person', 'people')}"
        f" on {counted(summary.cases, 'case')}, {summary.first[:10]} to {summary.last[:10]}."
    )
    out.print(
        f"As recommended: {followed:,} of {many:,}, {share.value:.3f} ({share.low:.3f} to {share.high:.3f})."
        f" {counted(summary.second_opinions, 'second opinion')}, {counted(summary.disputes, 'dispute')}."
    )
    out.print(
        f"Median from draft to first decision {_span(summary.to_first_s)}, from first to second"
        f" {_span(summary.to_second_s)}."
    )
    if summary.backdated:
        told = "dated before what it answers" if summary.backdated == 1 else "dated before what they answer"
        out.print(f"{counted(summary.backdated, 'decision')} {told}, by a wrong clock: not counted in these times.")
    if summary.one_login:
        told = f"{counted(summary.one_login, 'second opinion')} given under the login of the first, with another name"
        out.print(f"{told}: --csv shows which.")
    out.print()
    flow = {(each.recommended, each.decided): each.decisions for each in summary.flow}
    out.print(flow_table(flow, "recommended \\ decided"))
    out.print()
    _show_rules(out, summary)
    _show_reviewers(out, summary)


def _show_rules(out: Console, summary: Summary) -> None:
    against = [each for each in summary.rules if each.otherwise]
    listed = table("rule", "fired in drafts", "decided differently", "")
    for each in against:
        few = each.drafts < FEW
        told = f"fewer than {FEW} drafts" if few else ""
        listed.add_row(safe(each.rule), str(each.drafts), str(each.otherwise), told, style="dim" if few else "")
    if against:
        out.print(listed)
    if rest := len(summary.rules) - len(against):
        out.print(f"{counted(rest, 'other rule' if against else 'rule')} fired where nobody decided differently.")
    out.print()


def _show_reviewers(out: Console, summary: Summary) -> None:
    listed = table("reviewer", "decisions", "followed", "overruled", "disputes")
    for each in summary.reviewers:
        counts: Sequence[int] = (each.decisions, each.followed, each.overruled, each.disputes)
        listed.add_row(Text(safe(each.reviewer)), *map(str, counts))
    out.print(listed)


def _span(seconds: float | None) -> str:
    """A time as people say it; `none` where there was none."""
    if seconds is None:
        return "none"
    length, name = next((unit for unit in UNITS if seconds >= unit[0]), UNITS[-1])
    return f"{round(seconds / length, 1):g} {name}"
