"""The run that a prompt's run is held against before it ships: a case may get no dearer than there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.errors import PromptError
from evals import runs
from prompts import SUFFIX, Prompt, examined


def beside(home: Path, folder: Path, run: runs.Run, prompt: Prompt) -> runs.Run:
    """The latest run like this one with the shipped prompt in the place of `prompt`, in which the model owes no answer;
    else the latest without a model. A text that is shipped already is held against the latter: never against itself.

    Raises PromptError where there is neither.
    """
    alike, (shipped, _) = tuple(_alike(home, run.info)), examined(folder / f"{prompt.name}{SUFFIX}")
    if shipped and shipped.sha256 != prompt.sha256:
        before = (runs.read(home / runs.FOLDER / info.name) for info in alike if _with(info, run.info, shipped))
        if (found := next((each for each in before if not each.owed), None)) is not None:
            return found
    for info in alike:
        if info.answers == "template":
            return runs.read(home / runs.FOLDER / info.name)
    what = f"no run like {run.info.name!r} was made with the shipped {prompt.name!r}, and none without a model"
    both = f"prompt compare {prompt.name} {prompt.name}.{prompt.variant}`"
    made = f"`casework {both} makes both again" if prompt.variant else "`casework eval run --model none` makes one"
    raise PromptError(
        f"{what}, so it is unknown whether cases become more expensive", f"{made}; `--baseline RUN` names one"
    )


def _alike(home: Path, made: runs.Made) -> Iterator[runs.RunInfo]:
    """The finished runs over the same cases by the same policy, settings and code, the latest first."""
    wanted = (made.cases_sha256, made.policy_sha256, made.settings_sha256, made.code_sha256)
    for info in reversed(runs.listed(home)):
        if (info.cases_sha256, info.policy_sha256, info.settings_sha256, info.code_sha256) == wanted:
            yield info


def _with(info: runs.Made, made: runs.Made, shipped: Prompt) -> bool:
    """Whether a run was made by the same model with the shipped prompt in its role, and the same prompts else."""
    prompts = {**made.prompts, shipped.name: shipped.sha256}
    same = (info.answers, info.model, info.prompts) == (made.answers, made.model, prompts)
    return same and shipped.front.role in info.roles
