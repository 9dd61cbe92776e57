"""`casework rules mine`: conditions that decided cases show and no rule has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from agent.case import FRAUD, SETTLED
from agent.cli.opening import drafted, opened
from agent.cli.options import AsJson, OfType, among, filters
from agent.cli.output import to_make, writing
from agent.cli.screen import bar, console, counted, print_json, safe, table
from agent.errors import ReplayDiverged, StoreError
from agent.review.queue import QueueRow
from agent.settings import Settings, read_settings

if TYPE_CHECKING:
    # Only named here: policy, tools and store are for those who run something.
    from agent.mining.examples import Example
    from agent.mining.propose import Mined
    from agent.policy.model import Policy
    from agent.store import Store

app = typer.Typer()

Only = Annotated[
    list[str] | None,
    typer.Option(help="Only frauds that the policy missed, or honest customers that it held up: missed, held."),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--out",
        metavar="FILE.yaml",
        help="File to write the proposals to as well, as rules that are not in force.",
        callback=to_make,
    ),
]
USUAL = 20
"""So many of each are nearly always enough in both halves."""


@app.command("mine")
def mine_command(types: OfType = None, only: Only = None, out: Out = None, as_json: AsJson = False) -> None:
    """Propose rules from decided cases, for frauds that the policy misses and honest customers it holds up.

    The search runs on one half of the customers, the measurement on the other; nothing is changed.
    """
    with opened("read") as (store, settings), bar("applying") as tell:
        examples, left_out = _decided(store, settings, types, tell)
    show_mined(examples, left_out, only, out, as_json=as_json)


def _decided(
    store: Store, settings: Settings, types: list[str] | None, tell: Callable[[int, int], None]
) -> tuple[list[Example], Counter[str]]:
    """The settled cases of which people said whether they are fraud, each under the policy that stands for its source;
    and how many were left out, by why."""
    rows = store.queue(filters(types))
    found: list[Example] = []
    left_out = Counter[str]()
    policies: dict[str, Policy] = {}
    for done, row in enumerate(rows, 1):
        one = _example(store, settings, row, policies)
        if isinstance(one, str):
            left_out[one] += 1
        else:
            found.append(one)
        tell(done, len(rows))
    return found, left_out


def _example(store: Store, settings: Settings, row: QueueRow, policies: dict[str, Policy]) -> Example | str:
    """A case as an example, or why it is none. `policies` keeps those of drafts and of sources for the next."""
    from agent.backtest import Past
    from agent.desk import policy_for
    from agent.mining.examples import as_of_today
    from agent.replay import policy_of
    from tools.registry import all_tools

    reviews = store.reviews(row.case_id)
    if not reviews or row.status not in SETTLED:
        return "not settled"
    fraud = FRAUD.get(reviews[-1].outcome)
    if fraud is None:
        return reviews[-1].outcome.replace("_", " ")
    try:
        file = drafted(store, row.case_id)
        if file.policy_sha256 not in policies:
            policies[file.policy_sha256] = policy_of(file, store)
    except (ReplayDiverged, StoreError):
        return "that this version cannot read"
    if file.case.source not in policies:
        policies[file.case.source] = policy_for(file.case.source, settings)
    past = Past.of(file, policies[file.policy_sha256], row.status, reviews)
    one = as_of_today(past, fraud, policies[file.case.source], all_tools())
    return one or "waiting for facts that nobody gathered"


def show_mined(
    examples: Sequence[Example],
    left_out: Counter[str],
    only: Sequence[str] | None,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Mine examples for what is asked for, and tell or write what was found."""
    from agent.mining.examples import one_each
    from agent.mining.propose import AIMS, mine
    from agent.mining.written import written
    from agent.policy.model import load_policy
    from tools.registry import fact_specs

    cases = one_each(examples)
    left_out["another case of a customer"] += len(examples) - len(cases)
    mined = [mine(cases, AIMS[name], fact_specs()) for name in among("aim", only, tuple(AIMS))]
    policy = load_policy(read_settings().policy_dir)
    wrote = out if out and any(each.proposals for each in mined) else None
    if wrote:
        # Never over a file that is there: it may be one of the policy.
        with writing(wrote, fresh=True) as file:
            file.write(written(mined, policy))
    if as_json:
        aims = [each.model_dump(mode="json") | {"enough": each.enough} for each in mined]
        print_json({"cases": len(cases), "left_out": dict(+left_out), "aims": aims})
    else:
        _show(console(), mined, len(cases), +left_out, wrote)


def _show(out: Console, mined: Sequence[Mined], cases: int, left_out: Mapping[str, int], wrote: Path | None) -> None:
    out.print(f"{counted(cases, 'decided case')}, one per customer.")
    if left_out:
        out.print(f"Left out: {', '.join(f'{many} {why}' for why, many in sorted(left_out.items()))}.")
    numbers = count(1)
    for each in mined:
        out.print(Text(f"\n{each.aim.title}", style="bold"))
        _show_one(out, each, numbers)
    if wrote:
        out.print(f"\nWritten to {safe(str(wrote))}, none in force. Next: `casework rules backtest`, as it explains.")
    elif any(each.proposals for each in mined):
        out.print(
            "\nNext: write them with -o FILE.yaml, as rules that are not in force, for `casework rules backtest`."
        )


def _show_one(out: Console, mined: Mined, numbers: Iterator[int]) -> None:
    """What one aim came to, its proposals numbered on."""
    from agent.mining.propose import FEWEST

    kind, others = mined.aim.kinds
    out.print(
        f"Searched on {mined.wanted[0]} {kind} and {mined.others[0]} {others}, "
        f"measured on {mined.wanted[1]} and {mined.others[1]} that the search has not seen."
    )
    if not mined.enough:
        out.print(f"Too few cases: each half needs {FEWEST} of each; {USUAL} of each in all are nearly always enough.")
    elif not mined.proposals:
        out.print(f"No condition held up; {mined.measured} were measured.")
    else:
        listed = table("", "when", kind, others, "precision", "p", "new", "nearest rule", words=["when"])
        for each in mined.proposals:
            sure = f"{each.precision.value:.2f} ({each.precision.low:.2f} to {each.precision.high:.2f})"
            counts = (str(each.measured.wanted), str(each.measured.others), sure, f"{each.p:.1g}", str(each.new))
            listed.add_row(str(next(numbers)), safe(each.when), *counts, f"{each.nearest} {each.overlap:.2f}".strip())
        out.print(listed)
