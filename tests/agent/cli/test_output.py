"""The files a user names are written where they say, or the reason is one line."""

from __future__ import annotations

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
