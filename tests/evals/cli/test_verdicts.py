"""The tables of a comparison on a narrow terminal: no number and no name is broken."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from evals.cli.verdicts import _name, _shifts, _tests
from evals.compare import MEASURED, TESTED, Changed, Compared, Question, Shift
from evals.stats.paired import Interval

WORST = Interval(-1.0, -1.0, -0.8)
COMPARED = Compared(
    n=600,
    tests=tuple(
        Question(
            name=name, n=251, first=1.0, second=0.0, difference=WORST, fixed=100, broken=123, p_value=1e-9,
            p_adjusted=1e-9, smallest=0.549,
        )
        for name in TESTED
    ),
    shifts=tuple(
        Shift(name=name, n=600, first=150.95, second=67.5, difference=Interval(-83.45, -133.507, -41.921))
        for name in MEASURED
    ),
    fixed=(), broken=(), moved=(), only_first=(), only_second=(),
)  # fmt: skip


def told(width: int) -> str:
    out = Console(width=width, file=io.StringIO(), highlight=False, markup=False)
    for table in (*_tests(COMPARED, width), _shifts(COMPARED, width)):
        out.print(table)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 119, 120, 140])
def test_every_number_and_word_is_whole(width: int) -> None:
    text = told(width)
    words = text.split()
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    assert "…" not in text
    for each in ("100.0%", "0.0%", "-100.0", "[-100.0,", "-80.0]", "100", "123", "<0.0001", "54.9", "worse"):
        assert words.count(each) == len(TESTED)
    for each in ("600", "150.950", "67.500", "-83.450", "[-133.507,", "-41.921]"):
        assert words.count(each) == len(MEASURED)
    for name in (*TESTED, *MEASURED):
        assert {*name.split()} <= {*words}
    assert words.count("difference,") == 2


def test_nothing_that_a_case_is_called_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    fields = {"ideal": "approve", "first": "approve", "second": "reject"}
    each = Changed.model_validate({"case_id": "C-\x1b[31m1", "story": "a\u202eb\n", **fields})
    _name("broken", [each, each.model_copy(update={"story": ""})])
    out = capsys.readouterr().out
    assert not {"\x1b", "\u202e"} & {*out}
    assert len(out.splitlines()) == 3
    assert out.endswith("approve -> reject  (labelled approve)\n")


def test_a_wide_terminal_has_one_row_a_question() -> None:
    assert sum("worse" in line and "100.0%" in line for line in told(120).splitlines()) == len(TESTED)
