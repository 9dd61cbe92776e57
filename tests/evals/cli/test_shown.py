"""The tables of a run on a narrow terminal: every name can be read."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from evals.cli import shown
from evals.columns import columns
from evals.metrics import METRICS
from evals.runs import Run
from evals.slices import Slice


@pytest.fixture
def narrow() -> Console:
    return Console(width=80, file=io.StringIO(), highlight=False, markup=False)


def told(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_no_metric_is_cut(narrow: Console, ran: Run) -> None:
    shown.show_columns(narrow, ran, columns(ran, ran))
    text = told(narrow)
    assert "…" not in text
    assert all(f"{metric.name} " in text for metric in METRICS)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("width", [60, 80])
def test_what_each_metric_means_is_told(ran: Run, width: int) -> None:
    out = Console(width=width, file=io.StringIO(), highlight=False, markup=False)
    shown.show_meanings(out, columns(ran, ran)[0].rows)
    text = " ".join(told(out).split())
    assert all(f"{metric.name} {metric.meaning}" in text for metric in METRICS)


def test_the_two_that_ask_the_customer_are_told_apart(narrow: Console, ran: Run) -> None:
    shown.show_confusion(narrow, ran.scored)
    text = told(narrow)
    assert "…" not in text
    assert text.count("resubmission") == text.count("information") == 2


def test_no_slice_or_case_is_cut(narrow: Console, ran: Run) -> None:
    long = Slice(by="story", name="pays_a_sanctioned_address", n=9, right=3, low=0.1, high=0.6)
    shown.show_slices(narrow, [long], {"template only": [long], "majority": [long], "random": [long]}, {"story": 9})
    shown.show_worst(narrow, ran.scored)
    text = told(narrow)
    assert "pays_a_sanctioned_address" in text
    assert "not shown: 9 by story" in text
    assert "…" not in text
    assert all(each.case_id in text for each in ran.scored)
