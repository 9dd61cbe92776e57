"""Whether the selfie clip shows the document's holder: a live stranger beside stolen pictures is a stranger."""

from __future__ import annotations

from tools.attachments import attached
from tools.evidence import FactSpec, Value
from tools.tool import Found, NoArguments, Sources, Subject, tool

FACTS = (
    FactSpec(name="clip.attached", kind="flag", meaning="whether a selfie clip came with the case"),
    FactSpec(
        name="clip.similarity",
        kind="number",
        low=-1,
        high=1,
        noise=0.03,
        meaning="cosine similarity of the faces on document and selfie clip",
    ),
    FactSpec(name="clip.quality", kind="number", low=0, high=1, meaning="quality of the worse of those two faces"),
)


@tool("clip.match", FACTS, trust="measured", cost=1.5)
def clip_match(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
    """Compare the face on the document with the face in the selfie clip."""
    if not any(each.role == "clip" for each in subject.attachments):
        absent = tuple(f"{spec.name}: no clip is attached" for spec in FACTS[1:])
        return Found(facts={"clip.attached": False}, notes=absent)
    measured = sources.vision.match(attached(subject, sources, "document"), attached(subject, sources, "clip"))
    facts: dict[str, Value] = {"clip.attached": True}
    if measured.quality is not None:
        facts["clip.quality"] = min(measured.quality.left.score, measured.quality.right.score)
    if measured.similarity is not None:
        facts["clip.similarity"] = max(-1.0, min(1.0, measured.similarity))
    reason = measured.reason or "it could not be measured"
    notes = tuple(f"{spec.name}: {reason}" for spec in FACTS if spec.name not in facts)
    return Found(facts=facts, notes=notes, source=f"{measured.model.name} {measured.model.sha256[:12]}")
