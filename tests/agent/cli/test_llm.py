"""`casework llm` as a person types it, against a real endpoint and an empty home."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.case import ROLES
from agent.cli.llm import app
from agent.errors import CaseworkError, ModelError
from agent.llm.weights import WEIGHTS, Weights


def run(*arguments: str, code: int = 0) -> str:
    """Standard output of one command; what it raises is raised here."""
    ran = CliRunner().invoke(app, list(arguments), catch_exceptions=False, standalone_mode=False)
    assert (ran.return_value or 0) == code
    if ran.exception:
        raise ran.exception
    return ran.stdout


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def endpoint(chat_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server that does well at `question` and badly at all else, named by the settings."""

    def answer(asked: dict[str, Any]) -> Any:
        text = asked["messages"][-1]["content"]
        said = {"question": "Could you p" + text[1:-1] + "?"} if text.startswith("Please") else {}
        return _completion(json.dumps(said))

    chat_server.answer = answer
    monkeypatch.setenv("LLM_BASE_URL", chat_server.url)
    return chat_server


def _completion(content: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


def test_an_empty_home_has_no_model_and_says_what_to_do() -> None:
    told = json.loads(run("status", "--json"))
    assert told["model"] == ""
    assert told["granted"] == []
    assert told["fallback"] == sorted(ROLES)
    assert "casework llm fetch" in told["problem"]
    assert "words of the policy" in run("status")


def test_a_dead_endpoint_is_a_problem_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("LLM_MODEL", "big")
    told = json.loads(run("status", "--json", code=1))
    assert (told["model"], told["endpoint"]) == ("big", "http://127.0.0.1:9/v1")
    assert "no model at" in told["problem"]


@pytest.fixture
def weights(home: Path) -> Weights:
    """Weights of which a file is here, though not the pinned one: that has half a gigabyte."""
    placed = WEIGHTS["0.5b"]
    placed.path(home).parent.mkdir(parents=True)
    placed.path(home).write_bytes(b"x")
    return placed


def test_weights_that_are_not_the_pinned_ones_have_no_role(weights: Weights) -> None:
    told = json.loads(run("status", "--json"))
    assert (told["model"], told["granted"]) == (weights.model, [])
    assert ", not the pinned " in told["problem"]
    assert "; delete it and run `casework llm fetch`" in told["problem"]
    assert "granted   no role" in run("status")


def test_fetched_weights_show_with_what_the_packaged_record_grants(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.llm.weights.check", lambda path, pinned: None)
    told = json.loads(run("status", "--json"))
    assert told["model"] == weights.model
    assert told["endpoint"] == "embedded"
    assert told["granted"] == ["merge", "question"]
    merging = told["roles"]["merge"]
    assert f"{merging['passed']} of {merging['asked']}" in run("status")
    assert {"low", "high", "rate", "unanswered", "refused", "copied", "seconds_each", "granted"} <= merging.keys()


def test_qualifying_keeps_a_record_and_grants_what_was_earned(endpoint: Any, home: Path) -> None:
    told = json.loads(run("qualify", "--role", "question", "--json"))
    assert told["granted"] == ["question"]
    assert told["roles"]["question"]["rate"] == 1.0
    assert Path(told["path"]).is_relative_to(home)
    assert json.loads(run("status", "--json"))["granted"] == ["question"]


def test_a_later_role_is_added_to_the_record(endpoint: Any) -> None:
    run("qualify", "--role", "question")
    endpoint.answer = lambda asked: _completion('{"tool": "escalate"}')
    shown = run("qualify", "--role", "investigate")
    assert re.search(r"question +20 of 20 .* yes", shown)
    assert re.search(r"investigate +0 of 40 .* no", shown)
    assert "granted: question" in " ".join(shown.split())


def test_what_one_model_earned_is_not_another_ones(endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_MODEL", endpoint.listed)
    run("qualify", "--role", "question")
    endpoint.listed = "another"
    told = json.loads(run("status", "--json", code=1))
    assert told["granted"] == []
    assert "lists 'another', not 'scripted'; correct LLM_MODEL" in told["problem"]


def test_qualifying_without_a_model_is_refused() -> None:
    with pytest.raises(ModelError, match="casework llm fetch"):
        run("qualify")


@pytest.mark.parametrize(
    "arguments",
    [("qualify", "--role", "judge"), ("fetch", "--model", "70b"), ("serve", "--model", "x"), ("serve",)],
)
def test_bad_input_is_named_with_a_remedy(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CaseworkError, match=r"; (run|choose)"):
        run(*arguments)


def test_fetch_is_done_at_once_where_the_file_is_here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    from agent.llm import weights

    content = b"weights"
    pinned = WEIGHTS["0.5b"].__class__(
        name="sample", sha256=hashlib.sha256(content).hexdigest(), size=7, url="", package="", version="", parts=0
    )
    monkeypatch.setattr(weights, "WEIGHTS", {"0.5b": pinned})
    pinned.path(home).parent.mkdir(parents=True)
    pinned.path(home).write_bytes(content)
    assert json.loads(run("fetch", "--json")) == {
        "path": str(pinned.path(home)),
        "model": pinned.model,
        "sha256": pinned.sha256,
        "bytes": 7,
    }


def test_help_names_every_size_there_is() -> None:
    """The weights are not loaded for help, so that the words stand there on their own."""
    said = CliRunner().invoke(app, ["fetch", "--help"], env={"COLUMNS": "200"}).output
    assert f"Size of the embedded model: {' or '.join(WEIGHTS)}." in said
