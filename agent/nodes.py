"""One function a node. Each reads the plain JSON state, does one thing, and returns what changed.

What reaches beyond the state is an effect under its own idempotency key, ATTEMPT:NODE, so that a node which is run
again after a crash does nothing twice. `except Exception` stands in `ask` alone: a tool that fails in any way leaves
Unavailable, never a lost case.
"""

from __future__ import annotations

import json
import operator
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from pydantic import BaseModel

from agent import steps
from agent.audit import Content
from agent.case import Case, ModelCall, Review, Status
from agent.desk import Desk, file_hashes
from agent.draft.ground import Proposal
from agent.llm import Model, unanswered
from agent.llm.budget import Budgeted
from agent.settings import login_name
from agent.steps import Material
from agent.store import SYSTEM
from agent.version import this_version
from tools.call import call_tool
from tools.evidence import Evidence, Ledger, Provenance, Unavailable

if TYPE_CHECKING:
    # Only named here: whoever assesses or replays a case takes these steps without a graph.
    from langgraph.runtime import Runtime

ASKING = 8
"""How many tools wait for the warehouse at once. Those that measure pictures share the cores: as many at once as there
are, so that each has its time limit to itself."""

Json = dict[str, Any]


def added(left: Mapping[str, float], right: Mapping[str, float]) -> dict[str, float]:
    """Times of nodes that run more than once add up."""
    return {name: round(left.get(name, 0.0) + right.get(name, 0.0), 3) for name in {**left, **right}}


class State(TypedDict, total=False):
    """What is kept between nodes, JSON throughout. `made_with` tells whether a run that was cut off may go on."""

    case_id: str
    attempt: int
    made_with: Json
    case: Json
    ledger: Json
    files: dict[str, str] | None
    findings: list[Json]
    settled: bool
    recommendation: Json
    calls: Annotated[list[Json], operator.add]
    proposal: Json
    decision: Json
    status: Status
    rounds: int
    timings_ms: Annotated[dict[str, float], added]


def made_with(desk: Desk) -> Json:
    """What a draft depends on besides its case."""
    return {
        "policy": desk.policy.sha256,
        "model": desk.model.name if desk.model else "",
        "roles": sorted(desk.roles),
        "prompts": desk.prompts.sha256s,
    }


def pull(state: State, runtime: Runtime[Desk]) -> Json:
    """Read the case and note that its review has begun."""
    desk, attempt, began = runtime.context, state["attempt"], time.perf_counter()
    case = desk.store.case(state["case_id"])
    desk.store.note(case.case_id, SYSTEM, "pulled", {"attempt": attempt}, f"{attempt}:pull")
    return {"case": plain(case), "made_with": made_with(desk), "timings_ms": since(began, "pull")}


def gather(state: State, runtime: Runtime[Desk]) -> Json:
    """Ask the mandatory tools of this case type."""
    desk, case, began = runtime.context, Case.model_validate(state["case"]), time.perf_counter()
    files = file_hashes(case)
    ledger = gathered(desk, case)
    for entry in ledger.entries:
        _audit_search(desk, state, entry)
    return {"ledger": plain(ledger), "files": files, "settled": False, "timings_ms": since(began, "gather")}


def fire(state: State, runtime: Runtime[Desk]) -> Json:
    """Apply the rules of the policy to what is known so far."""
    began = time.perf_counter()
    findings = steps.fire(runtime.context, Case.model_validate(state["case"]), Ledger.model_validate(state["ledger"]))
    return {"findings": [plain(finding) for finding in findings], "timings_ms": since(began, "fire")}


def investigate(state: State, runtime: Runtime[Desk]) -> Json:
    """While more than one disposition is possible, ask one more tool that can tell them apart."""
    desk, case, ledger = runtime.context, Case.model_validate(state["case"]), Ledger.model_validate(state["ledger"])
    began = time.perf_counter()
    entry, calls = next_evidence(desk, case, ledger, _calls(state), time.monotonic() + _left_s(desk, state))
    if entry is not None:
        _audit_search(desk, state, entry)
    changed: Json = {"settled": True} if entry is None else {"ledger": plain(ledger.append(entry))}
    return changed | {"calls": [plain(call) for call in calls], "timings_ms": since(began, "investigate")}


def decide(state: State, runtime: Runtime[Desk]) -> Json:
    """Take the recommendation from the policy; a model may have raised it, none can lower it."""
    began, calls = time.perf_counter(), _calls(state)
    case, ledger = Case.model_validate(state["case"]), Ledger.model_validate(state["ledger"])
    recommendation = steps.decide(runtime.context, case, ledger, calls)
    return {"recommendation": plain(recommendation), "timings_ms": since(began, "decide")}


def draft(state: State, runtime: Runtime[Desk]) -> Json:
    """Propose the sentences of the page, with a model where it has earned a role."""
    desk, began = runtime.context, time.perf_counter()
    proposal = steps.draft(desk, _material(state), budgeted(desk, _calls(state), _left_s(desk, state)))
    calls = [plain(call) for call in proposal.calls]
    return {"proposal": plain(proposal), "calls": calls, "timings_ms": since(began, "draft")}


def ground(state: State, runtime: Runtime[Desk]) -> Json:
    """Check every sentence against the ledger, and keep the case file with the policy and prompts that made it."""
    desk, began = runtime.context, time.perf_counter()
    proposal = Proposal.model_validate(state["proposal"])
    file = steps.ground(desk, state["attempt"], _material(state), proposal, _calls(state), {})
    timings = added(state["timings_ms"], since(began, "ground"))
    desk.store.save_policy(desk.policy.sha256, desk.policy.to_json())
    desk.store.save_prompts({each.sha256: (each.name, each.text) for each in desk.prompts.by_name.values()})
    desk.store.save_file(file.model_copy(update={"timings_ms": timings, "version": this_version()}))
    return {"status": "drafted"}


def await_review(state: State) -> Json:
    """Wait for a person. Nothing is done before the interrupt: this node is run again from its top when they decide."""
    from langgraph.types import interrupt

    return {"decision": interrupt({"case_id": state["case_id"], "attempt": state["attempt"]})}


def record(state: State, runtime: Runtime[Desk]) -> Json:
    """Keep what the person decided. It was held against the rules for human steps before the graph was resumed."""
    review, status = Review.model_validate(state["decision"]["review"]), state["decision"]["status"]
    rounds = state.get("rounds", 0) + 1
    runtime.context.store.add_review(review, status, f"{state['attempt']}:record:{rounds}")
    return {"status": status, "rounds": rounds}


def gathered(desk: Desk, case: Case) -> Ledger:
    """What the mandatory tools say, asked all at once; the ledger keeps the policy's order."""
    deadline = time.monotonic() + desk.settings.case_timeout_s
    asking, measuring = ThreadPoolExecutor(ASKING), ThreadPoolExecutor(os.cpu_count() or 2)
    try:
        asked = []
        for number, name in enumerate(desk.policy.mandatory(case.type), start=1):
            pool = measuring if desk.tools[name].trust == "measured" else asking
            asked.append(pool.submit(ask, desk, case, name, f"E{number}", deadline))
        return Ledger(entries=tuple(future.result() for future in asked))
    finally:
        asking.shutdown(wait=False, cancel_futures=True)
        measuring.shutdown(wait=False, cancel_futures=True)


def next_evidence(
    desk: Desk, case: Case, ledger: Ledger, calls: Sequence[ModelCall], deadline: float
) -> tuple[Evidence | Unavailable | None, tuple[ModelCall, ...]]:
    """The next piece of evidence, and the model calls it took to choose it; None where no other is needed or left, or
    the case has had its further tools or its time. What was chosen is always asked, so that the record replays."""
    asked, left_s = len(ledger.entries) - len(desk.policy.mandatory(case.type)), deadline - time.monotonic()
    if asked >= desk.settings.max_tool_calls or left_s <= 0:
        return None, ()
    name, made = steps.investigate(desk, case, ledger, budgeted(desk, calls, left_s))
    return (None if name is None else ask(desk, case, name, ledger.next_id, deadline)), made


def ask(desk: Desk, case: Case, name: str, evidence_id: str, deadline: float) -> Evidence | Unavailable:
    """Ask one tool before the case's time is up. Whatever goes wrong inside it, the case goes on."""
    tool, left_s = desk.tools[name], deadline - time.monotonic()
    provenance = Provenance(tool=name, version=tool.version, as_of=case.subject.as_of)
    if desk.sources is None or left_s <= 0:
        reason = "the time for this case's evidence is used up; raise CASE_TIMEOUT_S, and review again"
        return Unavailable(id=evidence_id, tool=name, reason=reason, provenance=provenance, begun=False)
    try:
        limit_s = min(desk.settings.tool_timeout_s, left_s)
        return call_tool(tool, evidence_id, case.subject, desk.sources, limit_s=limit_s)
    except Exception as error:  # noqa: BLE001
        reason = f"the tool broke: {type(error).__name__}"
        return Unavailable(id=evidence_id, tool=name, reason=reason, provenance=provenance)


def budgeted(desk: Desk, calls: Sequence[ModelCall], left_s: float) -> Model | None:
    """The model with what is left of the case's tokens and time, in seconds."""
    if desk.model is None:
        return None
    used = sum(call.tokens_in + call.tokens_out for call in calls)
    left, silent = max(0, desk.settings.case_token_budget - used), any(unanswered(call) for call in calls)
    return Budgeted(desk.model, left, left_s, silent=silent)


def plain(value: BaseModel) -> Json:
    """A value as JSON types, for the state."""
    return value.model_dump(mode="json")


def since(began: float, node: str) -> dict[str, float]:
    return {node: round((time.perf_counter() - began) * 1000, 3)}


def _audit_search(desk: Desk, state: State, entry: Evidence | Unavailable) -> None:
    """Note a search among people who have no part in the case: who had it made, on whose permission, from which
    similarity on, and how many it found (None where it broke off or cannot tell). One that is known not to have begun
    was not made."""
    counted = desk.tools[entry.tool].audited
    if not counted or (isinstance(entry, Unavailable) and not entry.begun):
        return
    told = {fact.name: fact.value for fact in entry.facts} if isinstance(entry, Evidence) else {}
    hits = told.get(counted)
    asked = json.loads(entry.provenance.arguments).get("threshold")
    threshold = desk.sources.face_search if asked is None and desk.sources else asked
    content: Content = {
        "attempt": state["attempt"],
        "tool": entry.tool,
        "evidence": entry.id,
        "found": None if hits is None else int(hits),
        "threshold": None if threshold is None else f"{threshold:g}",
        "permitted_by": "source.json" if desk.settings.face_search_allowed is None else "FACE_SEARCH_ALLOWED",
    }
    actor = desk.settings.casework_reviewer or login_name()
    desk.store.note(state["case_id"], actor, "searched", content, f"{state['attempt']}:{entry.sha256}:search")


def _calls(state: State) -> tuple[ModelCall, ...]:
    return tuple(map(ModelCall.model_validate, state.get("calls", [])))


def _material(state: State) -> Material:
    return Material.model_validate(
        {name: state[name] for name in ("case", "ledger", "findings", "recommendation", "files")}
    )


def _left_s(desk: Desk, state: State) -> float:
    spent = state.get("timings_ms", {})
    return desk.settings.case_timeout_s - (spent.get("gather", 0.0) + spent.get("investigate", 0.0)) / 1000
