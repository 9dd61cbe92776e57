"""Attacks on the guard, asked of a real warehouse through the same door as in life."""

import json
import os
import statistics
import time
from pathlib import Path

import duckdb
import pytest

from tools.catalogue import Catalogue, Column, Table, load_catalogue
from tools.errors import CaseworkError, GuardRefused
from tools.guard import _hold_second_opinion, guard
from tools.sandbox import Answer, Question, answer
from tools.warehouse import Warehouse

OWN = [
    json.loads(line) for line in Path(__file__).with_name("attacks").joinpath("attacks.jsonl").read_text().splitlines()
]
GIVEN = os.environ.get("CASEWORK_SQL_ATTACKS", "")


def _table(name, subject, **columns):
    return Table(
        name=name, subject=subject, columns=tuple(Column(name=n, type=t, pii=n in HIDDEN) for n, t in columns.items())
    )


HIDDEN = {"iban", "email"}
CLIENTS = Catalogue(
    tables=(
        _table("clients", "client", client="INTEGER", town="VARCHAR", iban="VARCHAR"),
        _table("payments", "client", client="INTEGER", usd="DOUBLE", at="TIMESTAMP", note="VARCHAR"),
        _table("rates", None, asset="VARCHAR", usd="DOUBLE"),
    )
)
USERS = Catalogue(
    tables=(
        _table("users", "user_id", user_id="INTEGER", email="VARCHAR", country="VARCHAR"),
        _table("txns", "user_id", user_id="INTEGER", amt="DOUBLE", ts="TIMESTAMP"),
    )
)
CLIENT_ROWS = """
CREATE TABLE clients (client INTEGER, town VARCHAR, iban VARCHAR);
INSERT INTO clients VALUES (1, 'Mytown', 'HIDDEN-1'), (2, 'OTHER-town', 'HIDDEN-2');
CREATE TABLE payments (client INTEGER, usd DOUBLE, "at" TIMESTAMP, note VARCHAR);
INSERT INTO payments VALUES (1, 10, '2026-01-01', 'mine'), (1, 30, '2026-01-02', 'mine');
INSERT INTO payments VALUES (2, 987654, '2026-01-03', 'OTHER-note');
CREATE TABLE rates (asset VARCHAR, usd DOUBLE);
INSERT INTO rates VALUES ('BTC', 2), ('ETH', 1);
CREATE TABLE secrets (code VARCHAR);
INSERT INTO secrets VALUES ('HIDDEN-code')
"""
USER_ROWS = """
CREATE TABLE users (user_id INTEGER, email VARCHAR, country VARCHAR);
INSERT INTO users VALUES (1, 'HIDDEN-alice@x', 'DE'), (2, 'HIDDEN-bob@x', 'OTHER-country');
CREATE TABLE txns (user_id INTEGER, amt DOUBLE, ts TIMESTAMP);
INSERT INTO txns VALUES (1, 10, '2026-01-01'), (2, 987654, '2026-01-03');
CREATE TABLE users_pii (name VARCHAR, ssn VARCHAR);
INSERT INTO users_pii VALUES ('HIDDEN-name', 'HIDDEN-ssn')
"""
LEAKS = ("HIDDEN", "OTHER", "987654", "root:", "duckdb", "memory", "/home", "users_pii", "secrets", "1GB")


def _filled(path, rows):
    with duckdb.connect(str(path)) as connection:
        connection.execute(rows)
    return f"duckdb:///{path}"


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    return _filled(tmp_path_factory.mktemp("clients") / "w.duckdb", CLIENT_ROWS)


@pytest.fixture(scope="module")
def users(tmp_path_factory):
    return _filled(tmp_path_factory.mktemp("users") / "w.duckdb", USER_ROWS)


def _leak(url, catalogue, sql, door=answer):
    """What an attack got hold of: a planted value in the rows or the error, or a file it changed; else empty."""
    path = Path(url.removeprefix("duckdb:///"))
    before = (path.read_bytes(), sorted(path.parent.iterdir()))
    try:
        found = door(Question(url=url, catalogue=catalogue, subjects=("1",), sql=sql))
        shown = json.dumps([found.columns, found.rows])
    except CaseworkError as error:
        shown = str(error)
    for planted in LEAKS:
        # A question may name what it may not have; only what it did not bring along is a leak.
        if planted in shown and planted not in sql:
            return planted
    return "" if before == (path.read_bytes(), sorted(path.parent.iterdir())) else "a changed file"


@pytest.mark.parametrize("attack", OWN, ids=lambda attack: attack["id"])
def test_own_attacks_get_nothing(clients, attack):
    assert _leak(clients, CLIENTS, attack["sql"]) == ""


def test_without_the_guard_many_of_them_would(clients):
    """The judge of leaks is not blind: the hardened warehouse alone lets them through."""

    def unguarded(question):
        rows = warehouse.query(question.sql, {}, 0.5)
        return Answer(columns=rows.columns, rows=tuple(tuple(map(str, row)) for row in rows.values), asked=question.sql)

    warehouse = Warehouse.open(clients, CLIENTS)
    leaks = [attack["id"] for attack in OWN[:40] if _leak(clients, CLIENTS, attack["sql"], unguarded)]
    warehouse.close()
    assert len(leaks) > 20
    assert {"plain hidden column", "whole row as a value", "other clients", "hidden table"} <= set(leaks)


@pytest.mark.skipif(not GIVEN, reason="CASEWORK_SQL_ATTACKS names no file of further attacks")
def test_given_attacks_get_nothing(users, record_property):
    attacks = [json.loads(line) for line in Path(GIVEN).read_text(encoding="utf-8").splitlines()]
    leaks = {attack["id"]: leak for attack in attacks if (leak := _leak(users, USERS, attack["sql"]))}
    record_property("attacks", len(attacks))
    assert attacks
    assert leaks == {}


USEFUL = [
    ("SELECT * FROM clients", [[1, "Mytown"]]),
    ("select Town from CLIENTS where client = 1;", [["Mytown"]]),
    ("SELECT COUNT(*) AS n, SUM(usd) AS s, MEDIAN(usd) AS m FROM payments", [[2, 40.0, 20.0]]),
    ("SELECT p.usd FROM payments AS p JOIN clients USING (client) ORDER BY p.usd DESC LIMIT 1", [[30.0]]),
    ("WITH late AS (SELECT * FROM payments WHERE at >= DATE '2026-01-02') SELECT l.note FROM late l", [["mine"]]),
    ("SELECT r.asset FROM rates r LEFT JOIN payments p ON p.usd = r.usd * 5 WHERE p.usd IS NOT NULL", [["BTC"]]),
    (
        "SELECT DATE_TRUNC('month', at) AS m, COUNT(DISTINCT note) AS n FROM payments GROUP BY ALL",
        [["2026-01-01T00:00:00", 1]],
    ),
    ("SELECT usd, LAG(usd) OVER (ORDER BY at) AS before FROM payments ORDER BY at", [[10.0, None], [30.0, 10.0]]),
    ("SELECT CASE WHEN usd > 20 THEN 'big' ELSE 'small' END AS size FROM payments ORDER BY 1", [["big"], ["small"]]),
    ("SELECT COALESCE(NULLIF(LOWER(town), ''), '?') || '!' AS t FROM clients", [["mytown!"]]),
    ("SELECT COUNT(*) AS n FROM payments WHERE note <> 'a :quoted colon, 100 % and $1 ?'", [[2]]),
    ("SELECT asset FROM rates EXCEPT SELECT 'ETH' ORDER BY 1", [["BTC"]]),
    ("SELECT DATE_DIFF('day', MIN(at), MAX(at)) AS d FROM payments HAVING COUNT(*) FILTER (WHERE usd > 1) = 2", [[1]]),
    (
        "SELECT usd FROM payments WHERE at BETWEEN TIMESTAMP '2026-01-01' - INTERVAL 1 DAY AND TIMESTAMP '2026-01-01'",
        [[10.0]],
    ),
]


@pytest.mark.parametrize(("sql", "rows"), USEFUL)
def test_ordinary_questions_are_answered(clients, sql, rows):
    found = answer(Question(url=clients, catalogue=CLIENTS, subjects=("1",), sql=sql))
    assert [list(row) for row in found.rows] == rows


def test_every_table_is_replaced_by_its_open_columns_of_the_subject():
    rewritten = guard("SELECT p.* FROM payments p, rates", CLIENTS, ["1", "it's"])
    scoped = """ "note" FROM "main"."payments" WHERE CAST("client" AS TEXT) IN ('1', 'it''s')) AS "p","""
    assert '(SELECT "client", "usd", "at",' + scoped in rewritten
    assert '(SELECT "asset", "usd" FROM "main"."rates") AS "rates"' in rewritten
    assert rewritten.endswith("LIMIT 10001")


def test_without_a_subject_there_are_no_rows(clients):
    found = answer(Question(url=clients, catalogue=CLIENTS, subjects=(), sql="SELECT * FROM payments"))
    assert found.rows == ()


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("", "is not one SELECT"),
        ("SELECT 'never closed", "does not parse"),
        ("SELECT " + "(" * 3_000 + "1" + ")" * 3_000, "."),
        ("SELECT " + "+".join("1" * 1_600) + " AS n", "too large or too deep"),
        ("SELECT 1 AS x" + " " * 9_000, "longer than"),
        ("SELECT 1e400 AS x", "this form of Literal"),
        ("SELECT CAST(1 AS STRUCT(a INTEGER)) AS x", "."),
        ("SELECT Quillfeather FROM clients", "a column that is not open"),
        ("SELECT * FROM Quillfeather", "a table that is not in the catalogue"),
    ],
)
def test_refusals_say_why_and_repeat_nothing(sql, reason):
    with pytest.raises(GuardRefused, match=reason) as caught:
        guard(sql, CLIENTS, ["1"])
    assert "Quillfeather" not in str(caught.value)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT DISTINCT ON (town) town FROM clients", "a part of Distinct"),
        ("SELECT * EXCLUDE (town) FROM clients", "a part of Star"),
        ("SELECT * FROM payments POSITIONAL JOIN rates", "a part of Join"),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r", "a part of With"),
        ("WITH d AS MATERIALIZED (SELECT 1 AS n) SELECT n FROM d", "a part of CTE"),
        ("SELECT * FROM other.payments", "a part of Table"),
        ("SELECT p.a FROM payments AS p(a, b, c, d)", "a part of TableAlias"),
        ("SELECT main.payments.usd FROM payments", "a part of Column"),
        ("SELECT usd FROM rates LIMIT 10 PERCENT", "a part of Limit"),
        ("SELECT usd FROM rates GROUP BY usd WITH ROLLUP", "a part of Group"),
        ("SELECT usd FROM rates WINDOW w AS (ORDER BY usd)", "a part of Select"),
        ("SELECT usd FROM rates LIMIT -1", "this form of Limit"),
        ("SELECT usd FROM rates OFFSET 1 + 1", "this form of Offset"),
        ("SELECT CAST('1' AS INTERVAL DAY) AS x", "this form of DataType"),
        ("SELECT CAST(usd AS INTEGER[]) AS x FROM rates", "this form of DataType"),
        ("SELECT CAST(usd AS JSON) AS x FROM rates", "this form of DataType"),
        ("SELECT * FROM COUNT(1)", "this form of Table"),
        ("SELECT INTERVAL 1 CENTURY AS c", "this form of Var"),
        ("SELECT usd FROM rates, LATERAL (SELECT 1 AS n) AS l", "Lateral is not allowed"),
        ("(SELECT usd FROM rates) LIMIT 1", "the question is not one SELECT"),
        ("SELECT x FROM (WITH d AS (SELECT 1 AS x) SELECT x FROM d) AS s", "WITH is allowed only at the beginning"),
        ("WITH d AS (SELECT 1 AS x), D AS (SELECT 2 AS x) SELECT x FROM d", "a WITH name is missing, used twice"),
        ("WITH clients AS (SELECT 1 AS x) SELECT x FROM clients", "a WITH name is missing, used twice"),
        ("WITH a AS (SELECT n FROM b), b AS (SELECT 1 AS n) SELECT n FROM a", "the question names a table that is not"),
    ],
)
def test_each_layer_refuses_what_no_other_need_see(sql, reason):
    """What one check lets through another may stop: each is held to its own."""
    with pytest.raises(GuardRefused, match=f"^{reason}"):
        guard(sql, CLIENTS, ["1"])


def test_what_the_parser_would_take_for_a_command_is_written_into_no_log(caplog):
    with pytest.raises(GuardRefused, match="not one SELECT"):
        guard("SELECT 1 AS x; VACUUM Quillfeather", CLIENTS, ["1"])
    assert caplog.records == []


def test_a_table_with_nothing_open_is_closed():
    closed = Catalogue(tables=(_table("vault", None, iban="VARCHAR"),))
    with pytest.raises(GuardRefused, match="without open columns"):
        guard("SELECT 1 AS x FROM vault", closed, ["1"])


def test_it_takes_about_a_millisecond():
    sql = (
        "WITH d AS (SELECT client, SUM(usd) AS s FROM payments GROUP BY 1) SELECT * FROM d JOIN clients USING (client)"
    )
    guard(sql, CLIENTS, ["1"])
    times = []
    for _ in range(30):
        started = time.thread_time()
        guard(sql, CLIENTS, ["1"])
        times.append(time.thread_time() - started)
    assert statistics.median(times) < 0.02


@pytest.mark.parametrize("table", load_catalogue().tables, ids=lambda table: table.name)
def test_no_personal_column_of_the_packaged_catalogue_can_be_named(table):
    for column in table.columns:
        sql = f'SELECT t."{column.name}" AS shown FROM "{table.name}" AS t'
        if column.pii and not any(column.name in other.open_columns for other in load_catalogue().tables):
            with pytest.raises(GuardRefused):
                guard(sql, load_catalogue(), ["C1"])
        elif not column.pii:
            assert f'FROM "main"."{table.name}"' in guard(sql, load_catalogue(), ["C1"])


@pytest.mark.parametrize(
    ("rewritten", "reason"),
    [
        ('SELECT * FROM "main"."secrets"', "another table"),
        ('SELECT * FROM "clients"', "another table"),
        ("SELECT 1; SELECT 2", "DuckDB does not read"),
        ("DELETE FROM clients", "DuckDB does not read"),
        ("SELECT * FROM (", "as it was meant"),
    ],
)
def test_the_second_parser_would_stop_what_the_first_let_through(rewritten, reason):
    with pytest.raises(GuardRefused, match=reason):
        _hold_second_opinion(rewritten, CLIENTS)
