"""Whether the worked examples of a prompt hold. A model imitates them, so an answer among them goes through the
verifier that a model's own answer goes through.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent.case import ModelCall, Role
from agent.draft.ground import REFERENCE, Skeleton, asks_the_same, reworded
from agent.llm.investigate import ESCALATE, Offer, OpenFact, choice
from agent.llm.roles import Answer, Asking, Sentence, Told, joints, read
from evals.lab.verdict import judged

SUBJECTS: Mapping[Role, Mapping[str, Any]] = {
    "merge": {"findings": list[Told]},
    "word": {"sentence": str},
    "question": {"request": str},
    "investigate": {"open_facts": list[OpenFact], "tools": list[Offer]},
}
"""The inputs of each role that its answers are about, and their types."""
OTHER_FORM = "it does not have the requested form"


def refusal(role: Role, given: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Why the verifier would refuse an example's answer, empty where it holds. `given` has the subjects of the role, of
    their types."""
    call = ModelCall(role=role, request_sha256="", answer=json.dumps(answer), model="example")
    if role == "merge":
        return "" if read(call, joints(len(given["findings"]))) else OTHER_FORM
    if role == "investigate":
        return _chosen(call, given)
    (subject,) = SUBJECTS[role]
    own = str(given[subject])
    text = _asked(call, own) if role == "question" else _worded(call, own)
    verdict = judged(role, Answer(text, call), own, own, text)
    return verdict.why if verdict.outcome == "refused" else ""


def _asked(call: ModelCall, own: str) -> str | None:
    said = read(call, Asking)
    return said.question if said and asks_the_same(said.question, own) else None


def _worded(call: ModelCall, own: str) -> str | None:
    said = read(call, Sentence)
    return said.sentence if said and reworded(said.sentence, Skeleton(own, tuple(REFERENCE.findall(own)))) else None


def _chosen(call: ModelCall, given: Mapping[str, Any]) -> str:
    """The tool of an example can tell one of its open facts; where none can, the case is raised."""
    taken = read(call, choice([tool["name"] for tool in given["tools"]]))
    if taken is None:
        return OTHER_FORM
    wanted = {fact["name"] for fact in given["open_facts"]}
    able = [tool["name"] for tool in given["tools"] if wanted & {*tool["tells"]}]
    return "" if taken.model_dump()["tool"] in (able or [ESCALATE]) else "it chooses no tool that can tell an open fact"
