"""A review over PostgreSQL comes to what it comes to over DuckDB: the same facts, exhibits, notes and draft."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from engines import check_queries, check_tables
from postgres import carried_over

from agent.session import review_case
from agent.settings import Settings
from agent.store import Store
from tools.errors import WarehouseError
from tools.warehouse import Warehouse

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module", params=["TIMESTAMP", "TIMESTAMPTZ"])
def url(request: pytest.FixtureRequest, postgres: str, exchange: Path) -> str:
    """The exchange that all tests share, on the server, where it is another hour than here."""
    return carried_over(exchange / "world" / "warehouse.duckdb", postgres, request.param, clock=request.param)


@pytest.fixture
def both(exchange: Path, home: Path, url: str) -> Iterator[tuple[Store, Settings, Settings]]:
    with closing(Store(home)) as store:
        yield store, Settings(casework_home=home), Settings(casework_home=home, warehouse_url=url)


def test_every_query_comes_to_the_same(both: tuple[Store, Settings, Settings]) -> None:
    check_queries(*both, step=3)


def test_a_review_comes_to_the_same_draft(both: tuple[Store, Settings, Settings]) -> None:
    store, *settings = both
    case_id = store.queue()[0].case_id
    drafts = [review_case(store, each, case_id, with_model=False).draft for each in settings]
    assert drafts[0] == drafts[1]


def test_the_check_finds_every_table(url: str) -> None:
    check_tables(url)


def test_nothing_is_written_and_nothing_takes_longer_than_it_may(url: str) -> None:
    with closing(Warehouse.open(url)) as warehouse:
        with pytest.raises(WarehouseError, match="failed with ReadOnlySqlTransaction"):
            warehouse.query("DELETE FROM customers", {})
        began = time.monotonic()
        with pytest.raises(WarehouseError, match=r"took longer than 0.3 s"):
            warehouse.query("SELECT pg_sleep(20)", {}, limit_s=0.3)
        assert time.monotonic() - began < 5
        assert warehouse.query("SELECT 1 AS answer", {})[0]["answer"] == 1


def test_what_a_url_asks_of_its_session_holds_as_well(url: str, exchange: Path) -> None:
    separator = "&" if "?" in url else "?"
    with closing(Warehouse.open(f"{url}{separator}options=-csearch_path%3Dpg_catalog")) as warehouse:
        with pytest.raises(WarehouseError, match="failed with UndefinedTable"):
            warehouse.query("SELECT 1 FROM customers", {})
        shown = [warehouse.query(f"SHOW {name}", {})[0].values() for name in ("TimeZone", "transaction_read_only")]
    assert [list(each) for each in shown] == [["UTC"], ["on"]]


def test_a_database_that_knows_no_letters_is_refused(postgres: str, exchange: Path) -> None:
    other = carried_over(exchange / "world" / "warehouse.duckdb", postgres, "letterless", locale="C")
    with pytest.raises(WarehouseError, match="knows only the letters a to z; create its database in UTF-8"):
        Warehouse.open(other)


def test_a_server_that_is_gone_or_says_nothing_is_told_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.warehouse.TIME_LIMIT_S", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for at in (port, 1):
            began = time.monotonic()
            with pytest.raises(WarehouseError, match="refuses the login; check that it runs") as told:
                Warehouse.open(f"postgresql+psycopg://ada:secret@127.0.0.1:{at}/db")
            assert time.monotonic() - began < 10
            assert "secret" not in str(told.value)
