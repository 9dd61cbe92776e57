"""`casework eval run`: answer a labelled set, score the answers, and show them beside the baselines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from agent.case import ROLES, Role
from agent.cli.options import AsJson, among
from agent.cli.screen import bar, console, print_json
from agent.errors import AgentError
from agent.settings import Settings, read_settings

if TYPE_CHECKING:
    # Only named here: reviewing and scoring are for those who run something.
    from agent.llm.qualify import Record
    from agent.llm.served import Served
    from evals.cases.since import Since
    from evals.columns import Column
    from evals.runs import Answers, Run
    from evals.scored import Scored

app = typer.Typer()

ASKING = ("review", "agent")
RISK = 0.1
WORST = 5

Split = Annotated[str, typer.Option("--split", help="dev, val, test, or the folder of a labelled set.")]
Variant = Annotated[
    list[str] | None, typer.Option("--prompt", metavar="NAME=VARIANT", help="Try a variant of a prompt.")
]
OfModel = Annotated[str, typer.Option("--model", metavar="none|local|URL", help="The language model, if any.")]
Answering = Annotated[
    Literal["rules", "template", "review", "agent"] | None,
    typer.Option("--answers", help="Who answers: rules alone, the review without or with a model, a plain agent."),
]
Taken = Annotated[str, typer.Option("--roles", metavar="ROLE,..", help="Roles to give the model, earned or not.")]
Limited = Annotated[int, typer.Option("-n", min=0, help="Number of cases, spread over the set; 0 for all.")]
Named = Annotated[str, typer.Option("--name", help="Name of the run; default: one that says what it was made from.")]
Again = Annotated[bool, typer.Option("--again", help="Answer every case again.")]
Risk = Annotated[float, typer.Option("--risk", min=0.0, max=1.0, help="Highest acceptable share of wrong answers.")]
Processes = Annotated[
    int, typer.Option("--processes", min=1, help="Number of worker processes; one if the model is local.")
]
Explain = Annotated[bool, typer.Option("--explain", help="Explain each metric.")]
Unlock = Annotated[
    str, typer.Option("--unlock-test", metavar="WHY", help="Reason for opening a locked split; it is recorded.")
]


@app.command("run")
def run_command(
    split: Split = "dev",
    prompt: Variant = None,
    model: OfModel = "none",
    answers: Answering = None,
    roles: Taken = "",
    n: Limited = 0,
    name: Named = "",
    again: Again = False,
    risk: Risk = RISK,
    processes: Processes = 2,
    explain: Explain = False,
    unlock: Unlock = "",
    as_json: AsJson = False,
) -> None:
    """Answer a labelled set and score it beside the baselines; an interrupted run continues.

    Exit 1 if the model failed to answer some cases; running the command again asks only those.
    """
    from agent.llm.opening import LOCAL, NONE, pointed
    from agent.llm.qualify import find
    from evals import runs
    from evals.cases import opened
    from evals.cli import shown
    from evals.columns import columns
    from evals.runs.making import picked, run
    from evals.runs.workers import Way

    if roles and (model == NONE or answers not in (None, "review")):
        raise AgentError("roles are for a review with a language model", "give --model local or a URL, or no --roles")
    settings, kind, variants = pointed(read_settings(), model), _kind(answers, model), _variants(prompt or [])
    if kind != "review":
        _check_asked(settings, variants, frozenset())
    cases = picked(opened(split, settings.casework_home, why=unlock, what=f"eval run --answers {kind}"), n)
    if cases.opening:
        console(stderr=True).print(f"{cases.name} opened, no. {cases.opening.number}: {cases.opening.why}")
    with _served(settings, model) as served:
        taken = _roles(settings, served, variants, roles) if kind == "review" else frozenset()
        _check_asked(settings, variants, taken)
        way = Way(settings, kind, tuple(sorted(variants.items())), served, taken)
        at_once = 1 if model == LOCAL and kind in ASKING else processes
        with bar(kind) as tell:
            made = run(cases, way, name=name, again=again, processes=at_once, progress=tell)
        beside = made
        if kind != "template":
            with bar("template only") as tell:
                alone = Way(settings, "template", way.variants)
                beside = run(cases, alone, processes=processes, progress=tell)
        record = find(settings.casework_home, served.name, served.endpoint) if served else None
    columned, moved = columns(made, beside, runs.agents(settings.casework_home, made.info)), _since(settings, made)
    if as_json:
        print_json(_run_json(made, columned, risk, record) | {"decided": moved.model_dump() if moved else None})
    else:
        _show(console(), made, beside, columned, risk, record, explain)
        if moved:
            shown.show_decided(console(), moved)
    shown.check_answered(made)


def _kind(answers: Answers | None, model: str) -> Answers:
    """Who answers; where nobody is named, the review with the model that is."""
    from agent.llm.opening import NONE

    kind: Answers = answers or ("template" if model == NONE else "review")
    if model == NONE and kind in ASKING:
        raise AgentError(f"--answers {kind} needs a language model", "give --model local, or the URL of an endpoint")
    return kind


@contextmanager
def _served(settings: Settings, model: str) -> Iterator[Served | None]:
    """The model that was asked for, served as long as the context lasts. Raises ModelError where there is none."""
    from agent.llm.opening import NONE, required_model
    from agent.llm.served import Served

    if model == NONE:
        yield None
        return
    with required_model(settings) as found:
        yield Served.of(found)


def _variants(told: Sequence[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in told]
    for each, (name, _, variant) in zip(told, pairs, strict=True):
        if not name or not variant:
            raise AgentError(f"--prompt {each!r} names no variant", "write NAME=VARIANT, such as word=short")
    return {name: variant for name, _, variant in pairs}


def _check_asked(settings: Settings, variants: dict[str, str], roles: frozenset[Role]) -> None:
    """Raise AgentError for a variant that nobody would be asked with: a run would say nothing of it."""
    from agent.session import load_prompts

    prompts = load_prompts(settings, variants)
    for name, variant in variants.items():
        role = prompts[name].front.role
        if role not in roles:
            what = f"--prompt {name}={variant} would have no effect: no model has role {role!r} in this run"
            raise AgentError(what, f"give --model local or a URL, and --roles {role}")


def _roles(settings: Settings, served: Served | None, variants: dict[str, str], told: str) -> frozenset[Role]:
    """The roles that are given by hand, else those the model has earned with these prompts."""
    from agent.llm.qualify import granted
    from agent.session import load_prompts

    if not told:
        prompts = load_prompts(settings, variants)
        return granted(settings.casework_home, served.name, served.endpoint, prompts) if served else frozenset()
    return frozenset(among("role", told.split(","), ROLES))


def _since(settings: Settings, made: Run) -> Since | None:
    """What is told of cases otherwise than when people decided them; None where the labels are no people's."""
    from agent.store import Store
    from evals.cases.since import since

    if not any(label.decided for label in made.labels):
        return None
    with closing(Store(settings.casework_home)) as store:
        return since(made.files, store)


def _worst(scores: Sequence[Scored]) -> list[Scored]:
    dear = [each for each in scores if each.decision.cost > 0]
    return sorted(dear, key=lambda each: (-each.decision.cost, each.case_id))[:WORST]


def _run_json(made: Run, columned: Sequence[Column], risk: float, record: Record | None) -> dict[str, object]:
    from evals.compare import silence
    from evals.slices import confusion, covered, slices

    scores = made.scored
    return {
        "run": made.info.model_dump(mode="json"),
        "folder": str(made.folder),
        "log": str(made.log),
        "columns": [each.model_dump(mode="json") for each in columned],
        "confusion": confusion(scores),
        "slices": [each.model_dump(mode="json") for each in slices(scores)],
        "covered": {kind: asdict(each) for kind, each in covered(scores, risk).items()},
        "risk": risk,
        "unanswered": {**silence(made).model_dump(), "cases": made.owed, "asked_again": made.asked_again},
        "worst": [{"case_id": each.case_id, **each.decision.model_dump(mode="json")} for each in _worst(scores)],
        "roles": record.model_dump(mode="json") if record else None,
    }


def _show(
    out: Console,
    made: Run,
    beside: Run,
    columned: Sequence[Column],
    risk: float,
    record: Record | None,
    explain: bool,
) -> None:
    from evals.cli import shown
    from evals.columns import constant, frequent
    from evals.slices import slices, too_small

    scores = made.scored
    shown.show_owed(out, made)
    shown.show_columns(out, made, columned)
    if explain:
        shown.show_meanings(out, columned[0].rows)
    else:
        out.print("--explain says what each metric means")
    shown.show_confusion(out, scores)
    others = {} if made is beside else {"template only": slices(beside.scored)}
    shown.show_slices(out, slices(scores), others | constant(beside), too_small(scores))
    drafted = {} if made is beside else {"template only": beside.scored}
    shown.show_covered(out, scores, drafted | {"majority": frequent(beside)}, risk)
    if record is not None:
        shown.show_roles(out, record)
    if dear := _worst(scores):
        shown.show_worst(out, dear)
    info = made.info
    told = f"{info.remembered} of {info.asked} tool answers came from the evidence cache"
    out.print(f"{told}; times are of cases without any; {info.seconds} s", soft_wrap=True)
    out.print(
        f"run: {info.name}",
        f"log: {made.log}",
        f"look: inspect view --log-dir {quote(str(made.folder))}",
        sep="\n",
        soft_wrap=True,
    )
