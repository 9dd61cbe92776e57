"""`casework eval robust`: whether recommendations depend on what must not matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from agent.case import ROLES, Role
from agent.cli.options import AsJson
from agent.cli.screen import console, counted, print_json, safe
from agent.errors import AgentError
from agent.settings import Settings, read_settings
from tools.evidence import Value

if TYPE_CHECKING:
    # Only named here: reviewing and its sources are for those who run something.
    from agent.llm.chat import ChatModel
    from evals.cases import LabelledCases
    from evals.robustness.moves import Moved, Outcome
    from evals.robustness.rig import Rig
    from evals.robustness.run import Report
    from evals.robustness.variant import Variant
    from prompts import Prompts

app = typer.Typer()

WIDE = 80
"""Columns that a terminal needs for everything about a variant."""

Split = Annotated[str, typer.Option("--split", help="A split, or the folder of another labelled set.")]
Count = Annotated[int, typer.Option("-n", min=0, help="Number of cases, spread over the set; 0 for all.")]
Only = Annotated[list[str], typer.Option("--only", help="Only this variant; may be repeated.")]
ModelAt = Annotated[str, typer.Option("--model", metavar="none|local|URL", help="The language model, if any.")]
AllRoles = Annotated[bool, typer.Option("--all-roles", help="Use the model in every role, earned or not.")]
Drawn = Annotated[
    int, typer.Option("--redraw", min=0, help="Number of KYC cases whose pictures are also drawn again; takes minutes.")
]
Unlock = Annotated[str, typer.Option("--unlock-test", help="Reason for opening a locked split; it is recorded.")]


@app.command("robust")
def robust_command(
    split: Split = "dev",
    n: Count = 0,
    only: Only = [],  # noqa: B006  typer reads a list as an option that may be given again
    model: ModelAt = "none",
    all_roles: AllRoles = False,
    redraw: Drawn = 0,
    unlock: Unlock = "",
    as_json: AsJson = False,
) -> None:
    """Review variants of every case that must not change its recommendation, and compare.

    Variants rename, reorder, redraw, change the currency or inject text. Exit 1 if a recommendation changed, if no case
    gave occasion for a variant, or if the model failed to answer.
    """
    from agent.llm.opening import NONE
    from evals.cases import opened
    from evals.robustness.run import chosen

    if all_roles and model == NONE:
        raise AgentError("--all-roles is for a language model", "give --model local or a URL, or no --all-roles")
    settings = read_settings()
    variants = chosen(only, model != NONE)
    labelled = opened(split, settings.casework_home, why=unlock, what="eval robust")
    with _rig(labelled, settings, n, model, all_roles) as rig:
        report = _watched(rig, variants, redraw)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        show(report, console())
    if report.broken or report.unanswered or not report.tries:
        raise typer.Exit(1)


def _watched(rig: Rig, variants: Sequence[Variant], redraw: int) -> Report:
    from evals.robustness.run import run
    from evals.world.cli import watched

    with watched() as progress:
        return run(rig, variants, redraw, progress)


@contextmanager
def _rig(labelled: LabelledCases, settings: Settings, n: int, model: str, all_roles: bool) -> Iterator[Rig]:
    """The set with what it is reviewed with, open for as long as it lasts."""
    from agent.store import Store
    from evals.robustness.rig import rigged

    with closing(Store(settings.casework_home)) as store, _speaking(settings, model) as speaker:
        rig = rigged(labelled, settings, store, n)
        yield replace(rig, model=speaker, roles=_roles(settings, rig.prompts, speaker, all_roles))


@contextmanager
def _speaking(settings: Settings, model: str) -> Iterator[ChatModel | None]:
    """The language model of that name, if any. Raises ModelError where it does not answer."""
    from agent.llm.opening import NONE, pointed, required_model

    if model == NONE:
        yield None
        return
    with required_model(pointed(settings, model)) as speaker:
        yield speaker


def _roles(settings: Settings, prompts: Prompts, model: ChatModel | None, every: bool) -> frozenset[Role]:
    if model is None or every:
        return frozenset(ROLES if model else ())
    from agent.llm.qualify import granted

    return granted(settings.casework_home, model.name, model.endpoint, prompts)


def show(report: Report, screen: Console) -> None:
    """The table of variants, then every case that moved."""
    words = f" in the words of {report.model}" if report.model else ""
    screen.print(f"{counted(report.n, 'case')} of {report.cases}{words}")
    wide = screen.width >= WIDE
    screen.print(_table(report.outcomes, wide))
    if not wide:
        screen.print("columns hidden (terminal too narrow): kind")
    for each in report.outcomes:
        if each.harsher:
            span = f"{each.harsher:+.3f} [{each.harsher_low:+.3f}, {each.harsher_high:+.3f}]"
            screen.print(f"{each.name}: escalated or rejected more often by {span} of the pairs, p {each.p_value:.2f}")
        if each.touched:
            told = ", ".join(f"{touched.fact} ({touched.cases})" for touched in each.touched)
            screen.print(f"{each.name}: facts that differ: {told}")
        for moved in each.moved:
            screen.print(f"{each.name}: {safe(_moved_line(moved))}")
        for case_id in each.reached:
            screen.print(f"{each.name}: {safe(case_id)} injected text appears in the draft")
    screen.print(verdict(report))


def verdict(report: Report) -> str:
    """One line: what mattered that must not, and whether the model was heard."""
    if report.unanswered:
        failed = f"The model failed to answer in {report.unanswered} pairs; these do not measure it"
        return f"{failed}. `casework llm status` shows whether the endpoint serves it."
    broken = [each.name for each in report.outcomes if each.broken]
    if broken:
        return f"A variant that must not matter changed a recommendation: {', '.join(broken)}."
    if not report.tries:
        return "No case gave occasion for any of these variants: nothing was tried."
    return f"No variant changed a recommendation ({counted(report.tries, 'pair')})."


def _table(outcomes: Sequence[Outcome], wide: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("variant", *(["kind"] if wide else []), "pairs", "kept", "95% interval", "same facts"):
        words = heading in {"variant", "kind"}
        table.add_column(heading, justify="left" if words else "right", overflow="fold", no_wrap=True)
    for each in outcomes:
        table.add_row(each.name, *([each.kind] if wide else []), *_counts(each))
    return table


def _counts(each: Outcome) -> tuple[str, ...]:
    if not each.pairs:
        return ("0", "-", "-", "-")
    return (str(each.pairs), str(each.kept), f"{each.low:.3f} to {each.high:.3f}", str(each.unchanged))


def _moved_line(moved: Moved) -> str:
    """One case that moved: from what to what, the rules on one side only, and the facts that differ."""
    rules = [*(f"-{rule}" for rule in moved.lost), *(f"+{rule}" for rule in moved.gained)]
    facts = [f"{each.fact} {_value(each.before)} > {_value(each.after)}" for each in moved.facts]
    why = " by policy" if moved.by_policy else ""
    return f"{moved.case_id} {moved.type} {moved.before} > {moved.after}{why}  {' '.join(rules)}  {'; '.join(facts)}"


def _value(value: Value | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:.3f}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)
