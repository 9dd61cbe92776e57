"""`casework eval mine`: the labels of a run in the place of what people decided."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.runs import Run

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def mine(casework: Command, ran_home: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("CASEWORK_HOME", str(ran_home))
    return lambda *arguments: casework("eval", "mine", *arguments)


def test_the_cases_of_a_run_are_looked_through_as_it_answered_them(mine: Command, ran: Run) -> None:
    code, out, err = mine(ran.info.name, "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    passed = [
        label.is_fraud
        for file, label in zip(ran.files, ran.labels, strict=True)
        if file.draft.disposition in told["aims"][0]["aim"]["dispositions"]
    ]
    missed = told["aims"][0]
    assert (sum(missed["wanted"]), sum(missed["others"])) == (sum(map(bool, passed)), passed.count(False))
    assert told["cases"] == len({label.customer_id for label in ran.labels})


def test_so_few_cases_show_nothing_and_that_is_said(mine: Command, ran: Run) -> None:
    code, out, _ = mine(str(ran.folder), "--only", "held")
    assert (code, out.count("Too few cases:")) == (0, 1)


def test_a_run_that_is_not_there_is_bad_input(mine: Command) -> None:
    code, _, err = mine("nothing-of-that-name")
    assert (code, "no run '" in err) == (2, True)
