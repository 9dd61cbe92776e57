"""The embedded server serves the pinned weights alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.errors import ModelError, WeightsError
from agent.llm import Message
from agent.llm.embedded import serving
from agent.llm.weights import WEIGHTS, fetch


def test_wrong_weights_are_never_served(tmp_path: Path) -> None:
    path = WEIGHTS["0.5b"].path(tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"x")
    with pytest.raises(WeightsError, match="pinned"), serving(tmp_path, WEIGHTS["0.5b"]):
        pytest.fail("served")


def test_a_port_that_is_in_use_is_said(tmp_path: Path, chat_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.llm.embedded.check", lambda path, pinned: None)
    port = int(chat_server.url.rpartition(":")[2].partition("/")[0])
    told = f"port {port} is in use; choose another with --port"
    with pytest.raises(ModelError, match=told), serving(tmp_path, WEIGHTS["0.5b"], port):
        pytest.fail("served")


@pytest.mark.slow
def test_the_embedded_server_answers_in_the_form_asked_for(tmp_path: Path) -> None:
    from pydantic import SecretStr

    from agent.llm.chat import ChatModel
    from agent.llm.roles import joints

    weights = WEIGHTS["0.5b"]
    fetch(tmp_path, weights, lambda *_: None, print)
    with serving(tmp_path, weights) as base_url:
        model = ChatModel(weights.model, base_url, SecretStr("none"), 120)
        asked = (Message("user", "F1: late\nF2: low\nF3: far"),)
        first, second = (model.ask("merge", asked, joints(3), 60) for _ in range(2))
    assert first.error == ""
    assert first.answer == second.answer
    assert joints(3).model_validate_json(first.answer)
