"""Making runs: answered as the graph answers, logged for inspect, gone on after a kill, and the same again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from measured_faces import written

from agent.case import CaseFile
from agent.errors import AgentError
from agent.policy.files import PACKAGED
from agent.pool import workers
from agent.settings import Settings
from evals import runs
from evals.cases import LabelledCases, opened
from evals.metrics import METRICS
from evals.runs import Run, making
from evals.runs.making import made_from, picked, run, seated
from evals.runs.tasks import logged_values
from evals.runs.workers import Way
from evals.table import table
from evals.world.label import Label
from tools.errors import WarehouseError

pytestmark = pytest.mark.heavy

TIMES = ("p50 ms", "p95 ms")


@pytest.fixture
def cases(exchange: Path, tmp_path: Path) -> LabelledCases:
    return opened(str(exchange / "world"), tmp_path)


def test_a_run_answers_as_the_review_does(ran: Run, reviewed: list[tuple[CaseFile, Label]]) -> None:
    expected = {file.case.case_id: file for file, _ in reviewed}
    for file in ran.files:
        other = expected[file.case.case_id]
        assert (file.draft, file.findings, file.ledger) == (other.draft, other.findings, other.ledger)
    assert ran.info.seconds is not None
    assert ran.info.asked > ran.info.remembered == 0
    assert all(each.country and each.faithful for each in ran.scored)


def test_the_log_opens_in_inspect_and_says_what_we_say(ran: Run) -> None:
    from inspect_ai.log import read_eval_log

    log = read_eval_log(str(ran.log))
    assert (log.status, len(log.samples or [])) == ("success", len(ran.labels))
    assert log.results is not None
    (ours,) = log.results.scores
    means = {each.name: each.value for each in ours.metrics.values() if each.group == "mean"}
    errors = {each.name: each.value for each in ours.metrics.values() if each.group == "stderr"}
    assert set(means) == set(errors) == set(logged_values(ran.scored[0]))
    rows = {row.name: row.value for row in table(ran.scored, draws=2)}
    assert means["decision.right"] == pytest.approx(rows["accuracy"])
    assert means["decision.cost"] == pytest.approx(rows["cost"])


def test_a_finished_run_is_read_and_gives_the_same_table(ran: Run, ran_home: Path, cases: LabelledCases) -> None:
    told: list[tuple[int, int]] = []
    again = run(cases, Way(Settings(casework_home=ran_home), "template"), progress=lambda *seen: told.append(seen))
    assert again.info == ran.info
    assert told == [(ran.info.n, ran.info.n)]
    assert table(again.scored, draws=20) == table(ran.scored, draws=20)


def test_a_run_of_that_name_made_from_something_else_is_kept(ran: Run, ran_home: Path, cases: LabelledCases) -> None:
    way = Way(Settings(casework_home=ran_home, max_tool_calls=1), "template")
    with pytest.raises(AgentError, match="made with other settings_sha256"):
        run(cases, way, name=ran.info.name)


@pytest.mark.parametrize("name", ["../evil", "a/b", ".", "..", "a b", "é"])
def test_a_name_that_leads_elsewhere_is_refused(cases: LabelledCases, tmp_path: Path, name: str) -> None:
    with pytest.raises(AgentError, match="is not a valid name for a run; use letters"):
        run(cases, Way(Settings(casework_home=tmp_path / "home"), "template"), name=name)
    assert not (tmp_path / "home").exists()


def test_times_are_of_cases_that_were_measured(ran: Run, ran_home: Path, cases: LabelledCases) -> None:
    again = run(picked(cases, 1), Way(Settings(casework_home=ran_home), "template"), processes=1)
    assert (again.info.remembered, again.scored[0].work.milliseconds) == (again.info.asked, None)
    assert {row.value for row in table(again.scored, draws=2) if row.name in TIMES} == {None}
    assert all(each.work.milliseconds for each in ran.scored)


def test_what_a_run_is_made_from(cases: LabelledCases, tmp_path: Path) -> None:
    way = Way(Settings(casework_home=tmp_path), "template")
    first = made_from(cases, way)
    assert made_from(cases, Way(Settings(casework_home=tmp_path / "other"), "template")) == first
    assert made_from(cases, Way(Settings(casework_home=tmp_path, max_tool_calls=2), "template")) != first
    assert made_from(picked(cases, 3), way).cases_sha256 != first.cases_sha256
    assert runs.agents(tmp_path, first) == []


def test_a_set_with_its_own_warehouse_knows_nothing_of_that_of_the_settings(
    cases: LabelledCases, tmp_path: Path
) -> None:
    way = Way(Settings(casework_home=tmp_path), "template")
    named = Settings(
        casework_home=tmp_path,
        warehouse_url="duckdb:///other.duckdb",
        warehouse_without="p2p_orders",
        face_rates="gone.json",
    )
    assert made_from(cases, Way(named, "template")) == made_from(cases, way)
    assert seated(cases, Way(named, "template")) == way


def test_error_rates_count_by_their_content(cases: LabelledCases, tmp_path: Path) -> None:
    elsewhere = replace(cases, folder=tmp_path)

    def made(name: str, **changes: int) -> str:
        named = Settings(casework_home=tmp_path, face_rates=written(tmp_path / name, **changes))
        return made_from(elsewhere, Way(named, "template")).settings_sha256

    assert made("one.json") == made("two.json") != made("two.json", pairs=9)
    plain = made_from(elsewhere, Way(Settings(casework_home=tmp_path), "template"))
    assert made("one.json") != plain.settings_sha256


def test_cases_that_lie_elsewhere_are_gathered_for_where_the_settings_say(
    exchange: Path, cases: LabelledCases, tmp_path: Path
) -> None:
    elsewhere = replace(cases, folder=tmp_path)

    def made(url: str) -> str:
        way = Way(Settings(casework_home=tmp_path, warehouse_url=url), "template")
        assert seated(elsewhere, way) == way
        return made_from(elsewhere, way).cases_sha256

    own = made("")
    assert own == made_from(cases, Way(Settings(casework_home=tmp_path), "template")).cases_sha256
    moved = shutil.copy(exchange / "world" / "warehouse.duckdb", tmp_path / "moved.duckdb")
    assert made(f"duckdb:///{moved}") == own
    lost = [case.model_copy(update={"source": str(tmp_path)}) for case in cases.cases]
    with pytest.raises(AgentError, match="WAREHOUSE_URL is empty; set it to the warehouse that they were reviewed ov"):
        made_from(replace(elsewhere, folder=exchange, cases=tuple(lost)), Way(Settings(), "template"))
    server = made("postgresql+psycopg://ada:secret@host/exchange")
    assert server != own
    assert server == made("postgresql+psycopg://bob:other@host/exchange?sslmode=require")
    assert server != made("postgresql+psycopg://ada:secret@host/another")


def test_cases_of_two_sources_are_answered_by_the_policy_of_each(exchange: Path, tmp_path: Path) -> None:
    world = Path(shutil.copytree(exchange / "world", tmp_path / "world"))
    told = json.loads((world / "source.json").read_text())
    (world / "source.json").write_text(json.dumps(told | {"thresholds": {}}))
    first, second = opened(str(exchange / "world"), tmp_path), opened(str(world), tmp_path)
    both = replace(first, folder=tmp_path, cases=first.cases[:1] + second.cases[1:2] + first.cases[2:3])
    both = replace(both, labels=first.labels[:3])
    way = Way(Settings(casework_home=tmp_path / "home"), "template")
    made = run(both, way, processes=1)
    policies = [file.policy_sha256 for file in made.files]
    assert policies[0] == policies[2] != policies[1]
    assert made.info.policy_sha256 not in policies


def test_fewer_cases_are_spread_over_the_set(cases: LabelledCases) -> None:
    few = picked(cases, 2)
    assert [case.case_id for case in few.cases] == [cases.cases[0].case_id, cases.cases[4].case_id]
    assert [label.case_id for label in few.labels] == [case.case_id for case in few.cases]
    assert picked(cases, 0) is picked(cases, 99) is cases


def test_what_goes_wrong_in_a_worker_is_told_as_it_is(exchange: Path, tmp_path: Path) -> None:
    world = Path(shutil.copytree(exchange / "world", tmp_path / "world"))
    (world / "warehouse.duckdb").unlink()
    cases = picked(opened(str(world), tmp_path), 1)
    with pytest.raises(WarehouseError):
        run(cases, Way(Settings(casework_home=tmp_path / "home"), "template"), processes=1)
    assert runs.listed(tmp_path / "home") == ()


def test_a_policy_that_is_edited_while_workers_start_gives_no_answers(
    cases: LabelledCases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    policy = Path(shutil.copytree(PACKAGED, tmp_path / "policy"))
    thresholds = policy / "thresholds.yaml"
    before = thresholds.read_text()

    @contextmanager
    def edited_first(count: int) -> Iterator[Executor]:
        thresholds.write_text(before.replace("value: 365", "value: 364", 1))
        with workers(count) as pool:
            yield pool

    monkeypatch.setattr(making, "workers", edited_first)
    way = Way(Settings(casework_home=tmp_path / "home", policy_dir=policy), "template")
    with pytest.raises(
        AgentError, match=r"the policy changed after run 'edited' began; no answer made with it was kept"
    ):
        run(picked(cases, 2), way, name="edited", processes=1)
    assert runs.answered(tmp_path / "home" / runs.FOLDER / "edited") == {}
    assert capfd.readouterr() == ("", "")
    thresholds.write_text(before)
    monkeypatch.undo()
    assert (
        run(picked(cases, 2), way, name="edited", processes=1).info.policy_sha256 == made_from(cases, way).policy_sha256
    )


KILLED = """
import multiprocessing, os, signal, sys
from pathlib import Path
from agent.settings import Settings
from evals import runs
from evals.cases import opened
from evals.runs.making import run
from evals.runs.workers import Way

kept = runs.append

def deadly(folder, file, note):
    kept(folder, file, note)
    if len(runs.answered(folder)) == 3:
        with (folder / "files.jsonl").open("a") as lines:
            lines.write('{"case": {"case_id"')
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    runs.append = deadly
    world, home = map(Path, sys.argv[1:])
    run(opened(str(world), home), Way(Settings(casework_home=home), "template"), name="killed", processes=1)
"""


def test_a_run_that_was_killed_goes_on_and_answers_nothing_twice(
    ran: Run, exchange: Path, tmp_path: Path, cases: LabelledCases
) -> None:
    script, home = tmp_path / "killed.py", tmp_path / "home"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(exchange / "world"), str(home)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3])
    assert ended.returncode == -9, ended.stderr
    gone(ended.stdout.split())

    folder = home / runs.FOLDER / "killed"
    before = runs.answered(folder)
    assert len(before) == 3
    with pytest.raises(AgentError, match="not finished: 3 of 8"):
        runs.read(folder)

    finished = run(cases, Way(Settings(casework_home=home), "template"), name="killed", processes=1)
    after = {file.case.case_id: file for file in finished.files}
    assert all(after[case_id] == file for case_id, file in before.items()), "wall times differ where it was done twice"
    assert finished.info.asked == ran.info.asked
    figures = [metric for metric in METRICS if metric.name not in TIMES]
    assert table(finished.scored, draws=20, metrics=figures) == table(ran.scored, draws=20, metrics=figures)
    assert len(list(folder.glob("*.eval"))) == 1


def gone(pids: list[str]) -> None:
    """Wait until the workers of a killed run have ended too."""
    assert pids
    until = time.monotonic() + 20
    while any(alive(int(pid)) for pid in pids):
        assert time.monotonic() < until, "a worker outlived its run"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
