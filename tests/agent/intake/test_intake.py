"""A file of cases gives cases or faults, and the warehouse says whose customers it knows."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.errors import AgentError, WarehouseError
from agent.intake import Intake, read_cases, strangers
from tools.warehouse import Warehouse

NOW = datetime(2026, 11, 2, tzinfo=UTC)
LINE = (
    b'{"case_id": "A-%d", "type": "p2p", "customer_id": "U%d", "flagged_at": "2026-11-01T08:00:00Z", "flags": ["x"]}\n'
)
Reading = Callable[[bytes], Intake]


@given(
    some.binary()
    | some.lists(some.sampled_from([LINE % (1, 1), LINE % (2, 2), b"[", b"{}", b"\n", b"]"])).map(b"".join)
)
def test_any_bytes_give_cases_or_a_clear_error(content: bytes) -> None:
    if not content.strip(b" \t\r\n"):
        return
    intake = read_cases(content, Path("/nowhere"), NOW)
    assert len(intake.cases) + len({fault.entry for fault in intake.faults}) == intake.entries
    assert intake.cases.keys() == intake.read.keys()


@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf"])
def test_nothing_at_all_is_an_error(content: bytes) -> None:
    with pytest.raises(AgentError, match=r"write \[\]"):
        read_cases(content, Path(), NOW)


def test_progress_is_told_by_lines() -> None:
    told = list[tuple[int, int]]()
    read_cases(LINE % (1, 1) + LINE % (2, 2), Path(), NOW, lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3)]


@pytest.fixture
def customers(tmp_path: Path) -> Iterator[Warehouse]:
    """A warehouse that knows U0 to U1999, all but U7 for long."""
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE customers AS SELECT 'U' || i AS customer_id, "
            "CASE WHEN i = 7 THEN TIMESTAMP '2026-11-01 09:00' ELSE TIMESTAMP '2024-01-01' END AS created_at "
            "FROM range(2000) AS t(i)"
        )
    with closing(Warehouse.open(f"duckdb:///{tmp_path / 'w.duckdb'}")) as warehouse:
        yield warehouse


def test_customers_are_asked_for_many_at_a_time(customers: Warehouse) -> None:
    intake = read_cases(b"".join(LINE % (n, n) for n in range(2001)), Path(), NOW)
    told = list[tuple[int, int]]()
    found = [(each.line, each.what) for each in strangers(intake, customers, lambda *done: told.append(done))]
    assert found == [
        (8, "has no account in the warehouse at flagged_at"),
        (2001, "is not in the table customers of the warehouse"),
    ]
    assert told == [(1000, 2001), (2000, 2001), (2001, 2001)]


def test_a_warehouse_without_customers_is_a_failed_load(customers: Warehouse, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "bare.duckdb")) as connection:
        connection.execute("CREATE TABLE customers (customer_id VARCHAR, created_at TIMESTAMP)")
    with (
        closing(Warehouse.open(f"duckdb:///{tmp_path / 'bare.duckdb'}")) as warehouse,
        pytest.raises(WarehouseError, match="empty"),
    ):
        list(strangers(read_cases(LINE % (1, 1), Path(), NOW), warehouse))
