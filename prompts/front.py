"""The front matter of a prompt: what it takes, what it asks for, and within which bounds. YAML between two lines of
`---`, read into a frozen model; whatever is wrong with it is told with file and line.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

SUFFIX = ".prompt.md"
NAMED = re.compile(r"([a-z][a-z0-9_]*)(?:\.([a-z][a-z0-9_]*))?\.prompt\.md")
FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)

PLAIN: dict[str, tuple[type, ...]] = {"text": (str,), "count": (int,), "number": (int, float)}
DOTTED = r"[a-z]\w*(?:\.[A-Za-z]\w*)+"
ONE = rf"(?:text|count|number|{DOTTED})"
InputType = Annotated[str, Field(pattern=rf"^(?:{ONE}|list\[{ONE}\])$")]
"""`text`, `count`, `number`, the dotted path of a pydantic model, or a `list[...]` of one of these."""
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
FieldPath = Annotated[str, Field(pattern=r"^[a-z]\w*(?:\.[a-z]\w*)*$")]


class BadPrompt(ValueError):
    """A prompt file that does not load or render. `what` begins with file and line, `remedy` says what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy


class Example(BaseModel):
    """One worked example of the bank: inputs as they are declared, and the answer wanted, as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    given: dict[str, Any]
    answer: dict[str, Any]


class Front(BaseModel):
    """The front matter.

    `inputs` maps each name to its type. `untrusted` names inputs, or fields of them (`message`, `messages.text`), that
    hold what a customer wrote: they are fenced on their way in. `answer` is the dotted path of the pydantic model of
    the answer, or of the function that makes it where it depends on the case. `prompt_tokens` bounds what is sent,
    `max_tokens` what comes back. `examples` are at hand in the template under that name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    role: Literal["merge", "word", "question", "investigate"]
    inputs: dict[Name, InputType]
    untrusted: tuple[FieldPath, ...] = ()
    answer: Annotated[str, Field(pattern=rf"^{DOTTED}$")]
    prompt_tokens: Annotated[int, Field(ge=16, le=100_000)]
    max_tokens: Annotated[int, Field(ge=16, le=8000)]
    examples: tuple[Example, ...] = ()


def split_name(path: Path) -> tuple[str, str]:
    """Name and variant of a prompt file: those of `merge.short.prompt.md` are `merge` and `short`; a shipped prompt has
    no variant.

    Raises BadPrompt for a file that is named in no such way.
    """
    named = NAMED.fullmatch(path.name)
    if named is None:
        raise BadPrompt(f"{path}:1: not the name of a prompt", f"name it NAME{SUFFIX} or NAME.VARIANT{SUFFIX}")
    return named[1], named[2] or ""


def read_front(path: Path, matter: str) -> Front:
    """The front matter of a file. Raises BadPrompt with the line of what is wrong."""
    try:
        front = Front.model_validate(yaml.safe_load(matter))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise BadPrompt(f"{path}:{line}: the front matter is no YAML", "correct it") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "front matter"
        raise BadPrompt(f"{path}:{line_of(matter, field)}: {field}: {first['msg']}", "correct it") from error
    unknown = sorted({name for name in front.untrusted if name.partition(".")[0] not in front.inputs})
    if unknown:
        raise BadPrompt(f"{path}:{line_of(matter, 'untrusted')}: untrusted names no input: {unknown}", "declare it")
    if split_name(path)[0] != front.name:
        raise BadPrompt(f"{path}:{line_of(matter, 'name')}: name is {front.name!r}", "name it as the file is named")
    return front


def line_of(matter: str, field: str) -> int:
    """The line of the file at which a field of the front matter stands, an input at its own; 1 where it is missing."""
    lines = matter.splitlines()
    key, _, below = field.partition(".")
    place = next((number for number, line in enumerate(lines) if line.startswith(f"{key}:")), None)
    if place is None:
        return 1
    inner = re.compile(rf"\s+{re.escape(below.partition('.')[0])}\s*:")
    within = (number for number in range(place + 1, len(lines)) if inner.match(lines[number]))
    return (next(within, place) if below else place) + 2
