"""A language model behind any OpenAI-compatible endpoint, within limits of time and tokens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from copy import copy
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from agent.case import ModelCall, Role
from agent.errors import ModelError
from agent.llm import CUT, FILTERED, NOT_REACHED, SEED, Message, estimate, request_sha256
from agent.llm.wire import PLAIN, Bounded, fetched

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

CONNECT_S = 5.0
LONGEST_NAME = 200
MOST_TOKENS = 10_000_000
"""More than any model takes or gives: a count beyond it, like one below nought, is none."""
BROKEN = (ValueError, TypeError, LookupError, AttributeError)
"""How the client library fails on an answer that is no chat completion."""
NO_WAY = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)
"""What the client library's error comes from where nothing answers."""


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
