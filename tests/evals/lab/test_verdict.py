"""A refusal says what was left out and what was added."""

from __future__ import annotations

import pytest

from agent.draft.ground import GLUE
from evals.lab.verdict import differing

OWN = "The selfie and the document do not match: similarity {E1.face.similarity}."


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("The selfie and the document match: similarity {E1.face.similarity}.", "leaves out 'do', 'not'"),
        ("The selfie and the document do not match: similarity 0.21.", "a figure or a sign"),
        ("The selfie and the document do not match.", "leaves out ':', 'similarity', '{E1.face.similarity}'"),
        ("The selfie and the passport do not match: similarity {E1.face.similarity}.", "leaves out 'document'"),
        ("The the selfie and document do not match: similarity {E1.face.similarity}.", "piles up small words"),
    ],
)
def test_what_differs_is_named(said: str, why: str) -> None:
    assert why in differing(said, OWN, GLUE)
