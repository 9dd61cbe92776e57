"""One call of a tool: within a time limit, held against what the tool declares, and Unavailable where it fails."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from types import MappingProxyType

from pydantic import BaseModel, ValidationError

from tools.errors import NotPermitted, NotSetUp, ToolError, Unusable
from tools.evidence import AttachmentRole, Evidence, Fact, FactSpec, Fault, Provenance, Unavailable, Value
from tools.tool import AnyTool, Found, Sources, Subject
from vision.errors import BadImage, CaseworkError

REASON_LIMIT = 300
PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "flag": (bool,),
    "count": (int,),
    "number": (int, float),
    "category": (str,),
    "date": (str,),
    "text": (str,),
}


def call_tool(
    asked: AnyTool,
    evidence_id: str,
    subject: Subject,
    sources: Sources,
    arguments: Mapping[str, Value] = MappingProxyType({}),
    limit_s: float = 10.0,
) -> Evidence | Unavailable:
    """Ask one tool, within `limit_s` seconds, or within the tool's own limit where it has a shorter one.

    A tool that cannot answer, is too slow, is given wrong arguments, or breaks its own declaration leaves
    Unavailable. Only a programming error other than these is raised.
    """
    provenance = Provenance(
        tool=asked.name,
        version=asked.version,
        arguments=json.dumps(dict(arguments), sort_keys=True),
        as_of=subject.as_of,
    )
    within_s = limit_s if asked.limit_s is None else min(limit_s, asked.limit_s)
    try:
        found = _within(within_s, asked, subject, sources, _arguments(asked, arguments))
        facts = checked_facts(asked, found)
    except CaseworkError as error:
        return Unavailable(
            id=evidence_id,
            tool=asked.name,
            reason=str(error)[:REASON_LIMIT],
            fault=_fault(error),
            roles=_roles(error, asked),
            provenance=provenance,
            begun=error.begun,
        )
    return Evidence(
        id=evidence_id,
        tool=asked.name,
        trust=asked.trust,
        facts=facts,
        provenance=provenance.model_copy(update={"source": found.source}),
        exhibits=found.exhibits,
        notes=found.notes,
        faults=dict(found.faults),
        roles=(found.roles or asked.looks_at) if len(facts) < len(asked.facts) else (),
    )


def _fault(error: CaseworkError) -> Fault:
    if isinstance(error, NotPermitted):
        return "policy"
    if isinstance(error, NotSetUp):
        return "setup"
    return "customer" if isinstance(error, BadImage | Unusable) else "ours"


def _roles(error: CaseworkError, asked: AnyTool) -> tuple[AttachmentRole, ...]:
    """The attachments that are to be sent (again), where the customer is at fault."""
    named = error.roles if isinstance(error, Unusable) else ()
    return (named or asked.looks_at) if _fault(error) == "customer" else ()


def checked_facts(asked: AnyTool, found: Found) -> tuple[Fact, ...]:
    """The facts a tool found, in declared order, each held against its declaration.

    Raises:
        ToolError: a fact that is not declared, or whose type, range or choice is not the declared one.
    """
    specs = {spec.name: spec for spec in asked.facts}
    for name, value in found.facts.items():
        problem = "is not declared" if name not in specs else _problem(specs[name], value)
        if problem:
            raise ToolError(f"tool {asked.name!r} broke its declaration: fact {name!r} {problem}", "correct the tool")
    return tuple(
        Fact(name=spec.name, value=found.facts[spec.name], unit=spec.unit)
        for spec in asked.facts
        if spec.name in found.facts
    )


def _problem(spec: FactSpec, value: Value) -> str:
    """What is wrong with a value, in words that do not repeat it; empty where nothing is."""
    if not isinstance(value, PYTHON_TYPES[spec.kind]) or (isinstance(value, bool) and spec.kind != "flag"):
        return f"is a {type(value).__name__}, not a {spec.kind}"
    if isinstance(value, str):
        return "is not among the choices" if spec.choices and value not in spec.choices else ""
    # A whole number of thousands of digits is finite, and no float.
    if isinstance(value, float) and not math.isfinite(value):
        return "is not finite"
    below = spec.low is not None and value < spec.low
    above = spec.high is not None and value > spec.high
    return f"lies outside [{spec.low}, {spec.high}]" if below or above else ""


def _arguments(asked: AnyTool, arguments: Mapping[str, Value]) -> BaseModel:
    model: type[BaseModel] = asked.arguments
    try:
        return model.model_validate(dict(arguments))
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, each["loc"])) for each in error.errors()}))
        raise ToolError(
            f"tool {asked.name!r} cannot take these arguments: {fields}", "see its argument model"
        ) from error


def _within(limit_s: float, asked: AnyTool, subject: Subject, sources: Sources, arguments: BaseModel) -> Found:
    """Run a tool in a thread of its own and stop waiting for it after the limit. Python cannot end the thread; as a
    daemon it holds up neither this case nor the end of the process."""
    outcome: Future[Found] = Future()

    def run() -> None:
        try:
            outcome.set_result(asked.run(subject, sources, arguments))
        except BaseException as error:  # noqa: BLE001 - not handled here, only carried to the caller's thread
            outcome.set_exception(error)

    threading.Thread(target=run, name=asked.name, daemon=True).start()
    try:
        return outcome.result(timeout=limit_s)
    except FutureTimeout:
        if outcome.done():
            raise
        raise ToolError(
            f"tool {asked.name!r} took longer than {limit_s:g} s", "try again, or go on without it"
        ) from None
