"""`casework rules` as the policy analyst uses it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.case import CaseFile
from agent.cli.rules import app
from agent.errors import CaseworkError
from agent.policy import reach
from agent.policy.files import PACKAGED
from agent.policy.model import load_policy
from agent.settings import Settings
from agent.store import Store

RUN = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = Path(shutil.copytree(PACKAGED, tmp_path / "policy"))
    monkeypatch.setenv("POLICY_DIR", str(made))
    return made


@pytest.fixture
def reviewed(make_file: Callable[..., CaseFile]) -> CaseFile:
    """A case file in the store, with the policy it was made with."""
    policy = load_policy(thresholds={"face_mismatch": 0.3})
    file = make_file(policy_sha256=policy.sha256)
    store = Store(Settings().casework_home)
    store.add_cases([file.case])
    store.save_policy(policy.sha256, policy.to_json())
    store.save_file(file)
    store.close()
    return file


def test_lint_says_that_the_packaged_policy_is_in_order() -> None:
    done = RUN.invoke(app, ["lint"])
    assert (done.exit_code, done.stdout.strip()) == (0, "The policy is in order.")
    assert json.loads(RUN.invoke(app, ["lint", "--json"]).stdout) == {
        "problems": [],
        "not_in_force": [],
        "not_looked_through": [],
    }


def test_lint_says_which_rows_it_did_not_look_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "STATES", 3)
    done = RUN.invoke(app, ["lint"])
    assert done.exit_code == 0
    assert "Not checked, as the rules combine too many facts: whether a case can reach " in done.stdout
    assert json.loads(RUN.invoke(app, ["lint", "--json"]).stdout)["not_looked_through"]


def test_lint_tells_which_rules_are_not_in_force(folder: Path) -> None:
    path = folder / "faces.yaml"
    text = path.read_text().replace("effective: 2025-01-01", "effective: 2025-01-01\n  expires: 2025-02-01", 1)
    path.write_text(text.replace("  effective: 2025-01-01\n  examples", "  effective: 2999-01-01\n  examples", 1))
    told = RUN.invoke(app, ["lint"]).stdout.splitlines()
    assert told == ["The policy is in order.", "FACE-01 expired on 2025-02-01.", "FACE-02 takes effect on 2999-01-01."]
    assert json.loads(RUN.invoke(app, ["lint", "--json"]).stdout)["not_in_force"] == told[1:]


def test_lint_names_file_and_line_and_exits_with_one(folder: Path) -> None:
    path = folder / "faces.yaml"
    path.write_text(path.read_text().replace("face.similarity >=", "face.likeness >=", 1))
    done = RUN.invoke(app, ["lint"])
    assert done.exit_code == 1
    assert "faces.yaml:6: FACE-01: no tool produces the fact 'face.likeness'" in done.stdout
    (problem, *_) = json.loads(RUN.invoke(app, ["lint", "--json"]).stdout)["problems"]
    assert problem["where"] == "faces.yaml:6"


def test_the_examples_of_all_rules_are_run(folder: Path) -> None:
    done = RUN.invoke(app, ["test", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["examples"] > 100
    path = folder / "faces.yaml"
    path.write_text(path.read_text().replace("0.7}, expect: true", "0.7}, expect: false", 1))
    failed = RUN.invoke(app, ["test"])
    assert failed.exit_code == 1
    assert "FACE-01, example 1: expected false, got true" in failed.stdout
    path.write_text(path.read_text().replace("0.7}, expect: false", "high}, expect: true", 1))
    failed = RUN.invoke(app, ["test"])
    assert failed.exit_code == 1
    assert "FACE-01, example 1: expected true, got nothing, as it gives" in failed.stdout


def test_explain_shows_each_rule_with_the_policy_of_the_review(reviewed: CaseFile) -> None:
    done = RUN.invoke(app, ["explain", reviewed.case.case_id])
    assert done.exit_code == 0, done.output
    assert f"{reviewed.case.case_id}: escalate" in done.stdout
    assert "rules did not fire; --why-not shows them" in done.stdout
    every = RUN.invoke(app, ["explain", reviewed.case.case_id, "--why-not"])
    assert len(every.stdout.splitlines()) > len(done.stdout.splitlines())
    assert "face.similarity < 0.30 (face_mismatch)" in every.stdout


def test_explain_as_json_holds_every_leaf(reviewed: CaseFile) -> None:
    made = json.loads(RUN.invoke(app, ["explain", reviewed.case.case_id, "--why-not", "--json"]).stdout)
    rules = {rule["rule"]: rule for rule in made["rules"]}
    assert made["policy_sha256"] == reviewed.policy_sha256
    assert len(rules) == len(load_policy().active("kyc", reviewed.case.flagged_at))
    below = next(leaf for leaf in rules["FACE-02"]["leaves"] if leaf["fact"] == "face.similarity")
    assert (below["threshold_name"], below["threshold"]) == ("face_mismatch", 0.3)


def test_a_case_that_was_not_reviewed_is_an_error_with_a_remedy(reviewed: CaseFile) -> None:
    store = Store(Settings().casework_home)
    store.add_cases([reviewed.case.model_copy(update={"case_id": "C-9"})])
    store.close()
    failed = RUN.invoke(app, ["explain", "C-9"])
    assert isinstance(failed.exception, CaseworkError)
    assert "casework review C-9" in failed.exception.remedy
