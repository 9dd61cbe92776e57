"""The letter asks all that the findings ask and what only the customer can send, once, and gives nothing away."""

from __future__ import annotations

from typing import get_args

import pytest

from agent.case import Finding, Missing
from agent.draft.letter import (
    ASK_AGAIN,
    ASK_ANYTHING,
    ASK_FOR,
    ASK_OWNERS,
    NOTHING_SENT,
    customer_message,
    customer_texts,
    may_be_told,
)
from agent.llm.qualify import load_questions
from agent.policy.model import load_policy
from tests.support.drafts import advice, finding
from tools.evidence import AttachmentRole, Fault

SENT: tuple[AttachmentRole, ...] = ("document", "back", "selfie", "clip")


@pytest.mark.parametrize("disposition", ["approve", "escalate", "reject"])
def test_only_request_dispositions_write_to_the_customer(disposition: str) -> None:
    told = [finding("S", "suspicious", "Please take a new selfie.")]
    assert customer_message(told, advice(disposition), {}, SENT) == ""
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
    lost = (Missing(facts=(), tool="document.read", reason="no file", matters=True, roles=("document",)),)
    message = customer_message(told, advice("request_resubmission", missing=lost), {}, SENT)
    assert message.split("\n\n")[2].splitlines() == [
        "Please take a new selfie.",
        "Please upload a new picture of your identity document.",
    ]
    assert all(each.text not in message for each in told)


def test_what_a_rule_asks_for_and_what_is_missing_too_is_asked_once() -> None:
    request = "Please upload a new picture of your identity document."
    told = [finding(rule, "suspicious", request, ("document",)) for rule in "ST"]
    lost = (Missing(facts=(), tool="document.read", reason="no file", matters=True, roles=("document",)),)
    advised, question = advice("request_resubmission", missing=lost), f"Could you p{request[1:-1]}?"
    assert customer_texts(told, advised) == {request: ("S", "T")}
    assert customer_message(told, advised, {request: question}, SENT).split("\n\n")[2] == question


@pytest.mark.parametrize(
    ("tool", "asked"),
    [("sql.counterparty_risk", ASK_OWNERS), ("sql.exposure", ASK_ANYTHING)],
)
def test_the_customer_is_asked_only_for_what_they_can_tell(tool: str, asked: str) -> None:
    lost = (Missing(facts=(), tool=tool, reason="no row", matters=True),)
    message = customer_message([], advice("request_information", missing=lost), {}, SENT)
    assert message.split("\n\n")[2] == asked


@pytest.mark.parametrize(
    ("fault", "asked"), [("customer", True), (None, True), ("ours", False), ("setup", False), ("policy", False)]
)
def test_what_the_customer_cannot_mend_is_not_asked_for(fault: Fault | None, asked: bool) -> None:
    lost = (Missing(facts=(), tool="liveness.assess", reason="no weights", matters=True, fault=fault, roles=("clip",)),)
    message = customer_message([], advice("request_information", missing=lost), {}, SENT)
    assert (ASK_AGAIN["clip"] in message, ASK_ANYTHING in message) == (asked, not asked)


def test_what_would_change_nothing_is_not_asked_for() -> None:
    lost = Missing(facts=(), tool="liveness.assess", reason="no clip", matters=False, roles=("clip",))
    idle = lost.model_copy(update={"tool": "sql.counterparty_risk"})
    advised = advice("request_information", missing=(lost, idle))
    assert customer_message([], advised, {}, SENT).split("\n\n")[2] == ASK_ANYTHING


def test_of_what_is_missing_no_rule_makes_a_question() -> None:
    lost = (Missing(facts=(), tool="face.match", reason="none", matters=True, roles=("selfie",)),)
    assert customer_texts([], advice("request_information", missing=lost)) == {}
    assert {*ASK_FOR} == {*ASK_AGAIN} == {*get_args(AttachmentRole)}


@pytest.mark.parametrize("roles", [(), ("selfie",), ("document", "selfie"), ("clip",), ("back",)])
def test_the_attachments_at_fault_are_asked_for_again(roles: tuple[AttachmentRole, ...]) -> None:
    lost = (Missing(facts=(), tool="face.match", reason="unlike", matters=True, roles=roles),)
    message = customer_message([], advice("request_resubmission", missing=lost), {}, SENT)
    assert message.split("\n\n")[2].splitlines() == ([ASK_AGAIN[role] for role in roles] or [ASK_ANYTHING])


def test_what_was_never_sent_is_not_asked_for_anew() -> None:
    lost = (Missing(facts=(), tool="face.match", reason="none", matters=True, roles=("document", "selfie")),)
    advised = advice("request_resubmission", missing=lost)
    message = customer_message([], advised, {}, ("selfie",))
    assert message.split("\n\n")[2].splitlines() == [ASK_FOR["document"], ASK_AGAIN["selfie"]]
    assert "what you sent us" in message
    first = customer_message([], advised, {}, ())
    assert first.split("\n\n")[1:3] == [NOTHING_SENT.capitalize(), f"{ASK_FOR['document']}\n{ASK_FOR['selfie']}"]
    assert "new" not in first


def lines(*told: Finding, lost: tuple[Missing, ...] = ()) -> list[str]:
    message = customer_message(told, advice("request_resubmission", missing=lost), {}, SENT)
    return message.split("\n\n")[2].splitlines()


@pytest.mark.parametrize(
    ("asks", "enough"),
    [(("document.sharp",), True), (("document",), True), (("selfie.light", "clip"), False), ((), False)],
)
def test_what_a_text_asks_for_is_not_asked_for_once_more(asks: tuple[str, ...], enough: bool) -> None:
    lost = (Missing(facts=(), tool="document.read", reason="illegible", matters=True, roles=("document",)),)
    asked = lines(finding("S", "suspicious", "Please mend it.", asks), lost=lost)
    assert asked == ["Please mend it.", *(() if enough else (ASK_AGAIN["document"],))]


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({"A": ("document.sharp", "document.whole"), "B": ("document.sharp", "document.whole")}, "A"),
        ({"A": ("document.sharp",), "B": ("document.sharp", "document.whole")}, "B"),
        ({"A": ("document.sharp", "document.whole"), "B": ("document.sharp",)}, "A"),
        ({"A": ("document.valid",), "B": ("document.sharp",)}, "AB"),
        ({"A": ("document.sharp", "clip.light"), "B": ("document.sharp",), "C": ("clip.light",)}, "A"),
        ({"A": ("document.sharp",), "B": ("clip.light",), "C": ("clip.light", "document.sharp")}, "AB"),
        ({"A": ("document.sharp", "clip.app"), "B": ("clip.app", "selfie"), "C": ("document.sharp", "selfie")}, "AB"),
        ({"A": (), "B": ()}, "AB"),
    ],
)
def test_a_text_that_asks_for_nothing_more_than_the_others_is_left_out(
    asked: dict[str, tuple[str, ...]], left: str
) -> None:
    told = [finding(name, "suspicious", f"Please do {name}.", asks) for name, asks in asked.items()]
    assert lines(*told) == [f"Please do {name}." for name in left]
    assert customer_texts(told, advice("request_resubmission")) == {f"Please do {name}.": (name,) for name in left}


def test_of_addresses_the_wider_request_stays() -> None:
    lost = (Missing(facts=(), tool="sql.counterparty_risk", reason="unknown", matters=True),)
    owners = {rule.id: rule for rule in load_policy().rules if rule.id in {"NET-07", "PAY-08"}}
    told = {name: finding(name, "suspicious", rule.customer_text, rule.asks) for name, rule in owners.items()}
    assert lines(told["NET-07"], lost=lost) == [ASK_OWNERS]
    assert lines(told["PAY-08"], lost=lost) == [owners["PAY-08"].customer_text]
    assert lines(told["NET-07"], told["PAY-08"]) == [owners["PAY-08"].customer_text]


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (("CAP-01", "CAP-04"), ("CAP-01",)),
        (("CAP-01", "CAP-07"), ("CAP-01", "CAP-07")),
        (("CAP-01", "CAP-04", "FACE-03"), ("CAP-01", "FACE-03")),
        (("CAP-02", "CAP-04"), ("CAP-02", "CAP-04")),
        (("CAP-03", "CAP-09", "CAP-10"), ("CAP-09",)),
        (("CAP-04", "DOC-10"), ("CAP-04",)),
        (("FILE-01", "FORG-02"), ("FILE-01",)),
        (("CLIP-02", "LIVE-02", "LIVE-04"), ("LIVE-04",)),
        (("LIVE-02", "LIVE-03"), ("LIVE-02", "LIVE-03")),
        (("AGE-02", "DOC-05", "DOC-14"), ("AGE-02", "DOC-05", "DOC-14")),
    ],
)
def test_the_packaged_texts_ask_once_and_lose_no_need(rules: tuple[str, ...], left: tuple[str, ...]) -> None:
    known = {rule.id: rule for rule in load_policy().rules}
    told = [finding(name, "suspicious", known[name].customer_text, known[name].asks) for name in rules]
    lost = (Missing(facts=(), tool="face.match", reason="unlike", matters=True, roles=("document",)),)
    again = () if any(known[name].asks[:1] and "document" in known[name].asks[0] for name in left) else ("document",)
    wanted = [known[name].customer_text for name in left]
    assert lines(*told, lost=lost) == [*wanted, *(ASK_AGAIN["document"] for _ in again)]


def test_a_letter_without_texts_asks_for_contact() -> None:
    assert ASK_ANYTHING in customer_message([], advice("request_information"), {}, SENT)


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
