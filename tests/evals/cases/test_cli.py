"""`casework eval cases` as its user types it."""

from __future__ import annotations

import io
import json
import shutil

import pytest
from rich.console import Console
from typer.testing import CliRunner

from agent.errors import AgentError
from evals.cases import FOLDER, opened
from evals.cases.build import Part
from evals.cases.summary import Summary
from evals.cli import cases


def run(*arguments):
    return CliRunner().invoke(cases.cases, [*arguments])


def told(*arguments):
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_build_makes_a_split_once(home):
    shutil.rmtree(home / FOLDER / "small")
    first, second = told("build", "small", "--no-images"), told("build", "small", "--no-images")
    assert (first["made"], second["made"]) == (True, False)
    assert (first["n"], first["fraud"], first["pictured"]) == (6, 3, 0)
    assert {part["name"]: part["found"] == part["frozen"] for part in first["parts"]} == dict.fromkeys(
        ("cases", "labels", "rows", "pictures"), True
    )
    assert "were there" in run("build", "small", "--no-images").stdout


def test_verify_ends_with_1_where_a_part_differs_and_says_which(home):
    assert told("verify", "small")["ok"] is True
    labels = home / FOLDER / "small/labels.jsonl"
    labels.write_text(labels.read_text().replace("true", "false", 1))
    done = run("verify", "small", "--json")
    assert done.exit_code == 1
    states = {part["name"]: part["state"] for part in json.loads(done.stdout)["parts"]}
    assert states == {"cases": "as frozen", "labels": "differs", "rows": "as frozen", "pictures": "none"}
    assert "differs" in run("verify", "small").stdout


def test_pictures_that_differ_are_said_and_count_only_when_asked_for(home, monkeypatch, small):
    hashes = small.sha256.model_copy(update={"pictures": "0" * 64})
    monkeypatch.setattr("evals.cases.splits.split", lambda _: small.model_copy(update={"sha256": hashes}))
    assert told("verify", "small")["parts"][-1]["state"] == "missing"
    assert run("verify", "small", "--strict").exit_code == 1


def test_list_shows_every_split_and_every_opening(home):
    opened("shut", home, why="a first look", what="rules only")
    small, shut = told("list")
    assert (small["name"], small["n"], small["locked"]) == ("small", 6, False)
    assert [each["why"] for each in shut["openings"]] == ["a first look"]
    table = run("list").stdout
    assert "a first look" in table
    assert "small" in table
    assert "50%" in table


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_of_the_list_is_cut_on_a_narrow_screen(home, width):
    row = Summary(
        name="test",
        folder="f",
        n=1600,
        fraud=800,
        pictured=1480,
        stories=81,
        types={"account_takeover": 275, "transactions": 302},
        parts=tuple(Part(name=name, found="a", frozen="b") for name in ("cases", "labels", "rows", "pictures")),
        locked=True,
    )
    out = Console(width=width, file=io.StringIO())
    for table in cases._listing([row], width):
        out.print(table)
    text = out.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    for each in ("1600", "50%", "1480", "with pictures", "account_takeover", "transactions", "pictures differs"):
        assert each in text


def test_a_split_that_is_not_built_is_listed_as_such(home):
    shutil.rmtree(home / FOLDER / "small")
    assert "not built" in run("list").stdout


@pytest.mark.parametrize("lost", ["warehouse.duckdb", "labels.jsonl"])
def test_a_split_that_cannot_be_read_is_a_row_beside_the_others(home, lost):
    (home / FOLDER / "small" / lost).unlink()
    done = run("list")
    assert done.exit_code == 1
    assert "DAMAGED" in done.stdout
    assert "casework eval cases build small" in done.stdout
    told = run("list", "--json")
    small, shut = json.loads(told.stdout)
    assert (told.exit_code, small["n"], shut["n"], shut["damaged"]) == (1, 0, 6, "")
    assert "cannot be read" in small["damaged"]


def test_an_unknown_split_is_an_error_with_a_remedy(home):
    done = run("build", "train")
    assert isinstance(done.exception, AgentError)
    assert "small, shut" in done.exception.remedy


def test_public_data_is_imported(home, tmp_path):
    path = tmp_path / "payments.csv"
    rows = [f"{n},2025-03-0{1 + n % 5} 10:00:00,{n},{n % 3},{20 + n},{n % 2}" for n in range(10)]
    path.write_text("TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD\n" + "\n".join(rows) + "\n")
    arguments = ("import", "--kind", "cards", "--from", str(path), "--out", str(tmp_path / "out"), "-n", "4")
    assert told(*arguments) == {
        "out": str(tmp_path / "out"),
        "cases": 4,
        "fraud": 2,
        "customers": 10,
        "rows": 20,
        "first": "2025-03-01",
        "last": "2025-03-05",
    }
    assert "casework eval run --split" in run(*arguments).stdout


@pytest.mark.parametrize("wrong", [["import", "--kind", "coins"], ["build"], ["import", "-n", "1"]])
def test_wrong_arguments_end_with_2(home, wrong):
    assert run(*wrong).exit_code == 2
