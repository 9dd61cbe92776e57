"""Evidence that stays as it was: what was measured on the pictures of a case is given out and not measured again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pydantic import BaseModel

from agent.case import CaseFile
from agent.desk import Desk
from agent.errors import CaseworkError, NotPermitted, NotSetUp, ToolError, Unusable
from tools.evidence import Evidence, Fault, Unavailable
from tools.registry import all_tools
from tools.tool import AnyTool, Found, Sources, Subject

Kept = Mapping[str, Evidence | Unavailable]
"""By tool, what it answered on the same pictures before."""
FAILED: Mapping[Fault, type[CaseworkError]] = {
    "ours": ToolError,
    "setup": NotSetUp,
    "policy": NotPermitted,
}
"""What a tool raises that leaves each fault but the customer's."""


def measured(file: CaseFile) -> Kept:
    """What a review holds of measurements on pictures."""
    return {
        entry.tool: entry
        for entry in file.ledger.entries
        if file.case.attachments and all_tools()[entry.tool].trust == "measured"
    }


def keeping(desk: Desk, kept: Kept) -> Desk:
    """The same desk, whose tools give what is kept where something is."""
    told = {name: _giving(tool, kept[name]) if name in kept else tool for name, tool in desk.tools.items()}
    return replace(desk, tools=told)


def asking_all(desk: Desk) -> Desk:
    """The same desk under a policy by which every case is put to every query of the playbook."""
    queries = [name for name in desk.tools if name.startswith("sql.")]
    wanted = [
        each.model_copy(update={"mandatory": (*each.mandatory, *(q for q in queries if q not in each.mandatory))})
        for each in desk.policy.requirements
    ]
    return replace(desk, policy=desk.policy.model_copy(update={"requirements": tuple(wanted)}))


def retold(kept: Kept, place: int, retell: Callable[[Evidence, int], Evidence] | None) -> Kept:
    """The same evidence as a variant would have it of the case of that place."""
    if retell is None:
        return kept
    return {name: retell(entry, place) if isinstance(entry, Evidence) else entry for name, entry in kept.items()}


def _giving(tool: AnyTool, entry: Evidence | Unavailable) -> AnyTool:
    def run(subject: Subject, sources: Sources, arguments: BaseModel) -> Found:
        if isinstance(entry, Unavailable):
            why = (entry.reason, "it was so before")
            raise Unusable(*why, entry.roles) if entry.fault == "customer" else FAILED[entry.fault](*why)
        facts = {fact.name: fact.value for fact in entry.facts}
        return Found(facts, entry.exhibits, entry.notes, entry.provenance.source, entry.faults, entry.roles)

    return replace(tool, run=run)
