"""Opening a set: by name or path, from where it stands now; a locked split only with a reason, and on record."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from agent.errors import AgentError
from evals.cases import FOLDER, OPENINGS, opened, openings, read


def test_a_split_is_opened_by_its_name(home):
    small = opened("small", home)
    assert (small.name, small.locked, small.opening) == ("small", False, None)
    assert [case.case_id for case in small.cases] == [label.case_id for label in small.labels]
    assert small.cases[0].case_id == "S-1001"
    assert not (home / FOLDER / OPENINGS).exists()


def test_cases_point_at_the_folder_where_it_stands_now(home, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.move(home / FOLDER / "small", moved)
    small = opened(str(moved), home)
    assert {case.source for case in small.cases} == {str(moved)}
    with duckdb.connect(f"{small.cases[0].source}/warehouse.duckdb", read_only=True) as connection:
        known = connection.execute("SELECT customer_id FROM customers").fetchall()
    assert (small.cases[0].customer_id,) in known


def test_a_set_that_is_not_there_says_how_to_make_it(home):
    shutil.rmtree(home / FOLDER / "small")
    with pytest.raises(AgentError, match="'small'") as caught:
        opened("small", home)
    assert "casework eval cases build small" in caught.value.remedy
    with pytest.raises(AgentError, match="'nowhere'"):
        opened("nowhere", home)


@pytest.mark.parametrize("name", ["cases.jsonl", "labels.jsonl"])
def test_a_set_that_does_not_read_is_named(home, name):
    (home / FOLDER / "small" / name).write_text('{"case_id": 1}\n')
    with pytest.raises(AgentError, match=name):
        opened("small", home)


def test_cases_without_their_labels_are_no_set(home):
    labels = home / FOLDER / "small/labels.jsonl"
    labels.write_text("".join(labels.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(AgentError, match="not of one set"):
        read(home / FOLDER / "small")


def test_a_locked_split_stays_shut_without_a_reason(home):
    for why in ("", "  "):
        with pytest.raises(AgentError, match="locked") as caught:
            opened("shut", home, why=why)
        assert "--unlock-test" in caught.value.remedy
    assert openings(home, "shut") == ()


@pytest.mark.parametrize("copied", [False, True])
def test_a_locked_split_is_locked_by_its_path_and_as_a_copy_too(home, tmp_path, copied):
    place = home / FOLDER / "shut"
    if copied:
        place = shutil.copytree(place, tmp_path / "copy")
    with pytest.raises(AgentError, match="'shut' is locked"):
        opened(str(place), home)
    there = opened(str(place), home, why="by its path")
    assert (there.name, there.locked, there.folder) == ("shut", True, place)
    assert [each.why for each in openings(home, "shut")] == ["by its path"]


def test_a_copy_of_a_part_of_a_locked_split_is_locked_too(home, tmp_path):
    place = shutil.copytree(home / FOLDER / "shut", tmp_path / "part")
    for name in ("cases.jsonl", "labels.jsonl"):
        lines = (place / name).read_text().splitlines(keepends=True)
        (place / name).write_text("".join(lines[:-1]))
    with pytest.raises(AgentError, match="'shut' is locked"):
        opened(str(place), home)


def test_every_opening_of_a_locked_split_is_counted_and_kept(home):
    first = opened("shut", home, why="the release of spring", what="rules only")
    second = opened("shut", home, why="once more")
    assert first.locked
    assert (first.opening.number, second.opening.number) == (1, 2)
    assert first.opening.at.endswith("+00:00")
    kept = openings(home, "shut")
    assert [(each.why, each.what) for each in kept] == [("the release of spring", "rules only"), ("once more", "")]
    assert kept == (first.opening, second.opening)
    assert len((home / FOLDER / OPENINGS).read_text().splitlines()) == 2


def test_a_rebuild_forgets_no_opening(home):
    opened("shut", home, why="first")
    shutil.rmtree(home / FOLDER / "shut")
    with pytest.raises(AgentError, match="no labelled cases"):
        opened("shut", home, why="nothing to see")
    assert len(openings(home, "shut")) == 1


def test_a_record_that_was_tampered_with_opens_nothing(home):
    (home / FOLDER / OPENINGS).write_text("never mind\n")
    with pytest.raises(AgentError, match=OPENINGS):
        opened("shut", home, why="again")
