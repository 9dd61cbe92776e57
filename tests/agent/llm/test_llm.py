"""The client against a real server that misbehaves in every way a server can."""

from __future__ import annotations

import gzip
import json
import socket
import time
from typing import Any

import pytest
from chatting import completion
from pydantic import BaseModel, ConfigDict, SecretStr

from agent.case import ModelCall
from agent.errors import ModelError, ReplayDiverged
from agent.llm import (
    LEAST_S,
    SEED,
    UNREACHABLE,
    Budgeted,
    ChatModel,
    Message,
    Tape,
    estimate,
    listed,
    request_sha256,
    unanswered,
)
from agent.llm.local import named, open_model
from agent.llm.wire import ANSWER_MB
from agent.settings import Settings

HELLO = (Message("system", "Be brief."), Message("user", "Say hello."))


class Greeting(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str


def model(url: str, timeout_s: float = 5.0, max_tokens: int = 600) -> ChatModel:
    return ChatModel("scripted", url, SecretStr("key"), timeout_s, max_tokens)


def dead_url() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


def test_an_answer_comes_back_with_its_tokens_and_hash(chat_server: Any) -> None:
    call = model(chat_server.url).ask("merge", HELLO, None, 50)
    assert (call.answer, call.error, call.tokens_in, call.tokens_out) == ("hello", "", 30, 12)
    assert call.request_sha256 == request_sha256("merge", HELLO, None, 50)
    assert (call.role, call.model) == ("merge", "scripted")


def test_every_request_is_repeatable_and_bounded(chat_server: Any) -> None:
    chat_server.says('{"text": "hi"}')
    call = model(chat_server.url, max_tokens=40).ask("word", HELLO, Greeting, 500)
    asked = chat_server.asked[0]
    assert call.error == ""
    assert (asked["temperature"], asked["seed"]) == (0, SEED)
    assert asked.get("max_tokens", asked.get("max_completion_tokens")) == 40
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    wanted = asked["response_format"]["json_schema"]
    assert wanted["strict"] is True
    assert wanted["schema"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ('{"text": 3}', "not the JSON asked for"),
        ('{"text": "hi", "more": 1}', "not the JSON asked for"),
        ("Sure! Here it is", "JSON"),
        ("", "empty"),
        (None, "empty"),
    ],
)
def test_an_answer_of_another_form_is_an_error(chat_server: Any, answer: str | None, error: str) -> None:
    chat_server.says(answer)
    assert error in model(chat_server.url).ask("merge", HELLO, Greeting, 50).error


def test_a_cut_answer_is_an_error_with_and_without_a_schema(chat_server: Any) -> None:
    chat_server.says('{"text": "h', finish="length")
    for schema in (None, Greeting):
        call = model(chat_server.url).ask("merge", HELLO, schema, 50)
        assert (call.error, call.tokens_in, call.tokens_out) == ("cut at 50 tokens", 30, 12)
        assert call.answer == '{"text": "h'


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


@pytest.mark.parametrize(
    "body",
    [b"not json", b"", b"null", b"[1, 2]", b'{"foo": 1}', b'{"choices": []}', b'{"choices": [{}]}', b'{"choices": 3}'],
)
@pytest.mark.parametrize("schema", [None, Greeting])
def test_whatever_a_server_sends_becomes_an_error(chat_server: Any, body: bytes, schema: type[Greeting] | None) -> None:
    chat_server.answer = lambda asked: body
    call = model(chat_server.url).ask("merge", HELLO, schema, 50)
    assert call.error
    assert "\n" not in call.error
    assert len(call.error) <= 200


def test_a_page_instead_of_json_is_an_error(chat_server: Any) -> None:
    chat_server.kind, chat_server.answer = "text/html", lambda asked: b"<html>please sign in</html>"
    assert model(chat_server.url).ask("merge", HELLO, None, 50).error


def test_a_failing_server_is_asked_once_more_and_then_given_up(chat_server: Any) -> None:
    chat_server.status = 500
    call = model(chat_server.url).ask("merge", HELLO, None, 50)
    assert "500" in call.error
    assert len(chat_server.asked) == 2


def test_a_slow_answer_ends_at_the_deadline(chat_server: Any) -> None:
    chat_server.pause_s = 8.0
    began = time.monotonic()
    call = model(chat_server.url, timeout_s=0.4).ask("merge", HELLO, None, 50)
    assert "no answer within 0.4 s" in call.error or "Timeout" in call.error
    assert time.monotonic() - began < 6


def test_a_server_that_drips_bytes_ends_at_the_deadline(chat_server: Any) -> None:
    chat_server.drips = 200
    began = time.monotonic()
    call = model(chat_server.url, timeout_s=0.5).ask("merge", HELLO, None, 50)
    assert call.error == "no answer within 0.5 s"
    assert time.monotonic() - began < 8


def test_a_dead_endpoint_is_an_error_at_once() -> None:
    began = time.monotonic()
    assert "onnection" in model(dead_url()).ask("merge", HELLO, None, 50).error
    assert time.monotonic() - began < 8


def test_no_error_holds_the_key(chat_server: Any) -> None:
    chat_server.status = 401
    secret = ChatModel("scripted", chat_server.url, SecretStr("s3cret-key"), 5.0)
    assert "s3cret-key" not in secret.ask("merge", HELLO, None, 50).error


def test_the_request_hash_covers_all_that_is_asked() -> None:
    hashes = {
        request_sha256("merge", HELLO, None, 50),
        request_sha256("word", HELLO, None, 50),
        request_sha256("merge", HELLO[:1], None, 50),
        request_sha256("merge", HELLO, Greeting, 50),
        request_sha256("merge", HELLO, None, 51),
        request_sha256("merge", (Message("user", "Be brief."), Message("user", "Say hello.")), None, 50),
    }
    assert len(hashes) == 6


def recorded(answer: str, role: Any = "merge", max_tokens: int = 50) -> ModelCall:
    return ModelCall(
        role=role,
        prompt="merge",
        prompt_sha256="p",
        request_sha256=request_sha256(role, HELLO, None, max_tokens),
        answer=answer,
        model="recorded",
        tokens_in=10,
        tokens_out=5,
    )


def test_a_tape_plays_back_in_order_and_is_used_up() -> None:
    tape = Tape([recorded("one"), recorded("two")])
    assert tape.name == "recorded"
    assert [tape.ask("merge", HELLO, None, 50).answer for _ in range(2)] == ["one", "two"]
    tape.check_finished()
    with pytest.raises(ReplayDiverged, match="asks the model 3 times"):
        tape.ask("merge", HELLO, None, 50)


def test_a_tape_refuses_another_question() -> None:
    with pytest.raises(ReplayDiverged, match="model call 1"):
        Tape([recorded("one")]).ask("merge", HELLO, None, 51)
    with pytest.raises(ReplayDiverged, match="'merge'"):
        Tape([recorded("one")]).ask("word", HELLO, None, 50)


def test_a_tape_that_was_not_played_to_its_end_is_a_divergence() -> None:
    with pytest.raises(ReplayDiverged, match="0 times, the record holds 1"):
        Tape([recorded("one")]).check_finished()
    Tape([]).check_finished()


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


@pytest.mark.parametrize("told", [-5, 0, 10**30])
def test_a_count_of_tokens_that_cannot_be_is_none(chat_server: Any, told: int) -> None:
    """The checkpoints hold no number beyond 64 bits."""
    usage = {"prompt_tokens": told, "completion_tokens": told, "total_tokens": told}
    chat_server.answer = lambda asked: completion("hello") | {"usage": usage}
    call = model(chat_server.url).ask("merge", HELLO, None, 50)
    assert (call.error, call.tokens_in, call.tokens_out) == ("", estimate(HELLO), 1)


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


def test_a_bounded_model_is_the_same_but_for_its_time(chat_server: Any) -> None:
    one = model(chat_server.url, max_tokens=40)
    for other in (one.within(600), one.within(3.0)):
        assert (other.name, other.endpoint) == (one.name, one.endpoint)
        assert other.ask("merge", HELLO, None, 500).request_sha256 == one.ask("merge", HELLO, None, 500).request_sha256
    assert [asked["seed"] for asked in chat_server.asked] == [SEED] * 4


def test_an_answer_longer_than_any_can_be_is_broken_off(chat_server: Any) -> None:
    chat_server.answer = lambda asked: completion("x" * (ANSWER_MB * 2**20))
    call = model(chat_server.url).ask("merge", HELLO, None, 50)
    assert call.answer == ""
    assert call.error


def test_a_packed_answer_is_not_unpacked(chat_server: Any) -> None:
    chat_server.answer = lambda asked: gzip.compress(json.dumps(completion("hello")).encode())
    chat_server.headers = {"content-encoding": "gzip"}
    call = model(chat_server.url).ask("merge", HELLO, None, 50)
    assert call.answer == ""
    assert call.error


@pytest.mark.parametrize("name", ["", "\x1b[31mred", "a\u202eb", "x" * 201])
def test_a_model_whose_name_cannot_be_shown_is_not_taken(chat_server: Any, name: str) -> None:
    chat_server.listed = name
    with pytest.raises(ModelError, match="a name that cannot be shown; name another in LLM_MODEL"):
        listed(chat_server.url, SecretStr("k"))


def test_the_listed_model_is_the_default(chat_server: Any) -> None:
    assert listed(chat_server.url, SecretStr("k")) == ("scripted",)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "nonsense", "http://[", ""])
def test_an_endpoint_that_lists_nothing_is_named_with_a_remedy(url: str) -> None:
    with pytest.raises(ModelError, match="LLM_BASE_URL"):
        listed(url, SecretStr("k"), timeout_s=1)


@pytest.mark.parametrize(
    ("asked", "status", "used"), [("", 200, "scripted"), ("scripted", 200, "scripted"), ("m", 404, "m")]
)
def test_the_model_of_the_settings_is_used_where_it_is_listed_or_none_is(
    chat_server: Any, asked: str, status: int, used: str
) -> None:
    chat_server.status = status
    settings = Settings(llm_base_url=chat_server.url, llm_model=asked)
    assert named(settings) == used
    with open_model(settings) as opened:
        assert opened is not None
        assert opened.name == used


def test_a_model_that_the_endpoint_does_not_list_is_not_asked(chat_server: Any) -> None:
    settings = Settings(llm_base_url=chat_server.url, llm_model="model-a")
    with pytest.raises(ModelError, match="lists 'scripted', not 'model-a'; correct LLM_MODEL"):
        named(settings)
    with open_model(settings) as opened:
        assert opened is not None
        assert opened.name == UNREACHABLE


def test_a_list_of_models_that_comes_drop_by_drop_is_cut_off(chat_server: Any) -> None:
    chat_server.drips = 200
    began = time.monotonic()
    with pytest.raises(ModelError, match=r"no answer within 0.5 s; start the endpoint"):
        listed(chat_server.url, SecretStr("k"), timeout_s=0.5)
    assert time.monotonic() - began < 5


def test_a_message_is_frozen_and_plain() -> None:
    message = Message("user", "hello")
    with pytest.raises(AttributeError):
        message.content = "bye"  # type: ignore[misc]
    assert json.dumps(message.__dict__) == '{"role": "user", "content": "hello"}'
