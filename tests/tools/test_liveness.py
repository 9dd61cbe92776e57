import pytest

from tools.errors import ToolError
from tools.liveness import liveness_assess
from tools.registry import NoArguments, checked_facts
from vision.types import Liveness


def _assess(there):
    found = liveness_assess.run(there.subject, there.sources, NoArguments())
    return {fact.name: fact.value for fact in checked_facts(liveness_assess, found)}, found


def test_without_a_model_it_is_not_assessed_and_never_live(desk):
    with pytest.raises(ToolError, match="liveness was not assessed; no model is configured"):
        _assess(desk())


def test_the_selfie_is_judged(desk):
    there = desk(alive=Liveness(verdict="attack", score=0.1, reason=""))
    assert _assess(there)[0] == {"liveness.score": 0.1, "liveness.verdict": "attack"}
    assert there.sources.vision.seen == [b"the bytes of the selfie"]


def test_a_clip_goes_before_a_selfie(desk):
    there = desk(roles=("selfie", "clip"), alive=Liveness(verdict="live", score=None, reason=""))
    facts, found = _assess(there)
    assert facts == {"liveness.verdict": "live"}
    assert found.notes == ("liveness.score: the model gives none",)
    assert there.sources.vision.seen == [b"the bytes of the clip"]


def test_without_either_it_says_so(desk):
    with pytest.raises(ToolError, match="no selfie attached"):
        _assess(desk(roles=("document",)))
