"""The policy's own draft: everything known is said, in order, and nothing that is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from agent.case import Case, Change, Finding, Flag, Flip, Missing, Recommendation, Statement
from agent.draft.plan import SUMMARY_LENGTH, plain, plan, strongest
from tests.support.drafts import advice, finding
from tools.evidence import Evidence, Exhibit, FactSpec, Ledger, Provenance, Unavailable

SPECS = {"face.similarity": FactSpec(name="face.similarity", kind="number", meaning="", high=1)}
MADE = Provenance(tool="t", version="1")


@pytest.fixture
def planned(make_case: Callable[..., Case]) -> Callable[..., dict[str, list[Statement]]]:
    def make(
        findings: Sequence[Finding] = (), told: Recommendation | None = None, ledger: Ledger | None = None, **case: Any
    ) -> dict[str, list[Statement]]:
        statements = plan(make_case(**case), ledger or Ledger(), findings, told or advice(), SPECS)
        parts: dict[str, list[Statement]] = {}
        for statement in statements:
            parts.setdefault(statement.part, []).append(statement)
        return parts

    return make


def test_the_summary_tells_the_gravest_first(planned: Callable[..., Any]) -> None:
    told = [finding("S", "suspicious"), finding("M", "mitigating"), finding("A"), finding("B")]
    (summary,) = planned(told)["summary"]
    assert summary.text == "This is A. This is B. This is S."
    assert summary.rules == ("A", "B", "S")
    assert summary.references == ("E1.fact.a", "E1.fact.b", "E1.fact.s")


def test_a_long_list_of_adverse_findings_says_how_many_follow(planned: Callable[..., Any]) -> None:
    told = [finding(f"R{number}") for number in range(SUMMARY_LENGTH + 3)]
    parts = planned(told)
    assert parts["summary"][0].text.endswith("3 more adverse findings follow below.")
    assert {each.rules for each in parts["finding"] if each.rules} == {(each.rule,) for each in told}
    assert len(strongest(told)) == SUMMARY_LENGTH


@pytest.mark.parametrize(
    ("adverse", "suspicious", "said"),
    [
        (1, 3, ""),
        (1, 8, " Further findings follow below."),
        (0, 5, " Further findings follow below."),
        (5, 2, " One more adverse finding follows."),
        (6, 0, " 2 more adverse findings follow below."),
    ],
)
def test_a_summary_says_that_it_leaves_findings_out(
    planned: Callable[..., Any], adverse: int, suspicious: int, said: str
) -> None:
    told = [finding(f"S{number}", "suspicious") for number in range(suspicious)]
    told += [finding(f"A{number}") for number in range(adverse)] + [finding("M", "mitigating")]
    shown = " ".join(each.text for each in strongest(told))
    assert planned(told)["summary"][0].text == shown + said


def test_a_long_reason_is_cut_at_the_end_of_a_word(planned: Callable[..., Any]) -> None:
    why = "document " * 40
    lost = (Missing(facts=("x.y",), tool="sql.velocity", reason=why, matters=True),)
    (told, *_) = planned((), advice(missing=lost))["missing"]
    assert "document […]) could change" in told.text
    assert len(told.text) < 230


def test_nothing_against_the_customer_is_said_with_what_is_open(planned: Callable[..., Any]) -> None:
    assert planned()["summary"][0].text == "No rule found anything against the customer."
    still_open = advice("request_information", possible=("approve", "escalate"), open_facts=("face.similarity",))
    parts = planned((), still_open)
    assert "unknown" in parts["summary"][0].text
    assert parts["missing"][0].text == "Unknown, and could change the recommendation: face similarity."


def test_what_speaks_for_the_customer_stands_apart(planned: Callable[..., Any]) -> None:
    parts = planned([finding("M", "mitigating"), finding("A")])
    assert [each.text for each in parts["for_customer"]] == ["This is M."]
    assert "This is M." not in parts["summary"][0].text
    assert planned()["for_customer"][0].text == "No rule found anything in the customer's favour."


def test_missing_evidence_says_whether_it_matters(planned: Callable[..., Any]) -> None:
    lost = (
        Missing(facts=("x.y",), tool="sql.velocity", reason="table \u202eempty", matters=False),
        Missing(facts=("liveness.score", "liveness.verdict"), tool="liveness.assess", reason="no\nclip.", matters=True),
        Missing(facts=("a.b", "a.c", "a.d"), tool="sql.a_tool", reason="down", matters=False),
    )
    told = advice(missing=lost, possible=("approve", "escalate"), open_facts=("liveness.score",))
    assert [each.text for each in planned((), told)["missing"]] == [
        "Liveness score, liveness verdict (no clip) could change the recommendation.",
        "Missing without effect on the recommendation: x y (table empty); a tool (down).",
    ]
    approved = planned((), told.model_copy(update={"disposition": "approve"}))["missing"][0].text
    assert approved.endswith("(no clip) could change the recommendation; the policy does not wait for it.")


def test_facts_and_tools_are_called_what_a_reviewer_would_call_them(make_case: Callable[..., Case]) -> None:
    age = FactSpec(name="document.holder_age", label="the age of the holder", kind="count", unit="years", meaning="age")
    change = Change(fact=age.name, reference="E1.document.holder_age", now=33, becomes="17 years or fewer")
    lost = (
        Missing(facts=(age.name,), tool="document.read", reason="no date", matters=False),
        Missing(facts=(), tool="liveness.assess", reason="no weights", matters=False),
    )
    told = advice(flips=(Flip(changes=(change,), disposition="reject"),), missing=lost)
    texts = [each.text for each in plan(make_case(), Ledger(), (), told, {age.name: age})]
    assert (
        "If the age of the holder were 17 years or fewer (now 33 years), the recommendation would be to reject."
        in texts
    )
    assert (
        "Missing without effect on the recommendation: the age of the holder (no date); liveness (no weights)." in texts
    )


def test_enough_is_said_to_be_enough(planned: Callable[..., Any]) -> None:
    lost = (Missing(facts=("x.y",), tool="sql.velocity", reason="empty", matters=False),)
    assert [each.text for each in planned((), advice(missing=lost))["missing"]] == [
        "Nothing is missing that could change the recommendation.",
        "Missing without effect on the recommendation: x y (empty).",
    ]


def test_flips_say_what_would_have_to_differ(planned: Callable[..., Any]) -> None:
    change = Change(fact="face.similarity", reference="E1.face.similarity", now=0.214, becomes="at least 0.28")
    other = Change(fact="no.such", reference="E1.no.such", now="x", becomes="absent")
    flips = tuple(Flip(changes=(change, other), disposition="request_information") for _ in range(5))
    told = planned((), advice(flips=flips))["flip"]
    assert len(told) == 3
    assert told[0].text == (
        "If face similarity were at least 0.28 (now 0.21) and no such were absent (now x), "
        "the recommendation would be to request information."
    )
    assert told[0].references == ("E1.face.similarity", "E1.no.such")


def events(trust: str, *happened: dict[str, str]) -> Evidence:
    exhibit = Exhibit(kind="timeline", title="t", content=json.dumps(happened))
    return Evidence.model_validate(
        {"id": "E1", "tool": "t", "trust": trust, "facts": (), "provenance": MADE, "exhibits": (exhibit,)}
    )


def test_the_five_ws_are_told_in_time_order(planned: Callable[..., Any]) -> None:
    flags = (
        Flag(code="shared_device", raised_at="2026-11-02T10:00:00Z"),
        Flag(code="document_forgery", raised_at="2026-11-01T08:00:00Z"),
    )
    seen = events(
        "recorded",
        {"at": "2026-10-02", "what": "login", "place": "NG"},
        {"at": "2026-10-01", "what": "login", "place": "DE"},
    )
    ledger = Ledger(entries=(seen, Unavailable(id="E2", tool="u", reason="down", provenance=MADE)))
    context = planned([finding("A")], ledger=ledger, flags=flags)["finding"][0]
    assert context.text == (
        "Who: the account holder of case C-1. What and when: 2026-11-01 08:00 document forgery; 2026-11-02 10:00 "
        "shared device. Where: DE; NG. Why: CODE_A. How: 1 sources answered, 1 did not."
    )
    assert context.rules == ()


def test_places_are_told_once_the_earliest_first_and_not_all(planned: Callable[..., Any]) -> None:
    seen = [("05", "DE"), ("01", "NG"), ("02", "DE"), ("03", "BR"), ("03", "AT"), ("08", "Y"), ("07", "X"), ("01", " ")]
    told = events("recorded", {"at": "00", "what": "login"}, *({"at": at, "place": place} for at, place in seen))
    drawn = told.exhibits[0].model_copy(update={"kind": "quotes", "content": "[{}]"})
    ledger = Ledger(entries=(told.model_copy(update={"exhibits": (drawn, *told.exhibits)}),))
    assert " Where: NG; DE; AT; BR; X. How: " in planned(ledger=ledger)["finding"][0].text


def test_what_is_not_known_is_not_told(planned: Callable[..., Any]) -> None:
    stated = events("stated", {"at": "2026-10-01", "what": "message", "place": "Atlantis"})
    context = planned(ledger=Ledger(entries=(stated,)), flags=())["finding"][0]
    assert "Atlantis" not in context.text
    assert "Where" not in context.text
    assert "Why" not in context.text
    assert "2026-11-01 08:00 flagged" in context.text


def test_the_customer_is_never_named(planned: Callable[..., Any]) -> None:
    parts = planned([finding("A")], customer_id="U-777")
    assert "U-777" not in " ".join(each.text for told in parts.values() for each in told)


def test_names_read_as_words() -> None:
    assert plain("sql.shared_devices") == "shared devices"
    assert plain("request_information") == "request information"
