"""The words a language model is asked with, and their loader. One `NAME.prompt.md` each: YAML front matter, then a
Jinja2 body whose level-one headings `# system`, `# user` and `# assistant` begin its parts. `NAME.VARIANT.prompt.md`
stands beside it until it is chosen in its place.

A body is split by role before anything is rendered, and each part is rendered alone in a sandbox: no value can open a
part, close one, or move text into another role.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

from jinja2 import TemplateError, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables
from pydantic import BaseModel

from prompts.front import FRONT, PLAIN, SUFFIX, BadPrompt, Front, line_of, read_front, split_name
from prompts.sandbox import environment, rendered

__all__ = ["SUFFIX", "BadPrompt", "Front", "Input", "Prompt", "Prompts", "environment", "examined", "parse", "read"]

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
    """One prompt as loaded. `text` is its file as it stood, with line ends of one kind and no byte order mark; `sha256`
    covers it, so any edit is another prompt. `path` is where it was found."""

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

    def line_of(self, field: str) -> int:
        """The line of the file at which a field of the front matter stands."""
        matter = FRONT.match(self.text)
        return line_of(matter[1], field) if matter else 1

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
        """The prompt with another text for one role, as its file would be read. Raises BadPrompt where that is no
        template of these inputs, or opens a part of its own."""
        matter = FRONT.match(self.text)
        said = [(part.speaker, source if part.speaker == speaker else part.source) for part in self.parts]
        body = "\n\n".join(f"# {each}\n{text}" for each, text in said)
        changed = parse(self.path, f"{matter[0] if matter else ''}{body}\n")
        if len(changed.parts) != len(self.parts):
            raise BadPrompt(f"{self.path}:1: the {speaker} part contains a heading", "remove lines such as '# user'")
        return changed

    def _check(self, inputs: Mapping[str, Input]) -> None:
        declared = self.front.inputs
        if set(inputs) != set(declared):
            what = f"{self.path}:1: {self.name!r} was given inputs {sorted(inputs)}, but takes {sorted(declared)}"
            raise BadPrompt(what, "give exactly the inputs that the front matter declares", field="inputs")
        for name, value in inputs.items():
            if not fits(value, declared[name]):
                what = f"{self.path}:1: input {name!r} of {self.name!r} is not of type {declared[name]}"
                remedy = "give a value of the declared type, or change the declaration"
                raise BadPrompt(what, remedy, field=f"inputs.{name}")

    def _render(self, part: Part, values: Mapping[str, Any]) -> str:
        try:
            return rendered(part.source, values)
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
                remedy = (
                    f"there are: {', '.join(there)}" if there else f"no prompt here has variants: {', '.join(names)}"
                )
                raise BadPrompt(f"{folder}:1: no variant {variant!r} of {name!r}", remedy)
        return Prompts({name: read(files[name, variants.get(name, "")]) for name in names})

    def __getitem__(self, name: str) -> Prompt:
        if name not in self.by_name:
            raise BadPrompt(f"no prompt named {name!r}", f"add {name}{SUFFIX} to the folder of prompts")
        return self.by_name[name]

    @property
    def sha256s(self) -> dict[str, str]:
        return {name: prompt.sha256 for name, prompt in sorted(self.by_name.items())}


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
    prompt, faults = _examined(path, text)
    if prompt is None or faults:
        raise faults[0]
    return prompt


def examined(path: Path) -> tuple[Prompt | None, tuple[BadPrompt, ...]]:
    """The prompt of a file and everything that keeps it from loading; None where that leaves nothing to look at."""
    try:
        return _examined(path, _text(path))
    except BadPrompt as error:
        return None, (error,)


def _examined(path: Path, text: str) -> tuple[Prompt | None, tuple[BadPrompt, ...]]:
    matter = FRONT.match(text)
    if matter is None:
        return None, (BadPrompt(f"{path}:1: no front matter", "begin the file with YAML between two lines of ---"),)
    front, faults = read_front(path, matter[1])
    parts, wrong = _parts(path, text, matter.end())
    used, broken = _names(path, parts)
    faults += [*wrong, *broken, *(() if wrong else _wrong_turns(path, parts))]
    if wrong or front is None:
        return None, tuple(faults)
    prompt = Prompt(front, parts, text, path)
    return prompt, (*faults, *_wrong_names(prompt, used, not broken))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPrompt(f"{path}:1: cannot be read: {error}", "save it as UTF-8 text") from error


def _parts(path: Path, text: str, start: int) -> tuple[tuple[Part, ...], list[BadPrompt]]:
    """The parts of a body, and what is wrong with its headings."""
    headings = [heading for heading in HEADING.finditer(text, start)]
    first = headings[0].start() if headings else len(text)
    if text[start:first].strip() or not headings:
        what = f"{path}:{_line(text, start)}: text before the first role"
        return (), [BadPrompt(what, "begin with '# system' or '# user'")]
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    parts = tuple(
        Part(cast(Speaker, heading[1]), text[heading.end() + 1 : end].rstrip("\n"), _line(text, heading.start()))
        for heading, end in zip(headings, ends, strict=True)
    )
    remedy = f"use one of {', '.join(SPEAKERS)}"
    strange = [part for part in parts if part.speaker not in SPEAKERS]
    return parts, [BadPrompt(f"{path}:{part.line}: unknown role {part.speaker!r}", remedy) for part in strange]


def _wrong_turns(path: Path, parts: Sequence[Part]) -> Iterator[BadPrompt]:
    """Whoever speaks out of turn: what a case holds is said by the user, and never with the system's word."""
    turns = [part for part in parts if part.speaker != "system"]
    found = [(part.line, "a system part after the first part") for part in parts[1:] if part not in turns]
    if not any(part.speaker == "user" for part in turns):
        found.append((parts[0].line, "no user part"))
    else:
        wrong = (part for place, part in enumerate(turns) if part.speaker != ("user", "assistant")[place % 2])
        found += [(part.line, f"a {part.speaker} part out of turn") for part in [*wrong][:1]]
        found += [(turns[-1].line, "the last part is the assistant's")] if turns[-1].speaker == "assistant" else []
    for line, what in found:
        remedy = "start with at most one '# system', then alternate '# user' and '# assistant', and end with '# user'"
        yield BadPrompt(f"{path}:{line}: {what}", remedy, renders=True)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _wrong_names(prompt: Prompt, used: Mapping[str, int], whole: bool) -> Iterator[BadPrompt]:
    """Every input is used and every name used is an input, so that a misspelt one is found before a case is. Which are
    never used is told of a prompt whose parts could all be read."""
    declared = {*prompt.front.inputs, *([EXAMPLES] if prompt.front.examples else [])}
    for name, line in used.items():
        if name not in declared:
            yield BadPrompt(
                f"{prompt.path}:{line}: {name!r} is not declared under inputs", "declare it, or correct the name"
            )
    for name in sorted(declared - set(used)) if whole else ():
        line = prompt.line_of(f"inputs.{name}" if name != EXAMPLES else name)
        what = f"{prompt.path}:{line}: {name!r} is declared but never used"
        yield BadPrompt(what, "use it, or remove it", renders=True)


def _names(path: Path, parts: Sequence[Part]) -> tuple[dict[str, int], list[BadPrompt]]:
    """Every name that the parts take from outside, with the last line on which it stands, and what is no template."""
    used: dict[str, int] = {}
    broken = []
    for part in parts:
        try:
            tree = environment().parse(part.source)
            outside = find_undeclared_variables(tree)
        except TemplateSyntaxError as error:
            what = f"{path}:{part.line + error.lineno}: {error.message}"
            broken.append(BadPrompt(what, "correct the template"))
            continue
        except RecursionError:
            broken.append(BadPrompt(f"{path}:{part.line}: it is nested too deeply", "simplify the template"))
            continue
        used |= {node.name: part.line + node.lineno for node in tree.find_all(nodes.Name) if node.name in outside}
    return used, broken


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
