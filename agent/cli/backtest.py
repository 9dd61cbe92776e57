"""`casework rules backtest`: what the policy as it stands now would say of the drafts that are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.case import DISPOSITIONS, Disposition
from agent.cli.case import AsJson, OfType, filters, opened
from agent.cli.screen import COLOURS, bar, console, print_json, safe
from agent.errors import ReplayDiverged, StoreError
from agent.review.queue import QueueRow
from agent.settings import Settings

if TYPE_CHECKING:
    # Only named here: policy, tools and store are for those who run something.
    from agent.backtest import Backtested, LeftOut, Past
    from agent.policy.model import Policy
    from agent.store import Store

Telling = Callable[[int, int], None]
Flow = Mapping[tuple[Disposition, Disposition], int]
"""How many drafts go from one disposition to another, or stay, by what was and what would be recommended."""
NAMED = 3
"""How many facts or tools are named of each draft that cannot be told; `--json` has all."""
Most = Annotated[
    int, typer.Option("--show", min=0, help="At most so many drafts that move, or cannot be told; 0 for all.")
]


def backtest_command(types: OfType = None, most: Most = 20, as_json: AsJson = False) -> None:
    """Apply the policy as it stands now to the evidence of every newest draft, and say what would come out otherwise.
    Nothing is gathered anew, and nothing is changed: where the outcome hangs on facts that nobody gathered, it is told
    as open."""
    from agent.backtest import Agreement, Backtested, LeftOut, by_rule

    with opened("read") as (store, settings), bar("applying") as tell:
        found = list(_backtested(store, settings, types, tell))
    drafts = [each for each in found if isinstance(each, Backtested)]
    left_out = [each for each in found if isinstance(each, LeftOut)]
    moved, unsure = ([each for each in drafts if getattr(each, how)] for how in ("moved", "unsure"))
    rules, agreement = list(by_rule(drafts)), Agreement.of(drafts)
    flow = Counter((each.before, each.after) for each in drafts if not each.unsure)
    if as_json:
        told: dict[str, object] = {"drafts": len(drafts)}
        told |= {"moved": [each.model_dump(mode="json") for each in moved]}
        told |= {"flow": [{"before": ends[0], "after": ends[1], "drafts": flow[ends]} for ends in sorted(flow)]}
        told |= {"unsure": [each.model_dump(mode="json") for each in unsure]}
        told |= {"left_out": [each.model_dump(mode="json") for each in left_out]}
        counts = [{"rule": rule, "fires": more, "silent": less} for rule, more, less in rules]
        print_json(told | {"rules": counts, "agreement": agreement.model_dump()})
        return
    out = console()
    out.print(f"{len(drafts)} drafts, {len(moved)} of them would be recommended otherwise.")
    if moved:
        _show_flow(out, flow)
        _show_moved(out, moved[:most] if most else moved)
    if 0 < most < len(moved):
        out.print(f"and {len(moved) - most} more; --show 0 lists all")
    if unsure:
        out.print(f"{len(unsure)} cannot be told before they are reviewed again, for facts that nobody gathered:")
        _show_unsure(out, unsure[:most] if most else unsure)
    if 0 < most < len(unsure):
        out.print(f"and {len(unsure) - most} more; --show 0 lists all")
    if left_out:
        out.print(f"{len(left_out)} further drafts are left out, for this version of casework cannot read them:")
        _show_left_out(out, left_out, most)
    for rule, more, less in rules:
        out.print(f"{rule} would fire in {more} more, be silent in {less} where it fired.")
    if agreement.decided:
        far = ", as far as it can be told" if unsure else ""
        share = f"{agreement.before} of {agreement.decided} drafts that people decided; now it would be"
        out.print(f"The recommendation was theirs in {share} in {agreement.after}{far}.")


def _backtested(
    store: Store, settings: Settings, types: list[str] | None, tell: Telling
) -> Iterator[Backtested | LeftOut]:
    from agent.backtest import LeftOut, backtest
    from agent.desk import policy_for
    from tools.registry import all_tools, fact_specs

    rows = store.queue(filters(types, None, None))
    policies: dict[str, Policy] = {}
    made: dict[str, Policy] = {}
    tools, specs = all_tools(), fact_specs()
    for done, row in enumerate(rows, 1):
        past = _past(store, row, made)
        if isinstance(past, LeftOut):
            yield past
        elif past is not None:
            case = past.file.case
            if case.source not in policies:
                policies[case.source] = policy_for(case, settings)
            yield backtest(past, policies[case.source], tools, specs)
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


def _show_flow(out: Console, flow: Flow) -> None:
    """A row for each disposition that was recommended, a column for each that would be."""
    before, after = ([each for each in DISPOSITIONS if any(ends[side] == each for ends in flow)] for side in (0, 1))
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("drafted", no_wrap=True)
    for to in after:
        table.add_column(f"now {to}", justify="right")
    for each in before:
        table.add_row(Text(each, style=COLOURS[each]), *(str(flow.get((each, to), 0)) for to in after))
    out.print(table)
    out.print()


def _show_moved(out: Console, moved: Sequence[Backtested]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("case", "drafted", "now", "decided", "because"):
        table.add_column(name, no_wrap=name != "because", overflow="fold")
    for each in moved:
        because = [*(f"+{rule}" for rule in each.fires), *(f"-{rule}" for rule in each.silent)]
        ends = (Text(end, style=COLOURS[end]) for end in (each.before, each.after))
        table.add_row(safe(each.case_id), *ends, each.decided or "", Text(" ".join(because) or "another row"))
    out.print(table)


def _show_unsure(out: Console, unsure: Sequence[Backtested]) -> None:
    """What each of them waits for, and in what its mandatory evidence changed."""
    for each in unsure:
        parts = {"waits for": each.waits_for, "asks anew": each.asks, "need not ask": each.drops}
        told = "; ".join(f"{how} {_first_of(what)}" for how, what in parts.items() if what)
        out.print(f"  {safe(each.case_id)}: {told}", soft_wrap=True)


def _show_left_out(out: Console, left_out: Sequence[LeftOut], most: int) -> None:
    for each in left_out[:most] if most else left_out:
        out.print(f"  {safe(each.case_id)}: {safe(each.why)}", soft_wrap=True)
    if 0 < most < len(left_out):
        out.print(f"and {len(left_out) - most} more; --show 0 lists all")


def _first_of(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
