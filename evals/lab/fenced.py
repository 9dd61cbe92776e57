"""Whether texts come out of a prompt where they should. It is rendered with marked text: none of what is untrusted may
stand outside its fence or in the system part, and all of what the answer is about must be in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from evals.lab.bank import SUBJECTS
from evals.lab.paths import bare
from prompts import BadPrompt, Input, Prompt
from tools.untrusted import fence

FENCED = re.compile(r"<<untrusted (\w{24})>>\n.*?\n<<end \1>>", re.DOTALL)
MARK = "canary"
MARKED = " ".join([MARK] * 40)
REMNANT = re.compile(rf"{MARK}|<<\s*(?:untrusted|end)", re.IGNORECASE)


def outside_fences(prompt: Prompt, types: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong, in words, for each role in which untrusted text stands bare. Raises BadPrompt."""
    if not prompt.front.untrusted:
        return
    for speaker, text in prompt.render(_marked(prompt, types), fence=lambda told: fence(told, prompt.name)):
        if speaker != "user" and FENCED.search(text):
            yield f"untrusted text is in the {speaker} part"
        if REMNANT.search(FENCED.sub("", text)):
            yield f"untrusted text appears outside its fence in the {speaker} part"


def missing(prompt: Prompt, types: Mapping[str, Any]) -> Iterator[str]:
    """The inputs that an answer is about and that do not come out of the prompt whole, short or long; of a list, each
    element in one of its texts. None where the prompt does not render: that is told elsewhere."""
    for name in SUBJECTS[prompt.front.role]:
        if name in types and not all(_comes_out(prompt, types, name, mark) for mark in (MARK, MARKED)):
            yield name


def _comes_out(prompt: Prompt, types: Mapping[str, Any], name: str, mark: str) -> bool:
    listed = get_origin(types[name]) in (list, tuple)
    one = get_args(types[name])[0] if listed else types[name]
    marks = [f"{mark} {letter}" for letter in ("alpha", "beta")] if listed else [mark]
    values = [sample(one, name, (name,), each) for each in marks]
    inputs = {**_marked(prompt, types), name: tuple(values) if listed else values[0]}
    try:
        parts = prompt.render(inputs, fence=lambda told: fence(told, prompt.name))
    except BadPrompt:
        return True
    told = " ".join(" ".join(text for _, text in parts).split()).casefold()
    return all(each in told for each in marks)


def _marked(prompt: Prompt, types: Mapping[str, Any]) -> dict[str, Input]:
    untrusted = prompt.front.untrusted
    return {name: sample(annotation, name, untrusted) for name, annotation in types.items()}


def sample(annotation: Any, at: str, untrusted: tuple[str, ...], mark: str = MARKED) -> Any:  # noqa: ANN401 - a value of that type
    """A value of a type, with marked text where it is untrusted."""
    annotation = bare(annotation) if get_origin(annotation) in (Union, UnionType) else annotation
    if get_origin(annotation) in (list, tuple):
        return (sample(get_args(annotation)[0], at, untrusted, mark),) * 2
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return annotation.model_construct(
            **{name: sample(field.annotation, f"{at}.{name}", untrusted, mark) for name, field in fields}
        )
    if annotation in (int, float, bool):
        return annotation(1)
    return mark if any(f"{at}.".startswith(f"{path}.") for path in untrusted) else "plain"
