"""The words a language model is asked with, and their loader. One `NAME.prompt.md` each: YAML front matter, then a
Jinja2 body whose level-one headings `# system`, `# user` and `# assistant` begin its parts.

A body is split by role before anything is rendered, and each part is rendered alone in a sandbox: no value can open a
part, close one, or move text into another role.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, cast

import yaml
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

SUFFIX = ".prompt.md"
FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
HEADING = re.compile(r"^# (\S+)[ \t]*$", re.MULTILINE)
SPEAKERS = ("system", "user", "assistant")

Speaker = Literal["system", "user", "assistant"]
InputType = Literal["text", "lines", "count"]
Input = str | int | tuple[str, ...]
PYTHON: Mapping[str, type] = {"text": str, "lines": tuple, "count": int}


class BadPrompt(ValueError):
    """A prompt file that does not load or render. `what` begins with file and line, `remedy` says what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy


class Front(BaseModel):
    """The front matter. `inputs` maps each name to `text`, `lines` (a tuple of texts) or `count`; inputs named in
    `untrusted` hold text that a customer wrote, and are fenced on their way in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    role: Literal["merge", "word", "question", "investigate"]
    version: Annotated[int, Field(ge=1)]
    max_tokens: Annotated[int, Field(ge=16, le=8000)]
    inputs: dict[str, InputType]
    untrusted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """What one role says: an unrendered template, and the line of the file at which it begins."""

    speaker: Speaker
    source: str
    line: int


@dataclass(frozen=True)
class Prompt:
    """One prompt as loaded. `sha256` covers the file as it stands, so any edit is another prompt."""

    front: Front
    parts: tuple[Part, ...]
    sha256: str
    path: Path

    @property
    def name(self) -> str:
        return self.front.name

    def render(
        self, inputs: Mapping[str, Input], fence: Callable[[str], str] | None = None
    ) -> tuple[tuple[Speaker, str], ...]:
        """Speaker and text of each part. `fence` wraps every untrusted input and is required where there is one.

        Raises BadPrompt where inputs are missing, unknown or of another type than declared.
        """
        self._check(inputs)
        values = {name: self._fenced(name, value, fence) for name, value in inputs.items()}
        return tuple((part.speaker, self._render(part, values)) for part in self.parts)

    def _check(self, inputs: Mapping[str, Input]) -> None:
        declared = self.front.inputs
        if set(inputs) != set(declared):
            raise BadPrompt(
                f"{self.path}:1: {self.name!r} was given {sorted(inputs)}, it takes {sorted(declared)}",
                "give every input the front matter declares, and no other",
            )
        for name, value in inputs.items():
            if not isinstance(value, PYTHON[declared[name]]):
                raise BadPrompt(
                    f"{self.path}:1: input {name!r} of {self.name!r} is no {declared[name]}",
                    "give it the type that the front matter declares",
                )

    def _fenced(self, name: str, value: Input, fence: Callable[[str], str] | None) -> Input:
        if name not in self.front.untrusted:
            return value
        if fence is None:
            raise BadPrompt(f"{self.path}:1: input {name!r} is untrusted and nothing fences it", "pass a fence")
        return tuple(map(fence, value)) if isinstance(value, tuple) else fence(str(value))

    def _render(self, part: Part, values: Mapping[str, Input]) -> str:
        try:
            return _environment().from_string(part.source).render(values).strip()
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise BadPrompt(f"{self.path}:{part.line}: {error}", "correct the template") from error


@dataclass(frozen=True)
class Prompts:
    """All prompts of a folder by name."""

    by_name: Mapping[str, Prompt]

    @staticmethod
    def load(folder: Path | None = None) -> Prompts:
        """Read every `*.prompt.md` of a folder, the packaged ones where none is given. Raises BadPrompt."""
        folder = folder or Path(__file__).parent
        paths = sorted(folder.glob(f"*{SUFFIX}"))
        if not paths:
            raise BadPrompt(f"{folder}:1: no *{SUFFIX} file", "name a folder of prompts, or unset PROMPTS_DIR")
        return Prompts({prompt.name: prompt for prompt in map(_read, paths)})

    def __getitem__(self, name: str) -> Prompt:
        if name not in self.by_name:
            raise BadPrompt(f"no prompt named {name!r}", f"add {name}{SUFFIX} to the folder of prompts")
        return self.by_name[name]

    @property
    def sha256s(self) -> dict[str, str]:
        return {name: prompt.sha256 for name, prompt in sorted(self.by_name.items())}


def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )


def _read(path: Path) -> Prompt:
    try:
        text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPrompt(f"{path}:1: cannot be read: {error}", "save it as UTF-8 text") from error
    matter = FRONT.match(text)
    if matter is None:
        raise BadPrompt(f"{path}:1: no front matter", "begin the file with YAML between two lines of ---")
    front = _front(path, matter[1])
    prompt = Prompt(front, _parts(path, text, matter.end()), hashlib.sha256(text.encode()).hexdigest(), path)
    _check_inputs(prompt)
    return prompt


def _front(path: Path, matter: str) -> Front:
    try:
        front = Front.model_validate(yaml.safe_load(matter))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise BadPrompt(f"{path}:{line}: the front matter is no YAML", "correct it") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "front matter"
        raise BadPrompt(f"{path}:{_line_of(matter, field)}: {field}: {first['msg']}", "correct it") from error
    unknown = sorted(set(front.untrusted) - set(front.inputs))
    if unknown:
        raise BadPrompt(f"{path}:{_line_of(matter, 'untrusted')}: untrusted names no input: {unknown}", "declare it")
    if path.name != front.name + SUFFIX:
        raise BadPrompt(f"{path}:{_line_of(matter, 'name')}: name is {front.name!r}", "name it as the file is named")
    return front


def _line_of(matter: str, field: str) -> int:
    key = field.partition(".")[0] + ":"
    lines = matter.splitlines()
    return next((number for number, line in enumerate(lines, 2) if line.startswith(key)), 1)


def _parts(path: Path, text: str, start: int) -> tuple[Part, ...]:
    headings = [heading for heading in HEADING.finditer(text, start)]
    first = headings[0].start() if headings else len(text)
    if text[start:first].strip() or not headings:
        raise BadPrompt(f"{path}:{_line(text, start)}: text before the first role", "begin with '# system' or '# user'")
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading in headings:
        if heading[1] not in SPEAKERS:
            raise BadPrompt(
                f"{path}:{_line(text, heading.start())}: no role {heading[1]!r}", f"use one of {', '.join(SPEAKERS)}"
            )
    return tuple(
        Part(cast(Speaker, heading[1]), text[heading.end() : end].strip("\n"), _line(text, heading.start()))
        for heading, end in zip(headings, ends, strict=True)
    )


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _check_inputs(prompt: Prompt) -> None:
    """Every input is used and every name used is an input, so that a misspelt one is found before a case is."""
    used: set[str] = set()
    for part in prompt.parts:
        try:
            used |= find_undeclared_variables(_environment().parse(part.source))
        except TemplateSyntaxError as error:
            line = part.line + error.lineno
            raise BadPrompt(f"{prompt.path}:{line}: {error.message}", "correct the template") from error
    declared = set(prompt.front.inputs)
    if used != declared:
        wrong = sorted(used - declared) or sorted(declared - used)
        says = "is not declared under inputs" if used - declared else "is declared and never used"
        raise BadPrompt(f"{prompt.path}:1: {wrong[0]!r} {says}", "keep inputs and template in step")
