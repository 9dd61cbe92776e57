"""Which evidence to fetch next while more than one disposition is still possible.

The cheapest tool that can tell an open fact comes first. A model that has earned the role may choose among the same
candidates, or raise the case to `escalate`; whatever else it says is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Literal

from pydantic import BaseModel, create_model

from agent.case import CaseType, ModelCall
from agent.llm import Model
from agent.llm.roles import ask
from prompts import Prompts
from tools.evidence import FactSpec, Frozen
from tools.tool import AnyTool

ESCALATE = "escalate"


class OpenFact(Frozen):
    """An unknown fact as a model is told of it."""

    name: str
    meaning: str


class Offer(Frozen):
    """A tool a model may choose: which of the unknown facts it can tell, and its relative cost."""

    name: str
    tells: tuple[str, ...]
    cost: float


def candidates(open_facts: Iterable[str], tools: Mapping[str, AnyTool], done: AbstractSet[str]) -> tuple[str, ...]:
    """The tools not yet called that can tell an open fact, cheapest first, then by name."""
    wanted = set(open_facts)
    able = [tool for tool in tools.values() if tool.name not in done and any(f.name in wanted for f in tool.facts)]
    return tuple(tool.name for tool in sorted(able, key=lambda tool: (tool.cost, tool.name)))


def choice(among: Sequence[str]) -> type[BaseModel]:
    """The form of a model's answer: one of the candidates, or `escalate`."""
    names: Any = Literal[(*among, ESCALATE)]
    return create_model("Choice", __config__={"extra": "forbid"}, tool=(names, ...))


def choose(
    model: Model, prompts: Prompts, case_type: CaseType, specs: Sequence[FactSpec], among: Sequence[AnyTool]
) -> ModelCall:
    """Let a model choose: it is told the open facts and the candidates, in words of ours alone."""
    open_facts = {spec.name for spec in specs}
    inputs = {
        "case_type": case_type,
        "open_facts": tuple(OpenFact(name=spec.name, meaning=spec.meaning) for spec in specs),
        "tools": tuple(_offered(tool, open_facts) for tool in among),
    }
    return ask(model, prompts, "investigate", inputs, choice([tool.name for tool in among]))


def chosen(call: ModelCall, among: Sequence[str]) -> str | None:
    """The tool an answer names if it is among those offered, None where it asks to escalate; what is neither counts as
    the cheapest."""
    said = _said(call)
    if said == ESCALATE:
        return None
    return said if isinstance(said, str) and said in among else among[0]


def asked_to_escalate(calls: Iterable[ModelCall]) -> bool:
    """Whether a model asked, while investigating, that a person look closer."""
    return any(call.role == "investigate" and _said(call) == ESCALATE for call in calls)


def _offered(tool: AnyTool, open_facts: AbstractSet[str]) -> Offer:
    tells = tuple(spec.name for spec in tool.facts if spec.name in open_facts)
    return Offer(name=tool.name, tells=tells, cost=tool.cost)


def _said(call: ModelCall) -> object:
    try:
        answer = json.loads(call.answer) if not call.error else None
    except ValueError:
        return None
    return answer.get("tool") if isinstance(answer, dict) else None
