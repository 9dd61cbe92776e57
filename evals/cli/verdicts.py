"""How comparisons, gates and planted trials look at a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from rich.table import Table

from agent.cli.screen import and_more, console, counted, safe, show_rest, table
from evals.compare import Changed, Compared, Question, Ruled
from evals.gate import Check, result
from evals.runs import RunInfo
from evals.runs.replayed import Replayed
from evals.stats.paired import Interval
from evals.stats.power import Planted

MOST_NAMED = 12
SHOWN = 12
"""Characters of a hash."""
WIDE = 120
"""Columns that a terminal needs for a comparison in one table."""
NARROW = 80
"""Below so many an interval stands under its value."""
LEFT = frozenset({"", "verdict"})
"""Headings of columns that hold words."""


def show_compared(compared: Compared, rules: Sequence[Ruled], one: RunInfo, other: RunInfo, html: Path | None) -> None:
    screen, first, second = console(), one.name, other.name
    screen.print(f"{first} against {second} on {counted(compared.n, 'case')}; differences are {second} minus {first}")
    if one.policy_sha256 != other.policy_sha256:
        screen.print(f"policy {one.policy_sha256[:SHOWN]} against {other.policy_sha256[:SHOWN]}")
    for part in (*_tests(compared, screen.width), _shifts(compared, screen.width)):
        screen.print(part)
    screen.print(
        f"tool answers from the evidence cache: {remembered(one)} in first, {remembered(other)} in second; "
        f"milliseconds are of the {counted(compared.timed, 'case')} without any",
        soft_wrap=True,
    )
    for what in ("fixed", "broken", "moved"):
        _name(what, getattr(compared, what))
    if rules:
        told = ", ".join(f"{each.rule} +{each.more} -{each.less}" for each in rules)
        screen.print(f"rules that fire in other cases: {told}", soft_wrap=True)
    left_out = len(compared.only_first) + len(compared.only_second)
    if left_out:
        screen.print(f"left out: {counted(left_out, 'case')} that only one run has")
    screen.print(
        "p is adjusted by Holm, a dash if under six answers changed; smallest: points found four times in five; "
        "none seen: no difference beyond chance; intervals draw customers, Wilson's if no answer changed",
    )
    if html:
        screen.print(f"page: {html}", soft_wrap=True)


def show_made(runs: Mapping[str, str], gate: str) -> None:
    """The runs that two prompts made, and the command that comes next."""
    for prompt, run in runs.items():
        console().print(f"{prompt}: run {run}", soft_wrap=True)
    if gate:
        console().print(f"next: {gate}", soft_wrap=True, markup=False, highlight=False)


def _tests(compared: Compared, width: int) -> list[Table]:
    """The questions in one table, or in two where a terminal is too narrow for it."""
    shares, counts = ("first", "second", "difference, 95%"), ("fixed", "broken", "p", "smallest", "verdict")
    tables = [_columns("", *shares, *counts)] if width >= WIDE else [_columns("", *shares), _columns("", *counts)]
    for test in compared.tests:
        name = test.name if test.n == compared.n else f"{test.name} (of {test.n})"
        measured, tested = _measured(test, width), _tested(test)
        for part, cells in zip(tables, [(*measured, *tested)] if len(tables) == 1 else [measured, tested], strict=True):
            part.add_row(name, *cells)
    return tables


def _measured(test: Question, width: int) -> tuple[str, ...]:
    difference = _spanned(_points(test.difference), width)
    return f"{test.first:.1%}", f"{test.second:.1%}", difference


def _tested(test: Question) -> tuple[str, ...]:
    p = "-" if test.p_adjusted is None else p_value(test.p_adjusted)
    smallest = "-" if test.smallest is None else f"{100 * test.smallest:.1f}"
    return str(test.fixed), str(test.broken), p, smallest, test.verdict if test.moved else "none seen"


def _shifts(compared: Compared, width: int) -> Table:
    shifts = _columns("", "n", "first", "second", "difference, 95%")
    for shift in compared.shifts:
        means = (f"{shift.first:.3f}", f"{shift.second:.3f}")
        shifts.add_row(shift.name, str(shift.n), *means, _spanned(str(shift.difference), width))
    if not compared.timed:
        shifts.add_row("milliseconds", "0", "-", "-", "-")
    return shifts


def _columns(*headings: str) -> Table:
    """A table that breaks names, between words, before any number."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        justify: Literal["left", "right"] = "left" if heading in LEFT else "right"
        table.add_column(heading, justify=justify, overflow="fold", no_wrap=bool(heading))
    return table


def _spanned(interval: str, width: int) -> str:
    """A value with its interval, in two lines where a terminal is narrow."""
    return interval if width >= NARROW else interval.replace(" [", "\n[")


def _name(what: str, changed: Sequence[Changed]) -> None:
    screen = console()
    screen.print(f"{what} {len(changed)}{', wrong in both, different answers' if what == 'moved' else ''}")
    for each in changed[:MOST_NAMED]:
        story = f", {safe(each.story)}" if each.story else ""
        screen.print(f"  {safe(each.case_id)}  {each.first} -> {each.second}  (labelled {each.ideal}{story})")
    show_rest(screen, MOST_NAMED, len(changed), "--html or --json names all")


def p_value(value: float) -> str:
    """A p-value to four places, and never nought: no test is that sure."""
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"


def remembered(info: RunInfo) -> str:
    """How many of a run's tool answers came from the evidence cache."""
    return f"{info.remembered} of {info.asked}"


def _points(interval: Interval) -> str:
    return f"{100 * interval.value:+.1f} [{100 * interval.low:+.1f}, {100 * interval.high:+.1f}]"


def show_checks(checks: Sequence[Check], info: RunInfo, again: Replayed | None) -> None:
    screen = console()
    screen.print(f"gate on {info.name}: {counted(info.n, 'case')} of {info.cases}, model {info.model or 'none'}")
    if again:
        screen.print(
            f"a replay: answers of {info.model or 'no model'} as recorded {info.started_at[:10]}, today's code, policy "
            f"and prompts; {len(again.changed)} of {len(again.run.files)} drafts differ from the recorded ones",
            soft_wrap=True,
        )
    headings = ("check", "", "found", "required")
    listed = table(*headings, words=headings)
    for each in checks:
        listed.add_row(each.name, each.state.upper() if each.blocks else each.state, each.found, each.asked)
    screen.print(listed)
    for each in checks:
        if each.cases:
            screen.print(f"{each.name}: {safe(and_more(each.cases, MOST_NAMED))}")
        if each.note:
            screen.print(f"{each.name}: {each.note}", soft_wrap=True)
        if each.remedy:
            screen.print(f"{each.name}: {each.remedy}", soft_wrap=True)
    screen.print(result(checks), soft_wrap=True)


def show_power(rows: Sequence[Planted], cases: int, times: int) -> None:
    table = Table(title=f"{cases} paired cases, {times} trials a row", box=None, pad_edge=False)
    for heading in ("planted", "fixed", "broken", "found", "95%", "expected", "interval holds the truth"):
        first = heading == "planted"
        table.add_column(heading, justify="left" if first else "right", overflow="fold", no_wrap=first)
    for row in rows:
        span = f"{row.found.low:.1%} to {row.found.high:.1%}"
        shares = (f"{row.gain:.1%}", f"{row.loss:.1%}", f"{row.found.value:.1%}", span, f"{row.expected:.1%}")
        table.add_row(row.name, *shares, f"{row.covered:.1%}")
    console().print(table)
    alarms = [row for row in rows if row.gain == row.loss > 0]
    hits, n = sum(row.found.count for row in alarms), sum(row.found.of for row in alarms)
    told = f"false alarms: {hits} of {n} trials in which as many answers got better as worse ({hits / n:.1%})"
    console().print(f"{told}; the test allows 5%", soft_wrap=True)
