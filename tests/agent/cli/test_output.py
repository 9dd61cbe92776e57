"""The files a user names are written where they say, or the reason is one line."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.cli.output import cell, writing
from agent.errors import OutputError


def test_folders_on_the_way_are_made_and_what_was_there_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deeper" / "page.html"
    for text in ("first, longer", "second"):
        with writing(path) as file:
            file.write(text)
    assert path.read_text() == "second"


@pytest.fixture
def little_space() -> Iterator[int]:
    """So many bytes find room in a file; the system refuses more."""
    before, room = resource.getrlimit(resource.RLIMIT_FSIZE), 1000
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    yield room
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("excess", [1, 100_000])
def test_an_earlier_file_stays_where_the_new_one_finds_no_room(tmp_path: Path, little_space: int, excess: int) -> None:
    path = tmp_path / "page.html"
    path.write_text("earlier")
    with pytest.raises(OutputError, match="cannot be written: file too large"), writing(path) as file:
        file.write("x" * (little_space + excess))
    assert path.read_text() == "earlier"
    assert [*tmp_path.iterdir()] == [path]


def test_a_fresh_file_that_finds_no_room_is_not_left_half_written(tmp_path: Path, little_space: int) -> None:
    with pytest.raises(OutputError), writing(tmp_path / "rules.yaml", fresh=True) as file:
        file.write("x" * (little_space + 1))
    assert [*tmp_path.iterdir()] == []


def test_an_earlier_file_stays_where_the_work_is_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("earlier")
    with pytest.raises(KeyboardInterrupt):
        _interrupted(path)
    assert path.read_text() == "earlier"
    assert [*tmp_path.iterdir()] == [path]


def _interrupted(path: Path) -> None:
    with writing(path) as file:
        file.write("half")
        raise KeyboardInterrupt


def test_a_file_that_is_replaced_keeps_its_mode_and_the_link_to_it(tmp_path: Path) -> None:
    path, link = tmp_path / "page.html", tmp_path / "latest.html"
    path.write_text("earlier")
    path.chmod(0o600)
    link.symlink_to(path)
    with writing(link) as file:
        file.write("later")
    assert link.is_symlink()
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("later", 0o600)


def test_a_pipe_is_written_through_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with writing(path) as file:
        file.write("text")
    assert os.read(reader, 100) == b"text"
    os.close(reader)
    assert path.is_fifo()


@pytest.mark.parametrize(
    "command",
    [
        ("report", "NO-CASE", "-o"),
        ("decisions", "--since", "2026-01-01", "--csv"),
        ("warehouse", "rings", "--csv"),
        ("audit", "export", "-o"),
        ("rules", "mine", "-o"),
        ("eval", "report", "no-run", "-o"),
        ("eval", "compare", "no-run", "none", "--html"),
        ("eval", "gate", "no-run", "--junit"),
        ("eval", "mine", "no-run", "-o"),
    ],
)
def test_a_place_that_takes_no_file_is_told_before_the_work(
    casework: Callable[..., tuple[int, str, str]], tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path, tmp_path / "file" / "page"):
        code, out, err = casework(*command, str(place))
        assert (code, out) == (2, "")
        assert err.startswith(f"casework: {str(place)!r} cannot be written: ")
        assert err.endswith(f"; name another file with {command[-1]}\n")


def test_a_file_that_must_be_fresh_is_told_before_the_work(
    casework: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("mine")
    code, _, err = casework("eval", "mine", "no-run", "-o", str(path))
    assert (code, err) == (2, f"casework: {str(path)!r} cannot be written: file exists; name another file with -o\n")


def test_a_fresh_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("mine")
    told = "cannot be written: file exists; name another file with -o"
    with pytest.raises(OutputError, match=told), writing(path, fresh=True):
        pass
    assert path.read_text() == "mine"


def test_a_place_that_takes_no_file_is_named_with_the_option(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="name another file with --csv"), writing(tmp_path / "file" / "x", "--csv"):
        pass


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_cell_is_a_formula(begins: str) -> None:
    assert cell(begins) == cell((begins, "more")).removesuffix(" more") == f"'{begins}"
    assert (cell("C-1=1"), cell(0.5), cell(True), cell(())) == ("C-1=1", "0.5", "true", "")
