"""A review that nobody waits for comes to what the graph comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent.case import Case, CaseFile
from agent.llm import Model
from agent.runner import review
from agent.session import assess, open_desk
from agent.settings import Settings
from agent.store import Store


def same(left: CaseFile, right: CaseFile) -> bool:
    return left.model_copy(update={"attempt": 1}).sha256 == right.model_copy(update={"attempt": 1}).sha256


def test_assessed_as_reviewed(exchange: Any, home: Any) -> None:
    store, settings = Store(home), Settings(casework_home=home)
    cases = [store.case(row.case_id) for row in store.queue()]
    with open_desk(store, settings, cases[0], with_model=False) as desk:
        for case in cases:
            file = assess(desk, case)
            assert same(file, review(desk, case))
            assert set(file.timings_ms) == {"gather", "investigate", "decide", "draft"}
    store.close()


@pytest.mark.parametrize("answers", [["two"], ['{"tool": "three"}', '{"tool": "two"}'], ['{"tool": "escalate"}'], []])
def test_assessed_as_reviewed_where_a_model_chooses(
    tiny: Any, make_model: Callable[..., Model], answers: list[str]
) -> None:
    case: Case = tiny.case
    assessed = assess(tiny.desk(make_model(*answers), ["investigate"]), case)
    assert same(assessed, review(tiny.desk(make_model(*answers), ["investigate"]), case))
    assert assessed.calls


@pytest.mark.parametrize("bound", [0, 1, 6])
def test_the_bounds_of_an_investigation_hold(tiny: Any, bound: int) -> None:
    tiny.answers["two"] = None
    file = assess(tiny.desk(max_tool_calls=bound), tiny.case)
    assert len(file.ledger.entries) <= 1 + bound
    assert same(file, review(tiny.desk(max_tool_calls=bound), tiny.case))


def test_a_model_is_not_asked_when_the_time_is_used_up(tiny: Any, make_model: Callable[..., Model]) -> None:
    def desk() -> Any:
        return tiny.desk(make_model('{"tool": "two"}'), ["investigate"], case_timeout_s=1e-9)

    file = assess(desk(), tiny.case)
    assert file.calls == ()
    assert same(file, review(desk(), tiny.case))


def test_time_that_is_used_up_leaves_evidence_unavailable(tiny: Any) -> None:
    file = assess(tiny.desk(case_timeout_s=1e-9), tiny.case)
    assert [entry.tool for entry in file.ledger.entries] == ["one"]
    assert file.draft.disposition != "approve"
