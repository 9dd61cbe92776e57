"""Asking a language model: the question, who answers, and what an answer that failed says of itself.

A call never raises for what the model or its server did: whatever went wrong stands in `ModelCall.error`, so that a
review goes on in the policy's own words and the record says why.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal, Protocol

from pydantic import BaseModel

from agent.case import ModelCall, Role

SEED = 7
OUT_OF_TOKENS, OUT_OF_TIME = "token budget", "time of the case"
CUT, FILTERED = "cut at", "stopped by the content filter of the endpoint"
"""Answers that a server broke off, which may be before their first word."""
UNREACHABLE = "unreachable"
"""The name of a model whose endpoint did not say one."""
NOT_REACHED = "the endpoint is not reached"


@dataclass(frozen=True)
class Message:
    """One turn of a conversation. Content of different roles is never rendered together."""

    role: Literal["system", "user", "assistant"]
    content: str


class Model(Protocol):
    """Anything that answers: a server, a tape, a script in a test. `name` is what a qualification record speaks of."""

    @property
    def name(self) -> str: ...

    def ask(
        self, role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int
    ) -> ModelCall: ...


def request_sha256(role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int) -> str:
    """Fingerprint of a question, whichever model it goes to."""
    asked = {
        "role": role,
        "messages": [asdict(message) for message in messages],
        "schema": schema.model_json_schema() if schema else None,
        "max_tokens": max_tokens,
        "seed": SEED,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def not_made(call: ModelCall) -> bool:
    """Whether a call was not made, because the case had no tokens or no time left for it."""
    return call.error.startswith((f"{OUT_OF_TOKENS}: ", f"{OUT_OF_TIME}: "))


def unanswered(call: ModelCall) -> bool:
    """Whether a call was made, or would have been, and got nothing back."""
    return bool(call.error) and not call.answer and not not_made(call) and not broken_off(call)


def broken_off(call: ModelCall) -> bool:
    """Whether a server ended an answer before its end: a word on this question, not on the model."""
    return call.error.startswith((f"{CUT} ", FILTERED))


def not_reached(call: ModelCall) -> bool:
    """Whether a call was made to an endpoint that could not be reached."""
    return call.error.startswith(f"{NOT_REACHED}: ")


def estimate(messages: tuple[Message, ...]) -> int:
    """About how many tokens a conversation takes: a quarter of its characters, and what each turn costs."""
    return sum(len(message.content) // 4 + 8 for message in messages)
