"""A language model within what one case may cost."""

from __future__ import annotations

import math
import time

from pydantic import BaseModel

from agent.case import ModelCall, Role
from agent.llm import OUT_OF_TIME, OUT_OF_TOKENS, Message, Model, estimate, request_sha256, unanswered
from agent.llm.chat import ChatModel

LEAST_S = 2.0
"""No call is made with less time left, in seconds: the embedded model took 1.0 to 1.9 an answer where it was qualified,
on average by role (`agent/llm/qualification`)."""
SILENT = "the model gave no answer before in this case"


class Budgeted:
    """A model with so many tokens and so much time, and no more, for one case. A call that could take more tokens than
    are left, or has hardly any time left, is not made; one that is made may take the time that is left. After a call
    that got no answer none is made any more: `silent` says that there was one before."""

    def __init__(self, model: Model, tokens: int, left_s: float = math.inf, *, silent: bool = False) -> None:
        self.name = model.name
        self._model = model
        self._left = tokens
        self._silent = silent
        self._until = time.monotonic() + left_s

    def ask(
        self, role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int
    ) -> ModelCall:
        prompt, left_s = estimate(messages), self._until - time.monotonic()
        if error := self._refusal(prompt + max_tokens, left_s):
            asked = request_sha256(role, messages, schema, max_tokens)
            return ModelCall(role=role, request_sha256=asked, error=error, model=self.name)
        model = self._model.within(left_s) if isinstance(self._model, ChatModel) else self._model
        call = model.ask(role, messages, schema, max_tokens)
        self._left -= max(call.tokens_in + call.tokens_out, prompt)
        self._silent = unanswered(call)
        return call

    def _refusal(self, tokens: int, left_s: float) -> str:
        if self._silent:
            return SILENT
        if tokens > self._left:
            return f"{OUT_OF_TOKENS}: {self._left} left, {tokens} needed"
        return f"{OUT_OF_TIME}: {max(0.0, left_s):.1f} s left, {LEAST_S:g} s needed" if left_s < LEAST_S else ""
