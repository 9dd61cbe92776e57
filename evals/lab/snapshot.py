"""What each shipped prompt renders to for fixed questions, as files under version control: a changed prompt, or changed
code around it, shows there as a diff.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from evals.lab.trials import Trial, qualification
from prompts import Prompt, Prompts

EACH = 3
"""So many of the qualification questions of each role: they are fixed, and in the repository."""


def snapshots(prompts: Prompts) -> dict[str, str]:
    """File name to rendered text of every prompt. Raises PromptError where one does not render."""
    return {f"{name}.txt": _snapshot(prompts, prompts[name]) for name in sorted(prompts.by_name)}


def _snapshot(prompts: Prompts, prompt: Prompt) -> str:
    return "\n".join(_rendered(prompts, trial) for trial in qualification(prompt.front.role)[:EACH])


def _rendered(prompts: Prompts, trial: Trial) -> str:
    sent = trial.sent(prompts)
    parts = "".join(f"--- {message.role}\n{message.content}\n" for message in sent.messages)
    return f"=== {trial.name}, at most {sent.max_tokens} tokens\n{parts}"


def differing(folder: Path, rendered: Mapping[str, str]) -> dict[str, str]:
    """The unified diff of every file that is not as rendered, or that nothing renders to any more."""
    kept = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.txt"))}
    found = {}
    for name in sorted({*kept, *rendered}):
        before, after = kept.get(name, ""), rendered.get(name, "")
        if before != after:
            lines = unified_diff(before.splitlines(True), after.splitlines(True), str(folder / name), "rendered")
            found[name] = "".join(lines)
    return found
