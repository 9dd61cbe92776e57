"""The bench of clips: what a finding is told as, and one person seen in every kind of clip."""

from __future__ import annotations

import pytest

from vision.bench.liveness import KINDS, measure, told_as
from vision.types import Liveness, Signal


def finding(*codes: str, screen: bool = False, converted: bool = False) -> Liveness:
    signals = tuple(Signal(code=code, severity="high", score=1, box=None, meaning="") for code in codes)
    return Liveness(verdict="not_assessed", score=None, reason="", signals=signals, screen=screen, converted=converted)


def test_the_surest_trace_names_the_kind() -> None:
    assert told_as(finding()) == "genuine"
    assert told_as(finding(converted=True)) == "software"
    assert told_as(finding(screen=True, converted=True)) == "replayed"
    assert told_as(finding("looped_frames", "identity_swap")) == "swapped"
    assert told_as(finding("looped_frames", "frozen_frames", screen=True)) == "frozen"


@pytest.mark.slow
def test_one_person_is_seen_in_every_kind() -> None:
    found = measure(1, None)
    assert found.told["genuine"] == {"genuine": 1}
    assert {kind: sum(told.values()) for kind, told in found.told.items()} == dict.fromkeys(KINDS, 1)
    assert found.answered["turn_left"].value == 1
    assert found.mistaken["turn_right"].value == 0
    assert found.model is None
    assert "physical attacks" in found.note
