"""`casework audit export`: what an auditor can hash again without the store, and what is not in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.audit import value_sha256, verify
from agent.case import AuditEntry
from agent.settings import login_name
from agent.store import Store

Casework = Callable[..., tuple[int, str, str]]
Lines = list[dict[str, Any]]


@pytest.fixture
def exported(casework: Casework, drafts: Path, tmp_path: Path) -> Lines:
    """The export of a store with drafts, of which one was decided and then drafted anew."""
    case_id = json.loads(casework("queue", "--json")[1])["cases"][0]["case_id"]
    options = ("--outcome", "worth_reviewing", "--reason-code", "NO_FINDING", "--disposition", "reject", "--cite", "E1")
    said = ("--reviewer", "dora", "--comment", "Her name is Eve")
    assert casework("decide", case_id, *options, *said)[0] == 0
    assert casework("review", case_id, "--no-model")[0] == 0
    path = tmp_path / "trail.jsonl"
    code, out, err = casework("audit", "export", "-o", str(path), "--json")
    assert (code, err, json.loads(out)["file"]) == (0, "", str(path))
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    counts = {kind: len(of(lines, kind)) for kind in ("entry", "text")}
    assert lines[-1] == {"line": "end", "texts": counts["text"], "entries": counts["entry"]}
    return lines


def of(lines: Lines, kind: str) -> Lines:
    return [each for each in lines if each["line"] == kind]


def test_every_chain_and_text_and_ledger_hashes_again(exported: Lines) -> None:
    entries, texts = of(exported, "entry"), {each["sha256"]: each for each in of(exported, "text")}
    cases = sorted({each["case_id"] for each in entries})
    for case_id in cases:
        chain = [
            {name: each[name] for name in AuditEntry.model_fields} for each in entries if each["case_id"] == case_id
        ]
        assert verify(case_id, map(AuditEntry.model_validate, chain)) == ()
    for sha256, text in texts.items():
        body = text["body"]
        again = (
            value_sha256(json.loads(body)) if text["name"] == "policy" else hashlib.sha256(body.encode()).hexdigest()
        )
        assert again == sha256
    drafted = [each for each in entries if each["action"] == "drafted"]
    assert len(drafted) == len(cases) + 1
    for each in drafted:
        draft, content = each["draft"], json.loads(each["content"])
        assert (draft["sha256"], draft["policy_sha256"]) == (content["file"], content["policy"])
        assert {draft["policy_sha256"], *draft["prompts"].values()} <= texts.keys()
        joined = "".join(piece["sha256"] for piece in draft["evidence"])
        assert hashlib.sha256(joined.encode()).hexdigest() == draft["ledger"]


def test_hashes_are_those_of_the_store(exported: Lines, home: Path) -> None:
    with closing(Store(home)) as store:
        for each in of(exported, "entry"):
            if each["action"] == "drafted":
                file = store.file(each["case_id"], each["attempt"])
                assert file is not None
                assert (file.sha256, file.ledger.root) == (each["draft"]["sha256"], each["draft"]["ledger"])
                assert [entry.sha256 for entry in file.ledger.entries] == [
                    piece["sha256"] for piece in each["draft"]["evidence"]
                ]
                assert (file.version, file.model) == (each["draft"]["version"], each["draft"]["model"])


def test_a_decision_stands_on_the_draft_that_it_was_made_on(exported: Lines) -> None:
    (decided,) = (each for each in of(exported, "entry") if each["action"] == "reviewed")
    assert (decided["actor"], decided["login"], decided["cited"]) == ("dora", login_name(), ["E1"])
    assert decided["attempt"] == 1
    assert decided["draft"]["sha256"] == json.loads(decided["content"])["file"]


def test_it_says_what_personal_data_it_holds_and_holds_no_other(exported: Lines, home: Path) -> None:
    about, whole = exported[0], json.dumps(of(exported, "entry"))
    assert "logins of reviewers" in " ".join(about["holds"])
    assert "pictures" in " ".join(about["lacks"])
    with closing(Store(home)) as store:
        customers = {store.case(each["case_id"]).customer_id for each in of(exported, "entry")}
    assert not any(customer in whole for customer in customers)
    assert "Eve" not in whole
    assert "png" not in whole


def test_a_file_that_cannot_be_written_is_one_line(casework: Casework, drafts: Path, tmp_path: Path) -> None:
    code, _, err = casework("audit", "export", "-o", str(tmp_path))
    assert (code, err.endswith("name another file with -o\n")) == (2, True)
