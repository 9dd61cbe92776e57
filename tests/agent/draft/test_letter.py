"""The letter asks all that the findings ask and what only the customer can send, once, and gives nothing away."""

from __future__ import annotations

import pytest

from agent.case import Missing
from agent.draft.letter import ASK_ANYTHING, ASK_FOR, customer_message, customer_texts, may_be_told
from agent.llm.qualify import load_questions
from tests.support.drafts import advice, finding
from tools.evidence import Fault


@pytest.mark.parametrize("disposition", ["approve", "escalate", "reject"])
def test_only_request_dispositions_write_to_the_customer(disposition: str) -> None:
    told = [finding("S", "suspicious", "Please take a new selfie.")]
    assert customer_message(told, advice(disposition), {}) == ""
    assert customer_texts(told, advice(disposition)) == {}


def test_a_request_that_rests_on_an_adverse_finding_alone_asks_what_that_asks() -> None:
    shared = finding("NET-01", "adverse", "Please tell us who else uses your devices.")
    assert customer_texts([shared], advice("request_information")) == {shared.customer_text: ("NET-01",)}
    telling = finding("A", "adverse", "We suspect fraud.")
    assert customer_texts([telling], advice("request_information")) == {}
    assert customer_texts([shared], advice("escalate")) == {}


def test_the_letter_holds_customer_texts_alone() -> None:
    told = [
        finding("A", "adverse", "Please explain the tampering."),
        finding("B", "adverse", "Please take a picture."),
        finding("S", "suspicious", "Please take a new selfie."),
        finding("T", "suspicious", "Please take a new selfie."),
        finding("V", "suspicious", "We suspect fraud."),
        finding("W", "suspicious", "Deposits above 9000 are looked at."),
    ]
    lost = (Missing(facts=(), tool="document.read", reason="no file", matters=True),)
    message = customer_message(told, advice("request_resubmission", missing=lost), {})
    assert message.split("\n\n")[2].splitlines() == [
        "Please take a new selfie.",
        "Please upload a new picture of your identity document.",
    ]
    assert all(each.text not in message for each in told)


def test_what_a_rule_asks_for_and_what_is_missing_too_is_asked_once() -> None:
    request = "Please upload a new picture of your identity document."
    told = [finding("S", "suspicious", request), finding("T", "suspicious", request)]
    lost = (Missing(facts=(), tool="document.read", reason="no file", matters=True),)
    advised, question = advice("request_resubmission", missing=lost), f"Could you p{request[1:-1]}?"
    assert customer_texts(told, advised) == {request: ("S", "T")}
    assert customer_message(told, advised, {request: question}).split("\n\n")[2] == question


@pytest.mark.parametrize(
    ("tool", "asked"),
    [("sql.counterparty_risk", ASK_FOR["sql.counterparty_risk"]), ("sql.exposure", ASK_ANYTHING)],
)
def test_the_customer_is_asked_only_for_what_they_can_tell(tool: str, asked: str) -> None:
    lost = (Missing(facts=(), tool=tool, reason="no row", matters=True),)
    message = customer_message([], advice("request_information", missing=lost), {})
    assert message.split("\n\n")[2] == asked


@pytest.mark.parametrize(
    ("fault", "asked"), [("customer", True), (None, True), ("ours", False), ("setup", False), ("policy", False)]
)
def test_what_the_customer_cannot_mend_is_not_asked_for(fault: Fault | None, asked: bool) -> None:
    lost = (Missing(facts=(), tool="liveness.assess", reason="no weights", matters=True, fault=fault),)
    message = customer_message([], advice("request_information", missing=lost), {})
    assert (ASK_FOR["clip"] in message, ASK_ANYTHING in message) == (asked, not asked)


@pytest.mark.parametrize(
    ("tool", "reason", "asked"),
    [
        ("face.match", "the tool answered without it", ("selfie",)),
        ("face.match", "document: no face was found", ("document",)),
        ("face.match", "selfie: the face is too small (12 pixels; detector 0.9)", ("selfie",)),
        ("face.match", "document: no face was found; selfie: no face was found", ("document", "selfie")),
        ("clip.match", "document: 2 faces of comparable size", ("document",)),
        ("document.read", "illegible", ("document",)),
        ("liveness.assess", "a face is seen in 0 of 24 frames", ("clip",)),
    ],
)
def test_what_is_at_fault_is_asked_for_again(tool: str, reason: str, asked: tuple[str, ...]) -> None:
    lost = (Missing(facts=(), tool=tool, reason=reason, matters=True),)
    message = customer_message([], advice("request_resubmission", missing=lost), {})
    assert message.split("\n\n")[2].splitlines() == [ASK_FOR[source] for source in asked]


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("Please send a new picture of your document: the whole page, laid flat.", True),
        ("Please take a picture of the document itself, not of a screen.", True),
        ("The name on your document differs from ours. Please send proof of a change of name.", False),
        ("Please tell us who else uses your devices.", False),
    ],
)
def test_what_a_text_asks_to_be_sent_is_not_asked_for_once_more(text: str, enough: bool) -> None:
    lost = (Missing(facts=(), tool="document.read", reason="illegible", matters=True),)
    message = customer_message([finding("S", "suspicious", text)], advice("request_resubmission", missing=lost), {})
    assert (ASK_FOR["document"] not in message) is enough


def test_a_clip_is_no_selfie() -> None:
    lost = (Missing(facts=(), tool="face.match", reason="selfie: no face was found", matters=True),)
    told = [finding("S", "suspicious", "Please record the selfie clip in the app.")]
    assert ASK_FOR["selfie"] in customer_message(told, advice("request_resubmission", missing=lost), {})


def test_a_letter_without_texts_asks_for_contact() -> None:
    assert ASK_ANYTHING in customer_message([], advice("request_information"), {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Please take a new selfie.", True),
        ("Please send a picture during daylight.", True),
        ("Your document looks FORGED.", False),
        ("This was reported to us.", False),
        ("Is it a ring?", False),
        ("Send ５ pictures.", False),
        ("Is it 𝐟𝐫𝐚𝐮𝐝?", False),
        ("We saw a ﬂag.", False),
    ],
)
def test_accusations_and_figures_may_not_be_told(text: str, told: bool) -> None:
    assert may_be_told(text) is told


def test_the_requests_of_the_qualification_set_may_be_told() -> None:
    assert all(may_be_told(request) for request in load_questions().requests)
