"""A language model that runs, as it can be handed to another process."""

from __future__ import annotations

from dataclasses import dataclass

from agent.llm.chat import ChatModel
from agent.settings import Settings


@dataclass(frozen=True)
class Served:
    """A model at an endpoint: its name, its URL, and what the endpoint is called in qualification records."""

    name: str
    base_url: str
    endpoint: str

    @classmethod
    def of(cls, model: ChatModel) -> Served:
        return cls(model.name, model.base_url, model.endpoint)

    def model(self, settings: Settings) -> ChatModel:
        """The same model, asked within the bounds of the settings."""
        bounds = (settings.llm_timeout_s, settings.llm_max_tokens)
        return ChatModel(self.name, self.base_url, settings.llm_api_key, *bounds, self.endpoint)
