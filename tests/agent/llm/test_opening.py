"""Which model is asked: an endpoint, the embedded one, or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.errors import ModelError, SettingsError
from agent.llm import UNREACHABLE, Message
from agent.llm.opening import named, open_model, pointed, required_model
from agent.settings import Settings


def test_without_weights_there_is_no_model(tmp_path: Path) -> None:
    with open_model(Settings(casework_home=tmp_path)) as model:
        assert model is None


def test_an_endpoint_is_used_with_the_first_model_it_lists(tmp_path: Path, chat_server: Any) -> None:
    with open_model(Settings(casework_home=tmp_path, llm_base_url=chat_server.url, llm_timeout_s=3)) as model:
        assert model is not None
        assert (model.name, model.endpoint) == ("scripted", chat_server.url)
        assert model.ask("merge", (Message("user", "hi"),), None, 20).answer == "hello"


def test_a_dead_endpoint_yields_a_model_whose_calls_fail(tmp_path: Path) -> None:
    settings = Settings(casework_home=tmp_path, llm_base_url="http://127.0.0.1:9/v1", llm_timeout_s=2)
    with open_model(settings) as model:
        assert model is not None
        assert model.name == "unreachable"
        assert model.ask("merge", (Message("user", "hi"),), None, 20).error


def test_who_measures_a_model_is_told_that_there_is_none(tmp_path: Path, chat_server: Any) -> None:
    settings = Settings(casework_home=tmp_path)
    with required_model(pointed(settings, chat_server.url)) as model:
        assert model.ask("merge", (Message("user", "hi"),), None, 20).answer == "hello"
    with pytest.raises(ModelError, match="no model at"), required_model(pointed(settings, "http://127.0.0.1:9/v1")):
        pytest.fail("measured")
    with pytest.raises(ModelError, match="there is no language model here"), required_model(pointed(settings, "local")):
        pytest.fail("measured")


def test_an_endpoint_that_lists_no_models_is_measured_by_name(chat_server: Any) -> None:
    chat_server.status = 404
    settings = Settings(llm_base_url=chat_server.url)
    with pytest.raises(ModelError, match="no model at"), required_model(settings):
        pytest.fail("measured")
    with required_model(settings.model_copy(update={"llm_model": "large"})) as model:
        assert model.name == "large"


def test_a_command_line_names_another_model_than_the_settings() -> None:
    remote = Settings(llm_base_url="http://one/v1", llm_model="large")
    told = {name: pointed(remote, name) for name in ("", "none", "local", "http://one/v1", "http://two/v1")}
    assert {name: (each.llm_base_url, each.llm_model) for name, each in told.items()} == {
        "": ("http://one/v1", "large"),
        "none": ("", ""),
        "local": ("", ""),
        "http://one/v1": ("http://one/v1", "large"),
        "http://two/v1": ("http://two/v1", ""),
    }
    assert pointed(remote, "http://one/v1/") is remote
    with pytest.raises(SettingsError, match="LLM_API_KEY") as raised:
        pointed(remote, "http://ada:s3cret@two/v1")
    assert "s3cret" not in str(raised.value)
    small = Settings(llm_model="0.5b")
    assert pointed(small, "local") is small


@pytest.mark.parametrize(
    ("asked", "status", "used"), [("", 200, "scripted"), ("scripted", 200, "scripted"), ("m", 404, "m")]
)
def test_the_model_of_the_settings_is_used_where_it_is_listed_or_none_is(
    chat_server: Any, asked: str, status: int, used: str
) -> None:
    chat_server.status = status
    settings = Settings(llm_base_url=chat_server.url, llm_model=asked)
    assert named(settings) == used
    with open_model(settings) as opened:
        assert opened is not None
        assert opened.name == used


def test_a_model_that_the_endpoint_does_not_list_is_not_asked(chat_server: Any) -> None:
    settings = Settings(llm_base_url=chat_server.url, llm_model="model-a")
    with pytest.raises(ModelError, match="lists 'scripted', not 'model-a'; correct LLM_MODEL"):
        named(settings)
    with open_model(settings) as opened:
        assert opened is not None
        assert opened.name == UNREACHABLE
