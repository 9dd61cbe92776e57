"""Opening a set: by name or path, from where it stands now; a locked split only with a reason, and on record."""

from __future__ import annotations

import json
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


def _edited(home, name, edit):
    """The lines of a file of the small set, as JSON objects, after an edit in place."""
    path = home / FOLDER / "small" / name
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    edit(lines)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda lines: lines.pop(), "case 'S-10.*' has no label"),
        (lambda lines: lines.append(lines[0] | {"case_id": "S-9"}), "label 'S-9' has no case"),
        (lambda lines: lines.append(lines[0]), "case 'S-1001' has 2 labels"),
        (lambda lines: lines.reverse(), "line 1 holds case 'S-1001' and label"),
        (lambda lines: lines[0].update(customer_id="U0"), "label of case 'S-1001' names another customer_id"),
    ],
)
def test_cases_without_their_labels_are_no_set(home, edit, told):
    _edited(home, "labels.jsonl", edit)
    with pytest.raises(AgentError, match=f"do not match: .*{told}") as caught:
        read(home / FOLDER / "small")
    assert "build" not in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("labels.jsonl", {"ideal": "aprove"}, "ideal: Input should be 'approve'"),
        ("labels.jsonl", {"is_fraud": "yes"}, "is_fraud: Input should be a valid boolean"),
        ("labels.jsonl", {"is_fraud": False, "intolerable": True}, "and is_fraud is not true"),
        ("labels.jsonl", {"reviewers": ["approve", "reject"]}, "a story has 3 reviewers, and 2 are told"),
        ("cases.jsonl", {"type": "loan"}, "type: Input should be 'kyc'"),
    ],
)
def test_a_fault_is_told_by_line_case_and_field(home, name, wrong, told):
    _edited(home, name, lambda lines: lines[1].update(wrong))
    with pytest.raises(AgentError) as caught:
        read(home / FOLDER / "small")
    assert f"{name}', line 2, case 'S-1002': " in caught.value.what
    assert told in caught.value.what
    assert "build" not in caught.value.remedy


def test_cases_that_lie_elsewhere_stay_there(home, tmp_path):
    assert opened("small", home).own
    _edited(home, "cases.jsonl", lambda lines: lines[0].update(source=str(tmp_path / "elsewhere")))
    small = opened("small", home)
    assert [case.source for case in small.cases[:2]] == [str(tmp_path / "elsewhere"), str(home / FOLDER / "small")]
    assert not small.own


def test_a_locked_split_stays_shut_without_a_reason(home):
    for why in ("", "  "):
        with pytest.raises(AgentError, match="locked") as caught:
            opened("shut", home, why=why)
        assert "--unlock-test" in caught.value.remedy
        assert "`casework eval robust`" in caught.value.remedy
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
