"""Shipping a variant: it takes the place of the shipped prompt once a run made with it has passed the gate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import PromptError
from evals import runs
from evals.gate import Check, check, passes, read_gates
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
    """A run made with a variant, and what the gate says of it."""

    info: runs.RunInfo
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return passes(self.checks)


def gated(home: Path, folder: Path, name: str, variant: str, run: str = "") -> Gated:
    """The latest finished run that put a variant, as it stands in its file, to a model over enough cases, or the named
    one, held against the gate.

    Raises PromptError where no such run is kept, or where it put the variant to the model too rarely to tell.
    """
    prompt, gates = _variant(folder, name, variant), read_gates()
    role = prompt.front.role
    for info in reversed(runs.listed(home)):
        if _tried(info, prompt) and info.name == (run or info.name):
            found = runs.read(home / runs.FOLDER / info.name)
            _enough(found, prompt, gates.promotion.calls)
            return Gated(info, check(found.scored, gates))
    which = f"run {run!r} has not" if run else "no finished run has"
    what = f"{which} put {name!r} as {variant!r} stands now ({prompt.sha256[:12]}) to a model over {LEAST} cases"
    raise PromptError(what, f"`casework eval run --prompt {name}={variant} --model local --roles {role}`")


def _tried(info: runs.RunInfo, prompt: Prompt) -> bool:
    tried = info.prompts.get(prompt.name) == prompt.sha256 and prompt.front.role in info.roles
    return tried and info.answers == "review" and info.n >= LEAST


def _enough(run: runs.Run, prompt: Prompt, least: int) -> None:
    """Raises PromptError unless the calls of a run hold enough that were made with a prompt."""
    asked = sum(call.prompt_sha256 == prompt.sha256 for file in run.files for call in file.calls)
    if asked < least:
        what = f"run {run.info.name!r} put {prompt.name!r} to a model {asked} times, {least} are needed"
        raise PromptError(what, f"run more cases that give occasion for role {prompt.front.role!r}")


def promote(folder: Path, name: str, variant: str, by: Gated, linted: Linted) -> Locked:
    """Swap the files and write the lock. The text that was shipped is kept as the variant `previous`; where a swap was
    cut off before the lock was written, it is kept already.

    Raises PromptError where the gate was not passed or lint finds a fault in the variant, AgentError where another
    process promotes.
    """
    if not by.passed:
        failed = ", ".join(each.name for each in by.checks if each.blocks)
        raise PromptError(f"run {by.info.name!r} did not pass the gate: {failed}", "`casework eval gate` tells more")
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
    locked = Locked(sha256=prompt.sha256, model=by.info.model, gate=Gate(run=by.info.name, at=now, passed=True))
    write_lock(folder, read_lock(folder) | {name: locked})
    if variant != PREVIOUS:
        prompt.path.unlink()
    return locked


def _variant(folder: Path, name: str, variant: str) -> Prompt:
    path = folder / f"{name}.{variant}{SUFFIX}"
    if not path.is_file():
        what = f"no variant {variant!r} of {name!r} in {str(folder)!r}"
        raise PromptError(what, f"there are: {', '.join(there(folder))}")
    try:
        prompt = read(path)
    except BadPrompt as error:
        raise PromptError(error.what, error.remedy) from error
    if (prompt.name, prompt.variant) != (name, variant):
        raise PromptError(f"{name!r} and {variant!r} are no prompt and variant of {str(folder)!r}", "give their names")
    return prompt
