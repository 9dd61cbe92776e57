"""What a reviewer sees at a terminal. Texts are printed as they are: no markup in them, no control characters."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from agent.case import DISPOSITIONS, CaseFile, Disposition, Draft, Review, Severity
from agent.render import format_value
from agent.review.queue import QueueRow, time_used
from tools.evidence import Evidence, FactSpec, Unavailable
from tools.untrusted import neutralise

PIPED_WIDTH = 140
TOOL_WIDTH = 25
LEAST_TOLD = 45
"""Columns that what a tool told needs beside its name."""
GAP = 2
LEAST_NEEDED = ("exposure", "time", "type", "status", "recommended")
"""What the queue goes without on a narrow screen, in this order. How the rows are sorted tells of the first two."""
COMPARING = frozenset({"face.match", "clip.match"})
"""Tools that compare faces: all they exhibit is what their similarity is worth."""
FOLLOWING = {
    "pull": "gathering evidence",
    "gather": "applying the policy",
    "fire": "investigating",
    "investigate": "applying the policy",
    "decide": "writing the draft",
    "draft": "checking every sentence",
}
"""What begins when a node has ended."""
COLOURS: Mapping[Disposition | Severity, str] = {
    "approve": "green",
    "request_resubmission": "cyan",
    "request_information": "cyan",
    "escalate": "yellow",
    "reject": "red",
    "adverse": "red",
    "suspicious": "yellow",
    "mitigating": "green",
}


def console(stderr: bool = False) -> Console:
    """Where a command writes: coloured and as wide as the terminal, plain and 140 columns wide into a pipe."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=width)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Tell on stderr which step is under way, where that is a terminal; else nothing."""
    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda _: None
        return
    with screen.status("opening the sources …") as status:
        yield lambda node: status.update(f"{FOLLOWING.get(node, 'done')} …")


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Tell on stderr how many of how many are done, where that is a terminal; else nothing."""
    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda *_: None
        return
    parts = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*parts, console=screen, transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=max(done, of))


def print_json(value: Any) -> None:  # noqa: ANN401 - anything that JSON can hold
    """Write JSON to stdout and nothing else."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def table(*headings: str, words: Container[str] = ()) -> Table:
    """A plain table. The first column and those of `words` are aligned left, all others are of numbers."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    for place, name in enumerate(headings):
        made.add_column(safe(name), justify="right" if place and name not in words else "left", overflow="fold")
    return made


def flow_table(counts: Mapping[tuple[Disposition, Disposition], int], first: str, now: str = "") -> Table:
    """How often one disposition became another: those before by row, those after by column, each headed by `now`."""
    before, after = ([each for each in DISPOSITIONS if any(ends[side] == each for ends in counts)] for side in (0, 1))
    made = table(first, *(f"{now}{to}" for to in after))
    for was in before:
        made.add_row(Text(was, style=COLOURS[was]), *(str(counts.get((was, to), 0)) for to in after))
    return made


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things, in the singular for one."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def and_more(names: Sequence[str], most: int) -> str:
    """The first `most` names in a list, and how many others there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def show_rest(out: Console, shown: int, of: int, how: str) -> None:
    """How many more there are than are shown, and how to see them."""
    if shown < of:
        out.print(f"and {of - shown} more; {how}")


def safe(text: str) -> str:
    """One paragraph without anything that could steer a terminal."""
    return " ".join(neutralise(text).split())


def show_file(out: Console, file: CaseFile, specs: Mapping[str, FactSpec]) -> None:
    """The whole draft: first screen, findings, ledger, what was tried and failed, the letter to the customer."""
    show_first_screen(out, file)
    _show_findings(out, file)
    _show_ledger(out, file, specs)
    if file.draft.customer_message:
        show_letter(out, file.draft.customer_message)
    for note in file.draft.notes:
        out.print(Text(f"note: {safe(note)}", style="dim"))


def show_first_screen(out: Console, file: CaseFile) -> None:
    """Who is recommended what and why, what speaks for the customer, what is missing, what would change it."""
    draft = file.draft
    head = Text.assemble(
        (safe(file.case.case_id), "bold"),
        f"  {safe(' + '.join(flag.code for flag in file.case.flags))}",
        "   recommended: ",
        (draft.disposition.upper(), f"bold {COLOURS[draft.disposition]}"),
        f"   confidence {draft.confidence:.2f}",
    )
    out.print(head)
    out.print(Text(_part(draft, "summary")))
    for label, part in (("For the customer: ", "for_customer"), ("Missing: ", "missing"), ("", "flip")):
        if said := _part(draft, part):
            out.print(Text.assemble((label or "Would change it: ", "bold"), said))


def show_letter(out: Console, letter: str) -> None:
    """What may be sent to the customer."""
    out.print()
    out.print(Text("To the customer", style="bold"))
    for paragraph in letter.split("\n"):
        out.print(Text(f"  {safe(paragraph)}".rstrip()))


def show_reviews(out: Console, reviews: Sequence[Review]) -> None:
    """What people decided so far."""
    for review in reviews:
        cited = f", citing {' '.join(review.cited)}" if review.cited else ""
        what = f"{review.disposition} ({review.outcome}, {review.reason_code}){cited}"
        at = f" (login {review.login})" if review.login else ""
        out.print(Text(safe(f"{review.decided_at}  {review.reviewer}{at}: {what}")))
        if review.comment:
            out.print(Text(f"  {safe(review.comment)}", style="dim"))


def show_queue(out: Console, rows: Sequence[QueueRow], moment: datetime) -> None:
    """Cases, the most urgent first. A screen on which words would break goes without some columns, and says so."""
    columns = _queue_columns(rows, moment)
    left_out = []
    for name in LEAST_NEEDED:
        if sum(_narrowest(*column) + GAP for column in columns.items()) - GAP > out.width:
            left_out.append(name)
            del columns[name]
    listed = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    for name in columns:
        justify: JustifyMethod = "right" if name in ("exposure", "time") else "left"
        listed.add_column(name, justify=justify, no_wrap=name != "flags", overflow="fold")
    for cells in zip(*columns.values(), strict=True):
        listed.add_row(*map(Text, cells))
    out.print(listed)
    if left_out:
        out.print(Text(f"columns hidden (terminal too narrow): {', '.join(left_out)}", style="dim"))


def _queue_columns(rows: Sequence[QueueRow], moment: datetime) -> dict[str, list[str]]:
    return {
        "case": [safe(row.case_id) for row in rows],
        "type": [row.type for row in rows],
        "status": [row.status for row in rows],
        "flags": [safe(" + ".join(row.flags)) for row in rows],
        "recommended": [row.disposition or "" for row in rows],
        "exposure": [f"{row.exposure_usd:,.0f}" for row in rows],
        "time": [f"{time_used(row, moment):.0%}" for row in rows],
    }


def _narrowest(name: str, cells: Sequence[str]) -> int:
    """Columns of the screen that it takes to break no word; flags alone go on in a second line."""
    return max(cell_len(part) for cell in (name, *cells) for part in (cell.split() if name == "flags" else (cell,)))


def _part(draft: Draft, part: str) -> str:
    return " ".join(safe(each.text) for each in draft.statements if each.part == part)


def _show_findings(out: Console, file: CaseFile) -> None:
    out.print()
    out.print(Text("Findings", style="bold"))
    for statement in file.draft.statements:
        if statement.part == "finding":
            _indented(out, Text(safe(statement.text)), 2)
            _show_grounds(out, file, statement.rules, statement.references)


def _show_grounds(out: Console, file: CaseFile, rules: Sequence[str], references: Sequence[str]) -> None:
    for finding in file.findings:
        if finding.rule in rules:
            severity = (finding.severity, COLOURS[finding.severity])
            rest = (f" {finding.rule} {finding.reason_code}  {' '.join(references)}", "dim")
            _indented(out, Text.assemble(severity, rest), 4)


def _show_ledger(out: Console, file: CaseFile, specs: Mapping[str, FactSpec]) -> None:
    out.print()
    out.print(Text.assemble(("Ledger", "bold"), (f"  root {file.ledger.root[:16]}", "dim")))
    for entry in file.ledger.entries:
        if isinstance(entry, Evidence):
            facts = ", ".join(f"{each.name} {_value(each.value, specs.get(each.name))}" for each in entry.facts)
            stated = " (stated by the customer)" if entry.trust == "stated" else ""
            _entry(out, entry.id, entry.tool, Text(f"{safe(facts)}{stated}"))
            for note in (*entry.notes, *_worth(entry)):
                _entry(out, "", "", Text(safe(note), style="dim"))
    failed = [entry for entry in file.ledger.entries if isinstance(entry, Unavailable)]
    if failed:
        out.print(Text("Tried and failed", style="bold"))
    for entry in failed:
        _entry(out, entry.id, entry.tool, Text(safe(entry.reason), style="yellow"))


def _worth(entry: Evidence) -> Iterator[str]:
    """How far a similarity of faces can be trusted, a line for each row; the checks of a document stand on the page."""
    if entry.tool in COMPARING:
        for exhibit in entry.exhibits:
            yield exhibit.title
            yield from (f"{row['name']} {row['result']}: {row['meaning']}" for row in json.loads(exhibit.content))


def _entry(out: Console, evidence_id: str, tool: str, told: Text) -> None:
    """What a tool told: beside its name, or on a narrow screen below it."""
    if out.width < TOOL_WIDTH + LEAST_TOLD:
        if tool:
            out.print(Text(f"  {evidence_id}  {tool}"))
        _indented(out, told, 4)
        return
    row = Table.grid(padding=(0, 2))
    row.add_column(width=5, no_wrap=True)
    row.add_column(width=TOOL_WIDTH, no_wrap=True)
    row.add_column(overflow="fold")
    row.add_row(f"  {evidence_id}", tool, told)
    out.print(row)


def _indented(out: Console, text: Text, by: int) -> None:
    out.print(Padding(text, (0, 0, 0, by), expand=False))


def _value(value: bool | int | float | str, spec: FactSpec | None) -> str:
    return format_value(value, spec) if spec else str(value)
