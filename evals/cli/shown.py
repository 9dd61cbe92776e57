"""The tables of a run as a terminal shows them. Every one has the baselines beside the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import ceil, log, log1p
from typing import Literal

import typer
from rich.box import HEAVY_HEAD
from rich.console import Console
from rich.table import Table

from agent.case import DISPOSITIONS, Disposition
from agent.cli.screen import console, counted, safe
from agent.llm.qualify import Record
from evals.cases.since import Since
from evals.columns import Column, unheard
from evals.runs import Run
from evals.scored import Scored
from evals.slices import SMALLEST_SLICE, By, Slice, confusion, covered
from evals.stats.calibration import DOUBT
from evals.table import FLATTERED, INTERVALS, Row, unreviewed

WIDE = 100
"""Columns that a terminal needs for everything."""
WORDS = frozenset({"", "by", "better", "case", "type", "story", "labelled", "recommended", "role", "case type"}) | {
    "granted",
    "meaning",
}
"""Headings of columns that hold words."""
ARROWS = {"higher": "up", "lower": "down", "same": ""}


def show_owed(out: Console, run: Run, name: str = "") -> None:
    """How many model calls of a run got no answer, where some did not; by its name where there are others."""
    if told := unheard(run):
        told = f"{name}: {told}" if name else told
        out.print(f"{told}; these cases do not measure the model", style="bold red", soft_wrap=True)


def check_answered(*runs: Run) -> None:
    """Say how many cases were asked again. Where a model owes an answer still, say what helps and leave with code 1."""
    out = console(stderr=True)
    if again := sum(run.asked_again for run in runs):
        out.print(f"asked again: {counted(again, 'case')} that the model had failed to answer", soft_wrap=True)
    if any(run.owed for run in runs):
        again_how = "running the command again asks only the cases that the model failed to answer"
        out.print(f"{again_how}; `casework llm status` shows whether the endpoint serves it", soft_wrap=True)
        raise typer.Exit(1)


def show_columns(out: Console, run: Run, columns: Sequence[Column]) -> None:
    """Metrics by row, ways of answering by column; the first with its interval."""
    (own, *others), wide = columns, out.width >= WIDE
    n, customers = len(run.labels), len({label.customer_id for label in run.labels})
    headings = ("", own.name, "95% interval", *(["better"] if wide else []), *(other.name for other in others))
    table = _table(
        out, f"{counted(n, 'case')} of {counted(customers, 'customer')}, 95% intervals by customer*", *headings
    )
    figures = [{row.name: row.value for row in other.rows} for other in others]
    for _, group in groupby(own.rows, key=lambda row: row.group):
        for row in group:
            if unreviewed(row):
                continue
            beside = (figure(values.get(row.name)) for values in figures)
            better = [ARROWS[row.better]] if wide else []
            table.add_row(row.name, figure(row.value), _interval(row), *better, *beside)
        table.add_section()
    out.print(table)
    out.print(f"* {INTERVALS}")


def show_meanings(out: Console, rows: Sequence[Row]) -> None:
    """What each metric means, a line or two for each."""
    table = _table(out, "what the metrics mean", "", "meaning")
    for row in rows:
        if not unreviewed(row):
            table.add_row(row.name, row.meaning)
    out.print(table)


def show_confusion(out: Console, scores: Sequence[Scored]) -> None:
    """Labels by row, answers by column."""
    counts, names = confusion(scores), [_short(each) for each in DISPOSITIONS]
    table = _table(out, "labelled (rows), recommended (columns)", "", *names, "n", "random")
    for name, row in zip(names, counts.values(), strict=True):
        n = sum(row.values())
        table.add_row(name, *(str(count or "·") for count in row.values()), str(n), f"{n / len(DISPOSITIONS):.1f}")
    out.print(table)


def show_slices(
    out: Console, slices: Sequence[Slice], others: Mapping[str, Sequence[Slice]], hidden: Mapping[By, int]
) -> None:
    """Accuracy by what cases have in common; of groups that are too small only how many there are is told."""
    table = _table(out, "as labelled, by what cases share", "by", "", "n", "share", "95% interval (Wilson)", *others)
    shares = {name: {(each.by, each.name): each.right / each.n for each in own} for name, own in others.items()}
    for _, group in groupby(slices, key=lambda each: each.by):
        for each in group:
            beside = (figure(own.get((each.by, each.name))) for own in shares.values())
            interval = f"{each.low:.3f} to {each.high:.3f}"
            table.add_row(each.by, safe(each.name), str(each.n), figure(each.right / each.n), interval, *beside)
        table.add_section()
    out.print(table)
    if hidden:
        told = ", ".join(f"{count} by {by}" for by, count in hidden.items())
        out.print(f"groups under {SMALLEST_SLICE} cases, not shown: {told}")


def show_covered(out: Console, scores: Sequence[Scored], others: Mapping[str, Sequence[Scored]], risk: float) -> None:
    """Which share of each case type could be decided as recommended, by nobody."""
    title = f"share of cases that can be automated, at most {risk:.0%} of them wrong with 95% confidence"
    table = _table(out, title, "case type", "n", "share", "from confidence", "wrong at most", *others)
    beside = [covered(each, risk) for each in others.values()]
    for kind, own in covered(scores, risk).items():
        n = sum(each.type == kind for each in scores)
        cells = (own.coverage, own.threshold, own.bound, *(other[kind].coverage for other in beside))
        table.add_row(kind, str(n), *map(figure, cells))
    out.print(table)
    if 0 < risk < 1:
        fewest = ceil(log(DOUBT) / log1p(-risk))
        out.print(f"a type needs {fewest} most-confident cases without an error before any of it can be automated")


def show_worst(out: Console, scores: Sequence[Scored]) -> None:
    """The costliest answers."""
    table = _table(out, "costliest answers", "case", "type", "story", "labelled", "recommended", "confidence", "cost")
    for each in scores:
        told = each.decision
        cells = (each.case_id, _words(each.type), _words(each.story), _short(told.ideal), _short(told.answer))
        table.add_row(*map(safe, cells), figure(told.confidence), figure(told.cost))
    out.print(table)


def show_decided(out: Console, since: Since) -> None:
    """What labels by people are worth, and where the warehouse says something else than they saw."""
    out.print(FLATTERED, soft_wrap=True)
    told = f"The warehouse now differs from their drafts in {since.otherwise} of {since.cases} cases"
    queries = ", ".join(f"{name} {count}" for name, count in since.queries.items())
    out.print(f"{told}: {queries}." if queries else f"{told}.", soft_wrap=True)


def show_roles(out: Console, record: Record) -> None:
    """What a model has shown on the questions of each role."""
    table = _table(
        out,
        f"roles of {record.model}, by the production verifier",
        "role", "asked", "passed", "share", "95% interval (Wilson)", "copied", "refused", "unanswered", "granted",
    )  # fmt: skip
    for role, each in record.roles.items():
        counts = (each.copied, each.refused, each.unanswered)
        interval = f"{each.low:.3f} to {each.high:.3f}"
        cells = (str(each.asked), str(each.passed), figure(each.rate), interval, *map(str, counts))
        table.add_row(role, *cells, "yes" if each.granted else "no")
    out.print(table)


def figure(value: float | None) -> str:
    """A number as short as its size allows, a dash for none."""
    if value is None:
        return "-"
    value = round(value, 3) + 0.0
    text = f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _interval(row: Row) -> str:
    return "-" if row.low is None or row.high is None else f"{figure(row.low)} to {figure(row.high)}"


def _short(disposition: Disposition) -> str:
    """A disposition in one word: the two that ask the customer differ in what they ask for."""
    return disposition.removeprefix("request_")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _table(out: Console, title: str, *headings: str) -> Table:
    """A table whose names are never cut: they go on in the next line where a terminal is narrow."""
    wide = out.width >= WIDE
    table = Table(title=title, title_justify="left", box=HEAVY_HEAD if wide else None, pad_edge=wide)
    for place, heading in enumerate(headings):
        justify: Literal["left", "right"] = "left" if heading in WORDS else "right"
        table.add_column(heading, justify=justify, overflow="fold", no_wrap=not (place and heading))
    return table
