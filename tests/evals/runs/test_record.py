"""The recording that the gate replays in CI."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from agent.errors import ModelError
from evals import runs
from evals.runs import Run
from evals.runs.record import EACH, FOLDER, first_of_each, main, occasion

SMALL = 250_000
"""Bytes of case files: the recording lies in the repository."""


@pytest.fixture(scope="module")
def run() -> Run:
    return runs.read(FOLDER)


def test_the_recording_is_whole_and_holds_nothing_of_the_machine_it_was_made_on(run: Run) -> None:
    assert run.info.model.startswith("qwen2.5-coder-0.5b")
    assert {file.case.source for file in run.files} == {"."}
    assert not any(Path(each.path).is_absolute() for file in run.files for each in file.case.attachments)
    text = (FOLDER / "files.jsonl").read_text("utf-8")
    assert str(Path.home()) not in text
    assert "/tmp" not in text
    assert len(text.encode()) < SMALL


def test_it_holds_answers_to_every_role_that_the_model_has_earned(run: Run) -> None:
    calls = Counter(call.role for file in run.files for call in file.calls)
    assert set(calls) == set(run.info.roles) == {"merge", "question"}
    assert min(calls.values()) > EACH
    assert not any(call.error for file in run.files for call in file.calls)


def test_it_is_of_the_cases_that_the_script_chooses(run: Run) -> None:
    kinds = Counter(map(occasion, run.files))
    assert kinds == dict.fromkeys(("nothing", "request_information", "request_resubmission", "summary"), EACH)
    silent = [file.case.case_id for file in run.files if not file.calls]
    assert silent == [file.case.case_id for file in run.files if occasion(file) == "nothing"]


def test_the_first_of_each_kind_are_chosen_in_order() -> None:
    assert first_of_each(["a", "b", "a", "a", "c", "b", "b"], each=2) == [0, 1, 2, 4, 5]
    assert first_of_each([]) == []


def test_missing_weights_are_missed_before_anything_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path))
    monkeypatch.setattr("evals.runs.record.build", lambda *_, **__: pytest.fail("pictures were drawn first"))
    with pytest.raises(ModelError, match="casework llm fetch"):
        main()
