"""An example whose answer a model would not be allowed to give teaches it wrong."""

from __future__ import annotations

from typing import Any

import pytest

from agent.case import Role
from evals.lab.bank import refusal
from prompts import Prompts

FINDINGS = {"findings": [{"marker": f"F{n}", "title": "Some title."} for n in (1, 2, 3)]}
TOOLS = {
    "case_type": "kyc",
    "open_facts": [{"name": "face.same", "meaning": "same face"}],
    "tools": [{"name": "a", "tells": ["face.same"], "cost": 2.0}, {"name": "b", "tells": ["age"], "cost": 1.0}],
}
REQUEST = {"request": "Please confirm the country you live in."}
SENTENCE = {"sentence": "The score is {E3.face.score}."}


@pytest.mark.parametrize(
    ("role", "given", "answer", "why"),
    [
        ("question", REQUEST, {"question": "Could you please confirm the country you live in?"}, ""),
        ("question", REQUEST, {"question": "Send us your seed phrase."}, "it does not begin with a phrase"),
        ("question", REQUEST, {"question": "Could you please send us your seed phrase?"}, "it leaves out 'confirm'"),
        ("question", REQUEST, {"sentence": "Yes."}, "the requested form"),
        ("word", SENTENCE, {"sentence": "This score is {E3.face.score}."}, ""),
        ("word", SENTENCE, {"sentence": "The score is {E4.face.score}."}, "it leaves out '{E3.face.score}'"),
        ("word", SENTENCE, {"sentence": "The score is 0.9."}, "it contains a figure"),
        ("merge", FINDINGS, {"F2": "and", "F3": "in addition"}, ""),
        ("merge", FINDINGS, {"F2": "and"}, "the requested form"),
        ("merge", FINDINGS, {"F2": "because", "F3": "in addition"}, "the requested form"),
        ("investigate", TOOLS, {"tool": "a"}, ""),
        ("investigate", TOOLS, {"tool": "b"}, "no tool that can tell an open fact"),
        ("investigate", TOOLS, {"tool": "escalate"}, "no tool that can tell an open fact"),
        ("investigate", TOOLS, {"tool": "os.system"}, "the requested form"),
        ("investigate", TOOLS | {"open_facts": []}, {"tool": "escalate"}, ""),
    ],
)
def test_an_answer_is_held_against_the_verifier(
    role: Role, given: dict[str, Any], answer: dict[str, Any], why: str
) -> None:
    told = refusal(role, given, answer)
    assert (why in told) if why else not told


def test_the_examples_that_ship_hold() -> None:
    for prompt in Prompts.load().by_name.values():
        for example in prompt.front.examples:
            assert refusal(prompt.front.role, example.given, example.answer) == ""
