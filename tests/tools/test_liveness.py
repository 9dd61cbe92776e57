import json

import pytest

from tools.call import checked_facts
from tools.errors import NotSetUp, Unusable
from tools.liveness import liveness_assess
from tools.tool import NoArguments
from vision.types import ChallengeResult, Liveness, ModelVersion, Signal

PLAIN = {"verdict": "not_assessed", "score": None, "reason": "no liveness weights are configured"}
TRACES = {
    "usable": True,
    "identity": 0.9,
    "identity_constant": True,
    "repeated": False,
    "screen": False,
    "converted": False,
}
MODEL = ModelVersion(name="attack", sha256="0" * 64)


def _assess(there):
    found = liveness_assess.run(there.subject, there.sources, NoArguments())
    return {fact.name: fact.value for fact in checked_facts(liveness_assess, found)}, found


def test_without_a_model_a_still_is_not_assessed_and_never_live(desk):
    with pytest.raises(NotSetUp, match="liveness was not assessed; no model is configured"):
        _assess(desk())


def test_a_still_that_a_model_cannot_judge_is_for_the_customer_to_mend(desk):
    alive = Liveness(verdict="not_assessed", score=None, reason="no face is found", model=MODEL)
    with pytest.raises(Unusable, match="liveness was not assessed; no face is found") as raised:
        _assess(desk(alive=alive))
    assert raised.value.roles == ("selfie",)


def test_a_still_that_is_no_attack_keeps_its_score_and_has_no_verdict(desk):
    alive = Liveness(verdict="not_assessed", score=0.98, reason="a still picture shows no movement", model=MODEL)
    facts, found = _assess(desk(alive=alive))
    assert facts == {"liveness.score": 0.98}
    assert "liveness.verdict: a still picture shows no movement" in found.notes
    assert found.roles == ("clip",)


@pytest.mark.parametrize(
    ("alive", "told"),
    [
        (PLAIN, {}),
        (PLAIN | {"score": 0.98, "model": MODEL}, {"liveness.score": 0.98}),
        (
            {"verdict": "attack", "score": 0.1, "reason": "", "model": MODEL},
            {"liveness.score": 0.1, "liveness.verdict": "attack"},
        ),
    ],
)
def test_a_still_in_the_place_of_a_clip_is_a_clip_that_cannot_be_used(desk, alive, told):
    facts, found = _assess(desk(roles=("clip",), alive=Liveness.model_validate(alive)))
    assert facts == told | {"liveness.usable": False}
    assert "liveness.identity_constant: a still picture came in the place of the clip" in found.notes
    assert (found.roles, found.faults) == (("clip",), {"liveness.challenge": "setup"})


def test_the_selfie_is_judged(desk):
    there = desk(alive=Liveness(verdict="attack", score=0.1, reason=""))
    assert _assess(there)[0] == {"liveness.score": 0.1, "liveness.verdict": "attack"}
    assert there.sources.vision.seen == [b"the bytes of the selfie"]


def test_a_clip_goes_before_a_selfie_and_brings_the_challenge(desk):
    there = desk(roles=("selfie", "clip"), alive=Liveness(verdict="live", score=None, reason="", usable=True))
    clip = there.subject.attachments[1].model_copy(update={"asked": "nod"})
    subject = there.subject.model_copy(update={"attachments": (there.subject.attachments[0], clip)})
    found = liveness_assess.run(subject, there.sources, NoArguments())
    assert found.facts == {"liveness.verdict": "live", "liveness.usable": True}
    assert "liveness.score: it was not measured" in found.notes
    assert there.sources.vision.seen == [b"the bytes of the clip"]
    assert there.sources.vision.asked == "nod"


def test_a_clip_without_a_verdict_still_says_what_it_shows(desk):
    there = desk(roles=("clip",), alive=Liveness.model_validate(PLAIN | TRACES))
    facts, found = _assess(there)
    assert facts == {
        "liveness.usable": True,
        "liveness.identity_constant": True,
        "liveness.repeated": False,
        "liveness.screen": False,
        "liveness.converted": False,
    }
    assert "liveness.verdict: no liveness weights are configured" in found.notes
    assert "liveness.challenge: no movement was asked for" in found.notes
    assert found.source == "clip; traces of the clip alone"
    assert found.faults == dict.fromkeys(("liveness.score", "liveness.verdict", "liveness.challenge"), "setup")


def test_a_clip_that_cannot_be_judged_is_the_customers_to_record_again(desk):
    there = desk(roles=("clip",), alive=Liveness.model_validate(PLAIN | TRACES | {"usable": False}))
    assert _assess(there)[1].faults == {"liveness.challenge": "setup"}


@pytest.mark.parametrize(("answered", "told"), [(True, "answered"), (False, "failed"), (None, "unclear")])
def test_a_challenge_is_answered_failed_or_unclear(desk, answered, told):
    result = ChallengeResult(asked="blink", answered=answered, measured=0.4, threshold=0.35)
    there = desk(roles=("clip",), alive=Liveness.model_validate(PLAIN | TRACES | {"challenge": result}))
    assert _assess(there)[0].get("liveness.challenge") == told


def test_a_face_that_cannot_be_followed_leaves_its_facts_unknown(desk):
    alive = Liveness.model_validate(PLAIN | TRACES | {"identity": None, "identity_constant": None})
    assert "liveness.identity_constant" not in _assess(desk(roles=("clip",), alive=alive))[0]


def test_traces_are_shown_the_most_severe_first(desk):
    signals = tuple(
        Signal(code=code, severity=severity, score=0.5, box=None, meaning=f"{code} is there")
        for code, severity in (("moving_bands", "low"), ("looped_frames", "high"))
    )
    alive = Liveness(verdict="attack", score=None, reason="it comes again", usable=True, repeated=True, signals=signals)
    facts, found = _assess(desk(roles=("clip",), alive=alive))
    assert facts == {"liveness.verdict": "attack", "liveness.usable": True, "liveness.repeated": True}
    [exhibit] = found.exhibits
    assert (exhibit.kind, exhibit.of) == ("checks", "clip.jpg")
    assert [row["name"] for row in json.loads(exhibit.content)] == ["looped_frames", "moving_bands"]


def test_without_either_it_says_so(desk):
    with pytest.raises(Unusable, match="no selfie attached") as raised:
        _assess(desk(roles=("document",)))
    assert raised.value.roles == ("selfie",)
