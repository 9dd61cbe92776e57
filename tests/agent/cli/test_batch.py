"""`casework batch`: what was drafted and what was not, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent.batch import Prepared
from agent.cli.batch import show_batch
from agent.cli.screen import console
from agent.store import Store

Casework = Callable[..., tuple[int, str, str]]


@pytest.fixture
def one_lost(home: Path) -> str:
    """The id of the case whose warehouse is not there, of two that are waiting."""
    with closing(Store(home)) as store:
        _, second, *rest = (row.case_id for row in store.queue())
        store.add_cases([store.case(second).model_copy(update={"source": str(home / "nowhere")})])
        for case_id in rest:
            store.set_status(case_id, "deferred", "ada", "deferred", "defer:1")
    return second


def test_what_failed_is_told_with_its_remedy_and_exit_code_1(casework: Casework, one_lost: str) -> None:
    code, out, err = casework("batch", "--no-model", "--processes", "1", "--json")
    assert (code, err) == (1, "")
    told = {each["case_id"]: each for each in json.loads(out)["cases"]}
    assert len(told) == 2
    assert told[one_lost]["disposition"] is None
    assert told.pop(one_lost)["failure"].startswith("there is no warehouse at")
    (drafted,) = told.values()
    assert drafted["failure"] == ""
    assert json.loads(casework("show", drafted["case_id"], "--json")[1])["status"] == "drafted"

    code, out, _ = casework("batch", "--no-model")
    assert code == 1
    assert f"{one_lost}: there is no warehouse at" in out
    assert "0 drafted, 0 left to others, 1 failed" in out
    assert "Decide" not in out
    assert "recommended" not in out


def test_where_nothing_waits_that_is_said(casework: Casework, one_lost: str) -> None:
    code, out, err = casework("batch", "--flag", "no_such_flag")
    assert (code, out, err) == (0, "No case is waiting for a draft.\n", "")
    code, out, _ = casework("batch", "--flag", "no_such_flag", "--json")
    assert (code, json.loads(out)["cases"]) == (0, [])


def test_how_often_a_model_gave_no_answer_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    done = [
        Prepared(case_id="C-1", seconds=1, disposition="approve", confidence=1, silent="no answer within 5 s"),
        Prepared(case_id="C-2", seconds=1, disposition="escalate", confidence=1),
    ]
    show_batch(console(), done, 2.0)
    assert "In 1 of 2 drafts the model gave no answer, for example: no answer within 5 s" in capsys.readouterr().out


def test_what_stood_in_the_way_of_many_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    lost = [
        Prepared(case_id=f"C-{number}", seconds=1, failure="the warehouse is gone", remedy="bring it back")
        for number in range(1, 6)
    ]
    show_batch(console(), [*lost, Prepared(case_id="C-9", seconds=1, left="C-9 is no longer waiting for a draft")], 2.0)
    out = capsys.readouterr().out
    assert out.count("the warehouse is gone; bring it back") == 1
    assert "C-1, C-2, C-3 and 2 more: the warehouse" in out
    assert "C-9: C-9 is no longer waiting for a draft" in out
