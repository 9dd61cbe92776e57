"""The command line as people and programs use it: what is printed, which exit code, one line where it went wrong."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import EntryPoint
from pathlib import Path

import duckdb
import pytest

from agent import cli
from agent.policy.files import PACKAGED
from agent.settings import Settings
from agent.store import Store
from agent.version import this_version
from tools.tool import Attachment

Casework = Callable[..., tuple[int, str, str]]
CONTRACT = {
    "case_id",
    "type",
    "flags",
    "status",
    "attempt",
    "attempts",
    "version",
    "draft_sha256",
    "reviews",
    "disposition",
    "confidence",
    "row",
    "possible",
    "open_facts",
    "reason_codes",
    "findings",
    "statements",
    "customer_message",
    "notes",
    "missing",
    "flips",
    "ledger",
    "policy_sha256",
    "prompts",
    "model",
    "timings_ms",
}


def first(casework: Casework, *filters: str) -> str:
    code, out, _ = casework("queue", "--json", *filters)
    assert code == 0
    return str(json.loads(out)["cases"][0]["case_id"])


@pytest.fixture
def drafted(drafts: Path) -> tuple[str, str]:
    """A case with a draft that recommends `approve`, and a reason code to decide it with."""
    with closing(Store(drafts)) as store:
        for row in store.queue():
            file = store.latest_file(row.case_id)
            if file is not None and file.draft.disposition == "approve" and file.draft.reason_codes:
                return row.case_id, file.draft.reason_codes[0]
    pytest.fail("the exchange has no case to approve")


def test_the_queue_lists_cases_for_people_and_for_programs(casework: Casework) -> None:
    code, out, err = casework("queue", "--json")
    rows = json.loads(out)["cases"]
    assert (code, err, len(rows)) == (0, "", 8)
    assert {"case_id", "type", "status", "flagged_at", "flags"} <= rows[0].keys()
    code, out, _ = casework("queue", "--limit", "2")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["case", rows[0]["case_id"], rows[1]["case_id"]]


def test_the_queue_filters(casework: Casework) -> None:
    rows = json.loads(casework("queue", "--json")[1])["cases"]
    kind, flag = rows[0]["type"], rows[-1]["flags"][0]
    shown = json.loads(casework("queue", "--json", "--type", kind)[1])["cases"]
    assert {row["type"] for row in shown} == {kind}
    shown = json.loads(casework("queue", "--json", "--flag", flag)[1])["cases"]
    assert all(flag in row["flags"] for row in shown)
    assert json.loads(casework("queue", "--json", "--status", "closed")[1]) == {"cases": []}
    code, _, err = casework("queue", "--type", "nonsense")
    assert code == 2
    assert "'nonsense'" in err
    assert "account_takeover" in err


def test_review_prints_the_stable_contract(casework: Casework) -> None:
    case_id = first(casework)
    code, out, err = casework("review", case_id, "--no-model", "--json")
    assert (code, err) == (0, "")
    draft = json.loads(out)
    assert draft.keys() == CONTRACT
    assert draft["case_id"] == case_id
    ids = {entry["id"]: entry["facts"] for entry in draft["ledger"]["evidence"]}
    assert all(each.keys() == {"rule", "reason_code", "severity", "facts", "text"} for each in draft["findings"])
    assert all(each.keys() == {"text", "part", "rules", "references", "source"} for each in draft["statements"])
    assert {"summary", "for_customer", "missing", "finding"} <= {each["part"] for each in draft["statements"]}
    assert draft["disposition"] in draft["possible"]
    assert draft["row"]
    references = [reference for each in draft["findings"] for reference in each["facts"]]
    references += [reference for each in draft["statements"] for reference in each["references"]]
    assert references
    for reference in references:
        evidence_id, _, fact = reference.partition(".")
        assert fact in ids[evidence_id]
    assert draft["model"] == {"name": "", "roles": [], "calls": 0}
    assert {"pull", "gather", "fire", "decide", "draft", "ground"} <= draft["timings_ms"].keys()


def test_the_first_screen_says_what_is_recommended_and_why(casework: Casework) -> None:
    case_id = first(casework)
    code, out, err = casework("review", case_id, "--no-model")
    assert code == 0
    head = out.splitlines()[0]
    assert head.startswith(f"{case_id}  ")
    assert "recommended: " in head
    assert "confidence " in head
    for part in ("For the customer: ", "Missing: ", "Findings", "Ledger"):
        assert part in out
    assert "\x1b" not in out
    assert f"casework decide {case_id}" in err
    shown = casework("show", case_id)[1]
    assert head in shown
    assert "status: drafted" in shown


def test_showing_a_case_nobody_reviewed(casework: Casework) -> None:
    case_id = first(casework)
    assert "not reviewed yet" in casework("show", case_id)[1]
    assert json.loads(casework("show", case_id, "--json")[1])["status"] == "open"


def test_a_case_is_approved_by_one_reviewer(casework: Casework, drafted: tuple[str, str], home: Path) -> None:
    case_id, reason = drafted
    decide = ("decide", case_id, "--outcome", "false_positive", "--reason-code", reason, "--reviewer", "ada")
    code, out, _ = casework(*decide, "--json")
    assert code == 0
    answer = json.loads(out)
    assert answer["status"] == "closed"
    assert answer["review"]["disposition"] == "approve"
    assert Store(home).status(case_id) == "closed"
    code, _, err = casework(*decide)
    assert code == 2
    assert "is closed" in err
    code, _, err = casework("review", case_id)
    assert code == 2
    assert "--reopen" in err
    code, _, err = casework("review", case_id, "--no-model", "--reopen")
    assert (code, "--reason" in err) == (2, True)
    again = ("--reopen", "--reason", "the customer wrote", "--reviewer", "bo")
    assert casework("review", case_id, "--no-model", "--json", *again)[0] == 0
    assert Store(home).status(case_id) == "drafted"
    assert " bo reopened " in casework("audit", "show", case_id)[1]
    assert Store(home).attempts(case_id) == 2


def test_every_draft_of_a_case_stays_in_reach(casework: Casework, drafted: tuple[str, str], tmp_path: Path) -> None:
    case_id, reason = drafted
    decide = ("decide", case_id, "--outcome", "worth_reviewing", "--reason-code", reason, "--disposition", "escalate")
    assert casework(*decide, "--cite", "E1", "--reviewer", "ada")[0] == 0
    assert casework("review", case_id, "--no-model")[0] == 0
    assert "; attempt 2 of 2; draft " in casework("show", case_id)[1]
    assert "; attempt 1 of 2; draft " in casework("show", case_id, "--attempt", "1")[1]
    old, new = (json.loads(casework("show", case_id, "--json", *which)[1]) for which in (("--attempt", "1"), ()))
    assert (old["attempt"], new["attempt"], old["attempts"]) == (1, 2, 2)
    assert old["reviews"][0]["draft_sha256"] == old["draft_sha256"] != new["draft_sha256"]
    assert old["version"] == new["version"] == this_version()

    told = json.loads(casework("replay", case_id, "--attempt", "1", "--json")[1])
    assert (told["attempt"], told["sha256"], told["same"]) == (1, old["draft_sha256"], True)
    explained = json.loads(casework("rules", "explain", case_id, "--attempt", "1", "--json")[1])
    assert explained["disposition"] == old["disposition"]
    assert casework("report", case_id, "--attempt", "1", "-o", str(tmp_path / "old.html"))[0] == 0
    for command in (("show",), ("report",), ("replay",), ("rules", "explain")):
        code, _, err = casework(*command, case_id, "--attempt", "3")
        assert (code, err) == (2, f"casework: case {case_id!r} has no draft 3; choose --attempt 1 to 2\n")


def test_a_number_where_there_is_no_draft_says_so(casework: Casework) -> None:
    case_id = first(casework)
    code, _, err = casework("show", case_id, "--attempt", "1")
    assert (code, "it has none: run `casework review" in err) == (2, True)


def test_the_version_is_told(casework: Casework) -> None:
    assert casework("--version") == (0, f"casework {this_version()}\n", "")


def test_no_library_calls_home() -> None:
    assert cli.QUIET["ORT_DISABLE_TELEMETRY"] == "1"
    assert cli.QUIET["HF_HUB_DISABLE_TELEMETRY"] == "1"


def test_a_decision_is_on_the_draft_that_was_seen(casework: Casework, drafted: tuple[str, str], home: Path) -> None:
    case_id, reason = drafted
    seen = Store(home).latest_file(case_id).sha256  # type: ignore[union-attr]
    assert f"draft {seen[:12]}" in casework("show", case_id)[1]
    decide = ("decide", case_id, "--outcome", "inconclusive", "--reason-code", reason, "--draft")
    for other in ("0" * 12, seen[:4], ""):
        code, _, err = casework(*decide, other)
        assert code == 2
        assert "a newer draft than the one you saw" in err
    assert casework(*decide, seen[:12].upper())[0] == 0
    [review] = Store(home).reviews(case_id)
    assert review.draft_sha256 == seen


def test_a_decision_is_on_the_reviews_that_were_seen(casework: Casework, drafted: tuple[str, str], home: Path) -> None:
    case_id, _ = drafted
    assert "; 0 reviews" in casework("show", case_id)[1]
    options = ("--outcome", "worth_reviewing", "--reason-code", "NO_FINDING", "--disposition", "reject", "--cite", "E1")
    decide = ("decide", case_id, *options, "--reviews", "0")
    assert casework(*decide, "--reviewer", "dora")[0] == 0
    code, _, err = casework(*decide, "--reviewer", "carl")
    assert (code, f"'dora' decided reject (worth_reviewing) on case {case_id!r} meanwhile" in err) == (2, True)
    assert casework(*decide[:-1], "1", "--reviewer", "carl")[0] == 0
    assert Store(home).status(case_id) == "closed"


def test_a_name_that_is_no_text_is_one_line_and_exit_code_two(
    casework: Casework, drafted: tuple[str, str], home: Path
) -> None:
    case_id, reason = drafted
    decide = ("decide", case_id, "--outcome", "false_positive", "--reason-code", reason, "--reviewer", "ren\udce9")
    code, out, err = casework(*decide)
    assert (code, out) == (2, "")
    assert err == "casework: the reviewer 'ren\\udce9' is not valid text; type it again, in UTF-8\n"
    assert Store(home).status(case_id) == "drafted"


def test_a_program_is_told_what_the_screen_tells(casework: Casework, drafted: tuple[str, str]) -> None:
    case_id, reason = drafted
    told = json.loads(casework("show", case_id, "--json")[1])
    assert (told["status"], told["reviews"]) == ("drafted", [])
    decide = ("decide", case_id, "--outcome", "worth_reviewing", "--reason-code", reason, "--disposition", "escalate")
    assert casework(*decide, "--cite", "E1", "--reviewer", "ada", "--draft", told["draft_sha256"])[0] == 0
    told = json.loads(casework("show", case_id, "--json")[1])
    assert (told["status"], told["reviews"][0]["reviewer"]) == ("awaiting_second", "ada")
    again = json.loads(casework("review", case_id, "--no-model", "--json")[1])
    assert (again["attempt"], again["status"], len(again["reviews"])) == (2, "drafted", 1)


def test_a_rejection_takes_two_people_and_evidence(casework: Casework, drafted: tuple[str, str], home: Path) -> None:
    case_id, _ = drafted
    decide = (
        "decide",
        case_id,
        "--outcome",
        "confirmed_fraud",
        "--reason-code",
        "NO_FINDING",
        "--disposition",
        "reject",
    )
    code, _, err = casework(*decide, "--reviewer", "ada")
    assert code == 2
    assert "--cite" in err
    decide = (*decide, "--cite", "E1")
    code, out, _ = casework(*decide, "--reviewer", "ada")
    assert code == 0
    assert "awaiting_second" in out
    assert Store(home).status(case_id) == "awaiting_second"
    code, _, err = casework(*decide, "--reviewer", "ADA")
    assert code == 2
    assert "different reviewer" in err
    code, out, _ = casework(*decide, "--reviewer", "bo", "--comment", "the same conclusion")
    assert code == 0
    assert Store(home).status(case_id) == "closed"
    assert [review.reviewer for review in Store(home).reviews(case_id)] == ["ada", "bo"]
    assert "the same conclusion" in casework("show", case_id)[1]
    assert casework("report", case_id, "-o", str(home / "page.html"))[0] == 0
    assert "the same conclusion" in (home / "page.html").read_text()
    assert casework("audit", "verify", case_id)[0] == 0


def test_a_dispute_opens_the_case_to_two_more(casework: Casework, drafted: tuple[str, str], home: Path) -> None:
    case_id, reason = drafted
    decide = ("decide", case_id, "--reason-code", reason, "--cite", "E1", "--outcome", "worth_reviewing")
    steps = [("ada", "reject", "awaiting_second"), ("bo", "approve", "drafted"), ("bo", "approve", "awaiting_second")]
    for reviewer, disposition, status in [*steps, ("cy", "approve", "closed")]:
        code, _, err = casework(*decide, "--disposition", disposition, "--reviewer", reviewer)
        assert (code, err) == (0, "")
        assert Store(home).status(case_id) == status


def test_a_draft_made_with_another_policy_must_be_reviewed_again(
    casework: Casework, drafted: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case_id, reason = drafted
    policy = tmp_path / "policy"
    policy.mkdir()
    for path in PACKAGED.glob("*.yaml"):
        (policy / path.name).write_text(path.read_text().replace("severity: adverse", "severity: suspicious", 1))
    monkeypatch.setenv("POLICY_DIR", str(policy))
    code, _, err = casework("decide", case_id, "--outcome", "false_positive", "--reason-code", reason)
    assert code == 2
    assert "the policy" in err
    assert f"casework review {case_id}" in err


def test_a_page_that_cannot_be_written_is_named_and_why(casework: Casework, drafted: tuple[str, str]) -> None:
    code, out, err = casework("report", drafted[0], "-o", "/dev/null/page.html")
    why = "cannot be written: not a directory; name another file with -o"
    assert (code, out, err) == (2, "", f"casework: '/dev/null/page.html' {why}\n")


def test_a_draft_replays_and_a_changed_file_does_not(casework: Casework, drafted: tuple[str, str], home: Path) -> None:
    case_id, _ = drafted
    code, out, _ = casework("replay", case_id, "--json")
    assert code == 0
    assert json.loads(out) == {
        "case_id": case_id,
        "attempt": 1,
        "sha256": Store(home).latest_file(case_id).sha256,  # type: ignore[union-attr]
        "same": True,
        "first_divergence": None,
    }


def test_the_audit_trail_is_shown_and_verified(casework: Casework, drafted: tuple[str, str], home: Path) -> None:
    case_id, _ = drafted
    code, out, _ = casework("audit", "show", case_id, "--json")
    assert code == 0
    assert [entry["action"] for entry in json.loads(out)] == ["added", "pulled", "drafted"]
    assert "drafted" in casework("audit", "show", case_id)[1]
    code, out, _ = casework("audit", "verify")
    assert (code, out) == (0, whole(home))


def whole(home: Path) -> str:
    """What is said of a home in which nothing is broken."""
    return f"8 cases, 0 breaks in {home / 'casework.db'}\nattachments were not checked: use --attachments\n"


def test_attachments_are_read_on_request(casework: Casework, home: Path, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(b"a passport").hexdigest()
    with closing(Store(home)) as store:
        case = store.case(store.queue()[0].case_id)
        document = Attachment(role="document", path="passport.jpg", sha256=sha256)
        store.add_cases([case.model_copy(update={"attachments": (document,), "source": str(tmp_path)})])
    (tmp_path / "passport.jpg").write_bytes(b"a passport")
    code, out, _ = casework("audit", "verify", "--attachments")
    assert (code, out.splitlines()[-1]) == (0, "1 attachment, 0 gone or changed")
    (tmp_path / "passport.jpg").write_bytes(b"A passport")
    assert casework("audit", "verify") == (0, whole(home), "")
    code, out, _ = casework("audit", "verify", "--attachments", case.case_id)
    assert (code, out.splitlines()[0]) == (1, f"{case.case_id}: the attached document is changed")
    told = json.loads(casework("audit", "verify", "--attachments", "--json")[1])
    assert (told["attachments"]["checked"], told["attachments"]["lost"][0]["case_id"]) == (1, case.case_id)
    assert json.loads(casework("audit", "verify", "--json")[1])["attachments"] is None


READING = (
    *("queue", "show C-1", "report C-1", "replay C-1", "decisions", "audit verify", "audit show C-1"),
    *("rules explain C-1", "rules backtest", "warehouse check", "review C-1", "work", "batch"),
    *("decide C-1 --outcome inconclusive --reason-code X", "eval cases decided --out new"),
)


@pytest.mark.parametrize("command", READING)
def test_a_home_that_is_not_there_is_not_clean(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    unmounted = tmp_path / "mount"
    unmounted.mkdir()
    monkeypatch.setenv("CASEWORK_HOME", str(unmounted))
    monkeypatch.chdir(tmp_path)
    code, out, err = casework(*command.split())
    assert (code, out) == (2, "")
    assert f"casework: there is no case store at '{unmounted}/casework.db'; set CASEWORK_HOME" in err
    assert list(unmounted.iterdir()) == []


def test_an_empty_store_is_named(casework: Casework, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path / "new"))
    Store(tmp_path / "new").close()
    code, out, _ = casework("audit", "verify")
    assert (code, out.splitlines()[0]) == (0, f"0 cases, 0 breaks in {tmp_path / 'new' / 'casework.db'}")


def test_a_broken_chain_is_found_and_exits_with_one(casework: Casework, drafted: tuple[str, str], home: Path) -> None:
    case_id, _ = drafted
    import sqlite3

    with sqlite3.connect(home / "casework.db") as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute("DELETE FROM audit WHERE case_id = ? AND action = 'pulled'", [case_id])
    code, out, _ = casework("audit", "verify", "--json")
    assert code == 1
    assert {each["case_id"] for each in json.loads(out)["breaks"]} == {case_id}
    assert json.loads(out)["missing_triggers"] == ["audit_no_delete"]
    code, out, _ = casework("audit", "verify", case_id)
    assert code == 1
    assert f"{case_id} entry 2: is numbered 3" in out
    assert "trigger audit_no_delete is gone or changed" in out


def test_a_decision_that_was_cut_off_is_found_by_an_earlier_check(
    casework: Casework, drafted: tuple[str, str], home: Path, tmp_path: Path
) -> None:
    """Nothing is broken in itself: entry, review and status are gone, as they were before. The anchor tells."""
    case_id, reason = drafted
    untouched = Path(shutil.copy(home / "casework.db", tmp_path / "before.db"))
    decide = ("decide", case_id, "--outcome", "false_positive", "--reason-code", reason, "--reviewer", "mallory")
    assert casework(*decide)[0] == 0
    code, out, _ = casework("audit", "verify", "--json")
    anchor = tmp_path / "anchor.json"
    anchor.write_text(out)
    assert (code, json.loads(out)["heads"][case_id]["entries"]) == (0, 4)
    since = ("--since", str(anchor))
    assert casework("audit", "verify", *since)[0] == 0
    assert casework("audit", "verify", case_id, *since)[0] == 0
    shutil.copy(untouched, home / "casework.db")
    for rest in ("-wal", "-shm"):
        (home / f"casework.db{rest}").unlink(missing_ok=True)
    assert casework("audit", "verify") == (0, whole(home), "")
    code, out, _ = casework("audit", "verify", *since)
    assert (code, f"{case_id}: its chain had 4 entries and now has 3" in out) == (1, True)
    assert json.loads(casework("audit", "verify", "--json", *since)[1])["breaks"][0]["case_id"] == case_id
    anchor.write_text('{"cases": 24, "breaks": []}')
    code, _, err = casework("audit", "verify", *since)
    assert (code, "is not output of `casework audit verify --json`" in err) == (2, True)


def test_the_warehouse_is_checked(casework: Casework) -> None:
    code, out, _ = casework("warehouse", "check", "--json")
    tables = {table["name"]: table for table in json.loads(out)["tables"]}
    assert tables["customers"]["rows"] >= 60
    assert code == (1 if any(table["problems"] for table in tables.values()) else 0)


@pytest.mark.parametrize(("named", "lengths"), [("", 1), ("ab" * 32, 0)])
def test_vectors_that_cannot_be_compared_are_a_problem_of_the_warehouse(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path, named: str, lengths: int
) -> None:
    case_id = first(casework)
    with closing(Store(home, "read")) as store:
        source = Path(store.case(case_id).source)
    copy = tmp_path / "copy.duckdb"
    shutil.copy(source / "warehouse.duckdb", copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("ALTER TABLE face_index ALTER embedding TYPE FLOAT[2] USING [0.0, 0.0]")
    monkeypatch.setenv("WAREHOUSE_URL", f"duckdb:///{copy}")
    monkeypatch.setenv("FACE_INDEX_MODEL_SHA256", named)
    code, out, _ = casework("warehouse", "check", "--json")
    (problems,) = (table["problems"] for table in json.loads(out)["tables"] if table["name"] == "face_index")
    assert code == 1
    assert "'embedding' holds zeros" in problems[0]
    assert ["vectors of 2 numbers" in each for each in problems[1:]] == [True] * lengths


def test_a_free_question_sees_one_customer_and_no_personal_data(casework: Casework) -> None:
    case_id = first(casework)
    code, out, _ = casework("warehouse", "query", "SELECT count(*) AS n FROM customers", "--case", case_id, "--json")
    assert code == 0
    assert json.loads(out)["rows"] == [[1]]
    code, out, err = casework("warehouse", "query", "SELECT full_name FROM customers", "--case", case_id)
    assert (code, out) == (2, "")
    assert err.startswith("casework: ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("review", "C-100l", "--no-model"), "'C-1001'"),
        (("show", "nothing like it"), "`casework queue`"),
        (("decide", "C-1001", "--outcome", "false_positive", "--reason-code", "X"), "run `casework review C-1001`"),
        (("decide", "C-1001"), "--outcome"),
        (("replay", "C-1001"), "no draft yet"),
        (("report", "C-1001"), "no draft yet"),
        (("rewiev", "C-1001"), "'review'"),
        (("queue", "--limit", "-1"), "--limit"),
        (("audit", "verify", "C-9"), "C-1"),
        (("warehouse", "query", "SELECT count(*) AS n FROM customers"), "'--case'"),
        (("warehouse", "query", "DROP TABLE customers", "--case", "C-1001"), "casework: "),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(casework: Casework, arguments: tuple[str, ...], told: str) -> None:
    code, out, err = casework(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_a_setting_that_does_not_fit_is_named(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOL_TIMEOUT_S", "soon")
    code, _, err = casework("queue")
    assert code == 2
    assert "TOOL_TIMEOUT_S" in err


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"LLM_BASE_URL=caf\xe9\n"])
@pytest.mark.parametrize("command", ["queue", "doctor", "vision inspect x.jpg"])
def test_a_file_of_settings_that_does_not_read_is_named(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, command: str
) -> None:
    (tmp_path / ".env").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    said = "casework: '.env' is not UTF-8 text; save it as UTF-8, or delete it\n"
    assert casework(*command.split()) == (2, "", said)


def test_a_misspelt_setting_is_told_in_one_line_and_never_its_value(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("LLM_API_KEYS=sk-1\nTOOL_TIMEOUT=3\nPATH_TO=x\nOPENAI_KEY=x\n\nNO SETTING\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    code, _, err = casework("queue")
    assert code == 0
    assert err.splitlines() == [
        "casework: LLM_API_KEYS in .env is not a setting and is ignored; did you mean LLM_API_KEY?",
        "casework: TOOL_TIMEOUT in .env is not a setting and is ignored; did you mean TOOL_TIMEOUT_S?",
    ]


def test_a_missing_warehouse_is_an_error_and_the_case_stays_open(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    case_id = first(casework)
    monkeypatch.setenv("WAREHOUSE_URL", "duckdb:////nowhere/at/all.duckdb")
    code, _, err = casework("review", case_id, "--no-model")
    assert code == 2
    assert "/nowhere/at/all.duckdb" in err
    assert Store(home).status(case_id) == "open"


def test_the_unexpected_is_one_line_and_a_traceback_only_on_request(
    casework: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("with a secret in it")

    monkeypatch.setattr("agent.cli.case.by_priority", fail)
    code, _, err = casework("queue")
    assert code == 2
    assert err == "casework: unexpected ZeroDivisionError; report what `casework --debug COMMAND` shows\n"
    assert "Traceback" in casework("--debug", "queue")[2]
    assert "Traceback" not in casework("queue")[2]
    monkeypatch.setenv("CASEWORK_DEBUG", "true")
    assert "Traceback" in casework("queue")[2]


def test_words_that_look_like_debug_ask_for_no_traceback(
    casework: Casework, monkeypatch: pytest.MonkeyPatch, drafted: tuple[str, str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    case_id, reason = drafted
    monkeypatch.setattr("agent.review.record.decide", fail)
    decide = ("decide", case_id, "--outcome", "inconclusive", "--reason-code", reason, "--comment", "--debug")
    assert "ZeroDivisionError; report" in casework(*decide)[2]
    assert "Traceback" not in casework(*decide)[2]
    assert "Traceback" in casework("--debug", *decide)[2]


def test_a_plugin_that_does_not_load_shows_where_on_request(
    casework: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "entry_points", lambda group: [EntryPoint("lame", "no.such.module:app", cli.GROUP)])
    assert "Traceback" not in casework("lame")[2]
    assert "Traceback" in casework("--debug", "lame")[2]


def test_a_broken_plugin_breaks_nothing_else(casework: Casework, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = [EntryPoint("lame", "no.such.module:app", cli.GROUP), EntryPoint("odd", "json:dumps", cli.GROUP)]
    monkeypatch.setattr(cli, "entry_points", lambda group: plugins)
    assert casework("queue")[0] == 0
    code, _, err = casework("lame", "anything", "--at", "all")
    assert code == 2
    assert "'lame'" in err
    assert "ModuleNotFoundError" in err
    code, out, _ = casework("--help")
    assert code == 0
    assert "lame" in out
    assert "odd" in out


def test_the_commands_of_other_packages_are_there(casework: Casework) -> None:
    code, out, _ = casework("--help")
    assert code == 0
    for name in ("rules", "llm", "world", "vision", "audit", "warehouse", "doctor", "work"):
        assert f" {name} " in out
    assert "Does not load" not in out


def test_a_command_that_is_interrupted_loses_nothing(home: Path) -> None:
    environment = {**os.environ, "CASEWORK_HOME": str(home)}
    case_id = Store(home).queue()[0].case_id
    command = [sys.executable, "-m", "agent", "review", case_id, "--no-model"]
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    waited, store = time.monotonic() + 30, Store(home)
    while time.monotonic() < waited and len(store.audit(case_id)) < 2:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    if child.returncode != 0:  # It may have finished just before.
        assert child.returncode == 130
        assert "interrupted; finished work is kept, and the same command continues from there" in err
        assert "Traceback" not in err
    again = subprocess.run([*command, "--json"], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(again.stdout)["case_id"] == case_id
    assert Store(home).verify() == ()


INTERRUPTED_IMPORT = """
import sys

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupted())
from agent.__main__ import main
main()
"""


def test_an_interrupt_while_it_loads_is_one_line() -> None:
    command = [sys.executable, "-c", INTERRUPTED_IMPORT]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "casework: interrupted\n")


HELP = """
import sys
from agent.cli import run

def said(*line):
    sys.argv = ["casework", *line]
    return run()

assert said("--help") == 0
for group in ("eval", "llm", "prompt", "rules", "vision", "world"):
    assert (said(group, "--help"), said(group, "no-such-command")) == (0, 2)
heavy = "cv2 duckdb httpx inspect_ai jinja2 langgraph numpy onnxruntime sqlalchemy sqlglot torch"
sys.exit(", ".join(name for name in heavy.split() if name in sys.modules) or 0)
"""


def test_who_asks_for_help_or_mistypes_waits_for_nothing_that_reviews_need(home: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr


def test_what_is_written_is_nothing_for_other_users_of_the_machine(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {**os.environ, "CASEWORK_HOME": str(home)}
    add = [sys.executable, "-m", "agent", "add", "-"]
    subprocess.run(add, env=environment, input=b"[]", capture_output=True, check=True)
    written = [home, *home.rglob("*")]
    assert len(written) > 1
    assert not any(path.stat().st_mode & 0o007 for path in written)


@pytest.mark.parametrize("command", [["queue"], ["queue", "--json"], ["--help"]])
def test_output_that_nobody_reads_on_ends_quietly(home: Path, command: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [sys.executable, "-m", "agent", *command],
        env={**os.environ, "CASEWORK_HOME": str(home)},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_a_full_disk_is_told_as_such(home: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "agent", "queue", "--json"],
            env={**os.environ, "CASEWORK_HOME": str(home)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    said = "casework: the output cannot be used: no space left on device; free some space, or choose another place\n"
    assert (ran.returncode, ran.stderr) == (2, said)


def test_a_folder_that_cannot_be_used_is_named(casework: Casework, home: Path) -> None:
    (home / "locks").write_text("in the way")
    code, _, err = casework("review", first(casework), "--no-model")
    assert code == 2
    assert f"{str(home / 'locks')!r} cannot be used: file exists; correct that, or choose another place\n" in err
