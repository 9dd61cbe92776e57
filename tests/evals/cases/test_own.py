"""A team's own labels: what a table of them may look like, and what is wrong with a line of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import AgentError
from agent.intake import Intake, read_cases
from evals.cases import opened
from evals.cases.own import labelled, made

HEAD = "case_id,label,fraud\n"
GOOD = f"{HEAD}A-1,approve,no\nA-2,request_resubmission,yes\n"


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    """Two cases of one customer, as `casework add` reads them."""
    told = {"type": "transactions", "customer_id": "U1", "flagged_at": "2026-06-01T12:00:00Z", "flags": ["odd"]}
    lines = "".join(f"{json.dumps({'case_id': f'A-{n}', **told})}\n" for n in (1, 2))
    return read_cases(lines.encode(), tmp_path, datetime.now(UTC))


@pytest.mark.parametrize(
    "table",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.replace(",", ";").replace("\n", "\r\n").encode(),
        GOOD.replace(",", "\t").encode(),
        b'Fraud, Label ,remark,Case_ID\n"No",Approve,"one, or\nanother",A-1\n\n,,,\nTRUE,Request resubmission,,A-2\n',
    ],
)
def test_a_table_may_look_as_a_spreadsheet_writes_it(intake: Intake, table: bytes, tmp_path: Path) -> None:
    labels, *faults = labelled(intake, table)
    assert faults == [(), ()]
    done = made(intake, labels, tmp_path / "set")
    assert (done.cases, done.customers, done.fraud) == (2, 1, 1)
    held = opened(str(tmp_path / "set"), tmp_path / "home")
    assert [(each.ideal, each.is_fraud, each.intolerable) for each in held.labels] == [
        ("approve", False, False),
        ("request_resubmission", True, True),
    ]
    assert not held.own
    assert not any(label.decided for label in held.labels)


def test_a_story_groups_cases(intake: Intake) -> None:
    table = "case_id,label,fraud,story\nA-1,approve,no,mule\nA-2,approve,no\n"
    assert [label.story for label in labelled(intake, table.encode())[0].values()] == ["mule", ""]


@pytest.mark.parametrize(
    ("line", "field", "what"),
    [
        ("A-1,approve,no", "case_id", "is that of line 2 too"),
        ("A-3,approve,no", "case_id", "is that of no case that could be read"),
        ("A-2,fraud,yes", "label", "is none: choose one of approve"),
        ("A-2,,no", "label", "is none: choose one of approve"),
        ("A-2,approve,maybe", "fraud", "is neither yes nor no"),
        ("A-2,approve", "fraud", "is neither yes nor no"),
        ("A-2,approve,yes", "label", "intolerable is a fraud that must never be approved"),
    ],
)
def test_a_line_that_labels_nothing_is_told(intake: Intake, line: str, field: str, what: str) -> None:
    labels, faults, bare = labelled(intake, f"{HEAD}A-1,approve,no\n{line}\n".encode())
    assert [*labels] == ["A-1"]
    assert [(each.line, each.entry, each.field) for each in faults] == [(3, 2, field)]
    assert what in faults[0].what
    assert [each.line for each in bare] == ([] if line.startswith("A-2") else [2])


@pytest.mark.parametrize(
    ("table", "what"),
    [
        (b"", "has not one column 'case_id'"),
        (b"case_id,fraud\nA-1,no\n", "has not one column 'label'"),
        (b"case_id,label,label,fraud\n", "has not one column 'label'"),
        ("case_id,label,fraud\nA-1,Müll,no\n".encode("cp1252"), "is not UTF-8 text; save it as CSV UTF-8"),
        (f"{HEAD}{'x' * 200_000},approve,no\n".encode(), "cannot be read at line 2"),
        (b"x" * 200_000, "cannot be read at line"),
    ],
)
def test_what_is_no_table_of_labels_is_told(intake: Intake, table: bytes, what: str) -> None:
    with pytest.raises(AgentError, match=what):
        labelled(intake, table)


def test_another_set_is_not_written_over(intake: Intake, tmp_path: Path) -> None:
    labels = labelled(intake, GOOD.encode())[0]
    made(intake, labels, tmp_path / "set")
    made(intake, labels, tmp_path / "set")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "source.json").write_text('{"kind": "decided"}')
    with pytest.raises(AgentError, match="holds something other than a set of a team's own"):
        made(intake, labels, tmp_path / "other")
