"""Shipping a variant: it takes the place of the shipped prompt once a run made with it has passed the gate.

The gate is held with a baseline: a case may get no dearer than with the prompt that is shipped, or where that was not
run beside it, than without a model. The shipped text itself, which no variant names, has its gate written alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import PromptError, one_of
from evals import runs
from evals.compare import named_baseline
from evals.gate import Check, check, passes, read_gates
from evals.lab.baseline import beside
from evals.lab.lint import Linted
from evals.lab.lock import Gate, Locked, read_lock, there, write_lock
from evals.runs.disk import hold, replace
from prompts import SUFFIX, BadPrompt, Prompt, read

LEAST = 100
"""Cases without which a passed gate says little."""
PREVIOUS = "previous"
"""The variant that keeps the text which was shipped before, so that it can be compared and promoted again."""


@dataclass(frozen=True)
class Gated:
    """A run made with a variant, and what the gate says of it beside a `baseline` run."""

    info: runs.RunInfo
    baseline: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return passes(self.checks)


def gated(home: Path, folder: Path, name: str, variant: str, run: str = "", baseline: str = "") -> Gated:
    """The latest finished run that put a variant, or for no variant the shipped text, as it stands in its file, to a
    model over enough cases, or the named one, held against the gate beside the named `baseline` or the one it has.

    Raises PromptError where no such run is kept, where it put the text to the model too rarely to tell, or where no
    baseline is kept; AgentError where a named one is of no use.
    """
    prompt, gates = _variant(folder, name, variant), read_gates()
    role = prompt.front.role
    if run:
        runs.find(home, run)
    for info in reversed(runs.listed(home)):
        if _tried(info, prompt) and info.name == (run or info.name):
            found = runs.read(home / runs.FOLDER / info.name)
            _enough(found, prompt, gates.promotion.calls)
            held = named_baseline(home, found, baseline) if baseline else beside(home, folder, found, prompt)
            return Gated(info, held.info.name, check(found.scored, gates, held.scored))
    which = f"run {run!r} has not" if run else "no finished run has"
    told = f"as {variant!r} stands now" if variant else "as it stands now"
    what = f"{which} asked a model with {name!r} {told} ({prompt.sha256[:12]}) over {LEAST} cases"
    chosen = f" --prompt {name}={variant}" if variant else ""
    raise PromptError(what, f"run `casework eval run{chosen} --model local --roles {role}`")


def _tried(info: runs.RunInfo, prompt: Prompt) -> bool:
    tried = info.prompts.get(prompt.name) == prompt.sha256 and prompt.front.role in info.roles
    return tried and info.answers == "review" and info.n >= LEAST


def _enough(run: runs.Run, prompt: Prompt, least: int) -> None:
    """Raises PromptError unless the calls of a run hold enough that were made with a prompt."""
    asked = sum(call.prompt_sha256 == prompt.sha256 for file in run.files for call in file.calls)
    if asked < least:
        what = f"run {run.info.name!r} asked a model with {prompt.name!r} {asked} times; {least} are needed"
        raise PromptError(what, f"run it over more cases that ask in role {prompt.front.role!r}")


def promote(folder: Path, name: str, variant: str, by: Gated, linted: Linted) -> Locked:
    """Swap the files and write the lock; for no variant the lock alone. The text that was shipped is kept as the
    variant `previous`; where a swap was cut off before the lock was written, it is kept already.

    Raises PromptError where the gate was not passed or lint finds a fault in the variant, AgentError where another
    process promotes.
    """
    if not by.passed:
        failed = ", ".join(each.name for each in by.checks if each.blocks)
        what = f"run {by.info.name!r} did not pass the gate beside {by.baseline!r}: {failed}"
        raise PromptError(what, f"`casework eval gate {by.info.name} --baseline {by.baseline}` shows why")
    with hold(folder, f"the folder of prompts {str(folder)!r}"):
        return _swapped(folder, name, variant, by, linted)


def _swapped(folder: Path, name: str, variant: str, by: Gated, linted: Linted) -> Locked:
    prompt, shipped = _variant(folder, name, variant), folder / f"{name}{SUFFIX}"
    if linted.faults or linted.sha256 != prompt.sha256:
        found = "; ".join(map(str, linted.faults)) or "it changed since"
        raise PromptError(f"{name!r} as {variant!r} does not pass lint: {found}", f"`casework prompt lint {name}`")
    before = shipped.read_text("utf-8")
    if before != prompt.text:
        replace(folder / f"{name}.{PREVIOUS}{SUFFIX}", before)
        replace(shipped, prompt.text)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    gate = Gate(run=by.info.name, baseline=by.baseline, at=now, passed=True)
    locked = Locked(sha256=prompt.sha256, model=by.info.model, gate=gate)
    write_lock(folder, read_lock(folder) | {name: locked})
    if variant not in ("", PREVIOUS):
        prompt.path.unlink()
    return locked


def _variant(folder: Path, name: str, variant: str) -> Prompt:
    path = folder / (f"{name}.{variant}{SUFFIX}" if variant else f"{name}{SUFFIX}")
    if not path.is_file():
        sought = f"variant {variant!r} of {name!r}" if variant else f"prompt {name!r}"
        what = f"no {sought} in {str(folder)!r}"
        raise PromptError(what, one_of(there(folder)))
    try:
        prompt = read(path)
    except BadPrompt as error:
        raise PromptError(error.what, error.remedy) from error
    if (prompt.name, prompt.variant) != (name, variant):
        raise PromptError(
            f"{str(path)!r} does not hold variant {variant!r} of prompt {name!r}", "give the names of both"
        )
    return prompt
