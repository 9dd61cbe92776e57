"""The warehouse hangs together: every reference points somewhere, times are in order, nobody overdraws or teleports."""

from __future__ import annotations

import pytest

from evals.world.clock import NOW
from evals.world.hostile import MARKED_UP, MESSAGES
from tools.catalogue import load_catalogue

REFERENCES = [
    ("kyc_submissions", "customer_id", "customers", "customer_id"),
    ("face_index", "customer_id", "customers", "customer_id"),
    ("face_index", "submission_id", "kyc_submissions", "submission_id"),
    ("logins", "customer_id", "customers", "customer_id"),
    ("logins", "device_id", "devices", "device_id"),
    ("account_events", "customer_id", "customers", "customer_id"),
    ("account_events", "device_id", "devices", "device_id"),
    ("deposits", "customer_id", "customers", "customer_id"),
    ("deposits", "chain_address", "chain_addresses", "chain_address"),
    ("withdrawals", "customer_id", "customers", "customer_id"),
    ("withdrawals", "chain_address", "chain_addresses", "chain_address"),
    ("p2p_orders", "buyer_id", "customers", "customer_id"),
    ("p2p_orders", "seller_id", "customers", "customer_id"),
    ("p2p_orders", "lost_by", "customers", "customer_id"),
    ("support_messages", "customer_id", "customers", "customer_id"),
    ("earlier_cases", "customer_id", "customers", "customer_id"),
]
CLOCKED = [(t.name, t.clock) for t in load_catalogue().tables if t.clock]
OWNED = [t.name for t in load_catalogue().tables if t.subject]


def one(exchange, sql, *parameters):
    return exchange.connection.execute(sql, list(parameters)).fetchone()[0]


@pytest.mark.parametrize(("table", "column", "target", "key"), REFERENCES)
def test_references_resolve(exchange, table, column, target, key):
    sql = f"SELECT count(*) FROM {table} t WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {target})"
    assert one(exchange, sql) == 0


@pytest.mark.parametrize("table", [table.name for table in load_catalogue().tables])
def test_tables_are_as_the_catalogue_says_and_hold_rows(exchange, table):
    rows = exchange.connection.execute(f"DESCRIBE {table}").fetchall()
    wanted = [(c.name, c.type) for c in load_catalogue().table(table).columns]
    assert [(row[0], row[1]) for row in rows] == wanted
    assert one(exchange, f"SELECT count(*) FROM {table}") > 0


@pytest.mark.parametrize(("table", "clock"), CLOCKED)
def test_nothing_happens_in_the_future(exchange, table, clock):
    assert one(exchange, f'SELECT max("{clock}") FROM {table}') <= NOW


@pytest.mark.parametrize("table", ["logins", "deposits", "withdrawals", "account_events", "support_messages"])
def test_nobody_acts_before_the_account_exists(exchange, table):
    sql = f'SELECT count(*) FROM {table} JOIN customers USING (customer_id) WHERE "at" < created_at'
    assert one(exchange, sql) == 0


@pytest.mark.parametrize("table", OWNED)
def test_rows_are_clustered_by_owner(exchange, table):
    owner = load_catalogue().table(table).subject
    sql = f"SELECT count(*) FROM (SELECT {owner} < lag({owner}) OVER (ORDER BY rowid) AS back FROM {table}) WHERE back"
    assert one(exchange, sql) == 0


def test_amounts_are_positive(exchange):
    for table in ("deposits", "withdrawals", "p2p_orders"):
        assert one(exchange, f"SELECT min(amount_usd) FROM {table}") > 0


def test_no_balance_is_ever_negative(exchange):
    lowest = """
    SELECT min(balance) FROM (SELECT sum(usd) OVER (PARTITION BY customer_id ORDER BY "at", usd DESC) AS balance FROM (
      SELECT customer_id, "at", amount_usd AS usd FROM deposits
      UNION ALL SELECT customer_id, "at", -amount_usd FROM withdrawals WHERE status <> 'cancelled'))"""
    assert one(exchange, lowest) >= -0.01


def test_bystanders_travel_no_faster_than_an_airliner(exchange):
    subjects = [told.case.customer_id for told in exchange.told]
    fastest = """
    SELECT max(111.2 * sqrt(pow(latitude - lat0, 2) + pow(longitude - lon0, 2)) / greatest(hours, 0.01)) FROM (
      SELECT latitude, longitude, lag(latitude) OVER w AS lat0, lag(longitude) OVER w AS lon0,
        date_diff('second', lag("at") OVER w, "at") / 3600 AS hours
      FROM logins WHERE customer_id NOT IN (SELECT unnest(CAST($1 AS VARCHAR[]))) AND device_id NOT IN (
        SELECT device_id FROM logins WHERE customer_id IN (SELECT unnest(CAST($1 AS VARCHAR[]))))
      WINDOW w AS (PARTITION BY customer_id ORDER BY "at"))"""
    assert one(exchange, fastest, subjects) < 1_700


def test_embeddings_are_unit_vectors(exchange):
    low, high = exchange.connection.execute(
        "SELECT min(n), max(n) FROM (SELECT list_sum(list_transform(CAST(embedding AS FLOAT[]), lambda x: x * x)) AS n"
        " FROM face_index)"
    ).fetchone()
    assert 0.999 < low <= high < 1.001


def test_nothing_happens_on_a_subjects_account_after_the_flag(exchange):
    for told in exchange.told:
        for table in ("logins", "deposits", "withdrawals", "account_events"):
            latest = exchange.value(told, f'SELECT max("at") FROM {table} WHERE customer_id = $c')
            assert latest is None or latest <= told.played.flagged


def test_the_identity_was_submitted_before_the_flag(exchange):
    for told in exchange.told:
        assert exchange.value(told, "SELECT submitted_at <= $t FROM kyc_submissions WHERE customer_id = $c")


def test_hostile_texts_come_from_honest_and_fraudulent_customers(exchange):
    sides = {"messages": set(), "names": set()}
    for told in exchange.told:
        bodies = exchange.connection.execute(
            "SELECT body FROM support_messages WHERE customer_id = $1", [told.case.customer_id]
        ).fetchall()
        if any(body in MESSAGES for (body,) in bodies):
            sides["messages"].add(told.label.is_fraud)
        name = exchange.value(told, "SELECT declared_name FROM kyc_submissions WHERE customer_id = $c")
        if any(name.endswith(text.removeprefix("{name}")) for text in MARKED_UP):
            sides["names"].add(told.label.is_fraud)
    assert sides == {"messages": {True, False}, "names": {True, False}}
