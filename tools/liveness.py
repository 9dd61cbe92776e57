"""Whether a live person stood before the camera."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from tools.attachments import read
from tools.errors import NotSetUp, Unusable
from tools.evidence import Exhibit, FactSpec, Value
from tools.tool import Attachment, Found, NoArguments, Sources, Subject, tool
from vision.errors import BadImage
from vision.types import ChallengeResult, Liveness

NO_CLIP = "a still picture came in the place of the clip"
FACTS = (
    FactSpec(
        name="liveness.score",
        label="the liveness score",
        kind="number",
        low=0,
        high=1,
        noise=0.05,
        meaning="how live the capture looks",
    ),
    FactSpec(
        name="liveness.verdict",
        label="the liveness verdict",
        kind="category",
        choices=("live", "attack"),
        meaning="what the capture amounts to",
    ),
    FactSpec(
        name="liveness.usable",
        label="a clip good enough to judge",
        kind="flag",
        meaning="whether the clip shows one face well enough",
    ),
    FactSpec(
        name="liveness.identity_constant",
        label="one face throughout the clip",
        kind="flag",
        meaning="whether the clip shows one face throughout",
    ),
    FactSpec(
        name="liveness.challenge",
        label="the movement asked for in the clip",
        kind="category",
        choices=("answered", "failed", "unclear"),
        meaning="whether the movement that was asked for is seen",
    ),
    FactSpec(
        name="liveness.repeated",
        label="repeated frames in the clip",
        kind="flag",
        meaning="whether frames of the clip stand still or come again",
    ),
    FactSpec(
        name="liveness.screen",
        label="traces of a filmed display",
        kind="flag",
        meaning="whether the clip has traces of a display that was filmed",
    ),
    FactSpec(
        name="liveness.converted",
        label="a clip made by software",
        kind="flag",
        meaning="whether the clip comes from software, not from a camera",
    ),
)


@tool("liveness.assess", FACTS, trust="measured", cost=2.0, version="8")
def liveness_assess(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
    """Judge from the clip, or else from the selfie, whether a live person is shown."""
    capture = _capture(subject)
    picture = read(capture, sources.files)
    try:
        measured = _as_clip(capture, sources.vision.liveness(picture, capture.asked))
    except BadImage as error:
        raise Unusable(error.what, error.remedy, (capture.role,)) from error
    facts = _facts(measured)
    if not facts and measured.model is None:
        raise NotSetUp("liveness was not assessed", measured.reason)
    if not facts:
        raise Unusable("liveness was not assessed", measured.reason, (capture.role,))
    reason = measured.reason or "it was not measured"
    model = f"{measured.model.name} {measured.model.sha256[:12]}" if measured.model else "traces of the clip alone"
    return Found(
        facts=facts,
        exhibits=_exhibits(measured, capture),
        notes=tuple(f"{spec.name}: {_missing(spec.name, reason)}" for spec in FACTS if spec.name not in facts),
        faults=dict.fromkeys(_not_set_up(facts, measured, capture), "setup"),
        roles=("clip",),  # What a selfie leaves out a clip can show.
        source=f"{capture.role}; {model}",
    )


def _capture(subject: Subject) -> Attachment:
    for role in ("clip", "selfie"):
        found = next((each for each in subject.attachments if each.role == role), None)
        if found is not None:
            return found
    raise Unusable("no selfie attached", "ask the customer for a selfie", ("selfie",))


def _as_clip(capture: Attachment, measured: Liveness) -> Liveness:
    """What a file in the place of a clip tells. A still picture, the one capture of which it is left open whether it is
    usable, is a clip that shows too little there, not one that was never sent."""
    if capture.role != "clip" or measured.usable is not None:
        return measured
    return measured.model_copy(update={"usable": False, "reason": NO_CLIP})


def _facts(measured: Liveness) -> dict[str, Value]:
    """What was measured. A clip without a verdict still says what it shows by itself."""
    known: dict[str, Value | None] = {
        "liveness.score": measured.score,
        "liveness.verdict": None if measured.verdict == "not_assessed" else measured.verdict,
        "liveness.usable": measured.usable,
        "liveness.identity_constant": measured.identity_constant,
        "liveness.challenge": _answer(measured.challenge) if measured.challenge else None,
        "liveness.repeated": measured.repeated,
        "liveness.screen": measured.screen,
        "liveness.converted": measured.converted,
    }
    return {name: value for name, value in known.items() if value is not None}


def _answer(result: ChallengeResult) -> str:
    if result.answered is None:
        return "unclear"
    return "answered" if result.answered else "failed"


def _not_set_up(facts: Mapping[str, Value], measured: Liveness, capture: Attachment) -> Iterator[str]:
    """The facts that no other clip could tell: without a model there is no verdict on the best of them, and no movement
    where none was asked for."""
    of_model = ("liveness.score", "liveness.verdict") if measured.model is None and measured.usable else ()
    of_movement = ("liveness.challenge",) if capture.asked is None else ()
    return (name for name in (*of_model, *of_movement) if name not in facts)


def _missing(name: str, reason: str) -> str:
    return "no movement was asked for" if name == "liveness.challenge" else reason


def _exhibits(measured: Liveness, capture: Attachment) -> tuple[Exhibit, ...]:
    """The traces for a reviewer, the most severe first."""
    order = ("high", "medium", "low", "info")
    rows = [
        {"name": signal.code, "result": "failed", "meaning": signal.meaning}
        for signal in sorted(measured.signals, key=lambda signal: order.index(signal.severity))
    ]
    if not rows:
        return ()
    return (Exhibit(kind="checks", title=f"Traces in the {capture.role}", content=json.dumps(rows), of=capture.path),)
