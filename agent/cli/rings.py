"""`casework warehouse rings`: accounts that the whole warehouse links, whether anybody flagged them or not."""

from __future__ import annotations

import csv
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from agent.case import SETTLED
from agent.cli.opening import opened
from agent.cli.options import DAY, AsJson, among
from agent.cli.output import cell, to_write, writing
from agent.cli.screen import and_more, bar, console, print_json, safe, show_rest, table
from agent.errors import AgentError, NotPermitted
from agent.settings import Settings

if TYPE_CHECKING:
    # Only named here: the warehouse and the store are for those who run something.
    from agent.mining.links import By
    from agent.mining.rings import Ring, Rings
    from agent.store import Store

app = typer.Typer()

COLUMNS = ("ring", "customer_id", "since", "paid_in", "paid_out", "case", "fraud")
"""Of the file, a row for each account; all but the first are fields of `Member`."""
WORDS = ("registered", "linked by", "without a case")
NAMED = 5
"""How many accounts of a ring are named; `--csv` and `--json` have all."""
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=[DAY], help="Day up to the end of which (UTC) everything counts; default: now."),
]
MinSize = Annotated[int, typer.Option("--min-size", min=2, help="Smallest number of accounts in a ring.")]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--by", help="Only links of this kind; may be repeated: device, address, number, picture, portrait."),
]
Most = Annotated[int, typer.Option("--show", min=0, help="Maximum number of rings to list; 0 for all.")]
File = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="File to write as well, one row per account.", callback=to_write),
]


@app.command("rings")
def rings_command(
    as_of: AsOf = None,
    least: MinSize = 3,
    kinds: Kinds = None,
    most: Most = 20,
    file: File = None,
    as_json: AsJson = False,
) -> None:
    """List rings of accounts that share devices, addresses, document numbers or pictures.

    Rings with the most accounts without a case beside confirmed fraud come first. All customers are searched, which
    RING_SEARCH_ALLOWED has to permit.
    """
    from agent.mining.rings import rings
    from tools.warehouse import Warehouse

    chosen, moment = _kinds(kinds), _end_of(as_of)
    with opened("read") as (store, settings):
        if not settings.ring_search_allowed:
            what = "searching all accounts for rings is not permitted here"
            raise NotPermitted(what, "set RING_SEARCH_ALLOWED if the law and your customers' consent permit it")
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

    return among("kind of link", kinds, tuple(KINDS))


def _end_of(day: datetime | None) -> datetime:
    """The moment up to which everything counts, as the warehouse keeps time."""
    return day.replace(hour=23, minute=59, second=59) if day else datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _url(store: Store, settings: Settings) -> str:
    from agent.desk import warehouse_url

    sources = () if settings.warehouse_url else store.one_of_each_source()
    if len(sources) > 1 or not (settings.warehouse_url or sources):
        what = "cases come from several sources" if sources else "there is no warehouse yet"
        raise AgentError(what, "set WAREHOUSE_URL to the one to search")
    return settings.warehouse_url or warehouse_url(sources[0].source, settings)


def _cases(store: Store, moment: datetime) -> dict[str, bool]:
    """The customers with a case here that was flagged by then, and whether one of theirs is settled as fraud."""
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
    headings = ("ring", "accounts", "fraud", "cases", "no case", "in 30 days", "out", *WORDS)
    listed = table(*headings, words=WORDS)
    shown = found.rings[:most] if most else found.rings
    for number, ring in enumerate(shown, 1):
        listed.add_row(str(number), *_cells(ring))
    if shown:
        out.print(listed)
    show_rest(out, len(shown), len(found.rings), "--show 0 lists all")


def _cells(ring: Ring) -> list[str]:
    counts = (len(ring.members), ring.fraud, ring.cases, ring.unflagged)
    money = (f"{ring.paid_in:,.0f}", f"{ring.paid_out:,.0f}")
    open_ = [each.customer_id for each in ring.members if not each.case]
    links = ", ".join(f"{many} {by}" for by, many in ring.links.items())
    return [*map(str, counts), *money, f"{ring.first[:10]} to {ring.last[:10]}", links, safe(and_more(open_, NAMED))]
