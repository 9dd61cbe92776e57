"""The next tool is the cheapest that can help; a model may choose among the same, and nothing else it says counts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.case import ModelCall, Role
from agent.llm import Message, request_sha256
from agent.llm.investigate import asked_to_escalate, candidates, choice, choose, chosen
from agent.llm.tape import Tape
from prompts import Prompts
from tools.evidence import FactSpec
from tools.tool import AnyTool, Found, NoArguments, Sources, Subject, Tool


def tool(name: str, cost: float, *facts: str) -> AnyTool:
    def run(subject: Subject, sources: Sources, arguments: NoArguments) -> Found:
        return Found(facts={})

    specs = tuple(FactSpec(name=fact, kind="flag", meaning=f"whether {fact}") for fact in facts)
    return Tool(name, f"Finds {name}.", run, NoArguments, specs, "recorded", cost)


TOOLS = {
    each.name: each
    for each in (
        tool("dear", 3.0, "a.x", "a.y"),
        tool("cheap", 0.1, "a.x"),
        tool("also", 0.1, "a.x"),
        tool("c", 1, "a.z"),
    )
}


def call(answer: str, error: str = "", role: str = "investigate") -> ModelCall:
    return ModelCall(
        role=role, prompt="", prompt_sha256="", request_sha256="", answer=answer, error=error, model="scripted"
    )


def test_cheapest_first_then_by_name() -> None:
    assert candidates(["a.x"], TOOLS, set()) == ("also", "cheap", "dear")
    assert candidates(["a.x"], TOOLS, {"also"}) == ("cheap", "dear")
    assert candidates(["a.y", "a.z"], TOOLS, set()) == ("c", "dear")


def test_no_tool_is_called_twice_or_for_nothing() -> None:
    assert candidates(["a.x"], TOOLS, {"dear", "cheap", "also"}) == ()
    assert candidates(["b.unheard"], TOOLS, set()) == ()
    assert candidates([], TOOLS, set()) == ()


def test_a_model_chooses_among_the_candidates() -> None:
    assert chosen(call('{"tool": "dear"}'), ("also", "dear")) == "dear"
    assert chosen(call('{"tool": "escalate"}'), ("also", "dear")) is None


@pytest.mark.parametrize(
    "answer", ["", "dear", '{"tool": "c"}', '{"tool": ["dear"]}', "[]", '{"tool": null}', '{"other": "dear"}', "{" * 50]
)
def test_whatever_else_it_says_counts_as_the_cheapest(answer: str) -> None:
    assert chosen(call(answer), ("also", "dear")) == "also"
    assert not asked_to_escalate([call(answer)])


def test_an_answer_that_came_with_an_error_does_not_count() -> None:
    assert chosen(call('{"tool": "dear"}', error="cut"), ("also", "dear")) == "also"
    assert not asked_to_escalate([call('{"tool": "escalate"}', error="cut")])


def test_only_the_investigating_role_can_ask_to_escalate() -> None:
    assert asked_to_escalate([call("{}"), call('{"tool": "escalate"}')])
    assert not asked_to_escalate([call('{"tool": "escalate"}', role="merge")])


@given(st.text(max_size=40), st.booleans())
def test_any_answer_leads_to_a_candidate_or_to_escalate(answer: str, as_json: bool) -> None:
    said = json.dumps({"tool": answer}) if as_json else answer
    assert chosen(call(said), ("also", "dear")) in ("also", "dear", None)


def test_the_form_of_an_answer_admits_nothing_but_the_candidates() -> None:
    form = choice(["also", "dear"])
    assert form.model_validate_json('{"tool": "escalate"}')
    for wrong in ('{"tool": "c"}', '{"tool": "dear", "why": "because"}', "{}"):
        with pytest.raises(ValidationError):
            form.model_validate_json(wrong)


def test_the_model_is_asked_in_words_of_ours_alone() -> None:
    asked: list[tuple[Message, ...]] = []

    class Listening:
        name = "scripted"

        def ask(self, role: Role, messages: tuple[Message, ...], schema: object, max_tokens: int) -> ModelCall:
            asked.append(messages)
            return call('{"tool": "also"}')

    made = choose(Listening(), Prompts.load(), "kyc", TOOLS["cheap"].facts, [TOOLS["also"], TOOLS["dear"]])
    text = "\n".join(message.content for message in asked[0])
    assert "a.x: whether a.x" in text
    assert "dear: tells a.x; costs 3" in text
    assert "a.y" not in text
    assert (made.prompt, made.prompt_sha256) == ("investigate", Prompts.load()["investigate"].sha256)


def test_a_recorded_choice_answers_the_same_question_again() -> None:
    among = [TOOLS["also"], TOOLS["dear"]]
    asked: list[str] = []

    class Recording:
        name = "scripted"

        def ask(self, role: Role, messages: tuple[Message, ...], schema: type, max_tokens: int) -> ModelCall:
            asked.append(request_sha256(role, messages, schema, max_tokens))
            return call('{"tool": "dear"}').model_copy(update={"request_sha256": asked[-1]})

    recorded = choose(Recording(), Prompts.load(), "kyc", TOOLS["cheap"].facts, among)
    assert choose(Tape([recorded]), Prompts.load(), "kyc", TOOLS["cheap"].facts, among) == recorded
