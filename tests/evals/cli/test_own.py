"""`casework eval cases own`: from a team's own cases and labels to a run over them, with nothing of a simulation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from warehouses import write_warehouse

Casework = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two cases and their labels, over a warehouse that the settings name."""
    warehouse = tmp_path / "own.duckdb"
    write_warehouse(warehouse)
    monkeypatch.setenv("WAREHOUSE_URL", f"duckdb:///{warehouse}")
    told = {"type": "transactions", "flagged_at": "2026-06-01T12:00:00Z", "flags": ["odd"]}
    cases = [{"case_id": f"A-{n}", "customer_id": f"U{n}", **told} for n in (1, 2)]
    (tmp_path / "cases.jsonl").write_text("".join(f"{json.dumps(case)}\n" for case in cases))
    (tmp_path / "labels.csv").write_text("\ufeffcase_id;label;fraud\r\nA-1;approve;no\r\nA-2;escalate;yes\r\n", "utf-8")
    return tmp_path


def own(casework: Casework, folder: Path, *more: str) -> tuple[int, str, str]:
    out, labels = str(folder / "mine"), str(folder / "labels.csv")
    return casework("eval", "cases", "own", str(folder / "cases.jsonl"), "--labels", labels, "--out", out, *more)


def test_faults_of_both_files_are_told_and_nothing_is_written(casework: Casework, folder: Path) -> None:
    (folder / "labels.csv").write_text("case_id,label,fraud\nA-1,approve,no\nA-3,aprove,no\n")
    with duckdb.connect(str(folder / "own.duckdb")) as connection:
        connection.execute("DELETE FROM customers WHERE customer_id = 'U1'")
    code, out, err = own(casework, folder)
    assert code == 2
    assert "cases, line 1: customer_id is not in the table customers of the warehouse" in out
    assert "cases, line 2: case_id is in no line of the labels" in out
    assert "labels, line 3, entry 2: case_id is that of no case that could be read" in out
    assert "2 faults of cases and 1 of labels, and nothing was written" in err
    assert not (folder / "mine").exists()
    told = json.loads(own(casework, folder, "--json")[1])
    assert [len(told[which]) for which in ("cases", "labels")] == [2, 1]


@pytest.mark.heavy
def test_the_set_is_run_compared_and_held_against_the_gate(casework: Casework, folder: Path) -> None:
    code, out, _ = own(casework, folder)
    assert code == 0
    assert (
        out
        == f"2 cases of 2 customers in {folder / 'mine'}: 1 fraud\nNext: casework eval run --split {folder / 'mine'}\n"
    )
    for name in ("one", "two"):
        code, out, err = casework("eval", "run", "--split", str(folder / "mine"), "--name", name, "--json")
        assert code == 0, err
    run = json.loads(out)
    assert (run["run"]["n"], run["decided"]) == (2, None)
    assert next(row["n"] for row in run["columns"][0]["rows"] if row["name"] == "ceiling") == 0
    assert casework("eval", "compare", "one", "two")[0] == 0
    code, out, _ = casework("eval", "gate", "two", "--baseline", "one")
    assert code == 1
    assert "no case of the run holds an attempt" in out
