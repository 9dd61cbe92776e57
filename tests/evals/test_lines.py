from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import AgentError
from evals.lines import read_lines
from tools.evidence import Frozen


class Entry(Frozen):
    case_id: str
    n: int = 0


ONE, TWO = Entry(case_id="C-1"), Entry(case_id="C-2 of\u2028two lines\x85", n=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    there = tmp_path / "entries.jsonl"
    there.write_text(f"{ONE.model_dump_json()}\n{TWO.model_dump_json()}\n", "utf-8")
    return there


def test_each_line_is_read_whatever_line_ends_its_text_holds(path: Path) -> None:
    assert [*read_lines(path, Entry)] == [ONE, TWO]
    assert [*read_lines(path, Entry, growing=True)] == [ONE, TWO]


def test_the_last_line_of_a_file_by_hand_needs_no_end(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n")[:-2])
    assert [*read_lines(path, Entry)] == [ONE, TWO]


def test_a_growing_file_may_be_cut_off_or_not_begun(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])
    assert [*read_lines(path, Entry, growing=True)] == [ONE]
    assert [*read_lines(path.with_name("none.jsonl"), Entry, growing=True)] == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"case_id": "C-3", "n": "Anna"}', "line 3, case 'C-3': n: Input should be a valid integer"),
        (b'{"n": 1}', "line 3: case_id: Field required"),
        (b"", "line 3: Invalid JSON"),
        (b'{"case_id": "\xff"}', "line 3: Invalid JSON"),
    ],
)
def test_a_line_that_does_not_read_is_named_without_its_values(path: Path, line: bytes, told: str) -> None:
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(AgentError, match="do it again") as raised:
        list(read_lines(path, Entry, "do it again"))
    assert told in str(raised.value)
    assert "Anna" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match=r"gone\.jsonl' cannot be read: "):
        list(read_lines(tmp_path / "gone.jsonl", Entry))
