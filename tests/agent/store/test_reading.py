"""A store reads where nothing can be written, and reading leaves it as it is."""

import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from pwd import getpwuid

import pytest
from users import acting, as_root

from agent.case import Case
from agent.errors import NoStore, StoreError
from agent.store import Store

Make = Callable[..., Case]
NOBODY = 65_534


@pytest.fixture
def kept(store: Store, make_case: Make) -> Path:
    """A home with one case that nobody has open."""
    store.add_cases([make_case()])
    store.close()
    return store.path.parent


def contents(home: Path) -> dict[str, tuple[bytes, int]]:
    return {each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in home.iterdir()}


def read(home: Path) -> str:
    with closing(Store(home, "read")) as store:
        return f"{len(store.queue())} cases, {len(store.verify())} breaks"


def test_reading_leaves_everything_as_it_was(kept: Path) -> None:
    before = contents(kept)
    assert read(kept) == "1 cases, 0 breaks"
    assert contents(kept) == before


def test_who_only_reads_cannot_write(kept: Path, make_case: Make) -> None:
    with closing(Store(kept, "read")) as store, pytest.raises(StoreError, match="readonly"):
        store.add_cases([make_case("C-2")])


def test_what_others_write_meanwhile_is_read(kept: Path, make_case: Make) -> None:
    with closing(Store(kept, "read")) as reader, closing(Store(kept, "write")) as writer:
        writer.add_cases([make_case("C-2")])
        assert len(reader.queue()) == 2


@pytest.mark.parametrize("opening", ["read", "write"])
def test_where_there_is_none_none_is_made(tmp_path: Path, opening: str) -> None:
    for home in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(NoStore) as caught:
            Store(home, opening)  # type: ignore[arg-type]
        assert str(home / "casework.db") in caught.value.what
        assert "CASEWORK_HOME" in caught.value.remedy
        assert "mounted" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("done", ["UPDATE alembic_version SET version_num = '9999'", "DROP TABLE alembic_version"])
def test_a_store_of_another_form_is_named_and_not_migrated(kept: Path, done: str) -> None:
    with closing(sqlite3.connect(kept / "casework.db")) as connection, connection:
        connection.execute(done)
    before = contents(kept)
    with pytest.raises(StoreError, match=r"has format '(9999|none)', and this version reads '0001'; open it with"):
        Store(kept, "read")
    assert contents(kept) == before


def test_a_store_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "casework.db").write_bytes(b"not a database, whatever its name says" * 40)
    with pytest.raises(StoreError, match=r"not a database; restore it from a backup"):
        Store(tmp_path, "read")


def test_a_full_disk_can_be_read(kept: Path) -> None:
    def full() -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        return read(kept)

    assert acting(os.geteuid(), os.getegid(), full) == "1 cases, 0 breaks"


def only_to_read(kept: Path, office: Path) -> Path:
    """A copy of a home as it is now, in which nobody but root may write."""
    home = Path(shutil.copytree(kept, office / "home"))
    for each in home.iterdir():
        each.chmod(0o444)
    home.chmod(0o555)
    return home


@as_root
def test_a_home_that_may_only_be_read_is_read(kept: Path, office: Path) -> None:
    home = only_to_read(kept, office)
    assert acting(NOBODY, NOBODY, lambda: read(home)) == "1 cases, 0 breaks"
    told = acting(NOBODY, NOBODY, lambda: Store(home, "write"))
    assert f"belongs to {getpwuid(os.getuid()).pw_name} and group" in told


@as_root
def test_what_was_written_last_is_read_too_or_the_way_to_it_is_named(kept: Path, office: Path, make_case: Make) -> None:
    """As a crash leaves it: the last case stands in the log alone."""
    with closing(Store(kept, "write")) as store:
        store.add_cases([make_case("C-2")])
        home = only_to_read(kept, office)
    assert acting(NOBODY, NOBODY, lambda: read(home)) == "2 cases, 0 breaks"
    (home / "casework.db-shm").unlink()
    told = acting(NOBODY, NOBODY, lambda: read(home))
    assert f"its latest entries are in {str(home / 'casework.db-wal')!r}" in told
    assert "copy the whole home to a folder that you may write to" in told
    (home / "casework.db").chmod(0o400)
    assert "casework.db' cannot be read: " in acting(NOBODY, NOBODY, lambda: read(home))


@as_root
def test_what_was_written_while_it_was_read_alone_is_refused(kept: Path, office: Path, make_case: Make) -> None:
    home = only_to_read(kept, office)

    def interrupted() -> None:
        store = Store(home, "read")
        with store._database.reading():
            held.write_text("reading")
            while held.exists():
                time.sleep(0.01)

    held = office / "held"
    office.chmod(0o777)

    def written() -> None:
        while not held.exists():
            time.sleep(0.01)
        with closing(Store(home)) as store:
            store.add_cases([make_case("C-2")])
        held.unlink()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(written)
        told = acting(NOBODY, NOBODY, interrupted)
        writing.result()
    assert "was written to while it was read; try again" in told
