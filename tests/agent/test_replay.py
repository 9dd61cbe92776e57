"""A saved case file rebuilds bit for bit from what stands in it, and the first thing that differs is named."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import replay as replaying
from agent.case import Case, CaseFile
from agent.errors import ReplayDiverged, StoreError
from agent.llm import Model
from agent.replay import differences, replay
from agent.runner import review
from agent.session import assess
from agent.version import this_version
from tools.evidence import Ledger
from tools.tool import Attachment

MakeModel = Callable[..., Model]
ROLES = ("investigate", "merge", "word", "question")


@pytest.fixture
def again(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[CaseFile], CaseFile]:
    """Replays with the tiny tools' declarations; nothing of them is run."""
    tools = tiny.desk().tools
    desk = replaying.Desk
    monkeypatch.setattr(replaying, "Desk", lambda **named: desk(**named, tools=tools))

    def run(file: CaseFile) -> CaseFile:
        tiny.asked.clear()
        rebuilt = replay(file, tiny.store, tiny.settings)
        assert tiny.asked == []
        return rebuilt

    return run


def diverged(again: Callable[[CaseFile], CaseFile], file: CaseFile) -> str:
    with pytest.raises(ReplayDiverged) as caught:
        again(file)
    return caught.value.what


def test_a_file_without_a_model_replays(tiny: Any, again: Callable[[CaseFile], CaseFile]) -> None:
    tiny.answers["two"] = True
    file = review(tiny.desk(), tiny.case)
    assert again(file) == file


def test_a_file_replays_with_what_was_found_attached(
    tiny: Any, make_case: Callable[..., Case], again: Callable[[CaseFile], CaseFile]
) -> None:
    gone = Attachment(role="selfie", path="gone.jpg", sha256="a" * 64)
    case = make_case("C-2", attachments=(gone,))
    tiny.store.add_cases([case])
    file = review(tiny.desk(), case)
    assert file.files == {}
    assert again(file) == file


def test_a_file_with_a_model_replays_from_its_record(
    tiny: Any, make_model: MakeModel, again: Callable[[CaseFile], CaseFile]
) -> None:
    tiny.answers["two"] = True
    answers = ('{"tool": "three"}', '{"sentence": "One is odd."}', "nonsense")
    file = review(tiny.desk(make_model(*answers), ROLES), tiny.case)
    assert len(file.calls) >= 2
    assert again(file) == file


def test_a_file_that_a_model_raised_replays(
    tiny: Any, make_model: MakeModel, again: Callable[[CaseFile], CaseFile]
) -> None:
    file = review(tiny.desk(make_model('{"tool": "escalate"}'), ROLES), tiny.case)
    assert file.draft.disposition == "escalate"
    assert again(file) == file


def test_a_model_that_was_never_asked_replays(
    tiny: Any, make_model: MakeModel, again: Callable[[CaseFile], CaseFile]
) -> None:
    file = review(tiny.desk(make_model(), ()), tiny.case)
    assert (file.model, file.calls) == ("scripted", ())
    assert again(file) == file


@pytest.mark.parametrize("made", [assess, review])
@pytest.mark.parametrize("thinking_s", [0.0, 0.6])
def test_a_file_whose_time_was_up_replays(
    tiny: Any,
    make_model: MakeModel,
    again: Callable[[CaseFile], CaseFile],
    monkeypatch: pytest.MonkeyPatch,
    made: Callable[..., CaseFile],
    thinking_s: float,
) -> None:
    """Before the model could be asked, or while it was choosing: what it chose stands in the ledger, not asked."""
    model, answered = make_model(*['{"tool": "three"}'] * 3), type(make_model()).ask

    def slowly(self: Model, *asked: Any) -> Any:
        time.sleep(thinking_s)
        return answered(self, *asked)

    monkeypatch.setattr(type(model), "ask", slowly)
    monkeypatch.setattr("agent.llm.budget.LEAST_S", 0.0)
    review(tiny.desk(), tiny.case)  # which leaves the policy and the prompts in the store
    file = made(tiny.desk(model, ROLES, case_timeout_s=0.5 if thinking_s else 1e-9), tiny.case)
    assert [entry.tool for entry in file.ledger.entries] == (["one", "three"] if thinking_s else ["one"])
    assert again(file) == file


def test_the_policy_and_prompts_come_from_the_store(
    tiny: Any, make_model: MakeModel, again: Callable[[CaseFile], CaseFile]
) -> None:
    """What lies in the folders today does not matter."""
    file = review(tiny.desk(make_model('{"tool": "three"}'), ROLES), tiny.case)
    for path in tiny.settings.policy_dir.glob("*.yaml"):
        path.unlink()
    assert again(file) == file
    with pytest.raises(StoreError, match="policy"):
        again(file.model_copy(update={"policy_sha256": "0" * 64}))


def test_a_policy_of_another_form_is_a_divergence_with_a_way_out(
    tiny: Any, again: Callable[[CaseFile], CaseFile]
) -> None:
    file = review(tiny.desk(), tiny.case)
    old = json.dumps(json.loads(tiny.policy.to_json()) | {"absences": []})
    tiny.store.save_policy("f" * 64, old)
    with pytest.raises(ReplayDiverged) as caught:
        again(file.model_copy(update={"policy_sha256": "f" * 64, "version": ""}))
    assert caught.value.what.startswith(
        "the policy of attempt 1 of case 'C-1' has another format: saved policy: unknown key 'absences'"
    )
    assert "`casework review C-1`" in caught.value.remedy
    with pytest.raises(ReplayDiverged, match=r"or use casework 0\.0\.9 that made this draft; this is"):
        again(file.model_copy(update={"policy_sha256": "f" * 64, "version": "0.0.9"}))


def test_a_draft_says_which_casework_made_it_and_replays_under_another(
    tiny: Any, again: Callable[[CaseFile], CaseFile]
) -> None:
    file = review(tiny.desk(), tiny.case)
    assert file.version == this_version()
    other = file.model_copy(update={"version": "0.0.9"})
    assert again(other) == other
    older = file.model_copy(update={"version": ""})
    assert "version" not in older.model_dump()
    assert again(older) == older


def test_a_prompt_of_another_form_is_a_divergence(tiny: Any, again: Callable[[CaseFile], CaseFile]) -> None:
    file = review(tiny.desk(), tiny.case)
    old = "---\nname: word\nrole: word\nversion: 1\n---\n# user\nhello\n"
    tiny.store.save_prompts({"f" * 64: ("word", old)})
    said = diverged(again, file.model_copy(update={"prompts": {**file.prompts, "word": "f" * 64}}))
    assert "another form" in said
    assert "format: word.prompt.md:" in said


def test_the_first_divergence_is_named(tiny: Any, make_model: MakeModel, again: Callable[[CaseFile], CaseFile]) -> None:
    tiny.answers["two"] = True
    file = review(tiny.desk(make_model('{"tool": "three"}'), ROLES), tiny.case)

    def but(**changes: Any) -> CaseFile:
        return file.model_copy(update=changes)

    finding = file.findings[0].model_copy(update={"text": "Something else."})
    statement = file.draft.statements[0].model_copy(update={"text": "Something else."})
    draft = file.draft.model_copy(update={"statements": (statement, *file.draft.statements[1:])})
    raised = file.recommendation.model_copy(update={"disposition": "approve"})
    other = file.calls[0].model_copy(update={"answer": '{"tool": "two"}'})
    asked = file.calls[0].model_copy(update={"request_sha256": "0" * 64})

    assert "findings[0].text" in diverged(again, but(findings=(finding, *file.findings[1:])))
    assert "recommendation.disposition" in diverged(again, but(recommendation=raised))
    assert "case file.draft.statements[0].text" in diverged(again, but(draft=draft))
    assert "choice of E2" in diverged(again, but(calls=(other, *file.calls[1:])))
    assert "model call 1" in diverged(again, but(calls=(asked, *file.calls[1:])))
    assert "the record holds" in diverged(again, but(calls=(*file.calls, file.calls[-1])))
    assert "the record holds" in diverged(again, but(calls=file.calls[:-1]))
    assert "mandatory evidence" in diverged(again, but(ledger=Ledger()))
    assert "end of the investigation" in diverged(again, but(ledger=Ledger(entries=file.ledger.entries[:2])))
    assert "Something else" not in diverged(again, but(draft=draft))


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
rows = st.lists(scalars, max_size=3) | st.dictionaries(st.text(max_size=2), scalars, max_size=3)
values = scalars | rows | st.lists(rows, max_size=2) | st.dictionaries(st.text(max_size=2), rows, max_size=2)


@given(values, values)
def test_values_differ_somewhere_unless_they_are_equal(left: Any, right: Any) -> None:
    assert list(differences(left, left, "it")) == []
    import json

    assert bool(list(differences(left, right, "it"))) == (
        json.dumps(left, sort_keys=True) != json.dumps(right, sort_keys=True)
    )
