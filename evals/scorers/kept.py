"""How much of what a model was asked to word stands in the draft, and how much the verifier put aside."""

from __future__ import annotations

from agent.case import CaseFile
from agent.llm.roles import Asking, read
from tools.evidence import Frozen

WORDING = frozenset({"merge", "word"})
WRITING = WORDING | {"question"}


class Kept(Frozen):
    """Sentences a model was asked for, and those of them that a reader sees; the policy's text stands for the rest.

    A prompt that lets citations fall shows here: the verifier drops each such sentence, and the draft stays sound.
    """

    asked: int
    kept: int


def kept(file: CaseFile) -> Kept:
    """Score one saved review."""
    asking = (read(call, Asking) for call in file.calls if call.role == "question")
    questions = sum(each is not None and each.question in file.draft.customer_message for each in asking)
    # A draft that nobody asked for sentences, as an agent's explanation, has none that were kept.
    wording = any(call.role in WORDING for call in file.calls)
    worded = sum(told.source == "model" for told in file.draft.statements) if wording else 0
    return Kept(asked=sum(call.role in WRITING for call in file.calls), kept=worded + questions)
