"""A refusal says what was left out and what was added."""

from __future__ import annotations

import pytest

from agent.case import ModelCall
from agent.draft.ground import GLUE
from agent.llm.roles import Answer
from evals.lab.verdict import differing, judged

OWN = "The selfie and the document do not match: similarity {E1.face.similarity}."


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("The selfie and the document match: similarity {E1.face.similarity}.", "leaves out 'do', 'not'"),
        ("The selfie and the document do not match: similarity 0.21.", "a figure or a sign"),
        ("The selfie and the document do not match.", "leaves out ':', 'similarity', '{E1.face.similarity}'"),
        ("The selfie and the passport do not match: similarity {E1.face.similarity}.", "leaves out 'document'"),
        ("The selfie and the document do not match:  similarity {E1.face.similarity}.", "other spacing"),
        ("The SELFIE and the document do not match: similarity {E1.face.similarity}.", "adds 'SELFIE'"),
        ("The the selfie and document do not match: similarity {E1.face.similarity}.", "adds too many small words"),
    ],
)
def test_what_differs_is_named(said: str, why: str) -> None:
    assert why in differing(said, OWN, GLUE)


def call(error: str = "", answer: str = "") -> ModelCall:
    return ModelCall(role="word", request_sha256="r", model="scripted", error=error, answer=answer)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("cut at 16 tokens", "raise max_tokens"),
        ("stopped by the content filter of the endpoint", ""),
        ("APIError: the endpoint answered 500", "casework llm status"),
    ],
)
def test_the_remedy_is_that_of_the_failure(error: str, remedy: str) -> None:
    verdict = judged("word", Answer(None, call(error)), OWN, OWN, None)
    assert (verdict.outcome, verdict.why, verdict.ships) == ("unanswered", error, OWN)
    assert remedy in verdict.remedy
    assert bool(remedy) is bool(verdict.remedy)


def test_a_copy_is_no_pass() -> None:
    assert judged("word", Answer(OWN, call()), OWN, OWN, OWN).outcome == "copied"
    assert judged("word", Answer(f"Also {OWN}", call()), OWN, OWN, OWN).outcome == "passed"
