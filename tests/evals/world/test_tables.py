"""Rows on their way to the warehouse: typed, sorted, numbered."""

from __future__ import annotations

from datetime import datetime

import duckdb
import numpy as np
import pytest

from evals.world.tables import Tables

NOON = datetime(2026, 1, 1, 12)  # noqa: DTZ001  the warehouse keeps UTC without a zone


def written(tables, path, sql):
    tables.write(path / "w.duckdb")
    with duckdb.connect(str(path / "w.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_single_rows_and_columns_end_in_one_table_sorted_and_numbered(tmp_path):
    tables = Tables()
    tables.row("deposits", customer_id="U2", at=NOON, amount_usd=5.0, method="bank")
    tables.extend(
        "deposits",
        {"customer_id": ["U3", "U1"], "at": np.array([NOON, NOON], "datetime64[us]"), "amount_usd": [1.0, 2.0]},
    )
    found = written(tables, tmp_path, "SELECT deposit_id, customer_id, amount_usd, method FROM deposits")
    assert found == [("D0000001", "U1", 2.0, None), ("D0000002", "U2", 5.0, "bank"), ("D0000003", "U3", 1.0, None)]


def test_the_order_of_adding_does_not_show(tmp_path):
    found = []
    for turn, order in enumerate(([0, 1, 2], [2, 0, 1])):
        tables = Tables()
        for place in order:
            tables.row("support_messages", customer_id="U1", at=NOON, direction="customer", body=f"text {place}")
        (tmp_path / str(turn)).mkdir()
        found.append(written(tables, tmp_path / str(turn), "SELECT * FROM support_messages"))
    assert found[0] == found[1]


def test_devices_are_first_seen_at_their_first_login_and_unused_ones_are_left_out(tmp_path):
    tables = Tables()
    for name in ("used", "unused"):
        tables.row("devices", device_id=name, platform="ios", is_emulator=False)
    for hour in (15, 9):
        tables.row("logins", customer_id="U1", at=NOON.replace(hour=hour), device_id="used", success=True)
    found = written(tables, tmp_path, "SELECT device_id, first_seen_at, platform FROM devices")
    assert found == [("used", NOON.replace(hour=9), "ios")]


def test_large_hashes_and_vectors_survive(tmp_path):
    tables = Tables()
    hashes = {"image_hash": [2**64 - 1], "portrait_hash": [2**63]}
    tables.extend("kyc_submissions", {"submission_id": ["S1"], "customer_id": ["U1"], **hashes})
    tables.extend("face_index", {"submission_id": ["S1"], "customer_id": ["U1"], "embedding": [str([0.5] * 128)]})
    sql = "SELECT image_hash, portrait_hash, embedding FROM kyc_submissions JOIN face_index USING (submission_id)"
    assert written(tables, tmp_path, sql) == [(2**64 - 1, 2**63, (0.5,) * 128)]


def test_a_key_that_comes_twice_is_refused(tmp_path):
    tables = Tables()
    for _ in range(2):
        tables.row("customers", customer_id="U1", kyc_level=1)
    with pytest.raises(duckdb.ConstraintException):
        tables.write(tmp_path / "w.duckdb")
