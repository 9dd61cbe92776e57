"""A tool: a function of a Subject, the Sources and its arguments, with what it may cost and what facts it can find out.

It returns `Found`, or raises a `CaseworkError`, of which `tools.call` makes `Unavailable`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from tools.errors import ToolError
from tools.evidence import AttachmentRole, Exhibit, FactSpec, Fault, Frozen, Trust, Value
from vision.types import Challenge

if TYPE_CHECKING:
    # Only named here: a Case is made of this module's types and must not bring an engine along.
    from tools.warehouse import Warehouse
    from vision.protocol import Vision
    from vision.rates import FaceBench


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

    @property
    def moment(self) -> datetime:
        """`as_of` as the warehouse keeps time: UTC, without a zone. Raises ToolError where it is no ISO 8601 time."""
        try:
            parsed = datetime.fromisoformat(self.as_of)
        except ValueError as error:
            raise ToolError(f"the case's time {self.as_of!r} is not ISO 8601", "correct the case") from error
        return parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed


class NoArguments(BaseModel):
    """For tools that need to know nothing but the subject."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Sources:
    """What evidence is drawn from: the warehouse, the measurements, and the folder of the attached files.

    `face_search` is the cosine similarity from which a selfie found among all others shows the same face. It lies above
    the one for a single pair, because a search makes many comparisons. Nobody is searched for unless
    `face_search_allowed`. `face_index_model` is the sha256 of the recogniser that made the warehouse's face_index, the
    shipped one where it is empty. `face_rates` are error rates of the recogniser and the thresholds in use, where a
    team measured them.
    """

    warehouse: Warehouse
    vision: Vision
    files: Path
    face_search: float = 0.50
    face_search_allowed: bool = False
    face_index_model: str = ""
    face_rates: FaceBench | None = None


@dataclass(frozen=True)
class Found:
    """What a tool function returns; `call_tool` wraps it into Evidence. Declared facts left out are unknown: `notes`
    says why, and `faults` whose fault it is where that is not the customer's; `roles` names the attachments that are at
    fault, where those are not all that the tool looks at."""

    facts: Mapping[str, Value]
    exhibits: tuple[Exhibit, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    faults: Mapping[str, Fault] = field(default_factory=dict)
    roles: tuple[AttachmentRole, ...] = ()


Arguments = TypeVar("Arguments", bound=BaseModel)


@dataclass(frozen=True)
class Tool(Generic[Arguments]):
    """One source of evidence. `cost` orders calls, cheapest first, in rough CPU seconds. `limit_s` is a time limit
    of its own, in seconds; None leaves it to the caller. A tool that searches among people who have no part in the case
    is `audited`: each call is noted, with the value of the fact named there. `looks_at` are the attachments that it
    measures, which the customer would have to send again where it has no use of them."""

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
    looks_at: tuple[AttachmentRole, ...] = ()


AnyTool = Tool[Any]


def specs_of(tools: Mapping[str, AnyTool]) -> dict[str, FactSpec]:
    """Every fact that the tools can find out, by name."""
    return {spec.name: spec for each in tools.values() for spec in each.facts}


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
    looks_at: tuple[AttachmentRole, ...] = (),
) -> Callable[[Callable[[Subject, Sources, Arguments], Found]], Tool[Arguments]]:
    """Make a Tool of a function; its docstring's first line becomes the tool's meaning."""

    def wrap(run: Callable[[Subject, Sources, Arguments], Found]) -> Tool[Arguments]:
        meaning = (run.__doc__ or "").strip().partition("\n")[0]
        return Tool(name, meaning, run, arguments, facts, trust, cost, limit_s, version, audited, looks_at)

    return wrap
