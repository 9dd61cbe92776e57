"""`casework rules backtest`: what the current policy would recommend on the drafts that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from agent.cli.opening import opened
from agent.cli.options import AsJson, OfType, filters
from agent.cli.screen import COLOURS, and_more, bar, console, counted, flow_table, print_json, safe, show_rest, table
from agent.errors import ReplayDiverged, StoreError
from agent.review.queue import QueueRow
from agent.settings import Settings

if TYPE_CHECKING:
    # Only named here: policy, tools and store are for those who run something.
    from agent.backtest import Backtested, LeftOut, Past, Report
    from agent.policy.model import Policy
    from agent.store import Store

app = typer.Typer()

Telling = Callable[[int, int], None]
ALL = "--show 0 lists all"
NAMED = 3
"""How many facts or tools are named of each draft that cannot be told; `--json` has all."""
Most = Annotated[int, typer.Option("--show", min=0, help="Maximum number of drafts to list of each kind; 0 for all.")]


@app.command("backtest")
def backtest_command(types: OfType = None, most: Most = 20, as_json: AsJson = False) -> None:
    """Apply the current policy to the evidence of every newest draft; list the recommendations that change.

    Nothing is gathered or stored; where the outcome depends on facts that were never gathered, the draft is listed as
    open.
    """
    from agent.backtest import Report

    with opened("read") as (store, settings), bar("applying") as tell:
        report = Report.of(list(_backtested(store, settings, types, tell)))
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        _show(console(), report, most or report.drafts + len(report.left_out))


def _show(out: Console, report: Report, most: int) -> None:
    """The drafts of each kind, at most so many, then the rules that changed and how far people agreed."""
    out.print(f"{counted(report.drafts, 'draft')}; the recommendation would change in {len(report.moved)}.")
    if report.moved:
        flow = {(each.before, each.after): each.drafts for each in report.flow}
        out.print(flow_table(flow, "drafted", "now "), "")
        _show_moved(out, report.moved[:most])
        show_rest(out, most, len(report.moved), ALL)
    if report.unsure:
        out.print(f"Open until reviewed again, for facts that were never gathered: {len(report.unsure)}")
        _show_unsure(out, report.unsure[:most])
        show_rest(out, most, len(report.unsure), ALL)
    if report.left_out:
        out.print(f"Left out, as this version of casework cannot read them: {len(report.left_out)}")
        for each in report.left_out[:most]:
            out.print(f"  {safe(each.case_id)}: {safe(each.why)}", soft_wrap=True)
        show_rest(out, most, len(report.left_out), ALL)
    for rule in report.rules:
        out.print(f"{rule.rule} would fire in {rule.fires} more drafts, and no longer in {rule.silent}.")
    if report.agreement.decided:
        far = " (open ones not counted)" if report.unsure else ""
        before = f"{report.agreement.before} of {report.agreement.decided} drafts before"
        out.print(f"Same as people decided: {before}, {report.agreement.after} now{far}.")


def _backtested(
    store: Store, settings: Settings, types: list[str] | None, tell: Telling
) -> Iterator[Backtested | LeftOut]:
    from agent.backtest import LeftOut, backtest
    from agent.desk import policy_for
    from tools.registry import all_tools

    rows = store.queue(filters(types))
    policies: dict[str, Policy] = {}
    made: dict[str, Policy] = {}
    for done, row in enumerate(rows, 1):
        past = _past(store, row, made)
        if isinstance(past, LeftOut):
            yield past
        elif past is not None:
            case = past.file.case
            if case.source not in policies:
                policies[case.source] = policy_for(case.source, settings)
            yield backtest(past, policies[case.source], all_tools())
        tell(done, len(rows))


def _past(store: Store, row: QueueRow, made: dict[str, Policy]) -> Past | LeftOut | None:
    """The newest draft of a case with the policy it was made with, kept in `made` for others; None where it has none.
    One that another version wrote otherwise keeps nobody from the others."""
    from agent.backtest import LeftOut, Past
    from agent.replay import policy_of

    try:
        file = store.latest_file(row.case_id)
        if file is None:
            return None
        if file.policy_sha256 not in made:
            made[file.policy_sha256] = policy_of(file, store)
    except (ReplayDiverged, StoreError) as error:
        return LeftOut(case_id=row.case_id, why=str(error))
    return Past.of(file, made[file.policy_sha256], row.status, store.reviews(row.case_id))


def _show_moved(out: Console, moved: Sequence[Backtested]) -> None:
    headings = ("case", "drafted", "now", "decided", "because")
    listed = table(*headings, words=headings)
    for each in moved:
        because = [*(f"+{rule}" for rule in each.fires), *(f"-{rule}" for rule in each.silent)]
        ends = (Text(end, style=COLOURS[end]) for end in (each.before, each.after))
        listed.add_row(safe(each.case_id), *ends, each.decided or "", Text(" ".join(because) or "another row"))
    out.print(listed)


def _show_unsure(out: Console, unsure: Sequence[Backtested]) -> None:
    """What each of them waits for, and in what its mandatory evidence changed."""
    for each in unsure:
        parts = {"depends on": each.waits_for, "newly mandatory": each.asks, "no longer mandatory": each.drops}
        told = "; ".join(f"{how} {and_more(what, NAMED)}" for how, what in parts.items() if what)
        out.print(f"  {safe(each.case_id)}: {told}", soft_wrap=True)
