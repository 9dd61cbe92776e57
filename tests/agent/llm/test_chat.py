"""The client against a real server that misbehaves in every way a server can."""

from __future__ import annotations

import gzip
import json
import socket
import time
from typing import Any

import pytest
from chatting import completion
from greeting import HELLO, Greeting, model
from pydantic import SecretStr

from agent.errors import ModelError
from agent.llm import SEED, estimate, request_sha256
from agent.llm.chat import ChatModel, listed
from agent.llm.wire import ANSWER_MB


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


@pytest.mark.parametrize("told", [-5, 0, 10**30])
def test_a_count_of_tokens_that_cannot_be_is_none(chat_server: Any, told: int) -> None:
    """The checkpoints hold no number beyond 64 bits."""
    usage = {"prompt_tokens": told, "completion_tokens": told, "total_tokens": told}
    chat_server.answer = lambda asked: completion("hello") | {"usage": usage}
    call = model(chat_server.url).ask("merge", HELLO, None, 50)
    assert (call.error, call.tokens_in, call.tokens_out) == ("", estimate(HELLO), 1)


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


def test_a_list_of_models_that_comes_drop_by_drop_is_cut_off(chat_server: Any) -> None:
    chat_server.drips = 200
    began = time.monotonic()
    with pytest.raises(ModelError, match=r"no answer within 0.5 s; start the endpoint"):
        listed(chat_server.url, SecretStr("k"), timeout_s=0.5)
    assert time.monotonic() - began < 5
