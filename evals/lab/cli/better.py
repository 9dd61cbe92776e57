"""The commands that look for a better prompt and ship it: compare, optimise, promote."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from agent.cli.options import AsJson
from agent.cli.output import to_write, writing
from agent.cli.screen import bar, console, print_json, safe, table
from agent.errors import PromptError
from agent.settings import read_settings
from evals.lab.cli.chosen import OfModel, chosen, folder_of
from evals.lab.cli.look import linter_of

if TYPE_CHECKING:
    # Only named here: reviews, the search and the gate are for those who run something.
    from evals.lab.cases import Lab
    from evals.lab.lint import Linted
    from evals.lab.optimise import Optimised
    from evals.lab.promote import Gated
    from evals.lab.trials import Trial
    from prompts import Prompt

app = typer.Typer()

CANDIDATE = "candidate"
BUDGET = "About how many answers the search on dev may ask for; measuring what it finds takes more."
SHIPPED = "Variant to ship; without one, the shipped text stays and the gate of its run is recorded."
BASELINE = "Run whose mean cost of a case is the limit; default: one with the shipped prompt, or without a model."
NEXT = """Next:
  casework llm qualify --role {role}
    measures the new text: its role is granted again only after that
  casework prompt snapshot; make record
    in the repository: renews what prompts render to, and the answers that `make gate` replays"""
"""What a promotion leaves undone."""
Name = Annotated[str, typer.Argument(metavar="NAME", help="A shipped prompt.")]


@app.command("compare")
def compare_command(
    first: Annotated[str, typer.Argument(metavar="A", help="A prompt, as NAME or NAME.VARIANT.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The prompt to compare with it.")],
    split: Annotated[str, typer.Option("--split", help="dev, val, or the folder of a labelled set.")] = "dev",
    n: Annotated[int, typer.Option("-n", min=0, help="Number of cases, spread over the set; 0 for all.")] = 0,
    model: OfModel = "",
    html: Annotated[
        Path | None, typer.Option("--html", help="Page to write, with both drafts of every case.", callback=to_write)
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Ask every case again, even if it was answered before.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Review labelled cases with two prompts: what the second changes, and whether it is more than chance.

    Exit 1 if the model failed to answer some cases; running the command again asks only those.
    """
    from agent.llm.opening import pointed, required_model
    from evals.cases import opened
    from evals.cli.compare import tell_compared
    from evals.cli.shown import check_answered
    from evals.lab.versus import versus
    from evals.runs.making import picked

    settings = pointed(read_settings(), model)
    prompts = chosen(settings, first)[1], chosen(settings, second)[1]
    cases = picked(opened(split, settings.casework_home), n)
    with required_model(settings) as endpoint, bar(f"{first}, then {second}") as tick:
        left, right = versus(*prompts, cases, settings, endpoint, tick, again=again)
    tell_compared(left, right, html, as_json=as_json, prompts=(first, second))
    check_answered(left, right)


@app.command("optimise")
def optimise_command(
    name: Name,
    budget: Annotated[int, typer.Option("--budget", min=10, help=BUDGET)],
    model: OfModel = "",
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Page to write; default: one under CASEWORK_HOME/lab.", callback=to_write),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Search for a better wording on dev, check it on val, and write it beside the prompt as NAME.candidate."""
    from agent.llm.opening import pointed, required_model
    from evals.lab.cases import open_lab
    from evals.lab.optimise import optimise
    from evals.lab.page import page
    from evals.lab.trials import qualification
    from evals.runs.disk import replace
    from prompts import SUFFIX

    settings = pointed(read_settings(), model)
    seed, folder = chosen(settings, name)[1], folder_of(settings)
    file = folder / f"{seed.name}.{CANDIDATE}{SUFFIX}"
    if file.exists():
        raise PromptError(f"{str(file)!r} already exists", "promote it, rename it or delete it, then search again")
    with open_lab(settings) as lab, required_model(settings) as endpoint:
        checks = {"val": _of_set(lab, "val", seed), "qualification": qualification(seed.front.role)}
        held = linter_of(lab).held_out
        with bar("searching") as tick:
            found = optimise(seed, _of_set(lab, "dev", seed), checks, endpoint, held, budget, tick)
    if found.better:
        replace(file, found.best.text)
    shown = html or settings.casework_home / "lab" / f"{seed.name}.{CANDIDATE}.html"
    drawn = page(found)
    with writing(shown, "--html") as page_file:
        page_file.write(drawn)
    _show_optimised(found, file, shown, as_json)
    if found.better and not checks["val"]:
        why = "no finished run over val asks this prompt; `casework eval run --split val` makes one"
        console(stderr=True).print(f"note: not checked on val: {why}", soft_wrap=True)


def _of_set(lab: Lab, name: str, prompt: Prompt) -> list[Trial]:
    from evals.lab.trials import of_case

    return [trial for file in lab.of_set(name) for trial in of_case(file, prompt.front.role, lab.desk(file))]


def _show_optimised(found: Optimised, file: Path, shown: Path, as_json: bool) -> None:
    if as_json:
        rows = [
            {"set": row.name, "n": row.paired.n, "before": row.before.value, "after": row.after.value}
            | {"difference": [row.paired.difference.low, row.paired.difference.high], "p": row.paired.p_value}
            for row in found.rows
        ]
        candidate = str(file) if found.better else None
        told = {"asked": found.asked, "measured": found.measured, "proposed": found.proposed}
        told["kept"] = len(found.tried) - 1
        print_json({"candidate": candidate, "page": str(shown), **told, "refused": found.refused, "rows": rows})
        return
    if found.better:
        console().print(_scores(found))
    as_it_is = f"the current prompt passes {found.tried[0].score:.3f} of the dev questions that the search chose by"
    written = (
        f"written to {file}" if found.better else f"no better wording was found, and nothing was written; {as_it_is}"
    )
    counts = f"{found.proposed} other wordings were proposed, {len(found.tried) - 1} kept, {len(found.refused)} refused"
    console().print(f"{counts}; the rest scored no better", soft_wrap=True)
    for why, count in Counter(found.refused).most_common(3):
        console().print(f"  {count}x {safe(why)}", soft_wrap=True, markup=False)
    cost = f"{found.asked} answers for the search, {found.proposed} reflections, {found.measured} answers to measure"
    console().print(f"{written}. {cost}. The page: {shown}", soft_wrap=True)


def _scores(found: Optimised) -> Table:
    from evals.cli.verdicts import p_value

    listed = table("set", "n", "before", "candidate", "difference", "p")
    for row in found.rows:
        shares = (f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f})" for share in (row.before, row.after))
        p = p_value(row.paired.p_value)
        listed.add_row(row.name, str(row.paired.n), *shares, str(row.paired.difference), p)
    return listed


@app.command("promote")
def promote_command(
    name: Name,
    variant: Annotated[str, typer.Argument(metavar="VARIANT", help=SHIPPED)] = "",
    run: Annotated[str, typer.Option("--run", help="Run to check against the gate; default: the latest.")] = "",
    baseline: Annotated[str, typer.Option("--baseline", metavar="RUN", help=BASELINE)] = "",
    as_json: AsJson = False,
) -> None:
    """Ship a variant that passes lint and the gate; the text shipped so far is kept as NAME.previous."""
    from evals.lab.cases import open_lab
    from evals.lab.promote import gated, promote
    from prompts import SUFFIX

    settings = read_settings()
    folder = folder_of(settings)
    by = gated(settings.casework_home, folder, name, variant, run, baseline)
    with open_lab(settings) as lab:
        linted = linter_of(lab).lint(folder / f"{name}{variant and f'.{variant}'}{SUFFIX}")
    if not by.passed or linted.faults:
        _refused(name, by, linted, as_json)
        raise typer.Exit(1)
    locked = promote(folder, name, variant, by, linted)
    if as_json:
        print_json({"name": name, **locked.model_dump()})
        return
    console().print(f"{name} {'is now' if variant else 'stays'} {locked.sha256[:12]}, by {_by(by)}", soft_wrap=True)
    if variant:
        console().print(NEXT.format(role=name), soft_wrap=True, markup=False, highlight=False)


def _by(by: Gated) -> str:
    return f"run {by.info.name} beside {by.baseline}"


def _refused(name: str, by: Gated, linted: Linted, as_json: bool) -> None:
    """Say what keeps a variant from being shipped: faults in lint's words, and limits that did not hold."""
    if as_json:
        faults = [each.model_dump() for each in linted.faults]
        checks = [each.model_dump() for each in by.checks]
        about = {"run": by.info.name, "baseline": by.baseline, "passed": by.passed}
        print_json({**about, "checks": checks, "faults": faults})
        return
    told = [str(fault) for fault in linted.faults] + [f"{each.name}: {each}" for each in by.checks if each.blocks]
    for each in told:
        console().print(safe(each), soft_wrap=True, markup=False)
    gate = "" if by.passed else f"{_by(by)} did not pass the gate; "
    console().print(f"{gate}{name} stays as it is", soft_wrap=True)
