"""`casework warehouse rings`: accounts that the whole warehouse links, whether anybody flagged them or not."""

from __future__ import annotations

import csv
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from agent.cli.case import AsJson, opened, writing
from agent.cli.decisions import DAY, cell
from agent.cli.screen import bar, console, print_json, safe
from agent.errors import AgentError, NotPermitted
from agent.settings import Settings

if TYPE_CHECKING:
    # Only named here: the warehouse and the store are for those who run something.
    from agent.mining.links import By
    from agent.mining.rings import Ring, Rings
    from agent.store import Store

COLUMNS = ("ring", "customer_id", "since", "paid_in", "paid_out", "case", "fraud")
"""Of the file, a row for each account; all but the first are fields of `Member`."""
NAMED = 5
"""How many accounts of a ring are named; `--csv` and `--json` have all."""
AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=[DAY], help="As of the end of this day (UTC).")]
MinSize = Annotated[int, typer.Option("--min-size", min=2, help="Only rings of so many accounts.")]
Kinds = Annotated[
    list[str] | None, typer.Option("--by", help="Only by this: device, address, number, picture, portrait.")
]
Most = Annotated[int, typer.Option("--show", min=0, help="At most so many rings; 0 for all.")]
File = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Also write a row for every account.")]


def rings_command(
    as_of: AsOf = None,
    least: MinSize = 3,
    kinds: Kinds = None,
    most: Most = 20,
    file: File = None,
    as_json: AsJson = False,
) -> None:
    """List rings of accounts that share devices, addresses, document numbers or pictures, those first in which most
    accounts without a case stand beside confirmed fraud. It looks through all customers: RING_SEARCH_ALLOWED."""
    from agent.mining.rings import rings
    from tools.warehouse import Warehouse

    chosen, moment = _kinds(kinds), _end_of(as_of)
    with opened("read") as (store, settings):
        if not settings.ring_search_allowed:
            what = "searching all accounts for rings is not permitted here"
            raise NotPermitted(what, "RING_SEARCH_ALLOWED permits it where the law and your customers' consent do")
        url, cases = _url(store, settings), _cases(store, moment)
    with closing(Warehouse.open(url, without=settings.without)) as tables, bar("linking") as tell:
        found = rings(tables, moment, cases, chosen, least, tell)
    if file:
        _write(file, found)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    _show(console(), found, most)
    if file:
        console().print(f"{sum(len(each.members) for each in found.rings)} rows in {safe(str(file))}")


def _kinds(kinds: list[str] | None) -> tuple[By, ...]:
    from agent.mining.links import KINDS

    if odd := sorted({*(kinds or ())} - {*KINDS}):
        raise AgentError(f"nothing links accounts by {odd[0]!r}", f"--by is one of {', '.join(KINDS)}")
    return tuple(each for each in KINDS if not kinds or each in kinds)


def _end_of(day: datetime | None) -> datetime:
    """The moment up to which everything counts, as the warehouse keeps time."""
    return day.replace(hour=23, minute=59, second=59) if day else datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _url(store: Store, settings: Settings) -> str:
    from agent.desk import warehouse_url

    sources = () if settings.warehouse_url else store.one_of_each_source()
    if len(sources) > 1 or not (settings.warehouse_url or sources):
        what = "cases come from several sources" if sources else "there is no warehouse yet"
        raise AgentError(what, "set WAREHOUSE_URL to the one to look through")
    return settings.warehouse_url or warehouse_url(sources[0], settings)


def _cases(store: Store, moment: datetime) -> dict[str, bool]:
    """The customers with a case here that was flagged by then, and whether one of theirs is settled as fraud."""
    from agent.backtest import SETTLED

    found: dict[str, bool] = {}
    for row in store.queue():
        if row.flagged_at[:19] <= moment.isoformat():
            customer, reviews = store.case(row.case_id).customer_id, store.reviews(row.case_id)
            fraud = row.status in SETTLED and bool(reviews) and reviews[-1].outcome == "confirmed_fraud"
            found[customer] = found.get(customer, False) or fraud
    return found


def _write(path: Path, found: Rings) -> None:
    with writing(path, "--csv") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for number, ring in enumerate(found.rings, 1):
            rows.writerows([number, *(cell(getattr(each, name)) for name in COLUMNS[1:])] for each in ring.members)


def _show(out: Console, found: Rings, most: int) -> None:
    for by, counts in found.counts.items():
        left = counts.model_dump(exclude={"links"})
        told = ", ".join(f"{many:,} {what}" for what, many in left.items() if many)
        out.print(f"{by}: {counts.links:,} shared values{f'; left out {told}' if told else ''}")
    out.print(f"{len(found.rings):,} rings as of {found.as_of}.\n")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("ring", "accounts", "fraud", "cases", "no case", "in 30 days", "out", "registered", "linked by"):
        table.add_column(name, justify="left" if name in ("registered", "linked by") else "right")
    table.add_column("without a case", overflow="fold")
    shown = found.rings[:most] if most else found.rings
    for number, ring in enumerate(shown, 1):
        table.add_row(str(number), *_cells(ring))
    if shown:
        out.print(table)
    if len(shown) < len(found.rings):
        out.print(f"and {len(found.rings) - len(shown)} more; --show 0 lists all")


def _cells(ring: Ring) -> list[str]:
    counts = (len(ring.members), ring.fraud, ring.cases, ring.unflagged)
    money = (f"{ring.paid_in:,.0f}", f"{ring.paid_out:,.0f}")
    open_ = [each.customer_id for each in ring.members if not each.case]
    more = f" and {len(open_) - NAMED} more" if len(open_) > NAMED else ""
    links = ", ".join(f"{many} {by}" for by, many in ring.links.items())
    named = safe(" ".join(open_[:NAMED]) + more)
    return [*map(str, counts), *money, f"{ring.first[:10]} to {ring.last[:10]}", links, named]
