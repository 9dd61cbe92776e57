"""A home belongs to whom its folder belongs: several people work in one, and nobody keeps another out."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import alembic.command
import pytest
from users import acting, as_root

from agent.case import Case
from agent.runner import CHECKPOINTS, _checkpoints, alone
from agent.store import Store
from agent.store.home import closed, hindrance, make_file, make_folder

Make = Callable[..., Case]
ANNA, BERT, DESK, OWN = 51_001, 51_002, 51_100, 51_200
assert alembic.command  # loaded before anybody is another user, who may not read it


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@pytest.mark.parametrize(
    ("folder", "file", "locks"), [(0o2770, 0o660, 0o2770), (0o700, 0o600, 0o700), (0o755, 0o640, 0o750)]
)
@pytest.mark.parametrize("umask", [0o077, 0o022, 0o000])
def test_files_are_for_whom_the_home_is_and_never_for_others(
    tmp_path: Path, folder: int, file: int, locks: int, umask: int
) -> None:
    home = tmp_path / "desk"
    home.mkdir()
    home.chmod(folder)
    before = os.umask(umask)
    try:
        with closing(Store(home)), alone(home, "C-1"), closing(_checkpoints(home)):
            assert {mode(home / name) for name in ("casework.db", "casework.db-wal", CHECKPOINTS)} == {file}
            assert {mode(each) for each in (home / "locks").iterdir()} == {file}
            assert mode(home / "locks") == locks
    finally:
        os.umask(before)


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "file").chmod(0o600)
    make_file(tmp_path / "file")
    make_folder(tmp_path)
    assert ((tmp_path / "file").read_text(), mode(tmp_path / "file")) == ("kept", 0o600)


def shared(office: Path, permissions: int) -> Path:
    home = office / "home"
    home.mkdir()
    os.chown(home, ANNA, DESK)
    home.chmod(permissions)
    return home


def adding(home: Path, case: Case) -> Callable[[], str]:
    def act() -> str:
        with closing(Store(home)) as store:
            store.add_cases([case])
            with alone(home, case.case_id), closing(_checkpoints(home)) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS checkpoints (n)")
            return f"{len(store.queue())} cases"

    return act


@as_root
def test_colleagues_work_in_one_home_that_was_shared(office: Path, make_case: Make) -> None:
    home = shared(office, 0o2770)
    assert acting(ANNA, OWN, lambda: os.chmod(home, 0o2770)) == "None"
    for user, number in ((ANNA, 1), (BERT, 2), (ANNA, 3), (BERT, 4)):
        assert acting(user, DESK, adding(home, make_case(f"C-{number}"))) == f"{number} cases"


@as_root
def test_who_may_not_write_is_told_whose_it_is_and_keeps_nobody_out(office: Path, make_case: Make) -> None:
    """The folder lets a colleague in, the files in it do not: they were made before it was shared."""
    home = shared(office, 0o2770)
    assert acting(ANNA, DESK, adding(home, make_case("C-1"))) == "1 cases"
    for each in ("casework.db", CHECKPOINTS):
        (home / each).chmod(0o640)
    before = sorted(home.iterdir())
    told = acting(BERT, DESK, adding(home, make_case("C-2")))
    assert told.startswith("StoreError: case store")
    assert f"belongs to {ANNA} and group {DESK} with permissions 0640, and you are {BERT}; share the home" in told
    assert f"chgrp -R GROUP {home}" in told
    told = acting(BERT, DESK, lambda: _checkpoints(home))
    assert told.startswith("StoreError: checkpoints")
    assert f"belongs to {ANNA}" in told
    assert acting(BERT, DESK, lambda: len(Store(home, "read").queue())) == "1"
    assert sorted(home.iterdir()) == before
    assert acting(ANNA, DESK, adding(home, make_case("C-2"))) == "2 cases"


@as_root
def test_a_file_that_a_colleague_left_is_named_to_the_owner(office: Path, make_case: Make) -> None:
    """A folder of a group that is not handed on to its files: what each makes is of their own group."""
    home = shared(office, 0o770)
    assert acting(ANNA, DESK, adding(home, make_case("C-1"))) == "1 cases"
    left = home / "casework.db-shm"
    left.touch()
    os.chown(left, BERT, OWN)
    left.chmod(0o660)
    told = acting(ANNA, DESK, adding(home, make_case("C-2")))
    assert f"{str(left)!r} belongs to {BERT} and group {OWN} with permissions 0660" in told
    assert "free some space" not in told
    left.unlink()
    [lock] = (home / "locks").iterdir()
    os.chown(lock, BERT, OWN)
    told = acting(ANNA, DESK, adding(home, make_case("C-1")))
    assert told.startswith("StoreError: case 'C-1' cannot be locked: ")
    assert f"belongs to {BERT}" in told


def test_a_reason_is_told_with_what_the_disk_says_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "casework.db"
    assert hindrance(path, "file is not a database")[1].startswith("restore it from a backup")
    assert hindrance(path, "database is locked")[1].startswith("another process holds it")
    assert hindrance(path, "database or disk is full")[0] == f"the disk of {str(tmp_path)!r} is full"
    assert hindrance(path, "no such thing") == ("", "check that CASEWORK_HOME is a folder you may write to")
    assert closed(path) == ""
    assert sqlite3.sqlite_version_info > (3, 22), "a database on a disk without writing"
    monkeypatch.setattr("agent.store.home.LEAST", 2**62)
    assert hindrance(path, "disk I/O error") == (
        f"the disk of {str(tmp_path)!r} is full",
        "free some space; what was stored before is safe",
    )
