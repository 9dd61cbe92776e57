"""Whether a live person stood before the camera."""

from __future__ import annotations

from tools.attachments import attached
from tools.errors import ToolError
from tools.evidence import FactSpec, Value
from tools.registry import AttachmentRole, Found, NoArguments, Sources, Subject, tool

FACTS = (
    FactSpec(name="liveness.score", kind="number", low=0, high=1, noise=0.05, meaning="how live the capture looks"),
    FactSpec(name="liveness.verdict", kind="category", choices=("live", "attack"), meaning="what the score amounts to"),
)


@tool("liveness.assess", FACTS, trust="measured", cost=1.0)
def liveness_assess(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
    """Judge from the clip, or else from the selfie, whether a live person is shown."""
    roles = {each.role for each in subject.attachments}
    role: AttachmentRole = "clip" if "clip" in roles else "selfie"
    measured = sources.vision.liveness(attached(subject, sources, role))
    if measured.verdict == "not_assessed":
        raise ToolError("liveness was not assessed", measured.reason)
    facts: dict[str, Value] = {"liveness.verdict": measured.verdict}
    if measured.score is not None:
        facts["liveness.score"] = measured.score
    notes = () if measured.score is not None else ("liveness.score: the model gives none",)
    model = f"{measured.model.name} {measured.model.sha256[:12]}" if measured.model else ""
    return Found(facts=facts, notes=notes, source=f"{role}; {model}")
