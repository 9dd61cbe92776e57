"""The store keeps what it was given, once, and says in one line what the disk or the database complains about."""

import json
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

import agent
from agent.audit import CORRECTED, link
from agent.case import Case, CaseFile, Flag, Review
from agent.errors import StoreError, UnknownCase
from agent.review.queue import Filters
from agent.store import Store, tables

Make = Callable[..., Case]
MakeFile = Callable[..., CaseFile]
MakeReview = Callable[..., Review]


def raw(store: Store) -> sqlite3.Connection:
    return sqlite3.connect(store.path)


def test_a_case_reads_back_as_it_was_added(store: Store, make_case: Make) -> None:
    case = make_case(flags=(Flag(code="ünïcode", raised_at="2026-11-01T08:00:00Z"),))
    assert store.add_cases([case]) == 1
    assert store.case("C-1") == case
    assert store.status("C-1") == "open"
    assert Store(store.path.parent).case("C-1") == case


def test_adding_again_changes_nothing_and_a_different_case_takes_the_place(store: Store, make_case: Make) -> None:
    store.add_cases([make_case("C-1"), make_case("C-2")])
    assert store.add_cases([make_case("C-1"), make_case("C-2", exposure_usd=7.0)]) == 1
    assert store.case("C-2").exposure_usd == 7.0
    assert store.verify() == ()


def test_every_source_is_told_by_one_of_its_cases(store: Store, make_case: Make) -> None:
    assert store.one_of_each_source() == ()
    a, b = make_case("C-2", source="a"), make_case("C-1", source="b")
    store.add_cases([a, b, make_case("C-3", source="a")])
    assert set(store.one_of_each_source()) == {a, b}


def test_a_drafted_case_that_is_replaced_is_open_again(store: Store, make_case: Make, make_file: MakeFile) -> None:
    store.add_cases([make_case()])
    store.save_file(make_file())
    store.add_cases([make_case(exposure_usd=9.0)])
    assert store.status("C-1") == "open"


def test_a_reviewed_case_is_never_replaced(
    store: Store, make_case: Make, make_file: MakeFile, make_review: MakeReview
) -> None:
    store.add_cases([make_case()])
    store.save_file(make_file())
    store.add_review(make_review(make_file()), "closed", "1:record:1")
    assert store.add_cases([make_case(exposure_usd=9.0)]) == 0
    assert store.case("C-1").exposure_usd == 1200.0
    assert store.status("C-1") == "closed"


def test_an_unknown_case_names_the_nearest_ids(store: Store, make_case: Make) -> None:
    store.add_cases([make_case("C-1041"), make_case("C-1042")])
    with pytest.raises(UnknownCase) as caught:
        store.case("C1042")
    assert "'C1042'" in caught.value.what
    assert "C-1042" in caught.value.remedy
    with pytest.raises(UnknownCase, match="casework queue"):
        store.latest_file("something else")


def test_the_queue_filters_and_shows_what_was_recommended(store: Store, make_case: Make, make_file: MakeFile) -> None:
    store.add_cases(
        [make_case("C-1"), make_case("C-2", type="ring", flags=(Flag(code="shared_device", raised_at=""),))]
    )
    store.save_file(make_file())
    assert [(row.case_id, row.disposition) for row in store.queue()] == [("C-1", "escalate"), ("C-2", None)]
    assert [row.case_id for row in store.queue(Filters(types=("ring",)))] == ["C-2"]
    assert [row.case_id for row in store.queue(Filters(statuses=("drafted",)))] == ["C-1"]
    assert [row.case_id for row in store.queue(Filters(flags=("shared_device",)))] == ["C-2"]


def test_case_files_are_kept_by_attempt(store: Store, make_case: Make, make_file: MakeFile) -> None:
    store.add_cases([make_case()])
    assert store.latest_file("C-1") is None
    first, second = make_file(), make_file(attempt=2)
    assert store.save_file(first)
    assert store.latest_file("C-1") == first
    assert store.save_file(second)
    assert store.latest_file("C-1") == second
    assert store.attempts("C-1") == 2


def test_saving_an_attempt_twice_happens_once(store: Store, make_case: Make, make_file: MakeFile) -> None:
    store.add_cases([make_case()])
    assert store.save_file(make_file())
    assert not store.save_file(make_file(timings_ms={"gather": 99.0}))
    assert len(store.audit("C-1")) == 2


def test_another_result_for_the_same_attempt_is_a_clash(store: Store, make_case: Make, make_file: MakeFile) -> None:
    store.add_cases([make_case()])
    store.save_file(make_file())
    with pytest.raises(StoreError, match="already drafted"):
        store.save_file(make_file(model="another"))
    assert store.latest_file("C-1") == make_file()


def test_a_review_is_recorded_with_its_status_and_audit_entry(
    store: Store, make_case: Make, make_file: MakeFile, make_review: MakeReview
) -> None:
    store.add_cases([make_case()])
    store.save_file(make_file())
    review = make_review(make_file(), comment="seen it")
    assert store.add_review(review, "awaiting_second", "1:record:1")
    assert not store.add_review(review, "awaiting_second", "1:record:1")
    assert store.reviews("C-1") == (review,)
    assert store.status("C-1") == "awaiting_second"
    last = store.audit("C-1")[-1]
    assert (last.actor, last.action) == ("ada", "reviewed")
    assert json.loads(last.content)["file"] == make_file().sha256


def test_a_change_and_its_audit_entry_are_one_transaction(
    store: Store, make_case: Make, make_file: MakeFile, make_review: MakeReview
) -> None:
    store.add_cases([make_case()])
    store.save_file(make_file())
    with raw(store) as connection:
        connection.execute("CREATE TRIGGER no_more BEFORE INSERT ON reviews BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(StoreError):
        store.add_review(make_review(make_file()), "closed", "1:record:1")
    assert store.status("C-1") == "drafted"
    assert [entry.action for entry in store.audit("C-1")] == ["added", "drafted"]


def test_policies_and_prompts_are_kept_by_their_hash(store: Store) -> None:
    store.save_policy("a" * 64, "one")
    store.save_policy("a" * 64, "one")
    store.save_prompts({"b" * 64: ("merge", "two"), "c" * 64: ("word", "three")})
    assert store.policy("a" * 64) == "one"
    assert store.prompt("word", "c" * 64) == "three"
    with pytest.raises(StoreError, match="prompt word"):
        store.prompt("word", "d" * 64)


@pytest.mark.parametrize("table", ["audit", "reviews", "files", "texts"])
def test_what_was_written_cannot_be_changed_through_sql(
    store: Store, make_case: Make, make_file: MakeFile, make_review: MakeReview, table: str
) -> None:
    store.add_cases([make_case()])
    store.save_file(make_file())
    store.add_review(make_review(make_file()), "closed", "1:record:1")
    store.save_policy("a" * 64, "one")
    with raw(store) as connection:
        before = connection.execute(f"SELECT * FROM {table}").fetchall()
        for sql in (
            f"UPDATE {table} SET sha256 = 'x'",
            f"DELETE FROM {table}",
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(sql)
        assert before
        assert connection.execute(f"SELECT * FROM {table}").fetchall() == before


def dated(store: Store, moment: datetime) -> str:
    """Put an entry of that moment at the end of a case's chain, as a machine with another clock would."""
    at, last = moment.strftime("%Y-%m-%dT%H:%M:%SZ"), store.audit("C-1")[-1]
    entry = link(last, "C-1", at, "casework", "pulled", "{}")
    with raw(store) as connection:
        row = tuple(entry.model_dump().values())
        columns = ", ".join(entry.model_dump())
        connection.execute(f"INSERT INTO audit ({columns}, key) VALUES ({', '.join('?' * len(row))}, 'odd')", row)
    return at


def test_nothing_is_recorded_before_the_entry_that_came_last(
    store: Store, make_case: Make, make_file: MakeFile
) -> None:
    store.add_cases([make_case(), make_case("C-2")])
    at = dated(store, datetime.now(UTC) + timedelta(days=400))
    with pytest.raises(StoreError, match=rf"last entry of case 'C-1' is of {at}.*; correct the clock") as caught:
        store.save_file(make_file())
    assert "this machine's clock says 20" in caught.value.what
    assert (store.status("C-1"), store.attempts("C-1"), len(store.audit("C-1"))) == ("open", 0, 2)
    assert store.verify() == ()
    assert store.note("C-2", "ada", "noted", {}, "1")


def test_clocks_of_several_machines_may_differ_a_little(store: Store, make_case: Make) -> None:
    store.add_cases([make_case()])
    dated(store, datetime.now(UTC) + CORRECTED - timedelta(minutes=1))
    assert store.note("C-1", "ada", "noted", {}, "1")
    assert store.verify() == ()


def test_many_threads_write_one_whole_chain(store: Store, make_case: Make) -> None:
    store.add_cases([make_case()])
    with ThreadPoolExecutor(8) as pool:
        noted = list(pool.map(lambda n: store.note("C-1", "t", "noted", {"n": n}, f"note:{n % 20}:{n}"), range(60)))
    assert all(noted)
    assert len(store.audit("C-1")) == 61
    assert store.verify("C-1") == ()


def test_many_processes_open_and_fill_a_new_store(tmp_path: Path, make_case: Make) -> None:
    script = (
        "import sys; from pathlib import Path; from agent.store import Store; from agent.case import Case\n"
        "case = Case.model_validate_json(sys.argv[2])\n"
        "store = Store(Path(sys.argv[1]))\n"
        "store.add_cases(case.model_copy(update={'case_id': f'C-{sys.argv[3]}-{n}'}) for n in range(10))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "home"), make_case().model_dump_json()]
    children = [subprocess.Popen([*command, str(number)]) for number in range(4)]
    assert [child.wait(60) for child in children] == [0] * 4
    store = Store(tmp_path / "home")
    assert len(store.queue()) == 40
    assert store.verify() == ()


def test_the_tables_are_what_the_migrations_leave(store: Store) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(agent.__file__).parent / "store" / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == tables.HEAD
    fresh = create_engine("sqlite://")
    tables.METADATA.create_all(fresh)
    wanted, found = inspect(fresh), inspect(create_engine(f"sqlite:///{store.path}"))
    for name in tables.METADATA.tables:
        columns = [
            [
                (each["name"], str(each["type"]), each["nullable"], each["primary_key"])
                for each in side.get_columns(name)
            ]
            for side in (wanted, found)
        ]
        assert columns[0] == columns[1]
        assert wanted.get_foreign_keys(name) == found.get_foreign_keys(name)
        assert wanted.get_indexes(name) == found.get_indexes(name)
    assert set(found.get_table_names()) == {*tables.METADATA.tables, "alembic_version"}


def test_a_corrupt_database_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "casework.db").write_bytes(b"not a database, whatever its name says" * 40)
    with pytest.raises(StoreError) as caught:
        Store(tmp_path)
    assert "not a database" in caught.value.what
    assert "backup" in caught.value.remedy
    assert "\n" not in str(caught.value)


def test_a_database_of_a_newer_version_is_one_line_with_a_remedy(store: Store) -> None:
    store.close()
    with raw(store) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"9999.*version of casework that wrote it"):
        Store(store.path.parent)


def test_a_home_that_is_a_file_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(StoreError, match="CASEWORK_HOME"):
        Store(tmp_path / "home")


def test_a_read_only_database_still_reads_and_refuses_to_write(store: Store, make_case: Make) -> None:
    store.add_cases([make_case()])
    with store._database.writing() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="readonly") as caught:
        store.add_cases([make_case("C-2")])
    assert "may write" in caught.value.remedy
    assert store.case("C-1") == make_case()


def test_a_stored_case_that_was_tampered_with_does_not_read_as_a_case(store: Store, make_case: Make) -> None:
    store.add_cases([make_case()])
    with raw(store) as connection:
        connection.execute("""UPDATE cases SET body = '{"case_id": "C-1"}'""")
    with pytest.raises(StoreError, match="audit verify"):
        store.case("C-1")


def test_a_full_disk_loses_nothing_that_was_stored(tmp_path: Path, make_case: Make) -> None:
    script = (
        "import sys; from pathlib import Path; from agent.store import Store; from agent.case import Case\n"
        "from agent.errors import StoreError\n"
        "case = Case.model_validate_json(sys.argv[2]); store = Store(Path(sys.argv[1])); done = 0\n"
        "try:\n"
        "    for n in range(10_000):\n"
        "        store.add_cases([case.model_copy(update={'case_id': f'C-{n}', 'source': 'x' * 2000})]); done += 1\n"
        "except StoreError as error:\n"
        "    print(done, error, sep='|')\n"
    )

    def nearly_full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    Store(tmp_path / "home").close()
    command = [sys.executable, "-c", script, str(tmp_path / "home"), make_case().model_dump_json()]
    told = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=nearly_full).stdout
    done, line = told.strip().split("|")
    assert "casework.db" in line
    assert int(done) > 0
    store = Store(tmp_path / "home")
    assert len(store.queue()) == int(done)
    assert store.verify() == ()
