import pytest
from query_words import words_compared
from sqlglot.errors import SqlglotError

from tools.catalogue import Catalogue, Column, load_catalogue
from tools.playbook import load_playbook
from tools.playbook.columns import columns_read

CATALOGUE = load_catalogue()
WORDS = {
    (table.name, column.name): set(column.words) for table in CATALOGUE.tables for column in table.coded if column.words
}
QUERIES = [
    pytest.param(section.sql, id=f"{tool.name}{section.kind}")
    for tool in load_playbook()
    for section in (tool.run.main, *tool.run.drawings)
]


def _all(table):
    return {column.name for column in CATALOGUE.table(table).columns}


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("SELECT COUNT(*) AS n FROM deposits WHERE customer_id = 'C1'", {"customer_id"}),
        ("SELECT AMOUNT_USD FROM main.Deposits ORDER BY method", {"amount_usd", "method"}),
        ("WITH d AS (SELECT amount_usd AS usd, asset FROM deposits) SELECT usd FROM d", {"amount_usd", "asset"}),
        ("WITH d AS (SELECT * EXCLUDE (method) FROM deposits) SELECT asset FROM d", _all("deposits") - {"method"}),
        ("SELECT x.asset FROM deposits AS x WHERE EXISTS (SELECT 1 FROM logins WHERE x.\"at\" < 3)", {"asset", "at"}),
        ("SELECT COUNT(*) AS n, asset FROM deposits GROUP BY ALL HAVING n > 3 ORDER BY n", {"asset"}),
        ("SELECT ROW_NUMBER() OVER (PARTITION BY method ORDER BY asset) AS n FROM deposits", {"method", "asset"}),
        ("SELECT LIST_FILTER([1], lambda x : x > amount_usd) AS more FROM deposits", {"amount_usd"}),
    ],
)  # fmt: skip
def test_the_columns_of_a_table_are_those_the_query_names(sql, read):
    assert columns_read(sql, CATALOGUE)["deposits"] == read


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM deposits",
        "SELECT d.* FROM deposits AS d",
        "SELECT d FROM deposits AS d",
        "SELECT COLUMNS('a.*') FROM deposits",
        "SELECT amount_usd FROM deposits JOIN withdrawals ON TRUE",
        "SELECT nonsense FROM deposits",
        "SELECT d.b FROM deposits AS d(a, b)",
        "SELECT COUNT(*) AS n FROM deposits HAVING MAX(asset) = 'BTC'",
        "SELECT * FROM deposits PIVOT (SUM(amount_usd) FOR method IN ('bank'))",
        "PIVOT deposits ON method USING SUM(amount_usd)",
        "SELECT UNNEST(s.a) FROM deposits, LATERAL (SELECT [method] AS a) AS s",
    ],
)
def test_where_the_sql_leaves_doubt_every_column_counts_as_read(sql):
    assert columns_read(sql, CATALOGUE)["deposits"] == _all("deposits")


def test_no_query_of_the_playbook_leaves_doubt():
    beside = Column(name="beside", type="VARCHAR")
    tables = tuple(table.model_copy(update={"columns": (*table.columns, beside)}) for table in CATALOGUE.tables)
    for tool in load_playbook():
        read = columns_read(tool.run.main.sql, Catalogue(tables=tables))
        assert set(read) == tool.run.main.tables
        assert not any("beside" in columns for columns in read.values()), tool.name


@pytest.mark.parametrize(
    ("sql", "compared"),
    [
        ("SELECT status = 'a', 'b' <> LOWER(TRIM(method)), asset IS DISTINCT FROM 'c' FROM withdrawals", "abc"),
        ("SELECT status IN ('a', 'b'), COALESCE(NULLIF(TRIM(method), ''), 'c') = 'd' FROM withdrawals", "abcd"),
        ("SELECT CASE status WHEN 'a' THEN 'x' ELSE 'y' END, CASE WHEN asset = 'b' THEN 2 END FROM withdrawals", "ab"),
        ("WITH w AS (SELECT UPPER(status) AS s FROM withdrawals), v AS (FROM w) SELECT 1 FROM v WHERE s = 'a'", "a"),
        ("SELECT 1 FROM (SELECT 'q' AS s UNION SELECT status FROM withdrawals) AS w WHERE w.s NOT IN ('a')", "a"),
        ("SELECT 1 FROM withdrawals AS w WHERE EXISTS (SELECT 1 FROM logins WHERE w.status LIKE 'a')", "a"),
        ("SELECT REPLACE(status, 'x', 'y'), COALESCE(method, 'z') FROM withdrawals WHERE TRIM(asset) <> ''", ""),
        ("SELECT CASE WHEN REGEXP_MATCHES(asset, 'x') THEN 'y' END = asset || 'z' FROM withdrawals", "y"),
    ],
)  # fmt: skip
def test_a_cell_is_followed_to_the_words_it_is_compared_with(sql, compared):
    found = words_compared(sql, CATALOGUE)
    assert {word for _, _, word in found} == set(compared)
    assert {table for table, _, _ in found} <= {"withdrawals"}


def test_a_pivot_is_not_followed():
    with pytest.raises(SqlglotError):
        words_compared("PIVOT deposits ON method USING SUM(amount_usd)", CATALOGUE)


@pytest.mark.parametrize("sql", QUERIES)
def test_every_word_a_query_asks_for_stands_in_the_catalogue(sql):
    for table, column, word in words_compared(sql, CATALOGUE):
        assert word in WORDS.get((table, column), ()), f"{table}.{column} never holds {word!r}"


def test_words_stand_only_where_a_query_decides_by_them():
    asked = {(table, column) for each in QUERIES for table, column, _ in words_compared(each.values[0], CATALOGUE)}
    assert asked == set(WORDS)
