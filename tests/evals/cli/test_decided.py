"""`casework eval cases decided`: from an exchange's own cases and people's decisions to a run over them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from pictures import png
from postgres import carried_over
from warehouses import write_warehouse

from agent.store import Store
from evals.world.tables import definition
from tools.catalogue import load_catalogue

pytestmark = pytest.mark.heavy

Casework = Callable[..., tuple[int, str, str]]
FLAGGED = "2026-06-01T12:00:00Z"
WITHOUT = "p2p_orders"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Here the queue begins empty."""
    return tmp_path / "home"


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A warehouse of an exchange without p2p."""
    path = tmp_path / "data" / "own.duckdb"
    path.parent.mkdir()
    write_warehouse(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"DROP TABLE {WITHOUT}")
    return path


@pytest.fixture
def decided(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    warehouse: Path,
    casework: Casework,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The folder of an exchange's cases: one approved, one escalated by two people, one that nobody decided. The second
    has a picture where that is asked for."""
    monkeypatch.setenv("WAREHOUSE_URL", f"duckdb:///{warehouse}")
    monkeypatch.setenv("WAREHOUSE_WITHOUT", WITHOUT)
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "selfie.png").write_bytes(png(np.random.default_rng(1).integers(0, 255, (240, 240, 3), np.uint8)))
    entries: list[dict[str, Any]] = [
        {"case_id": f"A-{n}", "type": "transactions", "customer_id": "U1", "flagged_at": FLAGGED, "flags": ["odd"]}
        for n in (1, 2, 3)
    ]
    entries[1] |= {"type": "account_takeover", "customer_id": "U2"}
    if getattr(request, "param", ""):
        entries[1] |= {"attachments": [{"role": "selfie", "path": "selfie.png"}]}
    (folder / "cases.jsonl").write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    assert casework("add", str(folder / "cases.jsonl"))[0] == 0
    for case_id in ("A-1", "A-2"):
        assert casework("review", case_id, "--no-model")[0] == 0
    assert decide(casework, "A-1", "ada", "approve", "false_positive") == "closed"
    assert decide(casework, "A-2", "ada", "escalate", "worth_reviewing") == "awaiting_second"
    assert decide(casework, "A-2", "bob", "escalate", "worth_reviewing") == "closed"
    return folder


def decide(casework: Casework, case_id: str, who: str, disposition: str, outcome: str) -> str:
    ledger = json.loads(casework("show", case_id, "--json")[1])["ledger"]
    cite = ("--cite", ledger["evidence"][0]["id"])
    grounds = ("--outcome", outcome, "--reason-code", "NO_FINDING", "--disposition", disposition, *cite)
    code, out, err = casework("decide", case_id, *grounds, "--reviewer", who, "--json")
    assert (code, err) == (0, "")
    return str(json.loads(out)["status"])


def made(casework: Casework, out: Path, *options: str) -> dict[str, Any]:
    code, told, err = casework("eval", "cases", "decided", "--out", str(out), *options, "--json")
    assert (code, err) == (0, "")
    return dict(json.loads(told))


def ran(casework: Casework, out: Path, *options: str) -> dict[str, Any]:
    code, told, err = casework("eval", "run", "--split", str(out), "--processes", "1", *options, "--json")
    assert (code, err) == (0, "")
    return dict(json.loads(told))


@pytest.mark.parametrize("decided", ["pictured"], indirect=True)
def test_what_people_decided_is_run_over_the_warehouse_of_the_settings(
    decided: Path, warehouse: Path, casework: Casework, tmp_path: Path
) -> None:
    out = tmp_path / "set"
    told = made(casework, out)
    assert told == {
        "out": str(out), "cases": 2, "customers": 2, "fraud": 0, "honest": 1, "of_several": 1,
        "left_out": {"not decided": 1},
    }  # fmt: skip
    assert sorted(path.name for path in out.iterdir()) == ["cases.jsonl", "labels.jsonl", "source.json"]
    for path in out.iterdir():
        assert str(warehouse) not in path.read_text()
        assert "ada" not in path.read_text()

    first = ran(casework, out)
    assert (first["run"]["n"], first["run"]["asked"] > 0) == (2, True)
    assert first["decided"] == {"cases": 2, "otherwise": 0, "queries": {}}
    files = [json.loads(line) for line in Path(first["folder"], "files.jsonl").read_text().splitlines()]
    drafts = [json.loads(casework("show", file["case"]["case_id"], "--json")[1]) for file in files]
    assert [file["draft"]["disposition"] for file in files] == [draft["disposition"] for draft in drafts]
    assert {file["case"]["source"] for file in files} == {str(decided)}
    assert files[1]["files"] == {"selfie.png": files[1]["case"]["attachments"][0]["sha256"]}

    with duckdb.connect(str(warehouse)) as connection:
        ended = "'A-1' AS case_id, 'U1' AS customer_id, TIMESTAMP '2026-06-01 11:59:00' AS opened_at, 'false_positive'"
        connection.execute(f"INSERT INTO earlier_cases BY NAME SELECT {ended} AS outcome, 'transactions' AS type")
    second = ran(casework, out, "-n", "1")
    assert second["decided"] == {"cases": 1, "otherwise": 1, "queries": {"sql.earlier_cases": 1}}


def test_the_screen_says_what_such_labels_are_worth(decided: Path, casework: Casework, tmp_path: Path) -> None:
    out = tmp_path / "a set"
    code, told, err = casework("eval", "cases", "decided", "--out", str(out), "--type", "account_takeover")
    assert (code, err) == (0, "")
    assert "1 decided case of 1 customer in " in told
    assert "0 fraud, 0 not fraud, 1 not stated; 1 with several opinions" in told
    assert "agreement with them, and among them, is flattered." in told
    assert told.splitlines()[-1] == f"Next: casework eval run --split '{out}'"
    code, told, _ = casework("eval", "run", "--split", str(out), "--processes", "1", "--name", "own")
    assert code == 0
    assert "is flattered.\nThe warehouse now differs from their drafts in 0 of 1 cases." in told
    assert casework("eval", "report", "own", "-o", str(tmp_path / "page.html"))[0] == 0
    assert "is flattered." in (tmp_path / "page.html").read_text()
    page = tmp_path / "compared.html"
    code, told, _ = casework("eval", "compare", "own", "own", "--html", str(page))
    assert (code, told.splitlines()[-1].endswith("is flattered.")) == (0, True)
    assert "is flattered." in page.read_text()


def test_a_server_keeps_the_tables_and_no_file_its_password(
    decided: Path, warehouse: Path, casework: Casework, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = load_catalogue().table(WITHOUT)
    assert absent is not None
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(definition(absent))
    url = carried_over(warehouse, postgres, "decided").replace("postgres:@", "postgres:hush-hush@")
    monkeypatch.setenv("WAREHOUSE_URL", url)
    made(casework, tmp_path / "set")
    told = ran(casework, tmp_path / "set")
    assert told["decided"] == {"cases": 2, "otherwise": 0, "queries": {}}
    assert "hush-hush" in url
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in written if b"hush-hush" in path.read_bytes()]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--since", "2020-02-30"), "does not match"),
        (("--type", "loan"), "there is no type 'loan'"),
        (("--until", "2020-01-01"), "no case is decided: there is no such case"),
    ],
)
def test_what_cannot_be_made_is_told(
    casework: Casework, home: Path, tmp_path: Path, options: tuple[str, str], told: str
) -> None:
    Store(home).close()
    code, out, err = casework("eval", "cases", "decided", "--out", str(tmp_path / "set"), *options)
    assert (code, out) == (2, "")
    assert told in err
    assert not (tmp_path / "set").exists()
