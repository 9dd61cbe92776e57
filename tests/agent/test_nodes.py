"""Single nodes: what a failing tool leaves behind, and that state is plain JSON."""

import json
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langgraph.runtime import Runtime

from agent import nodes
from agent.llm import Model
from agent.nodes import State, added, made_with
from agent.policy.model import load_policy
from agent.runner import review
from agent.settings import login_name
from prompts import FOLDER, Prompts
from tools.errors import NotPermitted, ToolError
from tools.evidence import Ledger, Unavailable


def at(desk: Any) -> Runtime[Any]:
    return Runtime(context=desk)


def pulled(tiny: Any, desk: Any) -> State:
    state: State = {"case_id": "C-1", "attempt": 1}
    return State(**{**state, **nodes.pull(state, at(desk))})


def test_pulling_twice_is_noted_once(tiny: Any) -> None:
    desk = tiny.desk()
    assert pulled(tiny, desk)["case"] == pulled(tiny, desk)["case"]
    assert [entry.action for entry in tiny.store.audit("C-1")] == ["added", "pulled"]


def test_every_update_is_plain_json(tiny: Any) -> None:
    desk = tiny.desk()
    state: dict[str, Any] = dict(pulled(tiny, desk))
    for node in (nodes.gather, nodes.fire, nodes.investigate, nodes.fire, nodes.decide, nodes.draft, nodes.ground):
        update = node(State(**state), at(desk))
        assert json.loads(json.dumps(update)) == update
        calls = [*state.get("calls", []), *update.get("calls", [])]
        timings = added(state["timings_ms"], update.get("timings_ms", {}))
        state |= update | {"calls": calls, "timings_ms": timings}
    assert tiny.store.latest_file("C-1") is not None


def test_a_tool_that_breaks_leaves_unavailable_without_its_message(tiny: Any) -> None:
    desk = tiny.desk()
    tiny.answers["one"] = ZeroDivisionError("with a customer's name in it")
    ledger = Ledger.model_validate(nodes.gather(pulled(tiny, desk), at(desk))["ledger"])
    assert [type(entry) for entry in ledger.entries] == [Unavailable]
    assert ledger.entries[0].reason == "the tool broke: ZeroDivisionError"  # type: ignore[union-attr]


def test_a_tool_that_hangs_is_left_behind(tiny: Any) -> None:
    release = threading.Event()
    tiny.answers["one"] = lambda: int(release.wait(30))
    desk, began = tiny.desk(tool_timeout_s=0.05), time.monotonic()
    ledger = Ledger.model_validate(nodes.gather(pulled(tiny, desk), at(desk))["ledger"])
    release.set()
    assert time.monotonic() - began < 10
    assert "longer than 0.05 s" in ledger.entries[0].reason  # type: ignore[union-attr]


def test_the_ledger_keeps_the_policys_order_however_fast_tools_are(tiny: Any) -> None:
    requirements = tuple(
        each.model_copy(update={"mandatory": ("three", "one", "two")}) for each in tiny.policy.requirements
    )
    tiny.policy = tiny.policy.model_copy(update={"requirements": requirements})
    slow = threading.Event()
    tiny.answers["three"] = lambda: 7 if slow.wait(5) else 0
    tiny.answers["two"] = lambda: slow.set() or False
    file = review(tiny.desk(), tiny.case)
    assert [(entry.id, entry.tool) for entry in file.ledger.entries] == [("E1", "three"), ("E2", "one"), ("E3", "two")]
    assert file.ledger.resolve("E1.c.days").value == 7  # type: ignore[union-attr]


def test_a_model_that_may_take_longer_than_the_case_is_asked_all_the_same(
    tiny: Any, make_model: Callable[..., Model]
) -> None:
    desk = tiny.desk(make_model('{"tool": "three"}'), ["investigate"], llm_timeout_s=150.0, case_timeout_s=120.0)
    file = review(desk, tiny.case)
    assert [call.error for call in file.calls[:1]] == [""]
    assert [entry.tool for entry in file.ledger.entries[:2]] == ["one", "three"]


def test_prompts_are_kept_as_they_were_loaded(tiny: Any, tmp_path: Path) -> None:
    """Whoever edits or deletes one while a case is reviewed disturbs nothing."""
    folder = tmp_path / "prompts"
    shutil.copytree(FOLDER, folder)
    desk = replace(tiny.desk(), prompts=Prompts.load(folder))
    (folder / "word.prompt.md").write_text("edited", "utf-8")
    (folder / "merge.prompt.md").unlink()
    file = review(desk, tiny.case)
    assert file.prompts == Prompts.load().sha256s
    for name, sha256 in file.prompts.items():
        assert tiny.store.prompt(name, sha256) == (FOLDER / f"{name}.prompt.md").read_text("utf-8")


def test_without_sources_nothing_is_asked(tiny: Any) -> None:
    desk = replace(tiny.desk(), sources=None)
    ledger = Ledger.model_validate(nodes.gather(pulled(tiny, desk), at(desk))["ledger"])
    assert isinstance(ledger.entries[0], Unavailable)
    assert tiny.asked == []


def test_times_of_nodes_that_run_again_add_up() -> None:
    assert added({"fire": 1.5, "pull": 1.0}, {"fire": 2.25}) == {"fire": 3.75, "pull": 1.0}


def test_what_a_draft_was_made_with_tells_one_policy_from_another(tiny: Any) -> None:
    first = made_with(tiny.desk())
    tiny.policy = load_policy(tiny.settings.policy_dir, {"limit": 4})
    assert made_with(tiny.desk()) != first
    assert json.loads(json.dumps(first)) == first


@pytest.fixture
def searching(tiny: Any) -> Any:
    """A desk whose first tool searches among people who have no part in the case."""
    desk = tiny.desk()
    tools = {name: replace(tool, audited="a.count" if name == "one" else "") for name, tool in desk.tools.items()}
    return replace(desk, tools=tools, settings=desk.settings.model_copy(update={"casework_reviewer": "ada"}))


def test_a_search_is_noted_with_who_had_it_made_and_what_it_found(tiny: Any, searching: Any) -> None:
    tiny.answers["one"] = 4
    state = pulled(tiny, searching)
    nodes.gather(state, at(searching))
    nodes.gather(state, at(searching))
    last = tiny.store.audit("C-1")[-1]
    assert (last.actor, last.action) == ("ada", "searched")
    told = {"attempt": 1, "tool": "one", "evidence": "E1", "found": 4}
    assert json.loads(last.content) == told | {"threshold": "0.5", "permitted_by": "source.json"}
    assert [entry.action for entry in tiny.store.audit("C-1")].count("searched") == 1
    assert tiny.store.verify("C-1") == ()


def test_a_search_is_noted_with_the_permission_of_the_settings_where_they_give_it(tiny: Any, searching: Any) -> None:
    permitted = searching.settings.model_copy(update={"face_search_allowed": True})
    sources = replace(searching.sources, face_search=0.62)
    nodes.gather(pulled(tiny, searching), at(replace(searching, settings=permitted, sources=sources)))
    told = json.loads(tiny.store.audit("C-1")[-1].content)
    assert (told["threshold"], told["permitted_by"]) == ("0.62", "FACE_SEARCH_ALLOWED")


def test_a_search_is_noted_with_the_threshold_that_was_asked_for(tiny: Any, searching: Any) -> None:
    state = pulled(tiny, searching)
    first, *_ = Ledger.model_validate(nodes.gather(state, at(searching))["ledger"]).entries
    wider = first.provenance.model_copy(update={"arguments": '{"threshold": 0.31}'})
    nodes._audit_search(searching, state, first.model_copy(update={"provenance": wider}))
    assert json.loads(tiny.store.audit("C-1")[-1].content)["threshold"] == "0.31"


def test_a_search_that_broke_off_is_noted_and_one_that_is_not_permitted_is_not(tiny: Any, searching: Any) -> None:
    tiny.answers["one"] = NotPermitted("a search is not permitted", "permit it")
    state = pulled(tiny, searching)
    nodes.gather(state, at(searching))
    assert [entry.action for entry in tiny.store.audit("C-1")] == ["added", "pulled"]
    tiny.answers["one"] = ToolError("the index is gone", "load it")
    nodes.gather(state, at(searching))
    assert json.loads(tiny.store.audit("C-1")[-1].content)["found"] is None


def test_a_search_for_which_no_time_was_left_was_not_made(tiny: Any, searching: Any) -> None:
    late = searching.settings.model_copy(update={"case_timeout_s": 0.0})
    state = pulled(tiny, searching)
    (entry, *_) = Ledger.model_validate(nodes.gather(state, at(replace(searching, settings=late)))["ledger"]).entries
    assert isinstance(entry, Unavailable)
    assert "used up" in entry.reason
    assert [entry.action for entry in tiny.store.audit("C-1")] == ["added", "pulled"]


def test_a_search_among_the_further_tools_is_noted_too(tiny: Any) -> None:
    desk = tiny.desk()
    tools = {name: replace(tool, audited="b.odd" if name == "two" else "") for name, tool in desk.tools.items()}
    review(replace(desk, tools=tools), tiny.case)
    (noted,) = (entry for entry in tiny.store.audit("C-1") if entry.action == "searched")
    assert json.loads(noted.content)["tool"] == "two"
    assert noted.actor == login_name()
