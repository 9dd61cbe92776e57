"""What is wrong with a prompt, by file and line, before any model is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_type_hints

from jinja2 import nodes
from pydantic import BaseModel, TypeAdapter, ValidationError

from agent.case import Role
from agent.errors import PromptError
from agent.llm import estimate
from evals.lab.bank import SUBJECTS, refusal
from evals.lab.fenced import missing, outside_fences
from evals.lab.heldout import HeldOut
from evals.lab.hidden import hidden
from evals.lab.lock import NAME as LOCK
from evals.lab.lock import Locked
from evals.lab.paths import input_type, resolve, wrong_paths
from evals.lab.trials import Trial
from prompts import BadPrompt, Prompt, Prompts, environment, examined
from prompts.front import Example
from tools.evidence import Frozen

Check = Literal["load", "type", "path", "answer", "example", "budget", "fence", "input", "hidden", "leak", "lock"]
HINDRANCES: frozenset[Check] = frozenset({"load", "type", "path"})
"""Faults that keep a prompt from being rendered."""
PLACED = re.compile(r"(?s)(?P<path>.+?):(?P<line>\d+): (?P<what>.*)")


class Fault(Frozen):
    """One fault: where it stands, which check found it, and what to do."""

    path: str
    line: int
    check: Check
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.check}: {self.what}; {self.remedy}"


class Size(Frozen):
    """The longest question a prompt came to, in tokens estimated as the budget of a case is charged."""

    tokens: int
    budget: int
    longest: str
    tried: int


class Linted(Frozen):
    """One prompt file and everything that was found in it; `size` is None where it does not load or was never tried."""

    path: str
    name: str
    variant: str
    sha256: str
    size: Size | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Linter:
    """What prompts are held against: the trials of each role, what is held out, and the lock of their folder."""

    trials: Callable[[Role], Sequence[Trial]]
    held_out: HeldOut
    lock: Mapping[str, Locked]

    def lint(self, path: Path) -> Linted:
        """Every fault of one prompt file."""
        prompt, wrong = examined(path)
        faults = [_placed(path, "load", error.what, error.remedy) for error in wrong]
        if prompt is None:
            return Linted(path=str(path), name="", variant="", sha256="", size=None, faults=_by_line(faults))
        renders = all(error.renders for error in wrong)
        found = list(self._faults(prompt, renders))
        hindered = not renders or any(fault.check in HINDRANCES for fault in found)
        size, more = (None, []) if hindered else self._size(prompt)
        return Linted(
            path=str(path),
            name=prompt.name,
            variant=prompt.variant,
            sha256=prompt.sha256,
            size=size,
            faults=_by_line([*faults, *found, *more]),
        )

    def _faults(self, prompt: Prompt, renders: bool) -> Iterator[Fault]:
        """What is wrong with a prompt that loads, or `renders` all the same; else what its template has no part in."""
        types, mistyped = _typed(prompt)
        yield from mistyped
        if renders and not mistyped:
            for line, what in wrong_paths(prompt, types):
                yield Fault(path=str(prompt.path), line=line, check="path", what=what, remedy="correct the path")
            yield from _bare(prompt, types)
            yield from _missing(prompt, types)
        yield from _answered(prompt, types)
        yield from _hidden(prompt)
        yield from self._leaked(prompt)
        yield from self._unlocked(prompt)

    def _leaked(self, prompt: Prompt) -> Iterator[Fault]:
        for line, what in self.held_out.leaks(prompt.text):
            yield Fault(path=str(prompt.path), line=line, check="leak", what=what, remedy="use other words")

    def _unlocked(self, prompt: Prompt) -> Iterator[Fault]:
        locked = self.lock.get(prompt.name)
        if not prompt.variant and self.lock and (locked is None or locked.sha256 != prompt.sha256):
            what = (
                f"the shipped file has hash {prompt.sha256[:12]}, {LOCK} has {locked.sha256[:12] if locked else 'none'}"
            )
            remedy = f"save the change as a variant, then run `casework prompt promote {prompt.name} VARIANT`"
            yield Fault(path=str(prompt.path), line=1, check="lock", what=what, remedy=remedy)

    def _size(self, prompt: Prompt) -> tuple[Size | None, list[Fault]]:
        """The longest question the prompt came to, and what is wrong with the questions."""
        tried = self.trials(prompt.front.role)
        prompts = Prompts({prompt.front.role: prompt})
        try:
            sent = [(trial.name, trial.sent(prompts)) for trial in tried]
        except PromptError as error:
            told, field = _placed(prompt.path, "type", error.what, error.remedy), getattr(error.__cause__, "field", "")
            return None, [told.model_copy(update={"line": prompt.line_of(field)}) if field else told]
        if not sent:
            return None, []
        tokens, longest = max((estimate(asked.messages), name) for name, asked in sent)
        size = Size(tokens=tokens, budget=prompt.front.prompt_tokens, longest=longest, tried=len(sent))
        return size, [*_over(prompt, size), *_other_form(prompt, sent[0][1].schema)]


def _over(prompt: Prompt, size: Size) -> Iterator[Fault]:
    if size.tokens > size.budget:
        what = f"{size.longest} needs {size.tokens} tokens, but the budget is {size.budget}"
        yield _fault(prompt, "prompt_tokens", "budget", what, "shorten it, or raise prompt_tokens")


def _other_form(prompt: Prompt, asked: type[BaseModel] | None) -> Iterator[Fault]:
    """A declared answer other than the one its role asks for; one that a function makes is taken at its word."""
    try:
        form = resolve(prompt.front.answer)
    except LookupError:
        return  # told where answers are looked at
    if isinstance(form, type) and asked is not None and form is not asked:
        remedy = "declare the type that the role expects"
        yield _fault(prompt, "answer", "answer", f"role {prompt.front.role!r} expects {asked.__name__}", remedy)


def _typed(prompt: Prompt) -> tuple[dict[str, Any], list[Fault]]:
    """The Python type of each input, and what is wrong with the types that are declared."""
    types, faults = {}, []
    for name, declared in prompt.front.inputs.items():
        try:
            types[name] = input_type(declared)
        except LookupError as error:
            what = f"input {name!r}: {error.args[0]}"
            faults.append(_fault(prompt, f"inputs.{name}", "type", what, "give the path of a pydantic model"))
    return types, faults


def _bare(prompt: Prompt, types: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        found = list(outside_fences(prompt, types))
    except BadPrompt as error:
        yield _placed(prompt.path, "load", error.what, error.remedy)
        return
    for what in found:
        line = _first_use(prompt, prompt.front.untrusted[0].partition(".")[0]) or 1
        remedy = "print it in full, in the user part, without a filter that changes it"
        yield Fault(path=str(prompt.path), line=line, check="fence", what=what, remedy=remedy)


def _missing(prompt: Prompt, types: Mapping[str, Any]) -> Iterator[Fault]:
    for name in missing(prompt, types):
        what = f"the answer depends on {name!r}, which is not always printed in full"
        remedy = "print it in the user part, in full and unconditionally"
        if line := _first_use(prompt, name):  # that it is never used is told where it loads
            yield Fault(path=str(prompt.path), line=line, check="input", what=what, remedy=remedy)


def _hidden(prompt: Prompt) -> Iterator[Fault]:
    for line, what in hidden(prompt.text):
        told = f"it contains the invisible character {what}"
        yield Fault(path=str(prompt.path), line=line, check="hidden", what=told, remedy="remove it")


def _first_use(prompt: Prompt, name: str) -> int:
    """The line on which a template first names an input, 0 where none does."""
    uses = (
        part.line + node.lineno
        for part in prompt.parts
        for node in environment().parse(part.source).find_all(nodes.Name)
        if node.name == name
    )
    return next(uses, 0)


def _answered(prompt: Prompt, types: Mapping[str, Any]) -> Iterator[Fault]:
    """The declared answer is a model or makes one, and the examples have inputs and answers as they are declared."""
    remedy = "give the path of a pydantic model, or of a function that returns one"
    try:
        form = resolve(prompt.front.answer)
    except LookupError as error:
        yield _fault(prompt, "answer", "answer", error.args[0], remedy)
        return
    is_model = isinstance(form, type) and issubclass(form, BaseModel)
    if not is_model and get_type_hints(form).get("return") != type[BaseModel]:
        yield _fault(
            prompt, "answer", "answer", f"{prompt.front.answer!r} is neither a pydantic model nor returns one", remedy
        )
        return
    for number, example in enumerate(prompt.front.examples, 1):
        for what, mend in _wrong(prompt, example, types, form if is_model else None):
            yield _fault(prompt, "examples", "example", f"example {number}: {what}", mend)


def _wrong(prompt: Prompt, example: Example, types: Mapping[str, Any], form: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a type as annotations write it
    """What is wrong with an example, and what to do: its types, else its answer, as the verifier sees it."""
    wrong = [f"its inputs are {sorted(example.given)}"] if set(example.given) != set(prompt.front.inputs) else []
    wrong += [
        fault for name, value in example.given.items() if name in types for fault in _misfit(types[name], value, name)
    ]
    wrong += _misfit(form, example.answer, "the answer") if form else []
    yield from ((what, "use the declared inputs and types") for what in wrong)
    subjects = SUBJECTS[prompt.front.role].items()
    if wrong or any(types.get(name) != of for name, of in subjects):
        return
    if why := refusal(prompt.front.role, example.given, example.answer):
        yield f"the verifier refuses its answer: {why}", "give an answer that the verifier accepts"


def _misfit(form: Any, value: object, name: str) -> list[str]:  # noqa: ANN401 - a type as annotations write it
    try:
        TypeAdapter(form).validate_python(value)
    except ValidationError as error:
        return [f"{name}: {error.errors()[0]['msg']}"]
    return []


def _fault(prompt: Prompt, field: str, check: Check, what: str, remedy: str) -> Fault:
    """A fault of the front matter, at the line of its field."""
    return Fault(path=str(prompt.path), line=prompt.line_of(field), check=check, what=what, remedy=remedy)


def _by_line(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: fault.line))


def _placed(path: Path, check: Check, what: str, remedy: str) -> Fault:
    placed = PLACED.fullmatch(what)
    line, told = (int(placed["line"]), placed["what"]) if placed else (1, what)
    return Fault(path=str(path), line=line, check=check, what=told, remedy=remedy)
