"""A language model's recorded answers, played back."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from agent.case import ModelCall, Role
from agent.errors import ReplayDiverged
from agent.llm import Message, request_sha256


class Tape:
    """Recorded calls played back in order. A question other than the recorded one is a divergence, never a guess."""

    def __init__(self, calls: Iterable[ModelCall]) -> None:
        self._calls = list(calls)
        self._next = 0
        self.name = self._calls[0].model if self._calls else "tape"

    def ask(
        self, role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int
    ) -> ModelCall:
        if self._next >= len(self._calls):
            raise ReplayDiverged(
                f"the replay asks the model {self._next + 1} times, the record holds {len(self._calls)} calls",
                "review the case again",
            )
        call = self._calls[self._next]
        asked = request_sha256(role, messages, schema, max_tokens)
        if (call.role, call.request_sha256) != (role, asked):
            raise ReplayDiverged(
                f"model call {self._next + 1} was {call.role!r} {call.request_sha256[:12]}, "
                f"the replay asks {role!r} {asked[:12]}",
                "check which prompt, finding or package version has changed",
            )
        self._next += 1
        return call

    def check_finished(self) -> None:
        """Raise ReplayDiverged if recorded calls were never asked for."""
        if self._next < len(self._calls):
            raise ReplayDiverged(
                f"the replay asks the model {self._next} times, the record holds {len(self._calls)} calls",
                "check which prompt or finding has changed",
            )
