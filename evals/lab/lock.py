"""A folder of prompts: what is there, and `lock.json`, which says what text of each is shipped, and by which gate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from agent.errors import PromptError, because
from evals.runs.disk import replace
from prompts import SUFFIX
from tools.evidence import Frozen

NAME = "lock.json"


class Gate(Frozen):
    """The gate that let a prompt in: the run it was held against, the one whose cost a case might not exceed, when, and
    whether it passed."""

    run: str
    baseline: str
    at: str
    passed: bool


class Locked(Frozen):
    """One shipped prompt: the hash of its file, the model it was last measured with, if only by the qualification, and
    its last gate. None says that it was never measured in a run: no model at hand has earned its role, and no review
    asks it."""

    sha256: str
    model: str = ""
    gate: Gate | None = None


_LOCK = TypeAdapter(dict[str, Locked])


def there(folder: Path) -> list[str]:
    """Every prompt and variant of a folder."""
    return [path.name.removesuffix(SUFFIX) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def read_lock(folder: Path) -> dict[str, Locked]:
    """The lock of a folder of prompts, empty where there is none. Raises PromptError where it does not read."""
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        return _LOCK.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise PromptError(f"{path}:1: cannot be read: {because(error)}", "restore it from version control") from error


def write_lock(folder: Path, lock: Mapping[str, Locked]) -> None:
    """Put a lock in the place of the one that is there, whole or not at all."""
    held = {name: locked.model_dump() for name, locked in sorted(lock.items())}
    replace(folder / NAME, json.dumps(held, indent=1) + "\n")
