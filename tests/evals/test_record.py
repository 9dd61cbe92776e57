"""The recording that the gate replays in CI."""

from __future__ import annotations

from pathlib import Path

from evals import runs
from evals.record import FOLDER, JOINED, OTHERS


def test_the_recording_is_whole_and_holds_nothing_of_the_machine_it_was_made_on() -> None:
    run = runs.read(FOLDER)
    assert len(run.files) == 12
    assert {file.case.source for file in run.files} == {""}
    assert sum(len(file.calls) for file in run.files) >= 8
    assert run.info.model.startswith("qwen2.5-coder-0.5b")
    text = (FOLDER / "files.jsonl").read_text("utf-8")
    assert str(Path.home()) not in text
    assert "/tmp" not in text
    assert (FOLDER / "files.jsonl").stat().st_size < 200_000


def test_it_is_of_the_cases_that_the_script_chooses() -> None:
    run = runs.read(FOLDER)
    assert (run.info.n, len(run.labels)) == (JOINED + OTHERS, JOINED + OTHERS)
    assert sum(any(call.role == "merge" for call in file.calls) for file in run.files) == JOINED
    assert all(file.case.type != "kyc" and not file.case.attachments for file in run.files)
