"""The words a language model is asked with, and their loader. One `NAME.prompt.md` each: YAML front matter, then a
Jinja2 body whose level-one headings `# system`, `# user` and `# assistant` begin its parts. `NAME.VARIANT.prompt.md`
stands beside it until it is chosen in its place.

A body is split by role before anything is rendered, and each part is rendered alone in a sandbox: no value can open a
part, close one, or move text into another role.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel

from prompts.front import FRONT, PLAIN, SUFFIX, BadPrompt, Front, line_of, read_front, split_name

__all__ = ["SUFFIX", "BadPrompt", "Front", "Input", "Prompt", "Prompts", "parse", "read"]

FOLDER = Path(__file__).parent
HEADING = re.compile(r"^# (\S+)[ \t]*$", re.MULTILINE)
EXAMPLES = "examples"

Speaker = Literal["system", "user", "assistant"]
SPEAKERS: tuple[Speaker, ...] = ("system", "user", "assistant")
Scalar = str | int | float | BaseModel
Input = Scalar | tuple[Scalar, ...]
Rewriting = Callable[[str], str]


@dataclass(frozen=True)
class Part:
    """What one role says: an unrendered template, and the line of the file at which its heading stands."""

    speaker: Speaker
    source: str
    line: int


@dataclass(frozen=True)
class Prompt:
    """One prompt as loaded. `text` is its file as it stood, with line ends of one kind; `sha256` covers it, so any edit
    is another prompt. `path` is where it was found."""

    front: Front
    parts: tuple[Part, ...]
    text: str
    path: Path

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def name(self) -> str:
        return self.front.name

    @property
    def variant(self) -> str:
        """Empty for the shipped prompt."""
        return split_name(self.path)[1]

    def render(
        self, inputs: Mapping[str, Input], *, clean: Rewriting = str, fence: Rewriting | None = None
    ) -> tuple[tuple[Speaker, str], ...]:
        """Speaker and text of each part. Every text among the inputs passes through `clean`, and the untrusted ones
        then through `fence`, which is required where there are any. A template sees plain data, never an object.

        Raises BadPrompt where inputs are missing, unknown or of another type than declared.
        """
        self._check(inputs)
        untrusted = self.front.untrusted
        if untrusted and fence is None:
            raise BadPrompt(f"{self.path}:1: input {untrusted[0]!r} is untrusted and nothing fences it", "pass a fence")

        def admitted(at: str, text: str) -> str:
            hostile = any(f"{at}.".startswith(f"{path}.") for path in untrusted)
            return fence(clean(text)) if fence and hostile else clean(text)

        values = {name: _plain(value, name, admitted) for name, value in inputs.items()}
        if self.front.examples:
            values[EXAMPLES] = [example.model_dump() for example in self.front.examples]
        return tuple((part.speaker, self._render(part, values)) for part in self.parts)

    def with_part(self, speaker: Speaker, source: str) -> Prompt:
        """The prompt with another text for one role. Raises BadPrompt where that is no template of these inputs."""
        parts = tuple(replace(part, source=source) if part.speaker == speaker else part for part in self.parts)
        matter = FRONT.match(self.text)
        body = "\n\n".join(f"# {part.speaker}\n{part.source}" for part in parts)
        changed = replace(self, parts=parts, text=f"{matter[0] if matter else ''}{body}\n")
        _check_names(changed, "")
        return changed

    def _check(self, inputs: Mapping[str, Input]) -> None:
        declared = self.front.inputs
        if set(inputs) != set(declared):
            raise BadPrompt(
                f"{self.path}:1: {self.name!r} was given {sorted(inputs)}, it takes {sorted(declared)}",
                "give every input the front matter declares, and no other",
            )
        for name, value in inputs.items():
            if not fits(value, declared[name]):
                raise BadPrompt(
                    f"{self.path}:1: input {name!r} of {self.name!r} is no {declared[name]}",
                    "give it the type that the front matter declares",
                )

    def _render(self, part: Part, values: Mapping[str, Any]) -> str:
        try:
            return environment().from_string(part.source).render(values).strip()
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise BadPrompt(f"{self.path}:{part.line}: {error}", "correct the template") from error


@dataclass(frozen=True)
class Prompts:
    """All prompts of a folder by name."""

    by_name: Mapping[str, Prompt]

    @staticmethod
    def load(folder: Path | None = None, variants: Mapping[str, str] = MappingProxyType({})) -> Prompts:
        """Read the prompts of a folder, the packaged ones where none is given; `variants` names, for some of them, the
        variant that takes the shipped one's place. Other variants are not even read. Raises BadPrompt.
        """
        folder = folder or FOLDER
        files = {split_name(path): path for path in sorted(folder.glob(f"*{SUFFIX}"))}
        names = [name for name, variant in files if not variant]
        if not names:
            raise BadPrompt(f"{folder}:1: no *{SUFFIX} file", "name a folder of prompts, or unset PROMPTS_DIR")
        for name, variant in variants.items():
            if name not in names or (name, variant) not in files:
                there = [f"{known}={other}" for known, other in files if other]
                remedy = f"there are: {', '.join(there)}" if there else f"there is none, only {', '.join(names)}"
                raise BadPrompt(f"{folder}:1: no variant {variant!r} of {name!r}", remedy)
        return Prompts({name: read(files[name, variants.get(name, "")]) for name in names})

    def __getitem__(self, name: str) -> Prompt:
        if name not in self.by_name:
            raise BadPrompt(f"no prompt named {name!r}", f"add {name}{SUFFIX} to the folder of prompts")
        return self.by_name[name]

    @property
    def sha256s(self) -> dict[str, str]:
        return {name: prompt.sha256 for name, prompt in sorted(self.by_name.items())}


def environment() -> ImmutableSandboxedEnvironment:
    """The sandbox in which every part is parsed and rendered."""
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )


def fits(value: object, declared: str) -> bool:
    """Whether a value is of a declared type. A model is told by its dotted path: words import nothing of ours."""
    if declared.startswith("list["):
        return isinstance(value, tuple) and all(fits(each, declared[5:-1]) for each in value)
    if declared in PLAIN:
        return isinstance(value, PLAIN[declared]) and not isinstance(value, bool)
    return isinstance(value, BaseModel) and f"{type(value).__module__}.{type(value).__qualname__}" == declared


def read(path: Path) -> Prompt:
    """One prompt file. Raises BadPrompt naming file and line."""
    return parse(path, _text(path))


def parse(path: Path, text: str) -> Prompt:
    """The prompt that a file of this name and text is; nothing is read. Raises BadPrompt naming file and line."""
    matter = FRONT.match(text)
    if matter is None:
        raise BadPrompt(f"{path}:1: no front matter", "begin the file with YAML between two lines of ---")
    front = read_front(path, matter[1])
    prompt = Prompt(front, _parts(path, text, matter.end()), text, path)
    _check_names(prompt, matter[1])
    return prompt


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPrompt(f"{path}:1: cannot be read: {error}", "save it as UTF-8 text") from error


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
        Part(cast(Speaker, heading[1]), text[heading.end() + 1 : end].rstrip("\n"), _line(text, heading.start()))
        for heading, end in zip(headings, ends, strict=True)
    )


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _check_names(prompt: Prompt, matter: str) -> None:
    """Every input is used and every name used is an input, so that a misspelt one is found before a case is."""
    used = dict(_names(prompt))
    declared = {*prompt.front.inputs, *([EXAMPLES] if prompt.front.examples else [])}
    for name, line in used.items():
        if name not in declared:
            raise BadPrompt(f"{prompt.path}:{line}: {name!r} is not declared under inputs", "declare it, or correct it")
    for name in sorted(declared - set(used)):
        line = line_of(matter, f"inputs.{name}" if name != EXAMPLES else name)
        raise BadPrompt(f"{prompt.path}:{line}: {name!r} is declared and never used", "use it, or leave it out")


def _names(prompt: Prompt) -> Iterator[tuple[str, int]]:
    """Every name that the parts take from outside, with the last line on which it stands."""
    for part in prompt.parts:
        try:
            tree = environment().parse(part.source)
        except TemplateSyntaxError as error:
            line = part.line + error.lineno
            raise BadPrompt(f"{prompt.path}:{line}: {error.message}", "correct the template") from error
        outside = find_undeclared_variables(tree)
        for node in tree.find_all(nodes.Name):
            if node.name in outside:
                yield node.name, part.line + node.lineno


def _plain(value: object, at: str, admitted: Callable[[str, str], str]) -> Any:  # noqa: ANN401 - what JSON can hold
    """A value as plain data, every text in it as it is admitted under its path."""
    if isinstance(value, BaseModel):
        value = value.model_dump(warnings=False)
    if isinstance(value, str):
        return admitted(at, value)
    if isinstance(value, dict):
        return {name: _plain(each, f"{at}.{name}", admitted) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, at, admitted) for each in value]
    return value
