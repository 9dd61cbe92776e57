"""Exhibits read what the first query of their file names, and nothing that they do not need."""

from __future__ import annotations

import duckdb
import pytest

from tools.playbook.named import named, preceded

FIRST = """
WITH mine AS (
  SELECT 1 AS one, ', b AS (SELECT 1)' AS words
), others AS (SELECT one + 1 AS two FROM mine), far AS (SELECT 9 AS nine)
SELECT one, (SELECT MAX(two) FROM others) FROM mine
"""


def test_names_are_told_apart_by_commas_outside_of_parentheses_and_words():
    assert list(named(FIRST)) == ["mine", "others", "far"]
    assert named(FIRST)["others"] == "others AS (SELECT one + 1 AS two FROM mine)"


@pytest.mark.parametrize("sql", ["SELECT 1", "  \nSELECT 2 FROM (SELECT 1)"])
def test_a_query_without_with_names_nothing(sql):
    assert named(sql) == {}
    assert preceded(sql, {}) == sql


@pytest.mark.parametrize(
    ("exhibit", "read"),
    [
        ("\n\nSELECT two FROM others", 2),
        ("WITH more AS (SELECT two * 5 AS ten FROM others) SELECT ten FROM more", 10),
    ],
)
def test_an_exhibit_reads_a_name_and_all_that_the_name_reads(exhibit, read):
    sql = preceded(exhibit, named(FIRST))
    with duckdb.connect() as connection:
        assert connection.execute(sql).fetchall() == [(read,)]
    assert "nine" not in sql


def test_an_exhibit_that_needs_none_stays_as_it_is():
    assert preceded("SELECT 5 AS five", named(FIRST)) == "SELECT 5 AS five"
