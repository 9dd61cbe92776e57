"""The commands that look at a prompt as it is: lint, show, try, snapshot."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.case import Role
from agent.cli.options import AsJson
from agent.cli.screen import console, print_json, safe
from agent.errors import PromptError, one_of
from agent.settings import Settings, read_settings
from evals.lab.cli.chosen import OfModel, chosen, folder_of

if TYPE_CHECKING:
    # Only named here: prompts, reviews and what asks them are for those who run something.
    from evals.lab.cases import Lab
    from evals.lab.lint import Linter
    from evals.lab.trials import Trial
    from prompts import Prompt, Prompts

app = typer.Typer()

Named = Annotated[str, typer.Argument(metavar="NAME[.VARIANT]", help="A prompt, or a variant of it.")]
AnyNamed = Annotated[str, typer.Argument(metavar="[NAME[.VARIANT]]", help="A prompt with its variants; default: all.")]
OfCase = Annotated[
    str, typer.Option("--case", metavar="ID", help="A case of the queue, or of a run over a labelled set.")
]
Watch = Annotated[bool, typer.Option("--watch", help="Show it again whenever the file is saved, until Ctrl-C.")]
OutOf = Annotated[Path, typer.Option("--out", help="Folder of the rendered prompts.")]
CheckAlone = Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a prompt renders differently.")]
GOLDEN = Path("tests/golden/prompts")
"""Where the rendered prompts of this repository lie."""
LOOK_S = 0.2


@app.command("lint")
def lint_command(name: AnyNamed = "", as_json: AsJson = False) -> None:
    """Report problems of prompts before any model is asked; exit 1 if there are any."""
    from evals.lab.cases import open_lab
    from evals.lab.show import show_linted

    settings = read_settings()
    paths = _files(folder_of(settings), name)
    with open_lab(settings) as lab:
        linter = linter_of(lab)
        linted = [linter.lint(path) for path in paths]
    unchecked = [f"texts of {name}: not built here" for name in linter.held_out.unbuilt]
    if as_json:
        print_json({"prompts": [each.model_dump() for each in linted], "unchecked": unchecked})
    else:
        show_linted(console(), linted)
        for what in unchecked:
            console(stderr=True).print(f"note: not checked: {what}", soft_wrap=True)
    raise typer.Exit(any(each.faults for each in linted))


@app.command("show")
def show_command(name: Named, case: OfCase, watch: Watch = False, as_json: AsJson = False) -> None:
    """Render the exact messages that a review of a case would send."""
    from evals.lab.cases import open_lab

    settings = read_settings()
    with open_lab(settings) as lab:
        trials = _trials(lab, case, chosen(settings, name)[1])
        for prompts, prompt in _saved(settings, name) if watch else iter([chosen(settings, name)]):
            _shown(prompts, prompt, trials, as_json)


@app.command("try")
def try_command(name: Named, case: OfCase, model: OfModel = "", as_json: AsJson = False) -> None:
    """Ask the model with a prompt for a case: its answer, the verdict, and the sentence that would ship.

    Exit 1 if the endpoint gave no answer.
    """
    from agent.llm.opening import pointed, required_model
    from evals.lab.cases import open_lab
    from evals.lab.show import sent_json, show_sent, show_verdict, verdict_json

    settings = pointed(read_settings(), model)
    prompts, prompt = chosen(settings, name)
    told = []
    with open_lab(settings) as lab:
        trials = _trials(lab, case, prompt)
        with required_model(settings) as endpoint:
            for trial in trials:
                verdict = trial.put(endpoint, prompts)
                told.append(sent_json(prompt, trial, trial.sent(prompts)) | verdict_json(verdict))
                if not as_json:
                    show_sent(console(), prompt, trial, trial.sent(prompts))
                    show_verdict(console(), verdict)
    if as_json:
        print_json(told)
    if any(each["remedy"] for each in told):
        raise typer.Exit(1)


@app.command("snapshot")
def snapshot_command(out: OutOf = GOLDEN, check: CheckAlone = False, as_json: AsJson = False) -> None:
    """Write what each shipped prompt renders to for fixed cases, so that a change shows in the diff."""
    from agent.session import load_prompts
    from evals.lab.hidden import shown
    from evals.lab.snapshot import differing, snapshots

    rendered = snapshots(load_prompts(read_settings()))
    found = differing(out, rendered)
    if not check:
        out.mkdir(parents=True, exist_ok=True)
        for name in found:
            (out / name).write_text(rendered[name], "utf-8") if name in rendered else (out / name).unlink()
    if as_json:
        print_json({"folder": str(out), "differing": sorted(found), "written": not check})
    else:
        typer.echo(shown("".join(found.values())) or f"{len(rendered)} prompts render as stored in {out}\n", nl=False)
    raise typer.Exit(check and bool(found))


def linter_of(lab: Lab) -> Linter:
    """What lint holds prompts against: qualification questions, and the questions of the runs over dev and val."""
    from evals.lab.heldout import held_out
    from evals.lab.lint import Linter
    from evals.lab.lock import read_lock
    from evals.lab.trials import of_case, qualification

    files = [(name, file) for name in ("dev", "val") for file in lab.of_set(name)]
    known: dict[Role, Sequence[Trial]] = {}

    def trials(role: Role) -> Sequence[Trial]:
        if role not in known:
            of_sets = (trial for _, file in files for trial in of_case(file, role, lab.desk(file)))
            known[role] = (*qualification(role), *of_sets)
        return known[role]

    held = held_out(lab.settings.casework_home, [(name, file) for name, file in files if name == "val"])
    return Linter(trials, held, read_lock(folder_of(lab.settings)))


def _files(folder: Path, name: str) -> list[Path]:
    """The files of a prompt and its variants, or of one variant, or all. Raises PromptError where there is none."""
    from evals.lab.lock import there
    from prompts import SUFFIX

    paths = [path for path in sorted(folder.glob(f"*{SUFFIX}")) if not name or path.name.startswith(f"{name}.")]
    if not there(folder):
        raise PromptError(f"{str(folder)!r} holds no *{SUFFIX}", "name a folder of prompts, or unset PROMPTS_DIR")
    if not paths:
        raise PromptError(f"no prompt {name!r} in {str(folder)!r}", one_of(there(folder)))
    return paths


def _trials(lab: Lab, case_id: str, prompt: Prompt) -> Sequence[Trial]:
    """What a review of the case asks in the role of a prompt. Raises PromptError where it asks nothing."""
    from evals.lab.trials import of_case

    file = lab.file(case_id)
    trials = of_case(file, prompt.front.role, lab.desk(file))
    if not trials:
        what = f"the review of case {case_id!r} asks a model nothing in role {prompt.front.role!r}"
        others = lab.asking(prompt.front.role)
        raise PromptError(what, f"try {', '.join(others)}" if others else "choose another case")
    return trials


def _saved(settings: Settings, name: str) -> Iterator[tuple[Prompts, Prompt]]:
    """A prompt, and again whenever its file is saved; one that does not load is told and waited for. Ends on Ctrl-C."""
    seen, path, out = -1, chosen(settings, name)[1].path, console()
    try:
        while True:
            if path.is_file() and (now := path.stat().st_mtime_ns) != seen:
                seen = now
                if out.is_terminal:
                    out.clear()
                try:
                    yield chosen(settings, name)
                except PromptError as error:
                    out.print(safe(f"{error}"), soft_wrap=True)
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        return


def _shown(prompts: Prompts, prompt: Prompt, trials: Sequence[Trial], as_json: bool) -> None:
    from evals.lab.show import sent_json, show_sent

    if as_json:
        print_json([sent_json(prompt, trial, trial.sent(prompts)) for trial in trials])
        return
    for trial in trials:
        show_sent(console(), prompt, trial, trial.sent(prompts))
