import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from tools.errors import WarehouseError
from tools.warehouse import ROW_BYTES, ROW_LIMIT, Warehouse


@pytest.fixture
def warehouse(opened):
    return opened()


def _refusal(warehouse, sql, limit_s=5.0, **parameters):
    with pytest.raises(WarehouseError) as caught:
        warehouse.query(sql, parameters, limit_s)
    return str(caught.value)


def test_rows_are_named_and_lists_bind_as_members(warehouse):
    rows = warehouse.query(
        "SELECT customer_id, kyc_level + :more AS level FROM customers WHERE customer_id IN :names ORDER BY 1",
        {"names": ["C1", "Z9", "nobody"], "more": 1},
    )
    assert rows.columns == ("customer_id", "level")
    assert [dict(row) for row in rows] == [{"customer_id": "C1", "level": 3}, {"customer_id": "Z9", "level": 1}]
    assert rows[1:].values == (("Z9", 1),)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "COPY customers TO '/tmp/casework-copy.csv'",
        "EXPORT DATABASE '/tmp/casework-export'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH ':memory:' AS other; CREATE TABLE other.t AS SELECT 1",
        "SET threads = 4",
        "SET lock_configuration = false",
        "SET enable_external_access = true",
        "SET TimeZone = 'Asia/Tokyo'",
        "DELETE FROM customers",
        "UPDATE customers SET kyc_level = 2",
        "DROP TABLE customers",
    ],
)
def test_the_door_is_read_only_and_leads_nowhere_else(warehouse, sql):
    assert "the query failed with" in _refusal(warehouse, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT error(full_name) FROM customers",
        "SELECT CAST(full_name AS INTEGER) FROM customers",
        "SELECT CAST(:secret AS INTEGER) FROM customers",
        "SELECT full_name FROM customers WHERE nothing = :secret",
    ],
)
def test_errors_hold_no_value(exchange, opened, sql):
    exchange.rows["customers"][-1]["full_name"] = "Quillfeather"
    secret = {"secret": "Quillfeather"} if ":secret" in sql else {}
    assert "Quillfeather" not in _refusal(opened(), sql, **secret)


def test_time_rows_and_bytes_are_limited(warehouse):
    started = time.monotonic()
    assert "took longer than 0.3 s" in _refusal(
        warehouse, "SELECT COUNT(*) FROM range(1000000) a, range(1000000) b", 0.3
    )
    assert time.monotonic() - started < 3
    assert "10,000 rows" in _refusal(warehouse, f"SELECT * FROM range({ROW_LIMIT + 1})")
    assert "1,000,000 bytes" in _refusal(warehouse, f"SELECT repeat('x', {ROW_LIMIT * ROW_BYTES + 1})")
    assert len(warehouse.query(f"SELECT * FROM range({ROW_LIMIT})", {})) == ROW_LIMIT
    assert len(warehouse.query(f"SELECT * FROM range({ROW_LIMIT + 1})", {}, most=ROW_LIMIT + 1)) == ROW_LIMIT + 1


def test_it_answers_again_after_a_failure(warehouse):
    _refusal(warehouse, "SELECT 1 FROM nowhere")
    assert warehouse.query("SELECT 1 AS one", {})[0] == {"one": 1}


def test_several_threads_may_ask_at_once(warehouse):
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(
                lambda n: warehouse.query("SELECT :n AS n, COUNT(*) AS c FROM range(20000)", {"n": n})[0]["n"],
                range(40),
            )
        )
    assert found == list(range(40))
    assert threading.active_count() < 30


def test_a_missing_table_is_named(warehouse):
    assert _refusal(warehouse, "SELECT * FROM unicorns").startswith("the warehouse has no table 'unicorns'; run ")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("duckdb:////nowhere/at/all.duckdb", "there is no warehouse at '/nowhere/at/all.duckdb'"),
        (
            "mystery://user:secret@host/db",
            "queries cannot be translated for engine 'mystery'; choose one of duckdb:///PATH",
        ),
        (
            "trino://user:secret@host/db",
            "queries cannot be translated for engine 'trino'; choose one of duckdb:///PATH",
        ),
        ("no url at all", "the warehouse URL of scheme"),
        (f"sqlite:///{os.devnull}", "queries cannot be translated for engine 'sqlite'; choose one of"),
        ("postgresql+psycopg://user:a@b:secret@host/db", "the warehouse URL of scheme"),
    ],
)
def test_what_cannot_be_opened_says_why_and_hides_passwords(url, expected):
    with pytest.raises(WarehouseError) as caught:
        Warehouse.open(url)
    assert str(caught.value).startswith(expected)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"this is no database" * 1000])
def test_a_damaged_file_is_one_clear_error(tmp_path, content):
    path = tmp_path / "w.duckdb"
    path.write_bytes(content)
    with pytest.raises(WarehouseError, match="the warehouse file cannot be read; it is damaged"):
        Warehouse.open(f"duckdb:///{path}")


def test_a_truncated_file_is_one_clear_error(exchange, tmp_path):
    exchange.write()
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(WarehouseError):
        Warehouse.open(f"duckdb:///{path}").query("SELECT * FROM customers", {})


def test_a_writer_in_this_process_keeps_readers_out(exchange, tmp_path):
    url = exchange.write()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")), pytest.raises(WarehouseError, match="being written to"):
        Warehouse.open(url)


def test_require_names_the_missing_and_the_empty(exchange, opened):
    exchange.rows["deposits"].clear()
    warehouse = opened()
    warehouse.require("customers", "logins")
    with pytest.raises(WarehouseError, match="table 'deposits' of the warehouse is empty"):
        warehouse.require("customers", "deposits")
    with pytest.raises(WarehouseError, match="no table 'unicorns'"):
        warehouse.require("unicorns")


def test_a_table_that_is_rightly_empty_or_not_there_answers_as_empty(exchange, tmp_path):
    exchange.rows["earlier_cases"].clear()
    url, without = exchange.write(), frozenset({"earlier_cases", "p2p_orders", "face_index", "logins"})
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("DROP TABLE p2p_orders; DROP TABLE face_index")
    warehouse = Warehouse.open(url, without=without)
    empty = warehouse.require("customers", "earlier_cases", "face_index", "logins", "p2p_orders")
    assert empty == ("earlier_cases", "face_index", "p2p_orders"), "what has rows is asked all the same"
    with_more = "WITH o AS (SELECT amount_usd FROM p2p_orders) SELECT COUNT(*) AS n, SUM(amount_usd) AS usd FROM o"
    assert warehouse.query(with_more, {})[0] == {"n": 0, "usd": None}
    assert warehouse.query("SELECT COUNT(*) AS n FROM face_index JOIN logins ON TRUE", {})[0] == {"n": 0}
    warehouse.close()


@pytest.mark.parametrize("name", ["unicorns", "customers"])
def test_no_exchange_is_without_customers_or_what_nobody_knows(exchange, name):
    with pytest.raises(WarehouseError, match=rf"no exchange is without a table '{name}'; correct WAREHOUSE_WITHOUT"):
        Warehouse.open(exchange.write(), without=frozenset({name}))


ELSEWHERE = """
import sys
from tools.warehouse import Warehouse
warehouse = Warehouse.open(sys.argv[1])
for _ in range(2):
    with warehouse.engine.connect(), warehouse.engine.connect():
        print(dict(warehouse.query("SELECT CAST(t AS VARCHAR) AS t, t = :at AS same, t AS told FROM zoned",
            {"at": __import__("datetime").datetime(2026, 1, 1)})[0]))
"""


def test_times_with_a_zone_are_read_in_utc_wherever_that_is(exchange, tmp_path):
    url = exchange.write()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("CREATE TABLE zoned AS SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00' AS t")
    told = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, url],
        env={**os.environ, "TZ": "Asia/Tokyo", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    same = "{'t': '2026-01-01 00:00:00+00', 'same': True, 'told': datetime.datetime(2026, 1, 1, 0, 0)}"
    assert told.splitlines() == [same] * 2


def test_an_engine_without_a_dialect_is_refused(warehouse, monkeypatch):
    monkeypatch.setattr(warehouse.engine.dialect, "name", "firebird")
    assert "cannot be translated for engine 'firebird'" in _refusal(warehouse, "SELECT 1")
