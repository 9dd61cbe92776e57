"""A case costs so many tokens and so much time, and no more."""

from __future__ import annotations

import time
from typing import Any

import pytest
from greeting import HELLO, Greeting, model, recorded

from agent.errors import ReplayDiverged
from agent.llm import estimate, unanswered
from agent.llm.budget import LEAST_S, Budgeted
from agent.llm.tape import Tape


@pytest.mark.parametrize(
    ("finish", "error"),
    [("length", "cut at 50 tokens"), ("content_filter", "stopped by the content filter of the endpoint")],
)
@pytest.mark.parametrize("said", ['{"text": "h', "", None])
def test_a_model_whose_answer_was_broken_off_is_asked_again(
    chat_server: Any, finish: str, error: str, said: str | None
) -> None:
    """It answers, and not to this alone: a word on this question."""
    chat_server.says(said, finish=finish)
    asked = Budgeted(model(chat_server.url), 1000)
    first = asked.ask("merge", HELLO, Greeting, 50)
    assert (first.error, first.tokens_in, first.tokens_out) == (error, 30, 12)
    assert not unanswered(first)
    chat_server.says('{"text": "hello"}')
    assert asked.ask("word", HELLO, Greeting, 50).error == ""


def test_what_was_broken_off_is_charged(chat_server: Any) -> None:
    chat_server.says("", finish="length")
    asked = Budgeted(model(chat_server.url), 120)
    assert asked.ask("merge", HELLO, Greeting, 50).error == "cut at 50 tokens"
    chat_server.says('{"text": "hello"}')
    assert asked.ask("word", HELLO, Greeting, 80).error.startswith("token budget: 78 left")


def test_a_budget_stops_calls_before_they_are_made() -> None:
    tape = Tape([recorded("one"), recorded("two")])
    budgeted = Budgeted(tape, tokens=85)
    assert budgeted.name == "recorded"
    assert budgeted.ask("merge", HELLO, None, 50).answer == "one"
    refused = budgeted.ask("merge", HELLO, None, 50)
    assert refused.answer == ""
    assert "token budget" in refused.error
    with pytest.raises(ReplayDiverged):
        tape.check_finished()


def test_a_model_that_gave_no_answer_is_not_asked_again_in_this_case(chat_server: Any) -> None:
    chat_server.answer = lambda asked: {"error": "overloaded"}
    budgeted = Budgeted(model(chat_server.url), tokens=1000)
    first, asked = budgeted.ask("merge", HELLO, None, 50), len(chat_server.asked)
    second = budgeted.ask("word", HELLO, None, 50)
    assert unanswered(first)
    assert unanswered(second)
    assert "gave no answer before" in second.error
    assert len(chat_server.asked) == asked
    later = Budgeted(model(chat_server.url), tokens=1000, silent=True).ask("merge", HELLO, None, 50)
    assert later.error == second.error


def test_a_server_that_reports_no_usage_is_charged_by_length(chat_server: Any) -> None:
    silent = {
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "x" * 400}}]
    }
    chat_server.answer = lambda asked: {"id": "c", "object": "chat.completion", "created": 1, "model": "m"} | silent
    budgeted = Budgeted(model(chat_server.url), tokens=180)
    call = budgeted.ask("merge", HELLO, None, 50)
    assert (call.error, call.tokens_in, call.tokens_out) == ("", estimate(HELLO), 100)
    assert "token budget" in budgeted.ask("merge", HELLO, None, 50).error


@pytest.mark.parametrize(("left_s", "told"), [(LEAST_S / 2, "1.0"), (-3.0, "0.0")])
def test_a_call_with_hardly_any_time_left_is_not_made(chat_server: Any, left_s: float, told: str) -> None:
    asked = Budgeted(model(chat_server.url), tokens=1000, left_s=left_s).ask("merge", HELLO, None, 50)
    assert asked.error == f"time of the case: {told} s left, {LEAST_S:g} s needed"
    assert chat_server.asked == []


def test_a_call_ends_with_the_time_of_the_case(chat_server: Any) -> None:
    chat_server.pause_s = 20.0
    began = time.monotonic()
    call = Budgeted(model(chat_server.url, timeout_s=15.0), tokens=1000, left_s=2.5).ask("merge", HELLO, None, 50)
    assert call.answer == ""
    assert "no answer within 2.4" in call.error or "Timeout" in call.error
    assert time.monotonic() - began < 12
