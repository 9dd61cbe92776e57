"""Runs compared with each other and with limits: `compare`, `gate`, `report`, `power`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from agent.cli.options import AsJson
from agent.cli.output import to_write, writing
from agent.cli.screen import console, print_json
from agent.errors import AgentError
from agent.settings import Settings, read_settings

if TYPE_CHECKING:
    # Only named here: what reads, scores and compares runs is for those who do.
    from evals.compare import Compared, Ruled
    from evals.gate import Check
    from evals.runs import Run, RunInfo
    from evals.runs.replayed import Replayed

app = typer.Typer()

CHECK_FAILED = 1
SIDES = ("first", "second")

RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run by its name, or its folder.")]


@app.command("compare")
def compare_command(
    first: Annotated[str, typer.Argument(metavar="A", help="A run by its name, or its folder.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The run to compare with it, by its name or folder.")],
    html: Annotated[
        Path | None, typer.Option("--html", help="Page to write, with both drafts of every case.", callback=to_write)
    ] = None,
    shared: Annotated[bool, typer.Option("--shared", help="Compare only the cases that both runs have.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what changed from run A to run B over the same cases, and whether it is more than chance."""
    from evals.compare import check_comparable

    settings = read_settings()
    left, right = _read(settings, first), _read(settings, second)
    check_comparable(left, right, shared)
    tell_compared(left, right, html, as_json=as_json)


def tell_compared(
    left: Run, right: Run, html: Path | None, *, as_json: bool, prompts: tuple[str, str] | None = None
) -> None:
    """Print what changed between two runs and write its page. Runs of two `prompts` go by their names; then the foot
    has the names of the runs, and the command that holds the second against the gate."""
    from evals.cli.verdicts import show_compared, show_made
    from evals.compare import compare_runs, heard, ruled
    from evals.table import FLATTERED

    compared, rules, gate = compare_runs(left.scored, right.scored), ruled(left, right), _next(left, right)
    if as_json:
        tried = {"prompts": dict(zip(SIDES, prompts, strict=True)), "next": gate} if prompts else {}
        print_json(_compared_json(left, right, compared, rules) | tried)
    one, other = (_called(left, prompts[0]), _called(right, prompts[1])) if prompts else (left, right)
    if html:
        from evals.pages.compare import page

        drawn = page(one, other, compared, gate if prompts else "")
        with writing(html, "--html") as file:
            file.write(drawn)
    if not as_json:
        if owed := heard(left, right):
            console().print(owed, style="bold red", soft_wrap=True)
        show_compared(compared, rules, one.info, other.info, html)
        if any(label.decided for label in left.labels):
            console().print(FLATTERED, soft_wrap=True)
        if prompts:
            show_made({prompts[0]: left.info.name, prompts[1]: right.info.name}, gate)


def _next(left: Run, right: Run) -> str:
    """The command that holds the second run against the gate beside the first; none where a model owes an answer."""
    if left.owed or right.owed:
        return ""
    return f"casework eval gate {quote(right.info.name)} --baseline {quote(left.info.name)}"


def _compared_json(left: Run, right: Run, compared: Compared, rules: Sequence[Ruled]) -> dict[str, object]:
    from evals.compare import silence

    runs = dict(zip(SIDES, (left, right), strict=True))
    return {
        **{side: run.info.name for side, run in runs.items()},
        **compared.model_dump(mode="json"),
        "rules": [each.model_dump() for each in rules],
        "policy_sha256": {side: run.info.policy_sha256 for side, run in runs.items()},
        "unanswered": {side: silence(run).model_dump() for side, run in runs.items()},
        "remembered": {side: _remembered(run.info) for side, run in runs.items()},
    }


@app.command("gate")
def gate_command(
    run: RunName,
    baseline: Annotated[
        str,
        typer.Option(
            "--baseline", help="Baseline run: the mean cost of a case may exceed its own by no more than the margin."
        ),
    ] = "",
    replay: Annotated[
        bool, typer.Option("--replay", help="First draft again from the record, with today's code, policy and prompts.")
    ] = False,
    gates: Annotated[Path | None, typer.Option("--gates", help="File of limits; default: evals/gates.toml.")] = None,
    junit_file: Annotated[
        Path | None, typer.Option("--junit", help="File to write the checks to, as JUnit XML.", callback=to_write)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a run against the limits of evals/gates.toml; exit 1 if it breaks one."""
    from evals.cli.verdicts import show_checks
    from evals.compare import named_baseline
    from evals.gate import check, junit, passes, read_gates

    settings = read_settings()
    limits = read_gates(gates) if gates else read_gates()
    found, again = _read(settings, run), None
    beside = named_baseline(settings.casework_home, found, baseline, redrafted=replay) if baseline else None
    if replay:
        from evals.runs.replayed import replayed

        again = replayed(found, settings)
        found = again.run
    checks = check(found.scored, limits, beside.scored if beside else (), again)
    if junit_file:
        with writing(junit_file, "--junit") as file:
            file.write(junit(checks, f"{found.info.name}{' (replay)' if replay else ''}"))
    if as_json:
        print_json(_gate_json(checks, found.info, again))
    else:
        show_checks(checks, found.info, again)
    if not passes(checks):
        raise typer.Exit(CHECK_FAILED)


@app.command("report")
def report_command(
    names: Annotated[list[str], typer.Argument(metavar="RUN...", help="The run to report, then others beside it.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The page to write.", callback=to_write)] = Path(
        "report.html"
    ),
    as_json: AsJson = False,
) -> None:
    """Write one page about a run: its answers, their confidence, its slices, and other runs beside it."""
    from evals import runs
    from evals.cli.shown import show_owed
    from evals.compare import check_comparable
    from evals.pages.report import page, qualified

    settings, screen = read_settings(), console(stderr=True)
    found = [_read(settings, name) for name in names]
    _different(found)
    for other in found[1:]:
        check_comparable(found[0], other)
    with screen.status("drawing …") if screen.is_terminal else nullcontext():
        template = runs.beside(settings.casework_home, found[0], found[1:])
        agents = runs.agents(settings.casework_home, found[0].info)
        drawn = page(found, template, agents, qualified(settings.casework_home, [run.info for run in found]))
    with writing(out) as file:
        file.write(drawn)
    if as_json:
        owed = {each.info.name: each.owed for each in found}
        print_json({"page": str(out), "runs": [each.info.name for each in found], "unanswered": owed})
    else:
        for each in found:
            show_owed(console(), each, each.info.name)
        console().print(f"{out} reports {', '.join(each.info.name for each in found)}", soft_wrap=True)


@app.command("power")
def power_command(
    cases: Annotated[int, typer.Option("--cases", min=1, help="Paired cases in each trial.")] = 400,
    points: Annotated[
        float, typer.Option("--points", min=0, max=30, help="Planted change, in percentage points.")
    ] = 6.0,
    times: Annotated[int, typer.Option("--times", min=1, help="Number of trials per row.")] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Random seed; equal seeds give equal tables.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Simulate runs with a change and without: how often `compare` finds it, and how often it raises an alarm."""
    from evals.cli.verdicts import show_power
    from evals.stats.power import CHURN, simulate

    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        rows = list(bar.track(simulate(cases, points / 100, times, seed), total=2 * len(CHURN)))
    if as_json:
        asked = {"cases": cases, "points": points, "times": times, "seed": seed}
        print_json({**asked, "rows": [row.model_dump(mode="json") for row in rows]})
    else:
        show_power(rows, cases, times)


def _read(settings: Settings, name: str) -> Run:
    from evals import runs

    return runs.read(runs.find(settings.casework_home, name))


def _remembered(info: RunInfo) -> dict[str, int]:
    """How many of a run's tool answers came from the evidence cache: times are of cases without any."""
    return {"remembered": info.remembered, "asked": info.asked}


def _called(run: Run, name: str) -> Run:
    return replace(run, info=run.info.model_copy(update={"name": name}))


def _different(found: Sequence[Run]) -> None:
    """Raise AgentError where a run is named twice: it would stand beside itself as another."""
    folders = [run.folder.resolve() for run in found]
    for place, run in enumerate(found):
        if folders[place] in folders[:place]:
            raise AgentError(f"run {run.info.name!r} is named twice", "name each run once")


def _gate_json(checks: Sequence[Check], info: RunInfo, again: Replayed | None) -> dict[str, object]:
    """All that the screen shows of a gate."""
    from evals.gate import passes

    return {
        "run": info.name,
        "n": info.n,
        "cases": info.cases,
        "model": info.model,
        "replay": again is not None,
        "recorded": info.started_at if again else None,
        "changed": list(again.changed) if again else None,
        "passed": passes(checks),
        "not_measured": [each.name for each in checks if each.state == "not measured"],
        "checks": [each.model_dump(mode="json") for each in checks],
    }
