"""Whether untrusted text can leave its fence: the prompt is rendered with marked text in every untrusted field, and
what stands outside the fences, or in the system part, must hold none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from evals.lab.paths import bare
from prompts import Input, Prompt
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
            yield f"untrusted text stands in the {speaker} part"
        if REMNANT.search(FENCED.sub("", text)):
            yield f"untrusted text stands outside its fence in the {speaker} part"


def _marked(prompt: Prompt, types: Mapping[str, Any]) -> dict[str, Input]:
    untrusted = prompt.front.untrusted
    return {name: sample(annotation, name, untrusted) for name, annotation in types.items()}


def sample(annotation: Any, at: str, untrusted: tuple[str, ...]) -> Any:  # noqa: ANN401 - a value of that type
    """A value of a type, with marked text where it is untrusted."""
    annotation = bare(annotation) if get_origin(annotation) in (Union, UnionType) else annotation
    if get_origin(annotation) in (list, tuple):
        return (sample(get_args(annotation)[0], at, untrusted),) * 2
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return annotation.model_construct(
            **{name: sample(field.annotation, f"{at}.{name}", untrusted) for name, field in fields}
        )
    if annotation in (int, float, bool):
        return annotation(1)
    return MARKED if any(f"{at}.".startswith(f"{path}.") for path in untrusted) else "plain"
