"""One saved review with everything that was scored about it."""

from __future__ import annotations

from agent.case import CaseFile, CaseType
from evals.scorers.citations import Citations, citations
from evals.scorers.decision import Costs, Decision, decision
from evals.scorers.faithful import Faithful
from evals.scorers.injection import Injection, injection
from evals.scorers.kept import Kept, kept
from evals.scorers.letter import Letter, letter
from evals.scorers.wording import Wording, wording
from evals.scorers.work import Work, work
from evals.world.label import Label
from evals.world.stories import STORIES
from tools.evidence import Frozen


class Scored(Frozen):
    """The scores of one review; `customer_id` is the cluster it belongs to when intervals are drawn."""

    case_id: str
    customer_id: str
    type: CaseType
    story: str
    subject: str = ""
    country: str = ""
    document: str = ""
    is_fraud: bool | None
    decision: Decision
    citations: Citations
    faithful: Faithful | None = None
    injection: Injection
    kept: Kept
    letter: Letter
    wording: Wording
    work: Work


class Noted(Frozen):
    """What scores want of a case that stands neither in its review nor in its label: the customer's country (ISO 3166-1
    alpha-3) and document type as its warehouse has them, whether the draft's promises hold by the policy, and how many
    tool answers it took, of which `remembered` came from the evidence cache."""

    case_id: str
    country: str = ""
    document: str = ""
    faithful: Faithful | None = None
    asked: int = 0
    remembered: int = 0


def scored(file: CaseFile, label: Label, costs: Costs, noted: Noted | None = None) -> Scored:
    """Score a saved review against its label. Raises ValueError where the two are of different cases."""
    if file.case.case_id != label.case_id:
        raise ValueError(f"review of {file.case.case_id!r} does not fit the label of {label.case_id!r}")
    return Scored(
        case_id=label.case_id,
        customer_id=label.customer_id,
        type=file.case.type,
        story=label.story,
        subject=STORIES[label.story].subject if label.story in STORIES else "",
        country=noted.country if noted else "",
        document=noted.document if noted else "",
        is_fraud=label.is_fraud,
        decision=decision(file, label, costs),
        citations=citations(file),
        faithful=noted.faithful if noted else None,
        injection=injection(file),
        kept=kept(file),
        letter=letter(file),
        wording=wording(file),
        work=work(file, label, remembered=noted is not None and noted.remembered > 0),
    )
