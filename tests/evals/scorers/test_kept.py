"""Sentences a model was asked for, and those that stand: in the draft and in the letter to the customer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.case import CaseFile, ModelCall, Statement
from evals.scorers.kept import kept


def call(role: str, answer: str = "{}", error: str = "") -> ModelCall:
    return ModelCall(
        role=role, prompt="", prompt_sha256="", request_sha256="", answer=answer, error=error, model="scripted"
    )


@pytest.fixture
def file(make_file: Callable[..., CaseFile]) -> CaseFile:
    file = make_file()
    worded = Statement(text="One is odd.", references=(), source="model")
    own = Statement(text="Two is odd.", references=(), source="template")
    draft = {"statements": (worded, own), "customer_message": "Dear customer,\nCould you tell us more?"}
    return file.model_copy(update={"draft": file.draft.model_copy(update=draft)})


def test_a_draft_without_a_model_was_asked_for_nothing(make_file: Callable[..., CaseFile]) -> None:
    found = kept(make_file())
    assert (found.asked, found.kept) == (0, 0)


def test_sentences_that_were_put_aside_are_not_kept(file: CaseFile) -> None:
    found = kept(file.model_copy(update={"calls": (call("word"), call("word"), call("merge", error="no answer"))}))
    assert (found.asked, found.kept) == (3, 1)


def test_questions_count_where_the_letter_asks_them(file: CaseFile) -> None:
    asked = call("question", '{"question": "Could you tell us more?"}')
    refused = call("question", '{"question": "What is your PIN?"}')
    nonsense = call("question", "nonsense")
    found = kept(file.model_copy(update={"calls": (call("word"), asked, refused, nonsense)}))
    assert (found.asked, found.kept) == (4, 2)


def test_words_of_a_model_that_nobody_asked_for_are_not_kept(file: CaseFile) -> None:
    found = kept(file.model_copy(update={"calls": (call("agent"),)}))
    assert (found.asked, found.kept) == (0, 0)


def test_choices_of_tools_are_no_sentences(file: CaseFile) -> None:
    assert kept(file.model_copy(update={"calls": (call("word"), call("investigate"))})).asked == 1
