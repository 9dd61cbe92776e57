import math
from contextlib import closing

import duckdb
import pytest

from tools.catalogue import load_catalogue
from tools.survey import survey
from tools.warehouse import Warehouse


@pytest.fixture
def problems(opened):
    """What is wrong with the exchange as it stands, by table."""
    return lambda: {report.name: report.problems for report in survey(opened()) if report.problems}


def test_every_table_is_reported(exchange, tmp_path):
    exchange.deposit(exchange.ago(days=1), 10.0)
    exchange.rows["logins"].clear()
    url = exchange.write()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("DROP TABLE devices")
        connection.execute("ALTER TABLE deposits ALTER amount_usd TYPE VARCHAR")
        connection.execute('ALTER TABLE withdrawals ALTER "at" TYPE DATE')
        connection.execute('ALTER TABLE account_events ALTER "at" TYPE TIMESTAMPTZ')
        connection.execute("ALTER TABLE earlier_cases DROP COLUMN outcome")
    warehouse = Warehouse.open(url)
    reports = {report.name: report for report in survey(warehouse)}
    warehouse.close()
    assert list(reports) == [table.name for table in load_catalogue().tables]
    assert reports["deposits"].rows == 2
    assert reports["deposits"].newest.startswith("2026-05-31 12:00")
    assert {name: report.problems for name, report in reports.items() if report.problems} == {
        "devices": ("missing",),
        "logins": ("empty",),
        "deposits": ("column 'amount_usd' is VARCHAR, not DOUBLE",),
        "withdrawals": ("column 'at' is DATE, not TIMESTAMP",),
        "earlier_cases": ("column 'outcome' is missing",),
        "watchlist": ("empty",),
    }


@pytest.mark.parametrize(
    ("kind", "told"), [("FLOAT[512]", ()), ("FLOAT[]", ("'embedding' is FLOAT[], not FLOAT[128]",))]
)
def test_vectors_may_have_the_length_of_any_recogniser(exchange, tmp_path, kind, told):
    exchange.add("face_index")
    exchange.write()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(f"ALTER TABLE face_index ALTER embedding TYPE {kind} USING NULL")
    with closing(Warehouse.open(f"duckdb:///{tmp_path / 'warehouse.duckdb'}")) as warehouse:
        reports = {report.name: report for report in survey(warehouse)}
    assert reports["face_index"].mistyped_columns == told


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (128, ()),
        (
            512,
            (
                "column 'embedding' holds vectors of 512 numbers, and the shipped recogniser makes 128: build it again,"
                " or name the recogniser that made it in FACE_INDEX_MODEL_SHA256",
            ),
        ),
    ],
)
def test_vectors_of_the_shipped_recogniser_have_its_length(exchange, tmp_path, length, told):
    exchange.write()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        vector = [1.0] + [0.0] * (length - 1)
        connection.execute(f"ALTER TABLE face_index ALTER embedding TYPE FLOAT[{length}] USING {vector}")
    with closing(Warehouse.open(f"duckdb:///{tmp_path / 'warehouse.duckdb'}")) as warehouse:
        problems = [
            {each.name: each.problems for each in survey(warehouse, shipped=shipped)} for shipped in (True, False)
        ]
    assert [each["face_index"] for each in problems] == [told, ()]


def test_vectors_that_cannot_be_compared_are_counted(exchange, problems):
    exchange.add("watchlist")
    halves = [0.70703125, 0.70703125] + [0.0] * 126
    sound = ([0.0] * 127 + [-1.0], halves, None)
    odd = ([0.0] * 128, [math.nan] * 128, [math.inf] * 128, [7.0] + [0.0] * 127, [1e-30] * 128, [1e30] * 128)
    for vector in (*sound, *odd):
        exchange.add("face_index", customer_id="C1", embedding=vector)
    assert problems() == {
        "face_index": (
            "column 'embedding' holds zeros, numbers that are not finite, or vectors of another length than 1 (6 rows):"
            " make it NULL in a view where there is no face, and bring the others to length 1",
        )
    }
    for row in exchange.rows["face_index"]:
        row["embedding"] = None
    assert problems() == {"face_index": ("column 'embedding' holds no vector at all: load them",)}


def test_cells_that_a_column_may_not_hold_are_counted(exchange, problems):
    exchange.withdraw(exchange.ago(days=1), -10.0, status="CANCELED", method=None)
    exchange.withdraw(exchange.ago(days=1), 10.0, status="Anna Example", method="")
    exchange.deposit(exchange.ago(days=1), float("inf"))
    exchange.deposit(exchange.ago(days=1), None)
    exchange.deposit(exchange.ago(days=1), float("nan"))
    for country in ("rus", " RU ", "D", "XXA", None, "", "Russia", "Russian Federation", "RU1"):
        exchange.add("watchlist", country=country)
    assert problems() == {
        "deposits": ("column 'amount_usd' holds what is not a number from 0 to 1e+12 (1 row): map it in a view",),
        "withdrawals": (
            "column 'amount_usd' holds what is not a number from 0 to 1e+12 (1 row): map it in a view",
            "column 'status' holds what is no code, 'CANCELED', which is not one of completed, held, cancelled"
            " (2 rows): map it in a view",
        ),
        "watchlist": (
            "column 'country' holds 'RU1', 'Russia', what is no code, which is not a code of ISO 3166-1 (3 rows):"
            " map it in a view",
        ),
    }


def test_cells_that_stand_for_nothing_are_counted(exchange, problems):
    exchange.add("watchlist")
    for device in ("unknown", "00000000-0000-0000-0000-000000000000", "", None, "D1"):
        exchange.login(exchange.ago(days=1), device)
    exchange.withdraw(exchange.ago(days=1), 10.0, chain_address="N/A")
    for number in ("N/A", "000000", "AB1"):
        cells = {"document_number": number, "image_hash": 0, "portrait_hash": 5}
        exchange.add("kyc_submissions", customer_id="C1", **cells)
    said = "holds what stands for nothing, as zeros or a word for unknown do ({}): make it NULL in a view"
    assert problems() == {
        "logins": (f"column 'device_id' {said.format('2 rows')}",),
        "withdrawals": (f"column 'chain_address' {said.format('1 row')}",),
        "kyc_submissions": (
            f"column 'document_number' {said.format('2 rows')}",
            f"column 'image_hash' {said.format('3 rows')}",
        ),
    }


def test_keys_that_come_twice_are_counted(exchange, problems):
    exchange.add("watchlist")
    for table in ("customers", "logins", "chain_addresses"):
        exchange.rows[table] += exchange.rows[table]
    twice = "comes more than once: keep one row of each in a view"
    assert problems() == {
        "customers": (f"column 'customer_id' has 2 values each of which {twice}",),
        "logins": (f"column 'login_id' has 1 value which {twice}",),
        "chain_addresses": (f"column 'chain_address' has 1 value which {twice}",),
    }


def test_owners_who_are_no_customers_are_counted_and_whether_spelling_is_to_blame(exchange, problems):
    exchange.add("watchlist")
    for who in ("c1", " C1 ", "nobody"):
        exchange.deposit(exchange.ago(days=1), 10.0, who=who)
    exchange.add("p2p_orders", seller_id="C1", buyer_id="nobody")
    assert problems() == {
        "deposits": (
            "column 'customer_id' names 3 of 4 ids (75.0%) without a row in 'customers'; 2 of them have one but for"
            " blanks and letter case: spell ids alike in a view",
        ),
        "p2p_orders": ("column 'buyer_id' names 1 of 2 ids (50.0%) without a row in 'customers'",),
    }


def test_a_table_that_is_rightly_empty_is_no_problem_and_one_that_is_not_is(exchange, tmp_path):
    exchange.rows["earlier_cases"].clear()
    url, without = exchange.write(), frozenset({"earlier_cases", "p2p_orders", "logins", "watchlist"})
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("DROP TABLE p2p_orders")
    warehouse = Warehouse.open(url, without=without)
    reports = {report.name: report for report in survey(warehouse)}
    warehouse.close()
    assert {name: report.problems for name, report in reports.items() if report.problems} == {
        "logins": ("not empty, though WAREHOUSE_WITHOUT names it: take it out there",)
    }
    noted = {name for name, report in reports.items() if report.note == "rightly empty, as WAREHOUSE_WITHOUT says"}
    assert noted == without - {"logins"}
