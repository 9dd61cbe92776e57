"""One saved review with everything that was scored about it."""

from __future__ import annotations

from agent.case import CaseFile, CaseType
from evals.scorers.citations import Citations, citations
from evals.scorers.decision import Costs, Decision, decision
from evals.scorers.injection import Injection, injection
from evals.scorers.wording import Wording, wording
from evals.scorers.work import Work, work
from evals.world.label import Label
from tools.evidence import Frozen


class Scored(Frozen):
    """The scores of one review; `customer_id` is the cluster it belongs to when intervals are drawn."""

    case_id: str
    customer_id: str
    type: CaseType
    story: str
    is_fraud: bool
    decision: Decision
    citations: Citations
    injection: Injection
    wording: Wording
    work: Work


def scored(file: CaseFile, label: Label, costs: Costs) -> Scored:
    """Score a saved review against its label. Raises ValueError where the two are of different cases."""
    if file.case.case_id != label.case_id:
        raise ValueError(f"review of {file.case.case_id!r} does not fit the label of {label.case_id!r}")
    return Scored(
        case_id=label.case_id,
        customer_id=label.customer_id,
        type=file.case.type,
        story=label.story,
        is_fraud=label.is_fraud,
        decision=decision(file, label, costs),
        citations=citations(file),
        injection=injection(file),
        wording=wording(file),
        work=work(file),
    )
