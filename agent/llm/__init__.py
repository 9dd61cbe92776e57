"""Asking a language model: any OpenAI-compatible endpoint within limits of time and tokens, or a tape of its answers.

A call never raises for what the model or its server did: whatever went wrong stands in `ModelCall.error`, so that a
review goes on in the policy's own words and the record says why.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from agent.case import ModelCall, Role
from agent.errors import ModelError, ReplayDiverged
from agent.llm.wire import PLAIN, Bounded, fetched

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

SEED = 7
CONNECT_S = 5.0
LEAST_S = 2.0
"""No call is made with less time left, in seconds: the embedded model took 1.0 to 1.9 an answer where it was qualified,
on average by role (`agent/llm/qualification`)."""
LONGEST_NAME = 200
OUT_OF_TOKENS, OUT_OF_TIME = "token budget", "time of the case"
SILENT = "the model gave no answer before in this case"
CUT, FILTERED = "cut at", "stopped by the content filter of the endpoint"
"""Answers that a server broke off, which may be before their first word."""
UNREACHABLE = "unreachable"
"""The name of a model whose endpoint did not say one."""
NOT_REACHED = "the endpoint is not reached"
MOST_TOKENS = 10_000_000
"""More than any model takes or gives: a count beyond it, like one below nought, is none."""
BROKEN = (ValueError, TypeError, LookupError, AttributeError)
"""How the client library fails on an answer that is no chat completion."""
NO_WAY = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)
"""What the client library's error comes from where nothing answers."""


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


class ChatModel:
    """A model behind `/v1/chat/completions`: temperature 0, a fixed seed, one deadline over the whole call.

    `endpoint` names the server in qualification records; it is the URL unless the caller knows a better name. With a
    schema the answer is asked for as strict JSON and checked against it.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        api_key: SecretStr,
        timeout_s: float = 30.0,
        max_tokens: int = 600,
        endpoint: str = "",
        seed: int = SEED,
    ) -> None:
        self.name = name
        self.endpoint = endpoint or base_url
        self.base_url = base_url
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._max_tokens = max_tokens
        self._seed = seed
        self._tls = httpx.create_ssl_context(trust_env=False)

    def reseeded(self, seed: int) -> ChatModel:
        """The same model with another seed, to see what hangs on chance. Its answers are no record of this one's."""
        other = copy(self)
        other._seed = seed
        return other

    def within(self, limit_s: float) -> ChatModel:
        """The same model, whose calls take no longer than so many seconds, and never longer than they may anyway."""
        other = copy(self)
        other._timeout_s = min(self._timeout_s, limit_s)
        return other

    def ask(
        self, role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int
    ) -> ModelCall:
        import openai
        from langchain_openai import ChatOpenAI  # seconds, once: not on the clock of the call

        asked = request_sha256(role, messages, schema, max_tokens)
        call = ModelCall(role=role, request_sha256=asked, model=self.name)
        answering = self._complete(ChatOpenAI, messages, schema, min(max_tokens, self._max_tokens))
        try:
            answer = asyncio.run(asyncio.wait_for(answering, self._timeout_s))
        except TimeoutError:
            return call.model_copy(update={"error": f"no answer within {self._timeout_s:g} s"})
        except (openai.OpenAIError, httpx.HTTPError, OSError, *BROKEN) as error:
            return call.model_copy(update={"error": _one_line(error)})
        call = call.model_copy(update=answer)
        return call.model_copy(update={"error": _fault(call.answer, schema)}) if not call.error else call

    async def _complete(
        self,
        client_type: type[ChatOpenAI],
        messages: tuple[Message, ...],
        schema: type[BaseModel] | None,
        max_tokens: int,
    ) -> dict[str, Any]:
        limits = httpx.Timeout(self._timeout_s, connect=min(CONNECT_S, self._timeout_s))
        wire = Bounded(verify=self._tls, trust_env=False)
        async with httpx.AsyncClient(timeout=limits, transport=wire, headers=PLAIN, trust_env=False) as client:
            chat = client_type(
                model=self.name,
                base_url=self.base_url,
                api_key=self._api_key,
                timeout=self._timeout_s,
                max_retries=1,
                temperature=0,
                seed=self._seed,
                max_tokens=max_tokens,
                http_async_client=client,
                use_responses_api=False,
            )
            asked = [(message.role, message.content) for message in messages]
            message = await chat.ainvoke(asked, **_response_format(schema))
        usage: Mapping[str, Any] = message.usage_metadata or {}
        stopped = {"length": f"{CUT} {max_tokens} tokens", "content_filter": FILTERED}
        answer = message.content if isinstance(message.content, str) else json.dumps(message.content)
        return {
            "answer": answer,
            "error": stopped.get(message.response_metadata.get("finish_reason", ""), ""),
            "tokens_in": _counted(usage.get("input_tokens"), estimate(messages)),
            "tokens_out": _counted(usage.get("output_tokens"), len(answer) // 4),
        }


def _counted(told: object, estimated: int) -> int:
    """The tokens that a server reports, or what they are estimated at where it reports none that can be."""
    return told if isinstance(told, int) and 0 < told <= MOST_TOKENS else estimated


def _response_format(schema: type[BaseModel] | None) -> dict[str, Any]:
    if schema is None:
        return {}
    wanted = {"name": schema.__name__, "schema": schema.model_json_schema(), "strict": True}
    # As an argument of its own it has the client parse the answer, which raises where one was cut and loses its tokens.
    return {"extra_body": {"response_format": {"type": "json_schema", "json_schema": wanted}}}


def _fault(answer: str, schema: type[BaseModel] | None) -> str:
    """What is wrong with the form of an answer, empty if nothing is."""
    if not answer.strip():
        return "an empty answer"
    if schema is None:
        return ""
    try:
        schema.model_validate_json(answer)
    except ValidationError as error:
        return f"not the JSON asked for: {error.error_count()} faults, the first: {error.errors()[0]['msg']}"
    return ""


def _one_line(error: Exception) -> str:
    """What went wrong, without the words of a server or of Python."""
    if status := getattr(error, "status_code", 0):
        return f"{type(error).__name__}: the endpoint answered {status}"
    if isinstance(error, BROKEN):
        return f"{type(error).__name__}: the answer cannot be read"
    text = " ".join(str(error).split())
    unreached = any(isinstance(each, NO_WAY) for each in _causes(error))
    return f"{NOT_REACHED}: {text}"[:200] if unreached else f"{type(error).__name__}: {text}"[:200]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


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


def listed(base_url: str, api_key: SecretStr, timeout_s: float = CONNECT_S) -> tuple[str, ...]:
    """The model names that an endpoint lists under `/models`, at least one, within `timeout_s` seconds in all.

    Raises ModelError where it does not answer, or lists none.
    """
    url = base_url.rstrip("/") + "/models"
    try:
        answer = fetched(url, {"Authorization": f"Bearer {api_key.get_secret_value()}"}, timeout_s)
        names = tuple(str(each["id"]) for each in json.loads(answer)["data"])
        first = names[0]
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, LookupError, TypeError) as error:
        why = f"no answer within {timeout_s:g} s" if isinstance(error, TimeoutError) else _one_line(error)
        raise ModelError(
            f"no model at {base_url!r}: {why}", "start the endpoint, or set LLM_BASE_URL and LLM_MODEL"
        ) from error
    if not first.isprintable() or not 0 < len(first) <= LONGEST_NAME:
        raise ModelError(f"the model at {base_url!r} has a name that cannot be shown", "name another in LLM_MODEL")
    return names
