"""The client against a real OpenAI-compatible server, such as vLLM: `LLM_BASE_URL=http://... make test-vllm`."""

from __future__ import annotations

import json
import os
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from agent.llm import Message
from agent.llm.chat import ChatModel, listed

BASE_URL = os.environ.get("LLM_BASE_URL", "")
KEY = SecretStr(os.environ.get("LLM_API_KEY", "none"))

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(not BASE_URL, reason="LLM_BASE_URL names no server"),
]


class Colour(BaseModel):
    """A form with one choice."""

    model_config = ConfigDict(extra="forbid")
    colour: Literal["red", "green"]


@pytest.fixture
def model() -> ChatModel:
    return ChatModel(listed(BASE_URL, KEY, 10.0)[0], BASE_URL, KEY, timeout_s=30.0, max_tokens=64)


def test_an_answer_keeps_to_the_form(model: ChatModel) -> None:
    call = model.ask("question", (Message(role="user", content="Which colour has grass?"),), Colour, 32)
    assert call.error == ""
    assert json.loads(call.answer)["colour"] in {"red", "green"}
    assert call.tokens_out > 0


def test_the_same_request_has_the_same_hash_and_answer(model: ChatModel) -> None:
    asked = (Message(role="user", content="Say yes."),)
    first, second = (model.ask("question", asked, Colour, 16) for _ in range(2))
    assert first.request_sha256 == second.request_sha256
    assert first.answer == second.answer


def test_an_answer_that_is_cut_is_an_error_not_an_answer(model: ChatModel) -> None:
    call = model.ask("question", (Message(role="user", content="Count to one hundred in words."),), None, 4)
    assert call.error
