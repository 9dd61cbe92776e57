"""A review that nobody waits for comes to what the graph comes to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.case import Case, CaseFile
from agent.errors import PromptError
from agent.llm import Model
from agent.llm.served import Served
from agent.replay import replay
from agent.runner import review
from agent.session import assess, open_desk, review_case
from agent.settings import Settings
from agent.store import Store


def same(left: CaseFile, right: CaseFile) -> bool:
    """Alike but for what only a stored draft has: its number and the version that made it."""
    bare = {"attempt": 1, "version": ""}
    return left.model_copy(update=bare).sha256 == right.model_copy(update=bare).sha256


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


def test_a_broken_prompt_is_in_nobodys_way_where_no_model_is_asked(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "prompts" / "question.prompt.md"
    broken.parent.mkdir()
    broken.write_text("---\nbroken", "utf-8")
    store, settings = Store(home), Settings(casework_home=home, prompts_dir=broken.parent)
    case_id = store.queue()[0].case_id
    file = review_case(store, settings, case_id, with_model=False)
    assert (file.prompts, file.calls) == ({}, ())
    assert same(replay(file, store, settings), file)
    served = Served("scripted", "http://127.0.0.1:9/v1", "here")
    with pytest.raises(PromptError, match=r"question\.prompt\.md"):
        review_case(store, settings, store.queue()[1].case_id, served=served)
    store.close()


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
