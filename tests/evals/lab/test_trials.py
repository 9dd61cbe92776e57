"""The lab asks what a review asks, about the same evidence, and judges by what a review would take."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from agent.case import ROLES, CaseFile, ModelCall, Role
from agent.draft.propose import write
from agent.llm import Message, request_sha256
from agent.llm.chat import ChatModel
from agent.llm.qualify import load_questions, trials
from agent.session import assess
from evals.lab.cases import Lab
from evals.lab.trials import Listener, Sent, of_case, qualification
from prompts import Prompts

PROMPTS = Prompts.load()


class Says:
    """Gives one answer to everything."""

    name = "says"

    def __init__(self, answer: str, error: str = "") -> None:
        self.answer, self.error = answer, error

    def ask(
        self, role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int
    ) -> ModelCall:
        return ModelCall(
            role=role,
            prompt="",
            prompt_sha256="",
            request_sha256=request_sha256(role, messages, schema, max_tokens),
            answer=self.answer,
            error=self.error,
            model=self.name,
        )


def test_the_lab_asks_what_a_review_asks(lab: Lab, files: list[CaseFile]) -> None:
    asked = 0
    for file in files:
        desk, heard = lab.desk(file), Listener()
        parts = (file.case, file.ledger, file.findings, file.recommendation)
        write(*parts, desk.specs, heard, {"merge", "word", "question"}, PROMPTS)
        tried = [trial.sent(PROMPTS) for role in ("merge", "word", "question") for trial in of_case(file, role, desk)]
        assert sorted(map(told, tried)) == sorted(map(told, heard.sent))
        asked += len(tried)
    assert asked


def told(sent: Sent) -> str:
    """A question as text. Forms of answers that are made for the occasion are equal by their schema."""
    assert sent.schema is not None
    return json.dumps([str(sent.messages), sent.schema.model_json_schema(), sent.max_tokens])


def test_the_choices_of_an_investigation_come_again(tiny: Any) -> None:
    """A ledger without its further evidence leaves open what was open when the review asked for more."""
    tiny.answers["two"] = True
    file = assess(tiny.desk(), tiny.case)
    first, second = of_case(file, "investigate", tiny.desk())
    assert [entry.tool for entry in file.ledger.entries] == ["one", "two", "three"]
    assert (first.name, first.own, second.own) == ("C-1 after E1", "two", "three")
    verdict = first.put(Says('{"tool": "three"}'), PROMPTS)
    assert (verdict.outcome, verdict.ships) == ("passed", "asks three")
    assert first.put(Says('{"tool": "escalate"}'), PROMPTS).outcome == "refused"
    unanswered = first.put(Says("", "no answer within 30 s"), PROMPTS)
    assert (unanswered.outcome, unanswered.why) == ("unanswered", "no answer within 30 s")
    assert "b.odd" in first.sent(PROMPTS).messages[1].content


def test_a_model_that_does_as_it_is_told_passes_and_ships(lab: Lab, files: list[CaseFile], well: Any) -> None:
    model = ChatModel("scripted", well.url, SecretStr("k"))
    outcomes = [
        (role, verdict.outcome, verdict.ships)
        for file in files
        for role in ("merge", "word", "question")
        for trial in of_case(file, role, lab.desk(file))
        if (verdict := trial.put(model, PROMPTS))
    ]
    passed = {(role, ships) for role, outcome, ships in outcomes if outcome == "passed"}
    assert passed
    assert not any("{E" in ships or "[F" in ships for _, ships in passed)


@pytest.mark.parametrize("role", ROLES)
def test_what_does_not_hold_ships_the_policy(lab: Lab, files: list[CaseFile], role: Role) -> None:
    asked = [trial for file in files for trial in of_case(file, role, lab.desk(file))]
    for trial in asked:
        for answer in ("{}", "x", '{"sentence": "All is well."}', '{"question": "Are you well?"}'):
            verdict = trial.put(Says(answer), PROMPTS)
            assert role == "investigate" or (verdict.outcome, verdict.ships) == ("refused", trial.own)
            assert verdict.why


@pytest.mark.parametrize("role", ROLES)
def test_the_qualification_questions_are_those_of_the_record(role: Role) -> None:
    mine, theirs = qualification(role), trials(role, load_questions())
    heard = Listener()
    for each in theirs:
        each(heard, PROMPTS)
    assert [trial.sent(PROMPTS).messages for trial in mine] == [sent.messages for sent in heard.sent]


@pytest.mark.parametrize("answer", ['{"question": "Could you please take a new selfie in good light?"}', "no"])
def test_the_outcome_of_a_qualification_question_is_the_record_s(answer: str) -> None:
    model: Callable[[], Says] = lambda: Says(answer)  # noqa: E731
    mine = [trial.put(model(), PROMPTS).outcome for trial in qualification("question")]
    assert mine == [each(model(), PROMPTS) for each in trials("question", load_questions())]
