"""The language model that the settings or a command line name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from pydantic import SecretStr

from agent.errors import ModelError, SettingsError
from agent.llm import UNREACHABLE
from agent.llm.chat import ChatModel, listed
from agent.llm.embedded import ENDPOINT, embeddable, serving
from agent.llm.weights import chosen
from agent.settings import Settings, endpoint

NONE, LOCAL = "none", "local"
"""What a command line calls no model, and the embedded one."""


@contextmanager
def open_model(settings: Settings) -> Iterator[ChatModel | None]:
    """The model that the settings name: an endpoint if one is configured, else the embedded one if its weights are here
    and its server is installed, else None. The embedded server stops with the context.

    An endpoint that does not answer yields a model whose calls all fail, so that a review goes on without its words.
    """
    if settings.llm_base_url:
        yield _remote(settings)
        return
    weights = chosen(settings.casework_home, settings.llm_model)
    if weights is None or not embeddable():
        yield None
        return
    with serving(settings.casework_home, weights) as base_url:
        yield ChatModel(
            weights.model, base_url, SecretStr("none"), settings.llm_timeout_s, settings.llm_max_tokens, ENDPOINT
        )


@contextmanager
def required_model(settings: Settings) -> Iterator[ChatModel]:
    """The model of `open_model`, for who measures one. Raises ModelError where there is none or its endpoint does not
    answer: calls that all fail would be measured as a poor model."""
    if settings.llm_base_url:
        named(settings)
    with open_model(settings) as model:
        if model is None:
            raise ModelError("there is no language model here", "run `casework llm fetch`, or name an endpoint")
        yield model


def pointed(settings: Settings, model: str) -> Settings:
    """The settings with the model of a command line in the place of theirs: "none", "local" for the embedded one, or
    the URL of an endpoint; "" leaves them as they are. Raises SettingsError where that is none to be shown."""
    try:
        url = "" if model in (NONE, LOCAL) else endpoint(model)
    except ValueError as error:
        raise SettingsError(f"the URL of the model: {error}", "set it in LLM_API_KEY") from error
    if not model or url == settings.llm_base_url:
        return settings
    return settings.model_copy(update={"llm_base_url": url, "llm_model": ""})


def named(settings: Settings) -> str:
    """The model at the endpoint of the settings: the one they name, which it must list, else the first it lists. A
    server may answer to any name, and what one model has earned is not another's.

    Raises ModelError where it does not answer or lists others. One that lists none may still serve the one named.
    """
    url, wanted = settings.llm_base_url, settings.llm_model
    try:
        names = listed(url, settings.llm_api_key)
    except ModelError as error:
        if wanted and isinstance(error.__cause__, httpx.HTTPStatusError):
            return wanted
        raise
    if wanted and wanted not in names:
        raise ModelError(
            f"the endpoint {url!r} lists {names[0]!r}, not {wanted!r}", "correct LLM_MODEL, or serve that model"
        )
    return wanted or names[0]


def _remote(settings: Settings) -> ChatModel:
    try:
        name = named(settings)
    except ModelError as error:
        # One that cannot be asked now fails call by call; one that serves another model is not asked at all.
        name = (settings.llm_model if error.__cause__ else "") or UNREACHABLE
    return ChatModel(name, settings.llm_base_url, settings.llm_api_key, settings.llm_timeout_s, settings.llm_max_tokens)
