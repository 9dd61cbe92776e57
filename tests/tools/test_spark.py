"""What is asked of Spark, and that it reads the same words as DuckDB does."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from spark import carried_over

from tools.countries import listed_states
from tools.dialects import re2_for_java, translated
from tools.errors import WarehouseError
from tools.playbook import load_playbook
from tools.playbook.spelled import SPELLED
from tools.spark import literal
from tools.survey import mistyped
from tools.warehouse import Warehouse


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("O'Neill\\", "CAST(X'4f274e65696c6c5c' AS STRING)"),
        ("", "CAST(X'' AS STRING)"),
        (None, "NULL"),
        (True, "TRUE"),
        (7, "CAST(7 AS BIGINT)"),
        (0.1, "CAST(0.1 AS DOUBLE)"),
        (date(2026, 2, 1), "DATE '2026-02-01'"),
        (datetime(2026, 2, 1, 1, tzinfo=timezone(timedelta(hours=2))), "TIMESTAMP_NTZ '2026-01-31 23:00:00'"),
        (datetime(2026, 2, 1, 1, 0, 0, 5, tzinfo=UTC), "TIMESTAMP_NTZ '2026-02-01 01:00:00.000005'"),
    ],
)
def test_a_value_is_written_so_that_nothing_ends_it(value: Any, written: str) -> None:
    assert literal(value) == written


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1 << 63, b"x"])
def test_what_has_no_such_form_is_refused(value: Any) -> None:
    with pytest.raises(WarehouseError, match="cannot be asked for"):
        literal(value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT list_sort([2, 1])",
        "SELECT 'a' LIKE 'b'",
        "SELECT 7 // 2",
        "SELECT string_agg(customer_id) FROM customers",
    ],
)
def test_what_no_test_has_held_to_duckdb_is_refused(sql: str) -> None:
    with pytest.raises(WarehouseError, match=r"Spark is not known to answer '.*' as DuckDB does"):
        translated(sql, "hive")


def test_every_query_but_those_answered_here_is_of_known_words() -> None:
    for tool in load_playbook():
        for section in () if tool.run.here else (tool.run.main, *tool.run.drawings):
            assert translated(section.sql, "hive")


def test_a_pattern_is_written_in_java_words() -> None:
    assert re2_for_java(r"^a.$") == r"^a[^\n]\z"
    assert re2_for_java(r"[\s.$&\]]\s\S\.") == r"[\t\n\f\r .$\&\]][\t\n\f\r ][^\t\n\f\r ]\."
    once = translated(r"SELECT REGEXP_REPLACE(x, '(a)$', '\1$', 'i') FROM t", "hive")
    assert r"'(?i)\\A([\\x00-\\x{10FFFF}]*?)((a)\\z)', '$1$3\\$'" in once


@pytest.mark.parametrize(
    "url",
    [
        "hive+https://ada:secret@127.0.0.1/db",
        "hive://ada:secret@127.0.0.1/db?auth=KERBEROS",
        "hive://ada:secret@h:x/db",
    ],
)
def test_another_way_in_than_is_tested_is_refused(url: str) -> None:
    with pytest.raises(WarehouseError, match="the warehouse URL of scheme 'hive") as told:
        Warehouse.open(url)
    assert "secret" not in str(told.value)


def test_a_server_that_is_gone_or_says_nothing_is_told_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.spark.CALL_LIMIT_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for at in (silent.getsockname()[1], 1):
            began = time.monotonic()
            with pytest.raises(WarehouseError, match="refuses the login; check that it runs") as told:
                Warehouse.open(f"hive://ada:secret@127.0.0.1:{at}/db")
            assert time.monotonic() - began < 10
            assert "secret" not in str(told.value)


TEXTS = [
    "",
    " ",
    "\u00a0x\u3000",
    "x\n",
    "N/A\n",
    "İBRAHİM ΑΣ",
    "Straße ﬁ ŉ",
    "unknown",
    "0x0",
    "0X52908400098527886E0F7030069857D2E4169EE7",
    "BITCOIN:bc1qAB",
    "ethereum:pay-0xAB@1?value=1?x",
    "ann+x+y@gmail.com",
    "a+b@c+d@e",
    "Á.nn+x@GoogleMail.com",
    "+49 (0)170 1234567",
    "12, MAIN STREET\vFlat 3",
    "K\u20141O23 4567I",
    "１２３ＡＢ",
    "{8F3A-22BC}",
    "O'Neill\\",
    "deu",
    " D ",
    "confirmed_fraud ",
    "a\u2028b",
    "a\u0085b",
]


@pytest.mark.spark
def test_what_is_written_in_several_ways_is_one_on_both(opened: Any, spark: str, exchange: Any, tmp_path: Path) -> None:
    for text in TEXTS:
        exchange.add("devices", platform=text)
    here = opened()
    url = carried_over(exchange.folder / "warehouse.duckdb", spark, "texts", tmp_path)
    with closing(Warehouse.open(url)) as there:
        for name, spelled in SPELLED.items():
            bound = {"countries": listed_states()} if name == "COUNTRY_OF" else {}
            sql = f"SELECT platform, {spelled.replace('{cell}', 'platform')} AS one FROM devices ORDER BY device_id"
            ours, theirs = (each.query(sql, bound).values for each in (here, there))
            assert theirs == ours, name
        for sql in (
            "SELECT CAST(:x AS INTEGER) / 3 AS a, 2 / 3.0 AS b, AVG(k) AS c "
            "FROM (SELECT 1.0 AS k UNION ALL SELECT 0.0 UNION ALL SELECT 0.0) AS t",
            "SELECT DATE_DIFF('second', CAST('2026-01-01 00:00:00.9' AS TIMESTAMP), "
            "CAST('2026-01-01 00:00:01.1' AS TIMESTAMP)) AS n",
            "SELECT x FROM (SELECT CAST(:x AS INTEGER) AS x UNION ALL SELECT NULL UNION ALL SELECT 1) AS t "
            "ORDER BY x DESC",
            "SELECT GREATEST(MAX(x), NULL) AS g, 'a' || NULL AS n, MAX(x) IS DISTINCT FROM NULL AS d, MEDIAN(x) AS m "
            "FROM (SELECT 1 AS x UNION ALL SELECT 2) AS t",
        ):
            ours, theirs = (each.query(sql, {"x": 2} if ":x" in sql else {}).values for each in (here, there))
            assert theirs == ours, sql


@pytest.mark.spark
def test_rows_that_engines_could_read_otherwise_are_told_alike(
    exchange: Any, desk: Any, spark: str, tmp_path: Path
) -> None:
    exchange.rows["customers"][-1].update(
        full_name="İbrahim  Groß-Σ", email="A.b+x@gmail.com", phone="+49 (0)170 1234567"
    )
    exchange.customer("U2", full_name="GROẞ-σ, ibrahim", email="ab@GOOGLEMAIL.com", phone="0049\u00a0170/123-4567")
    exchange.customer("U3", full_name="B", email=None, phone=None, residence_address="home C1 1")
    for who, value in ((exchange.me, (1 << 63) + 0xFFFF00), ("U2", (1 << 63) + 0xFFFF07)):
        exchange.add(
            "kyc_submissions", customer_id=who, submitted_at=exchange.ago(days=3), image_hash=value, portrait_hash=value
        )
        exchange.login(exchange.ago(days=2, microseconds=700_000), "{8F3A-22BC}", who=who)
    exchange.login(exchange.ago(days=2), " 8f3a-22bc\u200b", who="U3", latitude=None)
    exchange.withdraw(exchange.ago(hours=3, microseconds=1), 9_000.0, chain_address="BITCOIN:bc1qxyz", device_id="new")
    exchange.withdraw(exchange.ago(hours=3), 1.0, who="U3", chain_address="bc1qXYZ?amount=1")
    exchange.add("chain_addresses", chain_address="bc1QXYZ", risk_score=0.3, category="Mixer\u00a0")
    for hours, usd in ((60.25, 9_000.0), (40.5, 1 / 3), (40.25, 1.0)):
        exchange.deposit(exchange.ago(hours=hours, microseconds=300_000), usd)
    exchange.add(
        "p2p_orders",
        buyer_id="C1",
        seller_id=None,
        at=exchange.ago(days=1),
        status="completed",
        lost_by=" ",
        payer_name_matches=None,
        dispute_opened_at=None,
    )
    exchange.add("earlier_cases", customer_id="U2", opened_at=exchange.ago(days=3), outcome="Confirmed_Fraud ")
    exchange.add(
        "support_messages", customer_id="C1", at=exchange.ago(days=1), direction="customer", body="was\nnot me"
    )
    exchange.add("watchlist", entry_id="W1", list="sanctions", full_name="Ibrahim Gross", aliases=None)
    there = desk()
    url = carried_over(exchange.folder / "warehouse.duckdb", spark, "rows", tmp_path)
    with closing(Warehouse.open(url)) as warehouse:
        for tool in load_playbook():
            ours, theirs = (
                tool.run(there.subject, replace(there.sources, warehouse=each), tool.arguments())
                for each in (there.sources.warehouse, warehouse)
            )
            assert theirs == ours, tool.name
        kinds = dict(warehouse.kinds["deposits"])
        for odd in ("STRING", "CHAR(12)", "DECIMAL(18,2)"):
            warehouse.kinds["deposits"] = kinds | {"amount_usd": odd, "method": odd}
            with pytest.raises(WarehouseError, match=r"column '.*' of table 'deposits' is .*; convert it in a view"):
                list(mistyped(warehouse, warehouse.catalogue.table("deposits"), kinds))
