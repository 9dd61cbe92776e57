"""What a language model may be asked, and what of its answer is taken. Drafting and qualifying ask alike.

Each role sends the policy's words, with references in place of figures and no personal data, asks for JSON by a schema,
and passes the answer to the verifier of `agent.draft.ground`. An answer that does not hold is None; the policy's own
words stand then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from agent.case import Finding, ModelCall, Role
from agent.draft.ground import CONNECTIVES, asks_the_same, joined, reworded, skeleton
from agent.errors import PromptError
from agent.llm import Message, Model
from prompts import BadPrompt, Input, Prompts
from tools.evidence import FactSpec, Frozen
from tools.redact import redact
from tools.untrusted import fence


class Sentence(BaseModel):
    """The form of an answer to `word`."""

    model_config = ConfigDict(extra="forbid")
    sentence: Annotated[str, Field(max_length=600)]


class Asking(BaseModel):
    """The form of an answer to `question`."""

    model_config = ConfigDict(extra="forbid")
    question: Annotated[str, Field(max_length=300)]


class Told(Frozen):
    """A finding as `merge` is told of it: its marker `F1`, and its title, which holds no value."""

    marker: str
    title: str


@dataclass(frozen=True)
class Answer:
    """What a model's answer comes to: a text with markers or references that holds, else None; and the call itself."""

    text: str | None
    call: ModelCall


def ask(
    model: Model, prompts: Prompts, role: Role, inputs: Mapping[str, Input], schema: type[BaseModel] | None
) -> ModelCall:
    """Render the prompt of a role, personal data redacted and untrusted text fenced, and put it to the model.

    Raises PromptError where the prompt does not render; what the model does wrong stands in the call.
    """
    try:
        prompt = prompts[role]
        rendered = prompt.render(inputs, clean=redact, fence=lambda text: fence(text, role))
    except BadPrompt as error:
        raise PromptError(error.what, error.remedy) from error
    messages = tuple(Message(speaker, text) for speaker, text in rendered)
    call = model.ask(role, messages, schema, prompt.front.max_tokens)
    return call.model_copy(update={"prompt": prompt.name, "prompt_sha256": prompt.sha256})


Form = TypeVar("Form", bound=BaseModel)


def read(call: ModelCall, schema: type[Form]) -> Form | None:
    """The answer of a call in the form that was asked for, None where it failed or has another form."""
    try:
        return None if call.error else schema.model_validate_json(call.answer)
    except ValidationError:
        return None


def joints(count: int) -> type[BaseModel]:
    """The form of an answer to `merge`: for each finding after the first, the connective that leads to it.

    The sentences and their order, gravest first, are the policy's: within the form none can be lost. Neighbours choose
    among different connectives, so that none stands twice in a row.
    """
    some, others = tuple(CONNECTIVES)[::2], tuple(CONNECTIVES)[1::2]
    fields: dict[str, Any] = {
        f"F{number}": (Literal[some if number % 2 == 0 else others], ...) for number in range(2, count + 1)
    }
    return create_model("Joints", __config__=ConfigDict(extra="forbid"), **fields)


def merge(model: Model, prompts: Prompts, told: Sequence[Finding], specs: Mapping[str, FactSpec]) -> Answer:
    """Join the findings of a summary; the text holds a marker `[F1]` for each."""
    findings = tuple(Told(marker=f"F{number}", title=finding.title) for number, finding in enumerate(told, 1))
    schema = joints(len(told))
    call = ask(model, prompts, "merge", {"findings": findings}, schema)
    taken = read(call, schema)
    if taken is None:
        return Answer(None, call)
    text = "[F1]" + "".join(f"{CONNECTIVES[joint]}[{marker}]" for marker, joint in taken.model_dump().items()) + "."
    return Answer(text if joined(text, told, specs) else None, call)


def word(model: Model, prompts: Prompts, finding: Finding, specs: Mapping[str, FactSpec]) -> Answer:
    """Reword the sentence of a finding around its references. Ask only where its skeleton is wordable."""
    own = skeleton(finding, specs)
    call = ask(model, prompts, "word", {"sentence": own.text}, Sentence)
    taken = read(call, Sentence)
    return Answer(taken.sentence if taken and reworded(taken.sentence, own) else None, call)


def question(model: Model, prompts: Prompts, request: str) -> Answer:
    """Turn a request to the customer, as the policy words it, into a question."""
    call = ask(model, prompts, "question", {"request": request}, Asking)
    taken = read(call, Asking)
    return Answer(taken.question if taken and asks_the_same(taken.question, request) else None, call)
