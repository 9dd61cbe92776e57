"""Whether the selfie clip shows the document's holder: a live stranger beside stolen pictures is a stranger."""

from __future__ import annotations

from tools.attachments import has
from tools.evidence import FactSpec
from tools.face import compared, compared_facts, found, matched
from tools.face_exhibits import worth
from tools.tool import Found, NoArguments, Sources, Subject, tool

FACTS = (
    FactSpec(
        name="clip.attached",
        label="a selfie clip in the case",
        kind="flag",
        meaning="whether a selfie clip came with the case",
    ),
    *compared_facts("clip", "selfie clip"),
)


@tool("clip.match", FACTS, trust="measured", cost=1.5, version="2", looks_at=("document", "clip"))
def clip_match(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
    """Compare the face on the document with the face in the selfie clip."""
    if not has(subject, "clip"):
        absent = tuple(f"{spec.name}: no clip is attached" for spec in FACTS[1:])
        return Found(facts={"clip.attached": False}, notes=absent)
    measured = matched(subject, sources, "clip")
    facts = {"clip.attached": True, **compared("clip", measured)}
    return found(facts, measured, "clip", FACTS, worth(sources.face_rates, measured, "clip"))
