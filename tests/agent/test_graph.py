"""The graph: what is asked in which order, where it stops, and that equal inputs come to equal case files."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver

from agent.case import DISPOSITIONS, CaseFile
from agent.errors import ReviewRefused, StoreError
from agent.graph import build
from agent.llm import Model
from agent.runner import conclude, review
from tools.errors import ToolError
from tools.evidence import Unavailable

MakeModel = Callable[..., Model]


def tools_of(file: CaseFile) -> list[str]:
    return [entry.tool for entry in file.ledger.entries]


def test_the_graph_is_the_one_that_is_drawn() -> None:
    drawn = build(InMemorySaver()).get_graph()
    edges = {(edge.source, edge.target) for edge in drawn.edges}
    path = ["__start__", "pull", "gather", "fire", "investigate", "decide", "draft", "ground", "await_review", "record"]
    assert edges == {
        *pairwise(path),
        ("investigate", "fire"),
        ("record", "await_review"),
        ("record", "__end__"),
    }


def test_a_review_stops_before_a_person_and_leaves_a_draft(tiny: Any) -> None:
    seen: list[str] = []
    file = review(tiny.desk(), tiny.case, seen.append)
    assert tiny.store.latest_file("C-1") == file
    assert tiny.store.status("C-1") == "drafted"
    assert tiny.store.reviews("C-1") == ()
    assert seen[-1] == "__interrupt__"
    assert seen[:3] == ["pull", "gather", "fire"]


def test_investigation_ends_when_one_disposition_is_left(tiny: Any) -> None:
    tiny.answers["one"] = 5
    file = review(tiny.desk(), tiny.case)
    assert file.draft.disposition == "escalate"
    assert tools_of(file) == ["one"]


def test_investigation_asks_the_cheapest_tool_that_can_tell_an_open_fact(tiny: Any) -> None:
    file = review(tiny.desk(), tiny.case)
    assert tools_of(file) == ["one", "two"]
    assert file.draft.disposition == "approve"
    assert file.recommendation.possible == ("approve",)


def test_investigation_goes_on_while_more_is_possible(tiny: Any) -> None:
    tiny.answers["two"] = True
    file = review(tiny.desk(), tiny.case)
    assert tools_of(file) == ["one", "two", "three"]
    assert file.draft.disposition == "request_information"
    assert "Please tell us more." in file.draft.customer_message


def test_what_a_tool_cannot_tell_is_missing_and_never_clean(tiny: Any) -> None:
    tiny.answers["one"] = ToolError("the table is empty", "load it")
    file = review(tiny.desk(), tiny.case)
    assert file.draft.disposition == "escalate"
    assert [missing.tool for missing in file.recommendation.missing if missing.matters] == ["one"]
    assert tiny.asked.count("one") == 1


def test_the_number_of_further_calls_is_bounded(tiny: Any) -> None:
    file = review(tiny.desk(max_tool_calls=0), tiny.case)
    assert tools_of(file) == ["one"]
    assert file.draft.disposition == "escalate"


def test_the_time_of_a_case_is_bounded(tiny: Any) -> None:
    file = review(tiny.desk(case_timeout_s=1e-9), tiny.case)
    assert tools_of(file) == ["one"]
    assert isinstance(file.ledger.entries[0], Unavailable)
    assert "time" in file.ledger.entries[0].reason
    assert tiny.asked == []


def test_equal_inputs_come_to_equal_files(tiny: Any) -> None:
    first = review(tiny.desk(), tiny.case)
    second = review(tiny.desk(), tiny.case)
    assert (first.attempt, second.attempt) == (1, 2)
    assert second.model_copy(update={"attempt": 1}).sha256 == first.sha256


def test_a_model_that_has_earned_it_chooses_what_is_asked_next(tiny: Any, make_model: MakeModel) -> None:
    file = review(tiny.desk(make_model('{"tool": "three"}', '{"tool": "two"}'), ["investigate"]), tiny.case)
    assert tools_of(file) == ["one", "three", "two"]
    assert [call.role for call in file.calls] == ["investigate", "investigate"]
    assert file.draft.disposition == "approve"


def test_a_model_without_the_role_is_not_asked(tiny: Any, make_model: MakeModel) -> None:
    file = review(tiny.desk(make_model('{"tool": "three"}'), ["word"]), tiny.case)
    assert tools_of(file) == ["one", "two"]
    assert not [call for call in file.calls if call.role == "investigate"]


def test_a_model_may_raise_a_case_to_escalate(tiny: Any, make_model: MakeModel) -> None:
    file = review(tiny.desk(make_model('{"tool": "escalate"}'), ["investigate"]), tiny.case)
    assert tools_of(file) == ["one"]
    assert file.draft.disposition == "escalate"
    assert any("language model asked" in note for note in file.draft.notes)


def test_a_model_out_of_tokens_leaves_the_choice_to_cost(tiny: Any, make_model: MakeModel) -> None:
    file = review(tiny.desk(make_model('{"tool": "three"}'), ["investigate"], case_token_budget=10), tiny.case)
    assert tools_of(file) == ["one", "two"]
    assert "token budget" in file.calls[0].error


@given(
    answers=st.lists(st.text(max_size=30) | st.sampled_from(['{"tool": "escalate"}', '{"tool": "two"}']), max_size=9)
)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_model_lowers_a_disposition(tiny: Any, make_model: MakeModel, answers: list[str]) -> None:
    """Whatever a model says in whatever role, the recommendation is the policy's own or a graver one."""
    alone = review(tiny.desk(), tiny.case)
    helped = review(tiny.desk(make_model(*answers), ["investigate", "word", "merge", "question"]), tiny.case)
    order = DISPOSITIONS.index
    assert order(helped.draft.disposition) >= order(alone.draft.disposition)
    assert {finding.rule for finding in helped.findings} >= {"TINY-01"} & {each.rule for each in alone.findings}


def test_checkpoints_are_forgotten_when_a_case_is_settled(tiny: Any, make_review: Callable[..., Any]) -> None:
    import sqlite3

    file = review(tiny.desk(), tiny.case)
    path = tiny.settings.casework_home / "checkpoints.db"
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM checkpoints").fetchone()[0] > 0
    decided = make_review(file, disposition="approve", reason_code="KNOWN")
    assert conclude(tiny.desk(), tiny.case, lambda: (decided, "closed")) == "closed"
    assert tiny.store.reviews("C-1") == (decided,)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM checkpoints").fetchone() == (0,)


def test_a_draft_whose_checkpoints_are_lost_is_decided_all_the_same(tiny: Any, make_review: Callable[..., Any]) -> None:
    file = review(tiny.desk(), tiny.case)
    decided = [make_review(file, reviewer=name, disposition="reject", reason_code="KNOWN") for name in ("ada", "grace")]
    for each, status in zip(decided, ("awaiting_second", "closed"), strict=True):
        (tiny.settings.casework_home / "checkpoints.db").unlink()
        assert conclude(tiny.desk(), tiny.case, lambda found=(each, status): found) == status
    assert tiny.store.reviews("C-1") == tuple(decided)
    assert tiny.store.status("C-1") == "closed"


def test_a_case_that_waits_for_nobody_cannot_be_decided(tiny: Any, make_review: Callable[..., Any]) -> None:
    file = review(tiny.desk(), tiny.case)
    decided = make_review(file, disposition="approve", reason_code="KNOWN")
    assert conclude(tiny.desk(), tiny.case, lambda: (decided, "closed")) == "closed"
    with pytest.raises(ReviewRefused, match="casework review C-1"):
        conclude(tiny.desk(), tiny.case, lambda: (decided, "closed"))
    assert tiny.store.reviews("C-1") == (decided,)


def test_a_refused_decision_leaves_the_case_waiting(tiny: Any, make_review: Callable[..., Any]) -> None:
    def refuse() -> Any:
        raise ReviewRefused("not like this", "otherwise")

    file = review(tiny.desk(), tiny.case)
    with pytest.raises(ReviewRefused, match="not like this"):
        conclude(tiny.desk(), tiny.case, refuse)
    decided = make_review(file, disposition="approve", reason_code="KNOWN")
    assert conclude(tiny.desk(), tiny.case, lambda: (decided, "closed")) == "closed"


def test_one_case_is_worked_on_by_one_process_at_a_time(tiny: Any) -> None:
    def meanwhile() -> int:
        with pytest.raises(ReviewRefused, match="another process"):
            review(tiny.desk(), tiny.case)
        return 1

    tiny.answers["one"] = meanwhile
    assert review(tiny.desk(), tiny.case).attempt == 1


def test_checkpoints_that_cannot_be_read_are_one_line_with_a_remedy(tiny: Any) -> None:
    (tiny.settings.casework_home / "checkpoints.db").write_bytes(b"something else entirely, and long enough" * 40)
    with pytest.raises(StoreError, match=r"checkpoints\.db.*remove that file"):
        review(tiny.desk(), tiny.case)
    assert tiny.store.status("C-1") == "open"
