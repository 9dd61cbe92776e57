"""The steps of a review, by the names that the graph has for them, as far as they depend on nothing but what they are
given. The graph takes them once, `replay` again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.case import Case, CaseFile, Finding, ModelCall, Recommendation
from agent.desk import Desk
from agent.draft import ground as grounding
from agent.draft.ground import Proposal
from agent.draft.propose import write
from agent.llm import Model
from agent.llm.investigate import asked_to_escalate, candidates, choose, chosen
from agent.policy import fire as firing
from agent.policy.decide import raise_to_escalate, recommend, weighed
from agent.policy.model import Policy
from tools.evidence import Frozen, Ledger
from tools.tool import AnyTool

RAISED_ROW = "raised-by-model"
RAISED = "investigate: the language model asked for a closer look, so the case is raised to escalate"


class Material(Frozen):
    """What a draft is written from. `files` are those of the case file."""

    case: Case
    ledger: Ledger
    findings: tuple[Finding, ...]
    recommendation: Recommendation
    files: dict[str, str] | None = None


def fire(desk: Desk, case: Case, ledger: Ledger) -> tuple[Finding, ...]:
    """The rules that fire on what is known."""
    return firing.fire(desk.policy, case.type, case.flagged_at, ledger, desk.specs).findings


def investigate(
    desk: Desk, case: Case, ledger: Ledger, model: Model | None
) -> tuple[str | None, tuple[ModelCall, ...]]:
    """Which tool to ask next, None where none is needed or left, and the model call it took to choose."""
    scales = weighed(desk.policy, case.type, case.flagged_at, ledger, desk.tools)
    open_facts = scales.judge({}).answer.open_facts if scales else ()
    among = candidates(open_facts, desk.tools, {entry.tool for entry in ledger.entries})
    if not among:
        return None, ()
    if model is None or "investigate" not in desk.roles:
        return among[0], ()
    specs = [desk.specs[name] for name in open_facts]
    call = choose(model, desk.prompts, case.type, specs, [desk.tools[name] for name in among])
    return chosen(call, among), (call,)


def decide(desk: Desk, case: Case, ledger: Ledger, calls: Sequence[ModelCall]) -> Recommendation:
    return recommended(desk.policy, case, ledger, calls, desk.tools)


def recommended(
    policy: Policy, case: Case, ledger: Ledger, calls: Sequence[ModelCall], tools: Mapping[str, AnyTool]
) -> Recommendation:
    """What a policy recommends, raised to `escalate` where a model asked for that; never lowered."""
    own = recommend(policy, case.type, case.flagged_at, ledger, tools)
    return raise_to_escalate(own, RAISED_ROW) if asked_to_escalate(calls) else own


def draft(desk: Desk, material: Material, model: Model | None) -> Proposal:
    """Sentences for the page, not yet to be believed."""
    return write(*_parts(material), desk.specs, model, desk.roles, desk.prompts)


def ground(
    desk: Desk,
    attempt: int,
    material: Material,
    proposal: Proposal,
    calls: Sequence[ModelCall],
    timings_ms: Mapping[str, float],
) -> CaseFile:
    """The grounded draft, together with everything it was made of."""
    page = grounding.ground(proposal, *_parts(material), desk.specs)
    if asked_to_escalate(calls):
        page = page.model_copy(update={"notes": (*page.notes, RAISED)})
    return CaseFile(
        case=material.case,
        attempt=attempt,
        ledger=material.ledger,
        policy_sha256=desk.policy.sha256,
        findings=material.findings,
        recommendation=material.recommendation,
        calls=tuple(calls),
        roles=tuple(sorted(desk.roles)),
        prompts=desk.prompts.sha256s,
        model=desk.model.name if desk.model else "",
        draft=page,
        timings_ms=dict(timings_ms),
        files=material.files,
    )


def _parts(material: Material) -> tuple[Case, Ledger, tuple[Finding, ...], Recommendation]:
    return material.case, material.ledger, material.findings, material.recommendation
