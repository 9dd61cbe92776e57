"""The plain agent against a real chat server: what it asks, what becomes of its answer, and of nonsense."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent.case import Case, CaseFile
from agent.desk import Desk
from agent.errors import ModelError
from agent.llm.chat import ChatModel
from agent.session import open_desk
from agent.settings import Settings
from agent.store import Store
from evals.baselines import agent
from evals.cases import read
from evals.runs import owed
from evals.scored import scored
from evals.scorers.decision import read_costs

NO_JSON = {"id": "n", "type": "function", "function": {"name": "Verdict", "arguments": "{"}}
Ask = Callable[[], CaseFile]
TRUTH = {"disposition": "reject", "confidence": 0.8, "explanation": "The account is new. It moved 99,999 dollars."}


@pytest.fixture(scope="module")
def case(exchange: Path) -> Case:
    return read(exchange / "world")[0][0]


@pytest.fixture
def desk(home: Path, case: Case, chat_server: Any) -> Iterator[Desk]:
    settings, store = Settings(casework_home=home), Store(home)
    with open_desk(store, settings, case, with_model=False) as opened:
        model = ChatModel("scripted", chat_server.url, SecretStr("none"), timeout_s=10)
        yield Desk(settings, store, opened.policy, opened.prompts, opened.sources, model)
    store.close()


def says(*turns: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Answers in this order, the last of them again and again."""
    left = list(turns)

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        message = left.pop(0) if len(left) > 1 else left[0]
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": None, **message}}
        usage = {"prompt_tokens": 50, "completion_tokens": 5, "total_tokens": 55}
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "s", "choices": [choice], "usage": usage}

    return answer


def calls(*asked: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "tool_calls": [
            {"id": f"t{place}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for place, (name, arguments) in enumerate(asked)
        ]
    }


def test_it_asks_our_tools_and_its_verdict_becomes_a_case_file(desk: Desk, case: Case, chat_server: Any) -> None:
    chat_server.answer = says(calls(("sql_account_age", {})), calls(("sql_velocity", {})), calls(("Verdict", TRUTH)))
    file = agent.answer(desk, case)
    assert (file.draft.disposition, file.draft.confidence) == ("reject", 0.8)
    assert [told.text for told in file.draft.statements] == ["The account is new.", "It moved 99,999 dollars."]
    assert [entry.tool for entry in file.ledger.entries] == ["sql.account_age", "sql.velocity"]
    assert [(call.role, call.error, call.tokens_in) for call in file.calls] == [("agent", "", 50)] * 3
    offered = {each["function"]["name"] for each in chat_server.asked[0]["tools"]}
    assert {name.replace(".", "_") for name in desk.tools} <= offered
    told = [message for message in chat_server.asked[1]["messages"] if message["role"] == "tool"]
    assert "account.age_days" in told[0]["content"]


def test_every_scorer_applies_and_counts_what_nothing_supports(
    desk: Desk, case: Case, chat_server: Any, exchange: Path
) -> None:
    chat_server.answer = says(calls(("sql_account_age", {})), calls(("Verdict", TRUTH)))
    told = scored(agent.answer(desk, case), read(exchange / "world")[1][0], read_costs())
    assert (told.citations.unsupported, told.citations.dangling, told.work.tokens) == (2, 0, 110)


def test_wrong_arguments_are_told_to_it_and_counted(desk: Desk, case: Case, chat_server: Any, exchange: Path) -> None:
    wrong = ("sql_structuring", {"limit": "a lot"})
    chat_server.answer = says(calls(wrong), calls(("Verdict", TRUTH)))
    told = scored(agent.answer(desk, case), read(exchange / "world")[1][0], read_costs())
    assert told.work.misdirected == 1


@pytest.mark.parametrize(
    ("turn", "error"),
    [
        (calls(("Verdict", TRUTH | {"disposition": "banana", "confidence": 2})), "not the verdict asked for: 2 of its"),
        (calls(("no_such_tool", {})), "a tool that nobody offered"),
        ({"tool_calls": [NO_JSON, *calls(("sql_account_age", {}))["tool_calls"]]}, "a tool call that is no JSON"),
    ],
)
def test_a_malformed_answer_that_is_mended_afterwards_is_counted(
    desk: Desk, case: Case, chat_server: Any, exchange: Path, turn: dict[str, Any], error: str
) -> None:
    chat_server.answer = says(turn, calls(("Verdict", TRUTH)))
    file = agent.answer(desk, case)
    assert file.draft.disposition == "reject"
    assert error in file.calls[0].error
    assert file.calls[-1].error == ""
    assert scored(file, read(exchange / "world")[1][0], read_costs()).work.schema_failures == 1


@pytest.mark.parametrize(
    ("turn", "error"),
    [
        ({"content": "I would approve this one."}, "not the verdict"),
        (calls(("sql_account_age", {})), "no verdict within"),
        ({"content": ""}, "not the verdict"),
        ({"tool_calls": [NO_JSON]}, "not the verdict"),
    ],
)
def test_what_comes_to_nothing_goes_to_a_person(
    desk: Desk, case: Case, chat_server: Any, turn: dict[str, Any], error: str
) -> None:
    chat_server.answer = says(turn)
    file = agent.answer(desk, case)
    assert (file.draft.disposition, file.draft.confidence, file.draft.statements) == ("escalate", 0.0, ())
    assert error in file.calls[-1].error


@pytest.mark.parametrize("body", [b"not json", {"error": "overloaded"}])
def test_a_server_that_answers_nonsense_escalates_the_case(
    desk: Desk, case: Case, chat_server: Any, body: object
) -> None:
    chat_server.answer = lambda asked: body
    file = agent.answer(desk, case)
    assert file.draft.disposition == "escalate"
    assert file.calls[-1].error


def begins(chat_server: Any, status: int) -> None:
    """Have the server answer once, by calling a tool, and then with this status."""
    begun = says(calls(("sql_account_age", {})))

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        chat_server.status = 200 if len(chat_server.asked) == 1 else status
        return begun(asked)

    chat_server.answer = answer


def test_an_endpoint_that_dies_in_mid_conversation_leaves_the_case_unanswered(
    desk: Desk, case: Case, chat_server: Any
) -> None:
    begins(chat_server, 503)
    file = agent.answer(desk, case)
    assert [(bool(call.answer), bool(call.error)) for call in file.calls] == [(True, False), (False, True)]
    assert len({call.request_sha256 for call in file.calls}) == 2
    assert (file.draft.disposition, owed(file)) == ("escalate", True)


def test_a_conversation_that_outgrows_the_context_is_no_outage(desk: Desk, case: Case, chat_server: Any) -> None:
    begins(chat_server, 400)
    file = agent.answer(desk, case)
    (call,) = file.calls
    assert (bool(call.answer), bool(call.error), owed(file)) == (True, True, False)


def test_without_a_model_there_is_no_agent(desk: Desk, case: Case) -> None:
    with pytest.raises(ModelError, match="needs a language model"):
        agent.answer(Desk(desk.settings, desk.store, desk.policy, desk.prompts, desk.sources), case)
