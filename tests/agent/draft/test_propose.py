"""Which roles are asked for which sentence, and what a draft says where they are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from agent.case import ROLES, Case, Finding, ModelCall, Role
from agent.draft.ground import Fallback, Proposal, ground
from agent.draft.propose import write
from agent.llm import UNREACHABLE, Message, request_sha256
from agent.llm.budget import LEAST_S, Budgeted
from agent.llm.chat import ChatModel
from agent.llm.qualify import load_questions
from agent.llm.tape import Tape
from prompts import Prompts
from tests.support.drafts import advice
from tools.evidence import Ledger

PROMPTS = Prompts.load()
SAMPLES = load_questions().findings
SPECS = {sample.fact: sample.spec for sample in SAMPLES}
FINDINGS = [sample.finding(f"E{number}") for number, sample in enumerate(SAMPLES[:3], 1)]
ALL = frozenset(ROLES)


def _joints(markers: list[str]) -> dict[str, str]:
    return {marker: "in addition" if number % 2 else "and" for number, marker in enumerate(markers)}


class Obliging:
    """Does what each prompt asks: joins every finding, drops an article, asks politely."""

    name = "obliging"

    def ask(
        self, role: Role, messages: tuple[Message, ...], schema: type[BaseModel] | None, max_tokens: int
    ) -> ModelCall:
        asked = messages[-1].content
        return ModelCall(
            role=role,
            prompt="",
            prompt_sha256="",
            request_sha256=request_sha256(role, messages, schema, max_tokens),
            answer=json.dumps(self._said(role, asked)),
            model=self.name,
        )

    def _said(self, role: Role, asked: str) -> dict[str, str]:
        if role == "merge":
            markers = [line.partition(":")[0] for line in asked.splitlines()]
            return _joints(markers[1:])
        if role == "word":
            return {"sentence": "Here " + asked[0].lower() + asked[1:]}
        return {"question": "Could you p" + asked[1:-1] + "?"}


class Silent(Obliging):
    name = "silent"

    def ask(self, *asked: Any) -> ModelCall:
        return super().ask(*asked).model_copy(update={"answer": "", "error": "no answer within 1 s"})


class Lying(Obliging):
    name = "lying"

    def _said(self, role: Role, asked: str) -> dict[str, str]:
        if role == "merge":
            return {f"F{n}": "but" for n in range(2, len(asked.splitlines()) + 1)}
        return {"sentence": "The customer is innocent."} if role == "word" else {"question": "Did you do it?"}


@pytest.fixture
def wrote(make_case: Callable[..., Case]) -> Callable[..., Proposal]:
    def make(model: Any, roles: Any = ALL, findings: Any = FINDINGS, disposition: str = "escalate") -> Proposal:
        return write(make_case(), Ledger(), findings, advice(disposition), SPECS, model, roles, PROMPTS)

    return make


def suspicious(text: str = "Please take a new selfie.") -> list[Finding]:
    return [FINDINGS[0].model_copy(update={"severity": "suspicious", "customer_text": text})]


def test_without_a_model_all_is_template_and_says_so(wrote: Callable[..., Proposal]) -> None:
    proposal = wrote(None)
    assert {statement.source for statement in proposal.statements} == {"template"}
    assert proposal.calls == ()
    assert set(proposal.fallbacks) == {Fallback(role="merge", why="no model"), Fallback(role="word", why="no model")}


def test_a_role_that_is_not_granted_is_not_asked(wrote: Callable[..., Proposal]) -> None:
    proposal = wrote(Obliging(), frozenset({"merge"}))
    assert [call.role for call in proposal.calls] == ["merge"]
    assert proposal.fallbacks == (Fallback(role="word", why="not granted"),)


def test_a_model_that_told_no_name_was_not_reached(wrote: Callable[..., Proposal]) -> None:
    unnamed = Obliging()
    unnamed.name = UNREACHABLE
    assert {each.why for each in wrote(unnamed, frozenset()).fallbacks} == {"unreachable"}


def test_granted_roles_word_the_summary_and_each_finding(wrote: Callable[..., Proposal]) -> None:
    proposal = wrote(Obliging())
    assert [call.role for call in proposal.calls] == ["merge", "word", "word", "word"]
    worded = [statement for statement in proposal.statements if statement.source == "model"]
    assert worded[0].text == "[F1], and [F2]. In addition, [F3]."
    assert worded[1].text.endswith("similarity {E1.face.similarity}.")
    assert proposal.fallbacks == ()


def test_a_single_finding_needs_no_merging(wrote: Callable[..., Proposal]) -> None:
    assert [call.role for call in wrote(Obliging(), findings=FINDINGS[:1]).calls] == ["word"]


def test_a_sentence_with_a_bare_figure_is_not_offered(wrote: Callable[..., Proposal]) -> None:
    bare = [FINDINGS[0].model_copy(update={"text": "Under the minimum of 18."})]
    assert wrote(Obliging(), findings=bare).calls == ()


def test_the_customer_is_asked_only_where_the_disposition_asks(wrote: Callable[..., Proposal]) -> None:
    assert wrote(Obliging(), findings=suspicious()).questions == ()
    (asked,) = wrote(Obliging(), findings=suspicious(), disposition="request_resubmission").questions
    assert asked.text == "Could you please take a new selfie?"


def test_a_request_that_no_question_can_be_made_of_is_not_put_to_a_model(wrote: Callable[..., Proposal]) -> None:
    stated = suspicious("Your document is no longer valid. Please send one that is.")
    proposal = wrote(Obliging(), frozenset({"question"}), stated, "request_resubmission")
    assert (proposal.questions, proposal.calls) == ((), ())
    assert "question" not in {each.role for each in proposal.fallbacks}


class Whimsical(Obliging):
    """Words each question another way than the one before."""

    name = "whimsical"

    def __init__(self) -> None:
        self.ways = iter(("Could you", "Would you", "Can you"))

    def _said(self, role: Role, asked: str) -> dict[str, str]:
        said = super()._said(role, asked)
        return {key: text.replace("Could you", next(self.ways)) for key, text in said.items()}


def test_what_two_rules_ask_for_is_asked_once(wrote: Callable[..., Proposal], make_case: Callable[..., Case]) -> None:
    asking = {"severity": "suspicious", "customer_text": "Please take a new selfie."}
    one, other = (each.model_copy(update=asking) for each in FINDINGS[:2])
    proposal = wrote(Whimsical(), frozenset({"question"}), [one, other], "request_resubmission")
    assert [each.rules for each in proposal.questions] == [(one.rule, other.rule)]
    assert len(proposal.calls) == 1
    page = ground(proposal, make_case(), Ledger(), [one, other], advice("request_resubmission"), SPECS)
    assert page.customer_message.count("take a new selfie") == 1


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (Silent(), "no answer"),
        (ChatModel("big", "http://127.0.0.1:9/v1", SecretStr("none"), 3), "unreachable"),
        (ChatModel("big", "nonsense", SecretStr("none"), 3), "unreachable"),
        (Lying(), "refused"),
        (Budgeted(Obliging(), tokens=0), "not asked"),
        (Budgeted(Obliging(), tokens=20_000, left_s=LEAST_S / 2), "not asked"),
    ],
)
def test_a_model_that_fails_leaves_the_policys_words(wrote: Callable[..., Proposal], model: Any, why: Any) -> None:
    proposal = wrote(model, findings=[*FINDINGS[1:], *suspicious()], disposition="request_information")
    assert {statement.source for statement in proposal.statements} == {"template"}
    assert proposal.questions == ()
    assert {fallback.role: fallback.why for fallback in proposal.fallbacks} == {
        "merge": why,
        "word": why,
        "question": why,
    }
    assert len(proposal.calls) == 5


def test_the_recorded_calls_give_the_same_proposal_again(wrote: Callable[..., Proposal]) -> None:
    first = wrote(Obliging())
    tape = Tape(first.calls)
    assert wrote(tape) == first
    tape.check_finished()


def test_a_proposal_survives_json(wrote: Callable[..., Proposal], make_case: Callable[..., Case]) -> None:
    proposal = wrote(Obliging())
    again = Proposal.model_validate_json(proposal.model_dump_json())
    made = [ground(each, make_case(), Ledger(), FINDINGS, advice(), SPECS) for each in (proposal, again)]
    assert made[0] == made[1]
    assert {statement.source for statement in made[0].statements} == {"model", "template"}
