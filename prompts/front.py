"""The front matter of a prompt: what it takes, what it asks for, and within which bounds. YAML between two lines of
`---`, read into a frozen model; whatever is wrong with it is told with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from yaml.constructor import ConstructorError

SUFFIX = ".prompt.md"
NAMED = re.compile(r"([a-z][a-z0-9_]*)(?:\.([a-z][a-z0-9_]*))?\.prompt\.md")
FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)

PLAIN: dict[str, tuple[type, ...]] = {"text": (str,), "count": (int,), "number": (int, float)}
DOTTED = r"[a-z]\w*(?:\.[A-Za-z]\w*)+"
ONE = rf"(?:text|count|number|{DOTTED})"
MAY_BE = {
    "inputs": ("type", "text, count, number, the dotted path of a pydantic model, or a list[...] of one of these"),
    "untrusted": ("path", "the name of an input, or the dotted path of one of its fields"),
    "answer": ("path", "the dotted path of a pydantic model, or of a function that returns one"),
}
"""What a field is that has a pattern, and what it may be, in words."""
NAMES = ("name", "small letters, digits and _")
"""The same of every other field with a pattern."""
LONGEST = 60
"""Characters of a wrong value that a message repeats."""
InputType = Annotated[str, Field(pattern=rf"^(?:{ONE}|list\[{ONE}\])$")]
"""`text`, `count`, `number`, the dotted path of a pydantic model, or a `list[...]` of one of these."""
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
FieldPath = Annotated[str, Field(pattern=r"^[a-z]\w*(?:\.[a-z]\w*)*$")]


class BadPrompt(ValueError):
    """A prompt file that does not load or render. `what` begins with file and line, `remedy` says what to do. Where it
    `renders` all the same, more can be said about it. `field` is the one of the front matter that what was given does
    not fit."""

    def __init__(self, what: str, remedy: str, *, renders: bool = False, field: str = "") -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy
        self.renders = renders
        self.field = field


class Once(yaml.SafeLoader):
    """YAML whose mappings have each key once: of two the last would win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise ConstructorError(problem=f"{key.value[:LONGEST]!r} is given twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


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
        raise BadPrompt(
            f"{path}:1: this is not the name of a prompt file", f"name it NAME{SUFFIX} or NAME.VARIANT{SUFFIX}"
        )
    return named[1], named[2] or ""


def read_front(path: Path, matter: str) -> tuple[Front | None, list[BadPrompt]]:
    """The front matter of a file, None where it has no meaning, and everything that is wrong with it, by line."""
    try:
        named = split_name(path)[0]
        front = Front.model_validate(Once(matter).get_single_data())
    except BadPrompt as error:
        return None, [error]
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        what = problem if isinstance(error, ConstructorError) else _unread(problem)
        return None, [BadPrompt(f"{path}:{mark.line + 2 if mark else 1}: {what}", "correct it")]
    except ValidationError as error:
        return None, [_worded(path, matter, each) for each in error.errors()]
    return front, list(_wrong_names(path, matter, front, named))


def _unread(problem: str | None) -> str:
    """What makes the front matter no YAML, in the words of its parser where it has some."""
    return "the front matter is not valid YAML" + (f": {problem}" if problem else "")


def _worded(path: Path, matter: str, error: Mapping[str, Any]) -> BadPrompt:
    """A field that is not as it may be, in words."""
    where, kind = error["loc"], error["type"]
    field = ".".join(str(each) for each in where if each != "[key]") or "front matter"
    what, remedy = error["msg"], "correct it"
    if kind == "missing":
        what, remedy = "it is missing", "add it"
    elif kind == "extra_forbidden":
        what, remedy = "there is no such field", f"remove it, or use one of {', '.join(Front.model_fields)}"
    elif kind == "string_pattern_mismatch":
        name, may_be = MAY_BE.get("" if where[-1] == "[key]" else str(where[0]), NAMES)
        what, remedy = f"{str(error['input'])[:LONGEST]!r} is not a valid {name}", f"use {may_be}"
    return BadPrompt(f"{path}:{line_of(matter, field)}: {field}: {what}", remedy)


def _wrong_names(path: Path, matter: str, front: Front, named: str) -> Iterator[BadPrompt]:
    unknown = sorted({name for name in front.untrusted if name.partition(".")[0] not in front.inputs})
    if unknown:
        what = f"{path}:{line_of(matter, 'untrusted')}: untrusted names undeclared inputs: {unknown}"
        yield BadPrompt(what, "declare them under inputs", renders=True)
    if named != front.name:
        what = f"{path}:{line_of(matter, 'name')}: name is {front.name!r}"
        yield BadPrompt(what, "use the name of the file", renders=True)


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
