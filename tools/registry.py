"""The tools by name: what each is told, may cost, and can find out.

A tool is a function of a Subject, the Sources and its arguments. It returns `Found`, or raises a `CaseworkError`,
which `call_tool` turns into `Unavailable`. Every call has a time limit.
"""

from __future__ import annotations

import importlib
import json
import math
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.errors import NotPermitted, NotSetUp, ToolError, Unusable
from tools.evidence import Evidence, Exhibit, Fact, FactSpec, Fault, Frozen, Provenance, Trust, Unavailable, Value
from vision.errors import BadImage, CaseworkError
from vision.types import Challenge

if TYPE_CHECKING:
    # Only named here: a Case is made of this module's types and must not bring an engine along.
    from tools.warehouse import Warehouse
    from vision.protocol import Vision

AttachmentRole = Literal["document", "selfie", "clip"]


class Attachment(Frozen):
    """A file that came with a case. `path` is relative to the source's folder; the sha256 is checked on reading.
    `asked` is the movement that the app asked for while a clip was recorded."""

    role: AttachmentRole
    path: str
    sha256: str
    asked: Challenge | None = None


class Subject(Frozen):
    """All that a tool may know of a case: whose it is, as of when (ISO 8601, UTC), and the attached files."""

    customer_id: str
    as_of: str
    attachments: tuple[Attachment, ...] = ()


class NoArguments(BaseModel):
    """For tools that need to know nothing but the subject."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Sources:
    """What evidence is drawn from: the warehouse, the measurements, and the folder of the attached files.

    `face_search` is the cosine similarity from which a selfie found among all others shows the same face. It lies above
    the one for a single pair, because a search makes many comparisons. Nobody is searched for unless
    `face_search_allowed`. `face_index_model` is the sha256 of the recogniser that made the warehouse's face_index, the
    shipped one where it is empty.
    """

    warehouse: Warehouse
    vision: Vision
    files: Path
    face_search: float = 0.50
    face_search_allowed: bool = False
    face_index_model: str = ""


@dataclass(frozen=True)
class Found:
    """What a tool function returns; `call_tool` wraps it into Evidence. Declared facts left out are unknown: `notes`
    says why."""

    facts: Mapping[str, Value]
    exhibits: tuple[Exhibit, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""


Arguments = TypeVar("Arguments", bound=BaseModel)


@dataclass(frozen=True)
class Tool(Generic[Arguments]):
    """One source of evidence. `cost` orders calls, cheapest first, in rough CPU seconds. `limit_s` is a time limit
    of its own, in seconds; None leaves it to the caller. A tool that searches among people who have no part in the case
    is `audited`: each call is noted, with the value of the fact named there."""

    name: str
    meaning: str
    run: Callable[[Subject, Sources, Arguments], Found]
    arguments: type[Arguments]
    facts: tuple[FactSpec, ...]
    trust: Trust
    cost: float
    limit_s: float | None = None
    version: str = "1"
    audited: str = ""


AnyTool = Tool[Any]
MODULES = ("tools.document", "tools.face", "tools.liveness")
REASON_LIMIT = 300
PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "flag": (bool,),
    "count": (int,),
    "number": (int, float),
    "category": (str,),
    "date": (str,),
    "text": (str,),
}


def tool(
    name: str,
    facts: tuple[FactSpec, ...],
    *,
    trust: Trust,
    cost: float,
    arguments: type[Arguments] = NoArguments,  # type: ignore[assignment]
    limit_s: float | None = None,
    version: str = "1",
    audited: str = "",
) -> Callable[[Callable[[Subject, Sources, Arguments], Found]], Tool[Arguments]]:
    """Make a Tool of a function; its docstring's first line becomes the tool's meaning."""

    def wrap(run: Callable[[Subject, Sources, Arguments], Found]) -> Tool[Arguments]:
        meaning = (run.__doc__ or "").strip().partition("\n")[0]
        return Tool(name, meaning, run, arguments, facts, trust, cost, limit_s, version, audited)

    return wrap


@cache
def all_tools() -> Mapping[str, AnyTool]:
    """Every tool by name: the Tools that stand in the modules named above, and one for each playbook query.

    Raises:
        ToolError: two tools of one name, or one fact declared by two tools.
    """
    from tools.playbook import load_playbook  # the playbook is made of the types above

    modules = map(importlib.import_module, MODULES)
    written = [value for module in modules for value in vars(module).values() if isinstance(value, Tool)]
    return checked_registry([*written, *load_playbook()])


def checked_registry(tools: Iterable[AnyTool]) -> Mapping[str, AnyTool]:
    """Index tools by name, and hold that each fact is declared by exactly one of them."""
    by_name: dict[str, AnyTool] = {}
    owner: dict[str, str] = {}
    for each in tools:
        if each.name in by_name:
            raise ToolError(f"tool {each.name!r} is registered twice", "rename one of them")
        by_name[each.name] = each
        for spec in each.facts:
            if spec.name in owner:
                both = f"by {owner[spec.name]!r} and {each.name!r}"
                raise ToolError(f"fact {spec.name!r} is declared {both}", "declare it in one tool")
            owner[spec.name] = each.name
    return MappingProxyType(by_name)


@cache
def fact_specs() -> Mapping[str, FactSpec]:
    """Every fact that any tool can produce, by name."""
    return MappingProxyType({spec.name: spec for each in all_tools().values() for spec in each.facts})


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
        reason = str(error)[:REASON_LIMIT]
        return Unavailable(id=evidence_id, tool=asked.name, reason=reason, fault=_fault(error), provenance=provenance)
    return Evidence(
        id=evidence_id,
        tool=asked.name,
        trust=asked.trust,
        facts=facts,
        provenance=provenance.model_copy(update={"source": found.source}),
        exhibits=found.exhibits,
        notes=found.notes,
    )


def _fault(error: CaseworkError) -> Fault:
    if isinstance(error, NotPermitted):
        return "policy"
    if isinstance(error, NotSetUp):
        return "setup"
    return "customer" if isinstance(error, BadImage | Unusable) else "ours"


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
    if not math.isfinite(value):
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
