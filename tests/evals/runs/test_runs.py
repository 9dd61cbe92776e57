"""Runs on disk: what is written reads back, and what was cut off is seen and mended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.case import CaseFile, ModelCall
from agent.errors import AgentError
from agent.llm import OUT_OF_TIME
from evals import runs
from evals.runs import RunInfo
from evals.scored import Noted
from evals.world.label import Label

Reviewed = list[tuple[CaseFile, Label]]


def info(n: int, seconds: float | None = 1.0, **changes: object) -> RunInfo:
    fields: dict[str, object] = {
        "name": "tried",
        "cases": "dev",
        "cases_sha256": "0" * 64,
        "n": n,
        "answers": "template",
        "policy_sha256": "1" * 64,
        "settings_sha256": "2" * 64,
        "code_sha256": "3" * 64,
        "commit": "abc",
        "started_at": "2026-11-25T20:00:00+00:00",
        "seconds": seconds,
    }
    return RunInfo.model_validate(fields | changes)


@pytest.fixture
def folder(tmp_path: Path, reviewed: Reviewed) -> Path:
    folder = tmp_path / runs.FOLDER / "tried"
    files, labels = [file for file, _ in reviewed], [label for _, label in reviewed]
    notes = [Noted(case_id=label.case_id, country="DEU") for label in labels]
    runs.write(folder, info(len(labels)), labels, reversed(files), notes)
    return folder


def test_a_run_reads_back_in_the_order_of_its_labels(folder: Path, reviewed: Reviewed) -> None:
    run = runs.read(folder)
    assert list(zip(run.files, run.labels, strict=True)) == reviewed
    assert [each.case_id for each in run.scored] == [label.case_id for _, label in reviewed]
    assert {each.country for each in run.scored} == {"DEU"}


def test_a_run_is_found_by_name_and_by_path(folder: Path, tmp_path: Path) -> None:
    assert runs.find(tmp_path, "tried") == runs.find(tmp_path, str(folder)) == folder
    assert [each.name for each in runs.listed(tmp_path)] == ["tried"]


def test_runs_that_stand_beside_another_are_found(folder: Path, tmp_path: Path) -> None:
    run, home = runs.read(folder), tmp_path
    assert runs.beside(home, run) is run
    agent = replace(run, info=run.info.model_copy(update={"name": "agent", "answers": "agent", "model": "m"}))
    found = runs.beside(home, agent)
    assert found is not None
    assert found.info.name == "tried"
    stranger = replace(agent, info=agent.info.model_copy(update={"policy_sha256": "9" * 64}))
    assert runs.beside(home, stranger) is None
    assert runs.beside(home, stranger, [agent, run]) is run
    assert runs.agents(home, run.info) == []
    runs.write(home / runs.FOLDER / "agent", agent.info, agent.labels, agent.files)
    assert [each.info.name for each in runs.agents(home, run.info)] == ["agent"]


def test_an_agent_that_owes_an_answer_stands_beside_nothing(folder: Path, tmp_path: Path) -> None:
    run, owing = (
        runs.read(folder),
        ModelCall(role="agent", request_sha256="", error="InternalServerError: 500", model="m"),
    )
    mute = (run.files[0].model_copy(update={"calls": (owing,)}), *run.files[1:])
    for name, at, files in (("heard", "2026-11-25", run.files), ("mute", "2026-11-26", mute)):
        changes = {"name": name, "answers": "agent", "model": "m", "started_at": at}
        runs.write(tmp_path / runs.FOLDER / name, run.info.model_copy(update=changes), run.labels, files)
    assert [each.info.name for each in runs.agents(tmp_path, run.info)] == ["heard"]


def test_a_name_that_is_none_is_answered_with_those_that_are(folder: Path, tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d", "e", "f"):
        runs.write(folder.parent / name, info(0).model_copy(update={"name": name}), ())
    for name, told in (
        ("tired", "no run 'tired'; choose one of tried, and 6 more in "),
        ("xyz", "choose one of tried, f, e"),
    ):
        with pytest.raises(AgentError) as caught:
            runs.find(tmp_path, name)
        assert told in str(caught.value)
    with pytest.raises(AgentError, match="`casework eval run` makes one"):
        runs.find(tmp_path / "empty", "tried")


def test_times_are_left_out_where_answers_were_remembered_and_nobody_noted_whose(folder: Path) -> None:
    assert all(each.work.milliseconds for each in runs.read(folder).scored)
    runs.write_info(folder, runs.read_info(folder).model_copy(update={"asked": 9, "remembered": 2}))
    run = runs.read(folder)
    assert {each.work.milliseconds for each in run.scored} == {None}
    assert {each.country for each in run.scored} == {"DEU"}


def test_what_is_no_finished_run_is_named(folder: Path, tmp_path: Path, reviewed: Reviewed) -> None:
    with pytest.raises(AgentError, match="no run at"):
        runs.read(tmp_path / "elsewhere")
    runs.write_info(folder, info(len(reviewed), seconds=None))
    with pytest.raises(AgentError, match="is not finished"):
        runs.read(folder)
    assert runs.listed(tmp_path) == ()


def test_a_line_that_was_cut_off_is_forgotten(folder: Path, reviewed: Reviewed) -> None:
    path = folder / "files.jsonl"
    path.write_bytes(path.read_bytes()[:-100])
    assert len(runs.answered(folder)) == len(reviewed) - 1
    (lost,) = {file.case.case_id for file, _ in reviewed} - runs.answered(folder).keys()
    file = next(file for file, _ in reviewed if file.case.case_id == lost)
    with runs.alone(folder):
        runs.append(folder, file, Noted(case_id=lost))
    assert runs.read(folder).scored


def test_a_line_of_another_version_is_named(folder: Path) -> None:
    (folder / "labels.jsonl").write_text('{"case_id": "C-1"}\n')
    with pytest.raises(AgentError, match=r"labels\.jsonl', line 1, case 'C-1': .*: run it again with --again"):
        runs.read(folder)


@pytest.mark.parametrize(("text", "what"), [("{", "Invalid JSON"), ('{"name": "tried"}', "cases: Field required")])
def test_a_description_of_another_version_is_no_missing_run(folder: Path, text: str, what: str) -> None:
    (folder / "run.json").write_text(text)
    with pytest.raises(AgentError, match=rf"run\.json' does not describe a run: {what}.*: run it again with --again"):
        runs.read(folder)


def test_a_finished_run_without_some_of_its_lines_is_told_how_it_comes_back(folder: Path, reviewed: Reviewed) -> None:
    path, n = folder / "labels.jsonl", len(reviewed)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(AgentError, match=f"holds {n} answers to {n - 1} labels; .*: run it again with --again"):
        runs.read(folder)


def test_a_run_that_cannot_be_written_is_named(folder: Path, reviewed: Reviewed) -> None:
    (folder / "files.jsonl").unlink()
    (folder / "files.jsonl").mkdir()
    file, label = reviewed[0]
    with pytest.raises(AgentError, match="run 'tried' cannot be written: is a directory; correct that"):
        runs.append(folder, file, Noted(case_id=label.case_id))
    with pytest.raises(AgentError, match=r"run 'run\.json' cannot be written"):
        runs.write(folder / "run.json", info(1), [label])


def test_one_process_at_a_time(folder: Path) -> None:
    with runs.alone(folder), pytest.raises(AgentError, match="run 'tried' is being written by"), runs.alone(folder):
        pass


def test_cases_in_which_the_model_owes_an_answer_are_forgotten_and_no_others(folder: Path, reviewed: Reviewed) -> None:
    labels, notes = [label for _, label in reviewed], [*runs.noted(folder).values()]
    well = ModelCall(role="merge", request_sha256="r", answer="{}", model="scripted")
    spent = well.model_copy(update={"answer": "", "error": f"{OUT_OF_TIME}: 0.0 s left, 2 s needed"})
    owing = well.model_copy(update={"answer": "", "error": "InternalServerError: the endpoint answered 500"})
    files = [file for file, _ in reviewed]
    files[0] = files[0].model_copy(update={"calls": (well, spent)})
    runs.write(folder, info(len(files)), labels, files, notes)
    assert (runs.forget_owed(folder), runs.read(folder).owed) == (0, 0)
    last = files[-1].model_copy(update={"calls": (well, owing)})
    runs.write(folder, info(len(files)), labels, [*files[:-1], last], notes)
    assert runs.read(folder).owed == 1
    assert runs.forget_owed(folder) == 1
    assert runs.read_info(folder) == info(len(files), seconds=None)
    assert [*runs.answered(folder).values()] == files[:-1]
    assert [*runs.noted(folder).values()] == notes[:-1]
    assert runs.forget_owed(folder) == 0


def test_the_fingerprint_is_of_what_a_run_was_made_from(folder: Path) -> None:
    first = runs.read_info(folder)
    assert first.model_copy(update={"seconds": 9.0, "name": "other"}).fingerprint == first.fingerprint
    assert first.model_copy(update={"policy_sha256": "9" * 64}).fingerprint != first.fingerprint
