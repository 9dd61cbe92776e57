"""One call of a tool: what becomes of its answer, its lateness, its mistakes."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from tools import call
from tools.call import call_tool, checked_facts
from tools.errors import NotSetUp, ToolError, Unusable
from tools.evidence import Evidence, FactSpec, Unavailable
from tools.tool import Found, Subject, tool
from vision.errors import BadImage

SUBJECT = Subject(customer_id="C1", as_of="2026-06-01T12:00:00Z")
SPECS = (
    FactSpec(name="test.flag", kind="flag", meaning="a flag"),
    FactSpec(name="test.count", kind="count", meaning="a count", unit="pieces", low=0, high=10),
    FactSpec(name="test.number", kind="number", meaning="a number", low=-1, high=1),
    FactSpec(name="test.choice", kind="category", meaning="a choice", choices=("a", "b")),
)
FACTS = ("test.flag", "test.count", "test.number", "test.choice")


class Wanted(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    seconds: float = Field(0.0, ge=0)
    count: int = 3


@tool("test.tool", SPECS, trust="measured", cost=1.0, arguments=Wanted)
def measuring(subject, sources, arguments):
    """Waits and counts.

    More words that are not the meaning.
    """
    time.sleep(arguments.seconds)
    return Found({"test.count": arguments.count, "test.flag": True}, notes=("test.number: not asked",), source="here")


def test_a_call_becomes_evidence_with_provenance():
    entry = call_tool(measuring, "E1", SUBJECT, None, {"count": 4})
    assert isinstance(entry, Evidence)
    assert (entry.id, entry.tool, entry.trust) == ("E1", "test.tool", "measured")
    assert [(fact.name, fact.value, fact.unit) for fact in entry.facts] == [
        ("test.flag", True, ""),
        ("test.count", 4, "pieces"),
    ]
    assert entry.provenance.model_dump() == {
        "tool": "test.tool",
        "version": "1",
        "arguments": '{"count": 4}',
        "source": "here",
        "as_of": SUBJECT.as_of,
    }
    assert entry.notes == ("test.number: not asked",)
    assert measuring.meaning == "Waits and counts."


def test_the_same_call_has_the_same_fingerprint():
    first, second = (call_tool(measuring, "E1", SUBJECT, None) for _ in range(2))
    assert first.sha256 == second.sha256


def test_a_hanging_tool_becomes_unavailable_in_time():
    started = time.monotonic()
    entry = call_tool(measuring, "E1", SUBJECT, None, {"seconds": 30.0}, limit_s=0.1)
    assert time.monotonic() - started < 2
    assert isinstance(entry, Unavailable)
    assert "took longer than 0.1 s" in entry.reason
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "test.tool")


@pytest.mark.parametrize(
    ("own", "limit_s", "told"), [(None, 0.1, "0.1 s"), (0.05, 30.0, "0.05 s"), (9.0, 0.1, "0.1 s")]
)
def test_the_callers_limit_holds_unless_a_tool_sets_a_shorter_one(own, limit_s, told):
    entry = call_tool(replace(measuring, limit_s=own), "E1", SUBJECT, None, {"seconds": 5.0}, limit_s=limit_s)
    assert f"took longer than {told}" in entry.reason


def test_a_tool_has_no_limit_of_its_own_unless_it_says_so(monkeypatch):
    waited = []
    monkeypatch.setattr(call, "_within", lambda limit_s, *_: waited.append(limit_s) or Found({}))
    call_tool(measuring, "E1", SUBJECT, None, limit_s=60.0)
    assert waited == [60.0]


@pytest.mark.parametrize("arguments", [{"count": "many"}, {"seconds": -1.0}, {"secret": "Quillfeather"}])
def test_wrong_arguments_are_unavailable_and_not_repeated(arguments):
    entry = call_tool(measuring, "E1", SUBJECT, None, arguments)
    assert isinstance(entry, Unavailable)
    assert "cannot take these arguments" in entry.reason
    assert "Quillfeather" not in entry.reason


def _finding(facts):
    @tool("test.other", SPECS, trust="recorded", cost=1.0)
    def finding(subject, sources, arguments):
        """Finds what it is told to."""
        return Found(facts)

    return finding


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"test.unheard": 1}, "is not declared"),
        ({"test.flag": 1}, "is a int, not a flag"),
        ({"test.count": True}, "is a bool, not a count"),
        ({"test.count": 1.0}, "is a float, not a count"),
        ({"test.count": 11}, "lies outside"),
        ({"test.count": 10**5000}, "lies outside"),
        ({"test.number": -1.5}, "lies outside"),
        ({"test.number": float("nan")}, "is not finite"),
        ({"test.choice": "c"}, "is not among the choices"),
        ({"test.choice": 3}, "is a int, not a category"),
    ],
)
def test_a_broken_declaration_raises_here_and_is_unavailable_at_run_time(facts, problem):
    broken = _finding(facts)
    with pytest.raises(ToolError, match=problem):
        checked_facts(broken, Found(facts))
    entry = call_tool(broken, "E1", SUBJECT, None)
    assert isinstance(entry, Unavailable)
    assert problem in entry.reason


def test_a_tool_that_cannot_answer_says_why():
    @tool("test.silent", (), trust="recorded", cost=1.0)
    def silent(subject, sources, arguments):
        """Never answers."""
        raise ToolError("no selfie attached", "ask the customer for a selfie")

    entry = call_tool(silent, "E7", SUBJECT, None)
    assert entry == Unavailable(
        id="E7",
        tool="test.silent",
        reason="no selfie attached; ask the customer for a selfie",
        provenance=entry.provenance,
    )


@pytest.mark.parametrize(
    ("error", "fault", "roles"),
    [
        (BadImage("the file is empty", "send it again"), "customer", ("document", "selfie")),
        (Unusable("no selfie attached", "ask for one"), "customer", ("document", "selfie")),
        (Unusable("no selfie attached", "ask for one", ("selfie",)), "customer", ("selfie",)),
        (ToolError("the file is gone", "put it back"), "ours", ()),
        (NotSetUp("nothing measures this", "set it up"), "setup", ()),
    ],
)
def test_what_is_to_be_sent_again_is_told_where_the_customer_is_at_fault(error, fault, roles):
    def silent(subject, sources, arguments):
        raise error

    looking = replace(measuring, run=silent, looks_at=("document", "selfie"))
    entry = call_tool(looking, "E1", SUBJECT, None)
    assert (entry.fault, entry.roles) == (fault, roles)
    assert ("roles" in entry.model_dump(mode="json")) is bool(roles), "ledgers of before read as they were written"


def test_of_what_a_tool_left_out_it_tells_what_would_mend_it():
    looking = replace(measuring, looks_at=("document", "selfie"))
    assert call_tool(looking, "E1", SUBJECT, None).roles == ("document", "selfie")
    whole = dict(zip(FACTS, (True, 3, 0.5, "a"), strict=True))
    told = replace(looking, run=lambda *_: Found(whole, roles=("selfie",)))
    assert call_tool(told, "E1", SUBJECT, None).roles == ()
    partly = replace(looking, run=lambda *_: Found({}, roles=("selfie",), faults={"test.flag": "ours"}))
    entry = call_tool(partly, "E1", SUBJECT, None)
    assert (entry.roles, entry.faults) == (("selfie",), {"test.flag": "ours"})


def test_a_programming_error_is_raised_to_the_caller():
    @tool("test.faulty", (), trust="recorded", cost=1.0)
    def faulty(subject, sources, arguments):
        """Divides by nothing."""
        return Found({"test.number": 1 / 0})

    with pytest.raises(ZeroDivisionError):
        call_tool(faulty, "E1", SUBJECT, None)


def test_a_tools_own_timeout_error_is_not_taken_for_the_limit():
    @tool("test.late", (), trust="recorded", cost=1.0)
    def late(subject, sources, arguments):
        """Breaks at once."""
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        call_tool(late, "E1", SUBJECT, None)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(FACTS), st.one_of(st.booleans(), st.integers(), st.floats(), st.text(max_size=2)))
)
def test_facts_that_pass_are_what_their_declaration_says(facts):
    try:
        passed = checked_facts(measuring, Found(facts))
    except ToolError:
        return
    assert {fact.name for fact in passed} == set(facts)
    for fact in passed:
        match fact.name:
            case "test.flag":
                assert fact.value is True or fact.value is False
            case "test.choice":
                assert fact.value in {"a", "b"}
            case _:
                assert -1 <= fact.value <= 10
