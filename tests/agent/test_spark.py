"""A review over Spark SQL comes to what it comes to over DuckDB: the same facts, exhibits, notes and draft."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from engines import check_queries, check_tables
from spark import carried_over

from agent.session import review_case
from agent.settings import Settings
from agent.store import Store
from tools.errors import WarehouseError
from tools.evidence import Unavailable
from tools.face import NEIGHBOURS
from tools.warehouse import Warehouse

pytestmark = pytest.mark.spark
PATIENT = {"tool_timeout_s": 300.0, "case_timeout_s": 3000.0}


@pytest.fixture(scope="module", params=["TIMESTAMP", "TIMESTAMPTZ"])
def url(request: pytest.FixtureRequest, spark: str, exchange: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The exchange that all tests share, on the server, where it is another hour than here."""
    folder = tmp_path_factory.mktemp(request.param)
    name = f"exchange_{request.param.lower()}"
    return carried_over(exchange / "world" / "warehouse.duckdb", spark, name, folder, clock=request.param)


@pytest.fixture
def both(exchange: Path, home: Path, url: str) -> Iterator[tuple[Store, Settings, Settings]]:
    with closing(Store(home)) as store:
        yield store, Settings(casework_home=home), Settings(casework_home=home, warehouse_url=url, **PATIENT)


def test_every_query_comes_to_the_same(both: tuple[Store, Settings, Settings]) -> None:
    check_queries(*both, step=5, limit_s=300)


def test_a_review_comes_to_the_same_draft(both: tuple[Store, Settings, Settings]) -> None:
    store, *settings = both
    case_id = store.queue()[0].case_id
    files = [review_case(store, each, case_id, with_model=False) for each in settings]
    assert files[0].draft == files[1].draft
    missing = [[each.tool for each in file.ledger.entries if isinstance(each, Unavailable)] for file in files]
    assert missing[0] == missing[1]


def test_the_check_finds_every_table(url: str) -> None:
    check_tables(url)


def test_nothing_is_written_and_nothing_takes_longer_than_it_may(url: str) -> None:
    with closing(Warehouse.open(url)) as warehouse:
        with pytest.raises(WarehouseError, match="only a SELECT can be asked of Spark"):
            warehouse.query("DELETE FROM customers", {})
        began = time.monotonic()
        # Not more of them: what Spark compiled to a loop goes on to its end, and this server has one core.
        with pytest.raises(WarehouseError, match=r"took longer than 0.01 s"):
            warehouse.query("SELECT COUNT(*) AS n FROM logins AS a, logins AS b, devices AS c", {}, limit_s=0.01)
        assert time.monotonic() - began < 15
        assert warehouse.query("SELECT 1 AS answer", {})[0]["answer"] == 1


def test_what_fails_is_named_and_holds_no_value(url: str) -> None:
    with closing(Warehouse.open(url)) as warehouse:
        with pytest.raises(WarehouseError, match="the warehouse has no table 'unicorns'"):
            warehouse.query("SELECT 1 FROM unicorns", {})
        with pytest.raises(WarehouseError, match="failed with CAST_INVALID_INPUT") as told_of:
            warehouse.query("SELECT CAST(:secret AS INTEGER) AS n", {"secret": "Quillfeather"})
        assert "Quillfeather" not in str(told_of.value)
        with pytest.raises(WarehouseError, match="Spark is not known to answer 'ARRAY_COSINE_SIMILARITY'"):
            warehouse.query(
                NEIGHBOURS.format(length=2), {"vector": "[1, 0]", "customer_id": "C", "as_of": "2026-01-01"}
            )
        with pytest.raises(WarehouseError, match="more than 10,000 rows"):
            warehouse.query("SELECT a.login_id FROM logins AS a, logins AS b LIMIT 10001", {})


HOSTILE = [
    "x' OR '1'='1",
    "'",
    "''",
    "\\",
    "\\'",
    "\\\\' OR 1=1 -- ",
    "a\nb\r\t",
    "%",
    "%s %(a)s %%",
    ":name",
    "`",
    '"',
    ";",
    "\0",
    "${spark.app.name}",
    "{{",
    "Zoë 李 👩\u200d🚀",
    "\u2019",
    "\\u0027",
    "\\047",
    "' UNION SELECT full_name FROM customers -- ",
    "",
]


def test_no_text_ends_what_it_stands_in(url: str) -> None:
    with closing(Warehouse.open(url)) as warehouse:
        known = warehouse.query("SELECT MIN(customer_id) AS id, COUNT(*) AS n FROM customers", {})[0]
        marks = ", ".join(f"CAST(:t{place} AS VARCHAR) AS t{place}" for place in range(len(HOSTILE)))
        given = {f"t{place}": text for place, text in enumerate(HOSTILE)}
        assert list(warehouse.query(f"SELECT {marks}", given)[0].values()) == HOSTILE
        one = "SELECT COUNT(*) AS n FROM customers WHERE customer_id = :id"
        assert [warehouse.query(one, {"id": text})[0]["n"] for text in HOSTILE[:8]] == [0] * 8
        among = "SELECT COUNT(*) AS n FROM customers WHERE customer_id IN :ids"
        assert warehouse.query(among, {"ids": HOSTILE})[0]["n"] == 0
        assert warehouse.query(among, {"ids": [*HOSTILE, known["id"]]})[0]["n"] == 1
        assert warehouse.query("SELECT COUNT(*) AS n FROM customers", {})[0]["n"] == known["n"]
