"""Whatever is altered in the database is found, unless it cannot matter; what nobody altered holds."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Text

from agent.audit import Head, grown, head
from agent.case import Case, Disposition
from agent.errors import StoreError, UnknownCase
from agent.review.record import Wish, decide, defer
from agent.runner import Reopening, review
from agent.store import Store
from agent.store.tables import METADATA

Casework = Callable[..., tuple[int, str, str]]
Alter = Callable[..., Store]

COLUMNS = [(table.name, column.name) for table in METADATA.sorted_tables for column in table.columns]
HARMLESS = {
    ("audit", "key"): "it only tells whether a step was already recorded; what was recorded, by whom and when is hashed"
}
"""The columns that may be altered unseen, and why that changes nothing of what was recorded."""
SWAP = ((1, 9), (2, 1), (9, 2))
NUMBER = ("99", "2.5", "'x'")
WORD = (
    "''",
    "'banana'",
    "'{'",
    "'[]'",
    "'null'",
    "'{\"n\": [1]}'",
    "x'ff'",
    "CAST(x'ff' AS TEXT)",
    "'" + "[" * 99_999 + "'",
)


def decided(tiny: Any, *by: tuple[str, Disposition]) -> None:
    for reviewer, disposition in by:
        wish = Wish(reviewer, "inconclusive", "MANY", disposition, cited=("E1",))
        decide(tiny.store, tiny.settings, "C-1", wish)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shelf")


@pytest.fixture
def worked(shelf: Path, make_case: Callable[..., Case], request: pytest.FixtureRequest) -> Store:
    """Cases that went every way: disputed, reviewed again, settled, reopened; drafted and replaced; put aside; left.
    It is made once, and nobody may write to it."""
    if not (shelf / "casework.db").exists():
        tiny = request.getfixturevalue("tiny")
        _work(tiny, make_case)
        tiny.store.close()
        shutil.copy(tiny.store.path, shelf)
    return Store(shelf)


def _work(tiny: Any, make_case: Callable[..., Case]) -> None:
    drafted, aside, left = (make_case(f"C-{number}") for number in (2, 3, 4))
    tiny.store.add_cases([drafted, aside, left])
    tiny.answers["one"] = 5
    review(tiny.desk(), tiny.case)
    decided(tiny, ("ada", "escalate"), ("bo", "approve"))
    review(tiny.desk(), tiny.case)
    decided(tiny, ("ada", "escalate"), ("bo", "escalate"))
    review(tiny.desk(), tiny.case, reopen=Reopening("cy", "the customer wrote"))
    review(tiny.desk(), drafted)
    review(tiny.desk(), aside)
    tiny.store.add_cases([make_case("C-2", exposure_usd=9.0)])
    defer(tiny.store, "C-3", "ada")


@pytest.fixture
def alter(worked: Store, tmp_path: Path) -> Alter:
    """Makes a copy of the worked store in which SQL was run that its triggers would refuse."""

    def altered(*statements: str) -> Store:
        path = Path(shutil.copy(worked.path, tmp_path))
        with sqlite3.connect(path) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
        return Store(tmp_path)

    return altered


def told(store: Store) -> set[tuple[str, str]]:
    return {(each.case_id, each.what) for each in store.verify()}


def test_what_nobody_altered_holds(worked: Store) -> None:
    assert worked.verify() == ()
    assert worked.case_ids() == ("C-1", "C-2", "C-3", "C-4")
    assert [worked.status(each) for each in worked.case_ids()] == ["drafted", "open", "deferred", "open"]
    assert worked.attempts("C-1") == 3
    with pytest.raises(UnknownCase, match="C-1"):
        worked.verify("C-9")


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_every_column_is_held_unless_it_cannot_matter(alter: Alter, table: str, column: str) -> None:
    values = WORD if isinstance(METADATA.tables[table].c[column].type, Text) else NUMBER
    last = f"rowid = (SELECT max(rowid) FROM {table})"
    found = [alter(f"UPDATE {table} SET {column} = {value} WHERE {last}").verify() != () for value in values]
    assert found == [(table, column) not in HARMLESS] * len(values)


def test_wall_times_are_all_that_no_hash_covers(alter: Alter) -> None:
    """They differ whenever a step is taken again, and nothing is decided by them."""
    slower = "UPDATE files SET body = json_set(body, '$.timings_ms.gather', 1.5) WHERE case_id = 'C-1'"
    assert alter(slower).verify() == ()
    assert alter(slower.replace("timings_ms.gather", "model")).verify() != ()


@pytest.mark.parametrize("table", METADATA.tables)
@pytest.mark.parametrize("which", ["min", "max"])
def test_a_deleted_row_is_found(alter: Alter, table: str, which: str) -> None:
    assert alter(f"DELETE FROM {table} WHERE rowid = (SELECT {which}(rowid) FROM {table})").verify() != ()


@pytest.mark.parametrize(
    ("statements", "case_id", "what"),
    [
        (["UPDATE cases SET exposure_usd = 0"], "C-4", "cases, row 1: exposure_usd differs from its body"),
        (["UPDATE cases SET flags = '[]'"], "C-1", "cases, row 1: flags differs from its body"),
        (
            ["UPDATE cases SET status = 'closed'"],
            "C-3",
            "the case stands at 'closed', which its last entries do not say",
        ),
        (["UPDATE cases SET body = '{'"], "C-4", "cases, row 1: its body cannot be read"),
        (["DELETE FROM cases WHERE case_id = 'C-1'"], "C-1", "its row in cases is gone"),
        (
            ["UPDATE cases SET case_id = 'C-9' WHERE case_id = 'C-1'"],
            "C-9",
            "cases, row 1: case_id differs from its body",
        ),
        (
            [
                "UPDATE cases SET body = (SELECT json_extract(body, '$.case') FROM files WHERE case_id = 'C-2'), "
                "exposure_usd = 1200 WHERE case_id = 'C-2'"
            ],
            "C-2",
            "the case is not the one that was added last, or was changed",
        ),
        (["UPDATE files SET disposition = 'approve'"], "C-3", "files, row 1: disposition differs from its body"),
        (["UPDATE files SET body = '{'"], "C-3", "files, row 1: its body cannot be read"),
        (
            [f"UPDATE files SET attempt = {new} WHERE case_id = 'C-1' AND attempt = {old}" for old, new in SWAP],
            "C-1",
            "files, row 1: attempt differs from its body",
        ),
        (
            [f"UPDATE reviews SET sequence = {new} WHERE sequence = {old}" for old, new in SWAP],
            "C-1",
            "the review it speaks of is gone, changed or out of order",
        ),
        (
            ["INSERT INTO reviews SELECT case_id, 5, sha256, body FROM reviews WHERE sequence = 1"],
            "C-1",
            "no entry speaks of review 5",
        ),
        (["UPDATE audit SET content = '{' WHERE sequence = 1"], "C-4", "was changed after it was written"),
        (["UPDATE audit SET sequence = 'x' WHERE sequence = 1"], "C-4", "audit, row 1: it cannot be read"),
        (
            ["UPDATE texts SET body = replace(body, '3.0', '4.0') WHERE name = 'policy'"],
            "C-3",
            "files, row 1: the policy it was made with is gone or changed",
        ),
        (
            ["UPDATE texts SET body = body || ' ' WHERE name = 'word'"],
            "C-3",
            "files, row 1: the word it was made with is gone or changed",
        ),
    ],
)
def test_what_was_altered_is_named(alter: Alter, statements: list[str], case_id: str, what: str) -> None:
    store = alter(*statements)
    assert (case_id, what) in told(store)
    assert what in {each.what for each in store.verify(case_id)}


@pytest.mark.parametrize(
    ("statement", "asked"),
    [
        ("UPDATE cases SET flags = '['", lambda store: store.queue()),
        (f"UPDATE cases SET flags = '{'[' * 99_999}'", lambda store: store.queue()),
        ("UPDATE cases SET due_at = 'banana'", lambda store: store.queue()),
        ("UPDATE cases SET status = 'banana'", lambda store: store.row("C-1")),
        ("UPDATE cases SET body = CAST(x'ff' AS TEXT)", lambda store: store.case("C-1")),
        ("UPDATE files SET body = '{'", lambda store: store.latest_file("C-1")),
        ("UPDATE reviews SET body = '[]'", lambda store: store.reviews("C-1")),
        ("UPDATE audit SET sequence = 'x' WHERE sequence = 1", lambda store: store.audit("C-1")),
        ("UPDATE audit SET sequence = 'x' WHERE sequence = 1", lambda store: defer(store, "C-1", "ada")),
    ],
)
def test_a_row_that_does_not_read_says_where_to_look(
    alter: Alter, statement: str, asked: Callable[[Store], Any]
) -> None:
    store = alter(statement)
    with pytest.raises(StoreError, match="cannot be read; run `casework audit verify`"):
        asked(store)


def test_a_trigger_that_is_gone_or_refuses_nothing_is_named(worked: Store, tmp_path: Path) -> None:
    assert worked.unguarded() == ()
    path = Path(shutil.copy(worked.path, tmp_path))
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER reviews_no_delete")
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT 1; END")
    assert Store(tmp_path).unguarded() == ("audit_no_update", "reviews_no_delete")


def test_a_chain_only_grows(worked: Store) -> None:
    chains = worked.chains()
    heads = {case_id: head(chain) for case_id, chain in chains.items()}
    assert heads["C-1"] == Head(entries=len(worked.audit("C-1")), sha256=worked.audit("C-1")[-1].sha256)
    assert worked.chains("C-1") == {"C-1": chains["C-1"]}
    assert grown(heads, chains) == ()
    assert grown({"C-1": head(chains["C-1"][:2])}, chains) == ()
    cut = {**chains, "C-1": chains["C-1"][:-1]}
    [found] = grown(heads, cut)
    assert (found.case_id, found.what) == (
        "C-1",
        f"its chain had {len(chains['C-1'])} entries and now has {len(cut['C-1'])}",
    )
    rebuilt = {**chains, "C-1": ("0" * 64,) * 20}
    assert [each.what for each in grown(heads, rebuilt)] == [
        f"its chain is not the one that had {len(chains['C-1'])} entries"
    ]
    assert [each.case_id for each in grown(heads, {})] == list(heads)


def test_the_command_counts_every_case_that_is_spoken_of(casework: Casework, home: Path) -> None:
    with sqlite3.connect(home / "casework.db") as connection:
        gone, changed = (id for (id,) in connection.execute("SELECT case_id FROM cases ORDER BY case_id LIMIT 2"))
        connection.execute("DELETE FROM cases WHERE case_id = ?", [gone])
        connection.execute("UPDATE cases SET flags = '[' WHERE case_id = ?", [changed])
    code, out, _ = casework("audit", "verify")
    assert (code, out.splitlines()) == (
        1,
        [
            f"{gone}: its row in cases is gone",
            f"{changed}: cases, row 1: flags differs from its body",
            f"8 cases, 2 breaks in {home / 'casework.db'}",
            "attachments were not checked: use --attachments",
        ],
    )
    code, out, err = casework("queue")
    assert (code, out) == (2, "")
    assert f"a stored row of case {changed!r} cannot be read; run `casework audit verify`" in err
