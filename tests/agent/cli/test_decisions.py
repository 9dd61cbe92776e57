"""`casework decisions` over decisions that were really made, as a screen, as JSON and as a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from agent.case import CaseType, Disposition, Status
from agent.cli.decisions import COLUMNS
from agent.review.record import Wish, decide
from agent.settings import Settings
from agent.store import Store

Casework = Callable[..., tuple[int, str, str]]
SECRET = "her mother's name is Eve"


@pytest.fixture
def decided(drafts: Path) -> str:
    """The id of a case that was disputed and settled against its draft; another was approved as recommended. One of
    the people has a name that a spreadsheet would compute."""
    with closing(Store(drafts)) as store:
        files = [file for row in store.queue() if (file := store.latest_file(row.case_id))]
        approved = next(file for file in files if file.draft.disposition == "approve" and file.findings)
        other = next(file for file in files if file.draft.disposition != "approve" and file.findings)
        settings, case_id = Settings(casework_home=drafts), other.case.case_id
        wish = Wish("@bo", "false_positive", "NO_FINDING", cited=("E1",), comment=SECRET)
        assert decide(store, settings, approved.case.case_id, wish)[1] == "closed"
        steps: tuple[tuple[str, Disposition, Status], ...] = (
            ("ada", "escalate", "awaiting_second"),
            ("@bo", "approve", "drafted"),
            ("cy", "approve", "awaiting_second"),
            ("Ada", "approve", "closed"),
        )
        for name, disposition, status in steps:
            wish = Wish(name, "worth_reviewing", "NO_FINDING", disposition, ("E1",), SECRET)
            assert decide(store, settings, case_id, wish)[1] == status
    return case_id


def test_the_screen_tells_how_decisions_stood_to_drafts(casework: Casework, decided: str) -> None:
    code, out, err = casework("decisions")
    assert (code, err) == (0, "")
    assert out.startswith("5 decisions by 3 people on 2 cases, ")
    assert " 2 second opinions, 1 dispute." in out
    assert "Median from draft to first decision " in out
    assert "recommended \\ decided" in out
    assert "fewer than 10 drafts" in out
    people = [line.split() for line in out[out.index("reviewer") :].splitlines()]
    assert people[0] == ["reviewer", "decisions", "followed", "overruled", "disputes"]
    assert {name: counts[-1] for name, *counts in people[1:]} == {"@bo": "1", "Ada": "0", "cy": "0"}
    assert SECRET not in out
    assert "\x1b" not in out


def test_programs_are_told_the_same_as_one_object(casework: Casework, decided: str, home: Path) -> None:
    code, out, err = casework("decisions", "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (told["decisions"], told["people"], told["cases"], told["disputes"]) == (5, 3, 2, 1)
    assert told["followed"]["of"] == sum(each["decisions"] for each in told["flow"]) == 5
    with closing(Store(home)) as store:
        file = store.latest_file(decided)
        assert file is not None
    against = {each["rule"]: each["otherwise"] for each in told["rules"]}
    assert all(against[finding.rule] == 1 for finding in file.findings)
    assert SECRET not in out


def test_the_file_has_a_row_for_every_decision_and_no_comment(
    casework: Casework, decided: str, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "decided.csv"
    code, out, _ = casework("decisions", "--csv", str(path))
    assert (code, out.endswith("decided.csv\n"), "5 rows in " in out) == (0, True, True)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    with closing(Store(home)) as store:
        made, draft = store.decided(decided), store.latest_file(decided)
        assert draft is not None
    ours = [row for row in rows if row["case_id"] == decided]
    assert [(row["disposition"], row["status_after"]) for row in ours] == [
        (review.disposition, status) for review, status in made
    ]
    assert [row["turn"] for row in ours] == ["1", "2", "3", "4"]
    assert [row["reviewer"] for row in ours] == ["ada", "'@bo", "cy", "Ada"]
    assert {row["rules"] for row in ours} == {" ".join(finding.rule for finding in draft.findings)}
    assert {row["row"] for row in ours} == {draft.recommendation.row}
    assert {row["followed"] for row in ours} <= {"true", "false"}
    assert SECRET not in path.read_text("utf-8")


def test_days_types_and_people_narrow_it(casework: Casework, decided: str) -> None:
    def many(*narrowed: str) -> int:
        return int(json.loads(casework("decisions", "--json", *narrowed)[1])["decisions"])

    today = json.loads(casework("decisions", "--json")[1])["first"][:10]
    assert many("--by-reviewer", "ADA") == 2
    assert (many("--since", today), many("--until", "2020-01-01"), many("--since", "2020-01-01")) == (5, 0, 5)
    assert sum(many("--type", kind) for kind in get_args(CaseType)) == 5


def test_where_nothing_was_decided_that_is_said(casework: Casework, tmp_path: Path) -> None:
    assert casework("decisions") == (0, "No such decision.\n", "")
    path = tmp_path / "none.csv"
    assert casework("decisions", "--csv", str(path)) == (0, f"No such decision.\n0 rows in {path}\n", "")
    assert path.read_text("utf-8").splitlines() == [",".join(COLUMNS)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--since", "yesterday"), "'yesterday' does not match the format"),
        (("--since", "2026-11-02", "--until", "2026-11-01"), "--until '2026-11-01' comes before --since '2026-11-02'"),
        (("--type", "nonsense"), "there is no type 'nonsense'"),
        (("--csv", "/dev/null/all.csv"), "'/dev/null/all.csv' cannot be written: not a directory"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(casework: Casework, given: tuple[str, ...], said: str) -> None:
    code, out, err = casework("decisions", *given)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
