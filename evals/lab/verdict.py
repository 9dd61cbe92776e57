"""What an answer comes to: which text would stand in the draft, and in words why the model's own does or does not."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeVar

from pydantic import BaseModel

from agent.case import ModelCall, Role
from agent.draft.ground import DETERMINERS, GLUE, asked_for, copies, tokens
from agent.llm import CUT, unanswered
from agent.llm.qualify import Outcome
from agent.llm.roles import Answer, Asking, Sentence, read

Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True)
class Verdict:
    """The verifier's word on one answer. `ships` is what the draft would say: the model's words where they hold, the
    policy's own where they do not."""

    outcome: Outcome
    why: str
    ships: str
    call: ModelCall

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    @property
    def remedy(self) -> str:
        """What to do where nothing came back, or not all of it: that is no fault of the prompt's words."""
        if self.call.error.startswith(CUT):
            return "raise max_tokens in the prompt, or LLM_MAX_TOKENS if that is lower"
        return "`casework llm status` shows whether the endpoint serves the model" if unanswered(self.call) else ""


def judged(role: Role, answer: Answer, own: str, policy: str, ships: str | None) -> Verdict:
    """The verdict on the answer of a role whose task was to say `own` in other words. `policy` is the text that stands
    otherwise, `ships` the model's as it would stand in the draft, None where it does not hold."""
    call = answer.call
    if answer.text is None or ships is None:
        if call.error:
            return Verdict("unanswered", call.error, policy, call)
        return Verdict("refused", _refusal(role, call, own), policy, call)
    if copies(answer.text, own):
        return Verdict("copied", "it repeats the policy's sentence word for word", policy, call)
    return Verdict("passed", "it holds", ships, call)


def _refusal(role: Role, call: ModelCall, own: str) -> str:
    if role == "word" and (worded := read(call, Sentence)):
        return differing(worded.sentence, own, GLUE)
    if role == "question" and (asked := read(call, Asking)):
        wanted = asked_for(asked.question)
        if wanted is None:
            return 'it does not begin with a phrase such as "Could you please", or does not end with a question mark'
        return differing(wanted, own, DETERMINERS)
    return "it does not have the requested form"


def differing(said: str, own: str, small: AbstractSet[str]) -> str:
    """In words, what a sentence leaves out of another and adds to it, small words apart."""
    theirs, ours = tokens(said), tokens(own)
    if theirs is None or ours is None:
        return "it contains a figure or a sign that the policy's sentence does not, or other spacing"
    ours, bare = ([token for token in each if token not in small] for each in (ours, theirs))
    steps = SequenceMatcher(None, ours, bare, autojunk=False).get_opcodes()
    out = [f"{token!r}" for kind, a, b, _, _ in steps if kind in ("delete", "replace") for token in ours[a:b]]
    new = [f"{token!r}" for kind, _, _, a, b in steps if kind in ("insert", "replace") for token in bare[a:b]]
    parts = ([f"leaves out {', '.join(out)}"] if out else []) + ([f"adds {', '.join(new)}"] if new else [])
    return f"it {' and '.join(parts)}" if parts else "it adds too many small words, or begins a sentence in lower case"
