"""A greeting to ask a model for, the model that is asked, and its answer as a review records it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from agent.case import ModelCall
from agent.llm import Message, request_sha256
from agent.llm.chat import ChatModel

HELLO = (Message("system", "Be brief."), Message("user", "Say hello."))


class Greeting(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str


def model(url: str, timeout_s: float = 5.0, max_tokens: int = 600) -> ChatModel:
    return ChatModel("scripted", url, SecretStr("key"), timeout_s, max_tokens)


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
