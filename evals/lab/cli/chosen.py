"""Which prompt a command speaks of: `NAME` or `NAME.VARIANT`, in the folder that the settings name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.errors import PromptError, one_of
from agent.settings import Settings

if TYPE_CHECKING:
    # Only named here: prompts and reviews are for those who run something.
    from prompts import Prompt, Prompts

OfModel = Annotated[
    str, typer.Option("--model", metavar="local|URL", help="The language model; default: that of the settings.")
]


def folder_of(settings: Settings) -> Path:
    """The folder of prompts that the settings name, else the packaged one."""
    from prompts import FOLDER

    return settings.prompts_dir or FOLDER


def chosen(settings: Settings, name: str) -> tuple[Prompts, Prompt]:
    """All prompts with the one that is asked for in its place, and that one. Raises PromptError."""
    from agent.session import load_prompts
    from evals.lab.lock import there

    of, variant = split(name)
    prompts = load_prompts(settings, {of: variant} if variant else {})
    if of not in prompts.by_name:
        raise PromptError(f"no prompt {name!r}", one_of(there(folder_of(settings))))
    return prompts, prompts[of]


def split(name: str) -> tuple[str, str]:
    """`question.kind` as `question` and `kind`; the shipped prompt has no variant."""
    of, _, variant = name.partition(".")
    return of, variant
