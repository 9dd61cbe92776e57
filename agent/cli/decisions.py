"""`casework decisions`: what people decided and how it stood to the draft, summed up or as a file of rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.case import DISPOSITIONS
from agent.cli.case import AsJson, OfType, filters, opened, writing
from agent.cli.screen import COLOURS, bar, console, print_json, safe
from agent.errors import AgentError
from agent.review.decisions import FEW, Asked, Decision, Summary, summarise

app = typer.Typer()

DAY = "%Y-%m-%d"
COLUMNS = (
    *("case_id", "attempt", "type", "flags", "flagged_at", "drafted_at", "decided_at", "reviewer", "turn"),
    *("recommended", "confidence", "row", "disposition", "outcome", "reason_code", "followed", "status_after", "rules"),
    *("login", "one_login"),
)
"""Of the file, each a field of `Decision`. Comments are free text that may hold personal data: no column has them."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula; some take the wide ones as well."""
UNITS = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))

Since = Annotated[datetime | None, typer.Option(formats=[DAY], metavar="DATE", help="From this day on (UTC).")]
Until = Annotated[datetime | None, typer.Option(formats=[DAY], metavar="DATE", help="Up to this day, with it (UTC).")]


@app.command("decisions")
def decisions_command(
    since: Since = None,
    until: Until = None,
    types: OfType = None,
    by_reviewer: Annotated[str, typer.Option(metavar="NAME", help="Only what this person decided.")] = "",
    file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Also write a row for every decision.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sum up what people decided: how often as recommended, otherwise by which rules and by whom, and how long it took.
    Every decision counts against the draft it was made on."""
    asked = Asked(*days(since, until), filters(types, None, None).types, by_reviewer)
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


def days(since: datetime | None, until: datetime | None) -> tuple[str, str]:
    """The first and the last day (ISO 8601) that are asked for; all there are where none is named. Raises AgentError
    where they stand the wrong way round."""
    if since and until and until < since:
        what = f"--until {until.strftime(DAY)!r} comes before --since {since.strftime(DAY)!r}"
        raise AgentError(what, "give the earlier day with --since")
    first = since.strftime(DAY) if since else Asked.since
    return first, until.strftime(DAY) if until else Asked.until


def _written(path: Path, decisions: Iterable[Decision]) -> Iterator[Decision]:
    """Pass decisions on, each written to a file on its way."""
    with writing(path, "--csv") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for each in decisions:
            rows.writerow(cell(getattr(each, name)) for name in COLUMNS)
            yield each


def cell(value: str | float | bool | tuple[str, ...]) -> str:
    """A value as a cell that no spreadsheet takes for a formula."""
    if isinstance(value, bool):
        return str(value).lower()
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def show_summary(out: Console, summary: Summary) -> None:
    """How much was decided and how, then three tables: recommended and decided, by rule, by reviewer."""
    if not summary.decisions:
        out.print("No such decision.")
        return
    many, share = summary.decisions, summary.followed
    followed = sum(each.followed for each in summary.reviewers)
    out.print(
        f"{_count(many, 'decision')} by {_count(summary.people, 'person', 'people')}"
        f" on {_count(summary.cases, 'case')}, {summary.first[:10]} to {summary.last[:10]}."
    )
    out.print(
        f"As recommended: {followed:,} of {many:,}, {share.value:.3f} ({share.low:.3f} to {share.high:.3f})."
        f" {_count(summary.second_opinions, 'second opinion')}, {_count(summary.disputes, 'dispute')}."
    )
    out.print(
        f"Median from draft to first decision {_span(summary.to_first_s)}, from first to second"
        f" {_span(summary.to_second_s)}."
    )
    if summary.backdated:
        told = "dated before what it answers" if summary.backdated == 1 else "dated before what they answer"
        out.print(f"{_count(summary.backdated, 'decision')} {told}, by a wrong clock: not in these times.")
    if summary.one_login:
        told = f"{_count(summary.one_login, 'second opinion')} given at the login of the first, by another name"
        out.print(f"{told}: --csv tells which.")
    out.print()
    _show_flow(out, summary)
    _show_rules(out, summary)
    _show_reviewers(out, summary)


def _show_flow(out: Console, summary: Summary) -> None:
    """A row for each disposition that was recommended, a column for each that people decided."""
    counts = {(each.recommended, each.decided): each.decisions for each in summary.flow}
    before, after = ([each for each in DISPOSITIONS if any(ends[side] == each for ends in counts)] for side in (0, 1))
    table = _table("recommended \\ decided", *after)
    for was in before:
        table.add_row(Text(was, style=COLOURS[was]), *(str(counts.get((was, now), 0)) for now in after))
    out.print(table)
    out.print()


def _show_rules(out: Console, summary: Summary) -> None:
    against = [each for each in summary.rules if each.otherwise]
    table = _table("rule", "fired in drafts", "decided otherwise", "")
    for each in against:
        few = each.drafts < FEW
        told = f"fewer than {FEW} drafts" if few else ""
        table.add_row(safe(each.rule), str(each.drafts), str(each.otherwise), told, style="dim" if few else "")
    if against:
        out.print(table)
    if rest := len(summary.rules) - len(against):
        out.print(f"{_count(rest, 'other rule' if against else 'rule')} fired where nobody decided otherwise.")
    out.print()


def _show_reviewers(out: Console, summary: Summary) -> None:
    table = _table("reviewer", "decisions", "followed", "overruled", "disputes")
    for each in summary.reviewers:
        counts: Sequence[int] = (each.decisions, each.followed, each.overruled, each.disputes)
        table.add_row(Text(safe(each.reviewer)), *map(str, counts))
    out.print(table)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right")
    return table


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _span(seconds: float | None) -> str:
    """A time as people say it; `none` where there was none."""
    if seconds is None:
        return "none"
    length, name = next((unit for unit in UNITS if seconds >= unit[0]), UNITS[-1])
    return f"{round(seconds / length, 1):g} {name}"
