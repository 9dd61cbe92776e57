"""The commands as they are typed: compare, gate, report, power."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from agent.case import ModelCall
from evals import runs
from evals.cli.verdicts import p_value
from evals.runs.record import FOLDER

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def other(home: Path) -> Path:
    """The recorded run once more, as the run `other` of this home, with every answer `approve` and no finding."""
    run = runs.read(FOLDER)
    approving = (
        file.model_copy(update={"draft": file.draft.model_copy(update={"disposition": "approve"}), "findings": ()})
        for file in run.files
    )
    folder = home / runs.FOLDER / "other"
    runs.write(folder, run.info.model_copy(update={"name": "other"}), run.labels, approving)
    return folder


@pytest.fixture(autouse=True)
def in_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(home))


def test_compare_names_what_was_fixed_and_broken(casework: Command, other: Path, tmp_path: Path) -> None:
    page = tmp_path / "pages" / "page.html"
    code, out, err = casework("eval", "compare", str(FOLDER), "other", "--html", str(page))
    assert (code, err) == (0, "")
    assert "recorded against other on 12 cases" in out
    assert "-> approve  (labelled" in out
    assert "rules that fire in other cases: " in out
    info = runs.read_info(FOLDER)
    assert f"tool answers from the evidence cache: {info.remembered} of {info.asked} in first" in out
    assert "milliseconds are of the 0 cases without any" in out
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_compare_as_json(casework: Command, other: Path) -> None:
    code, out, _ = casework("eval", "compare", str(FOLDER), "other", "--json")
    told = json.loads(out)
    assert (code, told["n"], told["first"], told["second"]) == (0, 12, "recorded", "other")
    assert {test["name"] for test in told["tests"]} >= {"right", "no intolerable miss"}
    assert {test["verdict"] for test in told["tests"]} <= {"better", "worse", "no difference seen"}
    info = runs.read_info(FOLDER)
    assert told["remembered"]["first"] == {"remembered": info.remembered, "asked": info.asked}
    assert told["timed"] == 0
    assert told["policy_sha256"]["first"] == info.policy_sha256
    fired = Counter(finding.rule for file in runs.read(FOLDER).files for finding in file.findings)
    assert {each["rule"]: each["less"] for each in told["rules"]} == fired


def test_runs_over_other_cases_are_bad_input(casework: Command, other: Path) -> None:
    run = runs.read(other)
    runs.write(other, run.info.model_copy(update={"n": 11}), run.labels[:-1], run.files[:-1])
    code, _, err = casework("eval", "compare", str(FOLDER), "other")
    assert code == 2
    assert "of different cases" in err
    assert "--shared" in err
    assert casework("eval", "compare", str(FOLDER), "other", "--shared")[0] == 0


def test_a_run_that_is_not_there_is_bad_input(casework: Command) -> None:
    for command in ("gate", "report"):
        code, _, err = casework("eval", command, "nowhere")
        assert code == 2
        assert "no run 'nowhere'" in err


def test_the_gate_fails_a_run_that_approves_everything(casework: Command, other: Path, tmp_path: Path) -> None:
    xml = tmp_path / "gate.xml"
    code, out, _ = casework("eval", "gate", "other", "--baseline", str(FOLDER), "--junit", str(xml))
    assert code == 1
    assert "cost against the baseline" in out
    assert "not passed: " in out
    suite = ElementTree.parse(xml).getroot()
    assert int(suite.get("failures", "0")) == len(suite.findall("testcase/failure")) > 0


def test_a_cost_that_did_not_change_is_told_with_what_so_few_cases_may_hide(casework: Command) -> None:
    _, out, _ = casework("eval", "gate", str(FOLDER), "--replay", "--baseline", str(FOLDER))
    told = [line for line in out.splitlines() if line.startswith("cost against the baseline: no change in ")]
    assert len(told) == 1


def test_the_gate_as_json(casework: Command, other: Path) -> None:
    code, out, _ = casework("eval", "gate", "other", "--json")
    told = json.loads(out)
    assert (code == 0) == told["passed"]
    assert (told["run"], told["replay"]) == ("other", False)
    assert {each["state"] for each in told["checks"]} <= {"passed", "failed", "not measured"}
    assert all(each["remedy"] for each in told["checks"] if each["blocks"])
    assert told["not_measured"] == [each["name"] for each in told["checks"] if each["state"] == "not measured"]
    assert (told["n"], told["model"]) == (12, runs.read_info(FOLDER).model)


def test_a_report_is_of_runs_over_the_same_cases_each_named_once(casework: Command, other: Path) -> None:
    code, _, err = casework("eval", "report", "other", str(other), "-o", str(other / "report.html"))
    assert (code, "named twice" in err) == (2, True)
    run = runs.read(other)
    runs.write(other, run.info.model_copy(update={"n": 11}), run.labels[:-1], run.files[:-1])
    code, _, err = casework("eval", "report", str(FOLDER), "other", "-o", str(other / "report.html"))
    assert (code, "of different cases" in err) == (2, True)
    assert not (other / "report.html").exists()


def test_a_replay_says_that_it_is_one(casework: Command, home: Path) -> None:
    run = runs.read(FOLDER)
    folder = home / runs.FOLDER / "short"
    runs.write(folder, run.info.model_copy(update={"name": "short", "n": 1}), run.labels[:1], run.files[:1])
    _, out, _ = casework("eval", "gate", "short", "--replay")
    assert "a replay: answers of qwen2.5-coder" in out
    assert "recorded answers" in out


def test_limits_of_ones_own(casework: Command, tmp_path: Path) -> None:
    gates = tmp_path / "gates.toml"
    gates.write_text('[limits]\n"words" = { most = 1 }\n[baseline]\ncost_margin = 0.1\n[promotion]\ncalls = 5\n')
    code, out, _ = casework("eval", "gate", str(FOLDER), "--gates", str(gates))
    assert (code, "not passed: words" in out) == (1, True)
    gates.write_text("nonsense")
    assert casework("eval", "gate", str(FOLDER), "--gates", str(gates))[0] == 2


def test_report_writes_a_page(casework: Command, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    code, out, _ = casework("eval", "report", str(FOLDER), "-o", str(page), "--json")
    assert (code, json.loads(out)["runs"]) == (0, ["recorded"])
    text = page.read_text("utf-8")
    assert "Report of recorded" in text
    assert f"<h3>{runs.read_info(FOLDER).model} <span" in text
    assert ">granted</th>" in text


def test_a_report_says_in_which_runs_the_model_owes_answers(casework: Command, home: Path, tmp_path: Path) -> None:
    run, folder = runs.read(FOLDER), home / runs.FOLDER / "mute"
    owing = ModelCall(role="merge", request_sha256="r", error="no answer within 30 s", model="m")
    files = (run.files[0].model_copy(update={"calls": (owing,)}), *run.files[1:])
    runs.write(folder, run.info.model_copy(update={"name": "mute"}), run.labels, files)
    asked = ("eval", "report", str(FOLDER), "mute", "-o", str(tmp_path / "report.html"))
    code, out, _ = casework(*asked)
    assert (code, out.startswith("mute: model calls without an answer: ")) == (0, True)
    _, out, _ = casework(*asked, "--json")
    assert json.loads(out)["unanswered"] == {"recorded": 0, "mute": 1}


def test_a_page_that_cannot_be_written_is_bad_input(casework: Command, tmp_path: Path) -> None:
    code, _, err = casework("eval", "report", str(FOLDER), "-o", str(tmp_path))
    assert code == 2
    assert "cannot be written" in err


def test_no_test_is_sure() -> None:
    assert [p_value(each) for each in (0.0, 0.00009, 0.0001, 0.5)] == ["<0.0001", "<0.0001", "0.0001", "0.5000"]


def test_power_prints_a_false_alarm_rate(casework: Command) -> None:
    code, out, _ = casework("eval", "power", "--cases", "80", "--points", "20", "--times", "4")
    assert code == 0
    assert "+20.0 points" in out
    assert "false alarms: " in out
    code, out, _ = casework("eval", "power", "--cases", "80", "--times", "2", "--json")
    told = json.loads(out)
    assert (code, len(told.pop("rows")), told) == (0, 8, {"cases": 80, "points": 6.0, "times": 2, "seed": 0})
