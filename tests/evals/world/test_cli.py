"""`casework world build` as its user types it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from agent.errors import SettingsError
from agent.review.queue import Filters
from agent.settings import Settings
from agent.store import Store
from evals.world.cli import app

ARGUMENTS = ["build", "--seed", "3", "--customers", "50", "--cases", "6", "--no-images"]


def run(*arguments):
    return CliRunner().invoke(app, [*ARGUMENTS, *arguments])


def queued():
    return {row.case_id for row in Store(Settings().casework_home).queue(Filters())}


def test_json_says_what_was_made_and_the_cases_are_in_the_queue(tmp_path):
    done = run("--out", str(tmp_path / "w"), "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["cases"], told["queued"], told["fraud"], told["pictures"]) == (6, 6, 3, 0)
    assert told["out"] == str(tmp_path / "w")
    assert sum(told["types"].values()) == 6
    assert queued() == {f"C-{number}" for number in range(1001, 1007)}


def test_a_second_run_adds_nothing_twice(tmp_path):
    run("--out", str(tmp_path / "w"), "--json")
    again = run("--out", str(tmp_path / "w"), "--json")
    assert json.loads(again.stdout)["queued"] == 0
    assert len(queued()) == 6


def test_a_reader_is_told_what_to_type_next(tmp_path):
    done = run("--out", str(tmp_path / "w"))
    assert done.exit_code == 0
    assert "casework queue" in done.stdout
    assert "6 cases" in done.stdout


@pytest.mark.parametrize("wrong", [["--cases", "0"], ["--seed", "-1"], ["--customers", "many"]])
def test_wrong_arguments_end_with_2(tmp_path, wrong):
    assert run("--out", str(tmp_path / "w"), *wrong).exit_code == 2


def test_out_is_required():
    assert CliRunner().invoke(app, ["build"]).exit_code == 2


def test_a_wrong_setting_is_named_before_anything_is_built(tmp_path, monkeypatch):
    monkeypatch.setenv("LLM_TIMEOUT_S", "abc")
    done = run("--out", str(tmp_path / "w"))
    assert isinstance(done.exception, SettingsError)
    assert "setting LLM_TIMEOUT_S" in str(done.exception)
    assert not (tmp_path / "w").exists()
