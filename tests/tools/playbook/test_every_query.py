"""What holds of every query: rows that lack a cell, words that nobody knows, amounts, tables."""

import dataclasses
import math
import re
from contextlib import closing
from datetime import timedelta

import duckdb
import pytest
from query_words import words_compared

from tools.call import call_tool
from tools.catalogue import load_catalogue
from tools.errors import ToolError, WarehouseError
from tools.evidence import Unavailable
from tools.playbook import FOLDER, load_playbook
from tools.playbook.columns import columns_read
from tools.registry import all_tools
from tools.warehouse import Warehouse
from tools.words import REMEDY, REMEDY_OF_NUMBERS

LACKING = [
    ("velocity", "deposits", "at"),
    ("exposure", "deposits", "amount_usd"),
    ("in_out_latency", "withdrawals", "at"),
    ("structuring", "deposits", "amount_usd"),
    ("dormant_burst", "p2p_orders", "at"),
    ("new_device_withdrawal", "account_events", "kind"),
    ("geo_velocity", "logins", "success"),
    ("shared_portraits", "kyc_submissions", "submitted_at"),
    ("p2p_disputes", "p2p_orders", "status"),
    ("support_messages", "support_messages", "direction"),
    ("earlier_cases", "earlier_cases", "outcome"),
]


@pytest.mark.parametrize(("stem", "table", "column"), LACKING)
def test_a_row_that_lacks_what_is_needed_is_a_failed_load(exchange, ask, stem, table, column):
    owner = {"buyer_id": "C1"} if table == "p2p_orders" else {"customer_id": "C1"}
    clock = load_catalogue().table(table).clock
    exchange.add(table, **({clock: exchange.ago(days=-1), column: None} | owner))
    if column != clock:
        ask(stem)  # what comes after the flag changes nothing
    exchange.add(table, **({clock: exchange.ago(days=1), column: None} | owner))
    with pytest.raises(WarehouseError, match=f"table '{table}' lacks a cell"):
        ask(stem)
    if column in ("kind", "status", "outcome"):
        exchange.rows[table][-1][column] = " "
        with pytest.raises(WarehouseError, match="lacks a cell"):
            ask(stem)


def test_a_cell_is_needed_only_by_a_query_that_reads_it(exchange, ask):
    exchange.add("p2p_orders", buyer_id="C1", at=exchange.ago(days=20), status=None)
    assert ask("dormant_burst").facts["activity.dormant_days"] == 352
    with pytest.raises(WarehouseError, match="table 'p2p_orders' lacks a cell that is needed: 'status'"):
        ask("p2p_disputes")


CODED = [
    (tool.name.removeprefix("sql."), table, column.name, f"{table}.{column.name}" in tool.run.strange)
    for tool in load_playbook()
    for table, read in columns_read(tool.run.main.sql, load_catalogue()).items()
    for column in load_catalogue().table(table).coded
    if column.name in read
]


@pytest.mark.parametrize(("stem", "table", "column", "apart"), CODED)
def test_a_word_that_nobody_knows_is_no_answer(exchange, ask, stem, table, column, apart):
    entry = load_catalogue().table(table)
    owner = {"p2p_orders": {"seller_id": "C1"}, "chain_addresses": {}, "watchlist": {}}
    row = {entry.clock: exchange.ago(days=1)} if entry.clock else {}
    row |= owner.get(table, {"customer_id": "C1"})
    exchange.add("watchlist")
    for word in (entry.column(column).codes[-1], "STORNO"):
        if table == "customers":
            exchange.rows[table][-1][column] = word
        else:
            exchange.add(table, **(row | {column: word}))
        if apart or word != "STORNO":
            ask(stem)
    if not apart:
        with pytest.raises(WarehouseError) as caught:
            ask(stem)
        assert f"column '{column}' of table '{table}' holds 'STORNO', which no query knows" in str(caught.value)
    if entry.clock and table != "customers":
        exchange.rows[table][-1][entry.clock] = exchange.ago(days=-1)
        ask(stem)  # what comes after the flag changes nothing


def test_what_a_query_tells_apart_it_compares():
    for tool in load_playbook():
        sql = (FOLDER / f"{tool.name.removeprefix('sql.')}.sql").read_text()
        compared = {f"{table}.{column}" for table, column, _ in words_compared(tool.run.main.sql, load_catalogue())}
        for each in tool.run.strange - compared:
            column = each.partition(".")[2]
            assert re.search(rf"COUNTRY_OF\(\w*\.?{column}\)|{column} BETWEEN", sql), (tool.name, each)


def test_the_message_about_strange_words_is_short_and_shows_codes_alone(exchange, desk):
    for number, status in enumerate(("A" * 24, "B" * 24, "Anna Example", "C" * 24, "D" * 24)):
        exchange.withdraw(exchange.ago(days=number + 1), 1.0, status=status)
    there = desk()
    tool = all_tools()["sql.velocity"]
    found = call_tool(tool, "E1", there.subject, there.sources)
    assert isinstance(found, Unavailable)
    assert found.fault == "ours"
    assert "'AAAAAAAAAAAAAAAAAAAAAAAA', what is no code, 'BBBBBBBBBBBBBBBBBBBBBBBB', which" in found.reason
    assert found.reason.endswith("; " + REMEDY), "the reason is not cut"


def test_what_others_lack_keeps_nobody_waiting(exchange, ask):
    exchange.deposit(exchange.ago(days=1), None, who="other")
    exchange.withdraw(exchange.ago(days=1), 5.0, who="other", status="STORNO")
    assert ask("exposure").facts["exposure.balance_usd"] == 0.0


def test_a_subject_that_is_not_in_the_warehouse_is_not_innocent(exchange, ask):
    exchange.rows["customers"] = [row for row in exchange.rows["customers"] if row["customer_id"] != "C1"]
    with pytest.raises(ToolError, match="no account in the warehouse"):
        ask("velocity")


def test_an_empty_table_is_not_innocence(exchange, ask):
    exchange.rows["withdrawals"].clear()
    with pytest.raises(WarehouseError, match="'withdrawals' of the warehouse is empty"):
        ask("velocity")


def test_the_flag_of_a_minute_ago_is_not_yet_history(exchange, ask):
    exchange.deposit(exchange.now, 5.0)
    exchange.deposit(exchange.now + timedelta(seconds=1), 7.0)
    assert ask("velocity").facts["activity.deposited_usd_24h"] == 5.0


def test_an_amount_that_is_no_number_is_a_failed_load(exchange, ask):
    exchange.deposit(exchange.ago(days=1), math.nan)
    with pytest.raises(WarehouseError, match="'deposits' lacks a cell"):
        ask("structuring")


@pytest.mark.parametrize("usd", [-5.0, float("inf"), 1e308])
@pytest.mark.parametrize(
    "stem", ["exposure", "velocity", "in_out_latency", "new_device_withdrawal", "counterparty_risk"]
)
def test_an_amount_out_of_range_is_no_amount(exchange, ask, stem, usd):
    exchange.withdraw(exchange.ago(days=1), usd, who="other")
    ask(stem)
    exchange.withdraw(exchange.ago(days=1), usd)
    with pytest.raises(WarehouseError) as caught:
        ask(stem)
    told = "column 'amount_usd' of table 'withdrawals' holds what is not a number from 0 to 1e+12"
    assert str(caught.value) == f"{told}; {REMEDY_OF_NUMBERS}"


OWNED = [
    (tool.name.removeprefix("sql."), table.name, table.key)
    for tool in load_playbook()
    for table in load_catalogue().tables
    if table.name in tool.run.main.tables and table.owners
]


@pytest.mark.parametrize(("stem", "table", "key"), OWNED)
def test_what_a_customer_has_twice_is_not_counted_twice(exchange, ask, stem, table, key):
    exchange.add("watchlist")
    clock = load_catalogue().table(table).clock
    row = ({clock: exchange.ago(days=1)} if clock else {}) | dict.fromkeys(load_catalogue().table(table).owners, "C1")
    exchange.add(table, **(row | {"customer_id": "other"} if "customer_id" in row else {"buyer_id": "other"}))
    exchange.rows[table].append(exchange.rows[table][-1])
    ask(stem)
    if table != "customers":
        exchange.add(table, **row)
    else:
        exchange.rows[table][:] = [each for each in exchange.rows[table] if each["customer_id"] == "C1"]
    exchange.rows[table].append(exchange.rows[table][-1])
    with pytest.raises(WarehouseError, match=f"table '{table}' has more than one row of one '{key}' of this customer"):
        ask(stem)


def _altered(exchange, desk, stem, *statements, without=frozenset()):
    """What a query tells of the exchange after its file was altered."""
    there = desk()
    there.sources.warehouse.close()
    with duckdb.connect(str(exchange.folder / "warehouse.duckdb")) as connection:
        for each in statements:
            connection.execute(each)
    with closing(Warehouse.open(there.sources.warehouse.url, without=without)) as warehouse:
        sources = dataclasses.replace(there.sources, warehouse=warehouse)
        return call_tool(all_tools()[f"sql.{stem}"], "E1", there.subject, sources)


@pytest.mark.parametrize(
    ("table", "column", "cell", "stem"),
    [
        ("customers", "kyc_level", "'2'", "account_age"),
        ("customers", "kyc_level", "'basic'", "account_age"),
        ("deposits", "amount_usd", "'9,000.00'", "exposure"),
    ],
)
def test_a_column_of_a_wrong_type_is_to_blame_and_no_tool(exchange, desk, table, column, cell, stem):
    exchange.deposit(exchange.ago(days=1), 5.0)
    retyped = f'ALTER TABLE "{table}" ALTER {column} TYPE VARCHAR', f'UPDATE "{table}" SET {column} = {cell}'
    told = _altered(exchange, desk, stem, *retyped)
    kind = load_catalogue().table(table).column(column).type
    assert isinstance(told, Unavailable)
    assert told.reason.startswith(f"column '{column}' of table '{table}' is VARCHAR, not {kind}"), told.reason


def test_days_in_the_place_of_times_are_told(exchange, desk):
    exchange.deposit(exchange.ago(hours=5), 100.0)
    exchange.withdraw(exchange.ago(hours=3), 100.0)
    days = [f'ALTER TABLE {table} ALTER "at" TYPE DATE' for table in ("deposits", "withdrawals", "logins")]
    told = _altered(exchange, desk, "in_out_latency", *days)
    lost = "is DATE, not TIMESTAMP; hours are lost, and what is told by the hour is not"
    assert told.notes == tuple(f"column 'at' of table '{table}' {lost}" for table in ("deposits", "withdrawals"))


def test_an_exchange_without_a_table_is_asked_all_the_same(exchange, desk):
    exchange.rows["earlier_cases"].clear()
    exchange.login(exchange.ago(days=1))
    gone, without = "DROP TABLE p2p_orders", frozenset({"p2p_orders", "earlier_cases"})
    burst = _altered(exchange, desk, "dormant_burst", gone, without=without)
    assert burst.provenance.source == "warehouse: customers, deposits, withdrawals; rightly empty: p2p_orders"
    assert burst.facts[0].value == 365
    devices = _altered(exchange, desk, "shared_devices", gone, without=without)
    assert {fact.name: fact.value for fact in devices.facts}["device.confirmed_fraud_sharing"] == 0
    timeline = _altered(exchange, desk, "account_age", gone, without=without).exhibits
    assert "first login" in timeline[0].content
    assert isinstance(_altered(exchange, desk, "dormant_burst", gone), Unavailable)
