"""`casework add`: cases of an exchange's own, from a file to a decided review, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from warehouses import write_warehouse

from agent.cli.add import EXAMPLE
from agent.intake.entry import Entry
from vision.synth import capture, heads
from vision.synth.documents import Holder, Issue, render

Casework = Callable[..., tuple[int, str, str]]
Add = Callable[..., tuple[int, dict[str, Any], str]]
FLAGGED = "2026-06-01T12:00:00Z"


@dataclass(frozen=True)
class Own:
    """An exchange's own folder: a warehouse with the customers U1 and U2, and a folder of pictures."""

    folder: Path

    def file(self, *entries: object, name: str = "cases.jsonl") -> str:
        path = self.folder / name
        path.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries), "utf-8")
        return str(path)


def entry(case_id: str = "A-1", **changes: Any) -> dict[str, Any]:
    usual = {"type": "kyc", "customer_id": "U1", "flagged_at": FLAGGED, "flags": ["document_forgery"]}
    return {"case_id": case_id, **usual, **changes}


def pictured(case_id: str = "A-1") -> dict[str, Any]:
    files = [{"role": role, "path": f"pictures/{role}.jpg"} for role in ("document", "selfie")]
    return entry(case_id, exposure_usd=250, attachments=files)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a warehouse, and a passport and a selfie of one rendered head."""
    folder = tmp_path_factory.mktemp("own")
    write_warehouse(folder / "own.duckdb")
    (folder / "pictures").mkdir()
    holder = Holder("EXAMPLE", "ANNA", date(1990, 5, 17), "F", "DEU", "X1234567")
    issue = Issue("passport", 0, date(2024, 1, 1), date(2034, 1, 1))
    page = render(holder, issue, heads.portrait(3), 5)
    (folder / "pictures" / "document.jpg").write_bytes(capture.capture(page.rgb, "scan", 5))
    lit = np.ascontiguousarray(np.asarray(heads.selfie(3, 1), np.uint8)[..., ::-1])
    (folder / "pictures" / "selfie.jpg").write_bytes(cv2.imencode(".jpg", lit)[1].tobytes())
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Here the queue begins empty."""
    return tmp_path / "home"


@pytest.fixture
def own(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Own:
    """A folder of this test's own with the pictures; the settings name the warehouse."""
    shutil.copytree(drawn / "pictures", tmp_path / "own" / "pictures")
    monkeypatch.setenv("WAREHOUSE_URL", f"duckdb:///{drawn / 'own.duckdb'}")
    monkeypatch.setenv("CASEWORK_REVIEWER", "ada")
    return Own(tmp_path / "own")


@pytest.fixture
def add(own: Own, casework: Casework) -> Add:
    """`casework add --json` of some entries: exit code, what was told, stderr."""

    def run(*entries: object, options: tuple[str, ...] = ()) -> tuple[int, dict[str, Any], str]:
        code, out, err = casework("add", own.file(*entries), "--json", *options)
        return code, json.loads(out), err

    return run


def queued(casework: Casework) -> dict[str, dict[str, Any]]:
    return {row["case_id"]: row for row in json.loads(casework("queue", "--json")[1])["cases"]}


def test_a_case_of_ones_own_goes_all_the_way_to_a_decision(own: Own, casework: Casework) -> None:
    code, out, err = casework("add", own.file(pictured("A-1"), entry("A-2", customer_id="U2", type="transactions")))
    assert (code, err) == (0, "")
    assert out == "2 new in the queue. Next: casework batch\n"
    row = queued(casework)["A-1"]
    assert (row["due_at"], row["exposure_usd"]) == ("2026-06-04T12:00:00+00:00", 250.0)

    assert casework("batch", "--no-model", "--processes", "1")[0] == 0
    draft = json.loads(casework("show", "A-1", "--json")[1])
    facts = {entry["tool"]: entry["facts"] for entry in draft["ledger"]["evidence"]}
    assert facts["document.read"]["document.holder_age"] == 36
    assert facts["face.match"]["face.similarity"] > 0.5
    assert facts["sql.account_age"]["account.age_days"] == 1247
    assert casework("replay", "A-1")[0] == 0
    assert casework("report", "A-1", "-o", str(own.folder / "page.html"))[0] == 0
    assert "data:image/" in (own.folder / "page.html").read_text()

    decision = ("--outcome", "false_positive", "--reason-code", "NO_FINDING", "--disposition", draft["disposition"])
    for person in ("ada", "grace"):
        decided, out, err = casework("decide", "A-1", *decision, "--reviewer", person, "--json")
        if json.loads(out)["status"] != "awaiting_second":
            break
    assert (decided, err) == (0, "")
    assert queued(casework)["A-1"]["status"] in ("closed", "awaiting_customer")
    assert casework("audit", "verify")[0] == 0
    first = json.loads(casework("audit", "show", "A-1", "--json")[1])[0]
    assert (first["action"], first["actor"]) == ("added", "ada")


def test_the_same_again_is_no_fault_and_another_of_its_id_has_to_be_meant(add: Add, casework: Casework) -> None:
    assert add(entry("A-1"), entry("A-2"))[1]["new"] == 2
    code, told, err = add(entry("A-1"), entry("A-3"))
    assert (code, err) == (0, "")
    assert told == {"entries": 2, "new": 1, "same": 1, "replaced": 0, "stored": True, "faults": []}

    changed = (entry("A-4"), entry("A-1", exposure_usd=9, flags=["face_mismatch"]))
    code, told, err = add(*changed)
    assert (code, told["stored"], told["faults"][0]["line"]) == (2, False, 2)
    assert "different flags, exposure_usd; --replace" in told["faults"][0]["what"]
    assert "A-4" not in queued(casework)
    assert add(*changed, options=("--replace",))[1]["replaced"] == 1
    assert queued(casework)["A-1"]["flags"] == ["face_mismatch"]
    assert casework("audit", "verify")[0] == 0


FAULTY = [
    ("not json", "", "is not JSON: it breaks at line 2, column 1"),
    ("[1]", "", "should be an object"),
    (entry("A 1"), "case_id", "letters"),
    (entry("A\n1"), "case_id", "letters"),
    (entry("../A"), "case_id", "letters"),
    (entry(type="loan"), "type", "'kyc'"),
    (entry(customer_id=17), "customer_id", "valid string"),
    (entry(customer_id="Anna\x1b[2J"), "customer_id", "control"),
    (entry(customer_id="Anna Example"), "customer_id", "is not in the table"),
    (entry(flagged_at="2020-06-01T12:00:00Z"), "customer_id", "no account in the warehouse at flagged_at"),
    (entry(flagged_at="2026-06-01T12:00:00"), "flagged_at", "time zone"),
    (entry(flagged_at="yesterday"), "flagged_at", "ISO 8601"),
    (entry(flagged_at=1780315200), "flagged_at", "valid string"),
    (entry(flagged_at="2999-01-01T00:00:00Z"), "flagged_at", "future"),
    (entry(due_at="2026-06-01T14:00:00+02:00"), "due_at", "not after"),
    (entry(flags=[]), "flags", "at least 1"),
    (entry(flags=[{"code": "x", "raised_at": "2999-01-01T00:00:00Z"}]), "flags.0.raised_at", "future"),
    (entry(exposure_usd="12"), "exposure_usd", "number"),
    (entry(exposure_usd=-1), "exposure_usd", "greater"),
    (entry(customer="Anna"), "customer", "did you mean customer_id?"),
    ({**entry(), "Anna Example": 1}, "a field", "not a known field"),
    (entry(attachments=[{"role": "document", "path": "nowhere.jpg"}]), "attachments.0.path", "not lead to a file"),
    (entry(attachments=[{"role": "document", "path": "pictures"}]), "attachments.0.path", "not lead to a file"),
    (entry(attachments=[{"role": "document", "path": "../secret.jpg"}]), "attachments.0.path", "out of the folder"),
    (entry(attachments=[{"role": "document", "path": "link.jpg"}]), "attachments.0.path", "out of the folder"),
    (entry(attachments=[{"role": "document", "path": "/etc/hostname"}]), "attachments.0.path", "absolute"),
    (entry(attachments=[{"role": "passport", "path": "x.jpg"}]), "attachments.0.role", "'document'"),
]


@pytest.mark.parametrize(("faulty", "field", "what"), FAULTY)
def test_a_fault_is_told_by_line_and_field_and_nothing_is_stored(
    faulty: object, field: str, what: str, own: Own, casework: Casework
) -> None:
    (own.folder.parent / "secret.jpg").write_bytes(b"a secret")
    (own.folder / "link.jpg").symlink_to(own.folder.parent / "secret.jpg")
    path = own.file(entry("A-9"), faulty)
    if isinstance(faulty, str):
        Path(path).write_text(f"{json.dumps(entry('A-9'))}\n{faulty}\n")
    code, out, err = casework("add", path)
    assert code == 2
    assert out.startswith(f"line 2: {field}")
    assert what in out
    assert "1 of 2 entries cannot be added, and nothing was stored" in err
    assert "Anna" not in out + err
    assert queued(casework) == {}


def test_every_faulty_entry_is_told_with_all_its_faults(add: Add) -> None:
    code, told, _ = add(entry("A-1", type="x", exposure_usd=-1), entry("A-2"), entry("A-2"), entry("A-3", flags=[7]))
    assert (code, told["entries"]) == (2, 4)
    places = [(fault["line"], fault["field"]) for fault in told["faults"]]
    assert places == [(1, "type"), (1, "exposure_usd"), (3, "case_id"), (4, "flags.0")]


def test_a_check_stores_nothing(own: Own, add: Add, casework: Casework) -> None:
    assert casework("add", own.file(entry()), "--check")[1].endswith("this was only a check: nothing was stored.\n")
    code, told, _ = add(entry("A-1"), options=("--check",))
    assert (code, told["new"], told["stored"]) == (0, 1, False)
    assert queued(casework) == {}


def test_a_file_may_be_one_array_and_its_attachments_elsewhere(own: Own, casework: Casework, tmp_path: Path) -> None:
    path = tmp_path / "array.json"
    path.write_text(json.dumps([pictured("A-1"), entry("A-2"), entry("A-2")]))
    code, out, _ = casework("add", str(path), "--root", str(own.folder))
    assert (code, out) == (2, "line 1, entry 3: case_id is that of line 1 too\n")
    path.write_text(json.dumps([pictured("A-1"), entry("A-2")], indent=2))
    assert casework("add", str(path), "--root", str(own.folder))[0] == 0
    assert casework("add", str(path), "--root", str(own.folder / "nowhere"))[0] == 2
    assert set(queued(casework)) == {"A-1", "A-2"}


def test_what_world_build_writes_can_be_added(exchange: Path, casework: Casework) -> None:
    code, out, err = casework("add", str(exchange / "world" / "cases.jsonl"))
    assert (code, out, err) == (0, "8 new in the queue. Next: casework batch\n", "")


def test_another_source_than_the_folder_of_the_file_is_told(add: Add) -> None:
    code, told, _ = add(entry(source="../elsewhere"))
    assert (code, told["faults"][0]["field"]) == (2, "source")
    assert told["faults"][0]["what"] == "can only be ., the folder of the file of cases: name another with --root"


def test_a_pipe_is_read_to_its_end(own: Own, home: Path) -> None:
    command = [sys.executable, "-m", "agent", "add", "-", "--root", str(own.folder), "--json"]
    piped = json.dumps(pictured()).encode()
    done = subprocess.run(command, input=piped, capture_output=True, check=True, env=dict(os.environ))
    assert json.loads(done.stdout)["new"] == 1


def test_the_schema_and_the_line_of_the_help_are_what_is_read(own: Own, casework: Casework) -> None:
    schema = json.loads(casework("add", "--schema")[1])
    example = json.loads(EXAMPLE)
    assert set(schema["required"]) <= example.keys() <= schema["properties"].keys()
    assert Entry.model_validate(example).case_id == "A-17"
    assert '"case_id": "A-17"' in casework("add", "--help")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no file of cases is named"),
        (("nowhere.jsonl",), "'nowhere.jsonl' cannot be read: no such file or directory"),
        (("{empty}",), "the file of cases is empty; write [] if there are none"),
    ],
)
def test_what_is_no_file_of_cases_is_told_in_one_line(
    arguments: tuple[str, ...], said: str, own: Own, casework: Casework
) -> None:
    code, out, err = casework("add", *(each.format(empty=own.file()) for each in arguments))
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err


def test_a_day_without_cases_is_said_by_an_empty_array(own: Own, casework: Casework) -> None:
    Path(own.file()).write_text("[]")
    code, out, _ = casework("add", str(own.folder / "cases.jsonl"))
    assert (code, out) == (0, "0 new in the queue.\n")


def test_without_a_warehouse_no_case_is_taken(own: Own, casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", "")
    code, _, err = casework("add", own.file(entry()))
    assert code == 2
    assert "set WAREHOUSE_URL" in err
    assert queued(casework) == {}


def test_the_warehouse_of_the_settings_is_checked_before_there_is_a_case(
    own: Own, casework: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = {each["name"]: each for each in json.loads(casework("warehouse", "check", "--json")[1])["tables"]}
    assert tables["customers"]["rows"] == 3
    monkeypatch.setenv("WAREHOUSE_URL", "")
    code, _, err = casework("warehouse", "check")
    assert code == 2
    assert "set WAREHOUSE_URL" in err
