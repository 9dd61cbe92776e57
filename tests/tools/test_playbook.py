import pytest

from tools.errors import ToolError
from tools.playbook import load_playbook

GOOD = """-- meaning: counts
-- trust: stated
-- parameter: least number 2.5 : the least
-- fact: test.n count pieces 0..9 noise 0.5 : how many
-- fact: test.z number .. : anything
-- unknown: test.z : nobody knows
-- label: test.n : the pieces
-- none: test.z where test.n : there is nothing to take it of
-- part: test.z at least least
-- part: test.n at most 7
-- strange: deposits.method : nothing
SELECT COUNT(*) AS "test.n", MIN(amount_usd) AS "test.z"
FROM deposits WHERE customer_id = :customer_id AND amount_usd >= :least;

-- exhibit: timeline What happened
SELECT "at", 'deposit' AS what FROM deposits WHERE customer_id = :customer_id
"""


def _load(tmp_path, text):
    (tmp_path / "sample.sql").write_text(text)
    load_playbook.cache_clear()
    return load_playbook(tmp_path)


def test_a_file_becomes_a_tool(tmp_path):
    (tool,) = _load(tmp_path, GOOD)
    assert (tool.name, tool.meaning, tool.trust, tool.cost) == ("sql.sample", "counts", "stated", 0.05)
    assert tool.arguments().model_dump() == {"least": 2.5}
    n, z = tool.facts
    assert (n.name, n.kind, n.unit, n.low, n.high, n.noise, n.meaning) == (
        "test.n",
        "count",
        "pieces",
        0,
        9,
        0.5,
        "how many",
    )
    assert (z.low, z.high, z.unit) == (None, None, "")
    assert (n.label, z.label) == ("the pieces", "")
    assert (n.none_where, z.none_where) == ("", "test.n")
    assert ((n.least, n.most), (z.least, z.most)) == ((None, 7.0), (2.5, None))
    assert tool.run.main.tables == {"deposits"}
    assert tool.run.strange == {"deposits.method"}
    assert tool.run.drawings[0].title == "What happened"


def test_the_version_follows_the_text(tmp_path):
    (first,) = _load(tmp_path, GOOD)
    (second,) = _load(tmp_path, GOOD.replace("MIN(", "MAX("))
    assert first.version != second.version


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("-- fact: test.z number", "-- fact: test.z", "sample.sql:5: the fact line"),
        ("test.n count", "test.n counter", "sample.sql:4: the fact's name"),
        ("test.n count", "n count", "sample.sql:4: the fact's name"),
        ("-- trust: stated", "-- trust: whispered", "sample.sql:2: the trust line"),
        ("number 2.5", "number much", "sample.sql:3: the default is not a number"),
        ("number 2.5", "2.5", "sample.sql:3: the parameter line"),
        ("-- unknown: test.z :", "-- unknown: test.z", "sample.sql:6: the unknown line"),
        ("-- unknown: test.z", "-- unknown: test.y", "sample.sql:1: 'test.y'"),
        ("-- label: test.n :", "-- label: test.n", "sample.sql:7: the label line"),
        ("-- label: test.n", "-- label: test.y", "sample.sql:1: 'test.y'"),
        ("the pieces", "the 7 pieces", "sample.sql:7: the label 'the 7 pieces' does not begin with a letter, or holds"),
        ("the pieces", "<b>pieces", "sample.sql:7: the label '<b>pieces' does not begin with a letter"),
        ("-- none: test.z where", "-- none: test.z", "sample.sql:8: the none line"),
        ("-- none: test.z", "-- none: test.y", "sample.sql:1: 'test.y'"),
        ("where test.n", "where test.z", "sample.sql:1: 'test.z'"),
        ("at least least", "at least most", "sample.sql:9: 'most' is neither"),
        ("test.n at most 7", "test.n under 7", "sample.sql:10: the part line"),
        ("-- part: test.n", "-- part: test.y", "sample.sql:1: 'test.y'"),
        ("-- strange: deposits.method", "-- strange: method", "sample.sql:11: the strange line"),
        ("-- strange: deposits.method : nothing", "-- strange: deposits.method", "sample.sql:11: the strange line"),
        ("-- meaning: counts", "-- counts", "sample.sql:1: there is no meaning"),
        ('"test.z"', '"test.y"', "sample.sql:1: 'test.y'"),
        (":least", ":most", "sample.sql:1: parameter 'most'"),
        (
            "FROM deposits WHERE customer_id = :customer_id AND",
            "FROM deposits WHERE",
            "sample.sql:1: the query is not about",
        ),
        ("SELECT COUNT(*) AS", "SELECT COUNT(* AS", "sample.sql:12: the SQL does not parse"),
        ("SELECT COUNT(*)", "DELETE FROM deposits; SELECT COUNT(*)", "sample.sql:1: a section holds"),
        ("timeline What", "hologram What", "sample.sql:15: an exhibit is one of"),
    ],
)
def test_what_does_not_parse_is_named_with_file_and_line(tmp_path, old, new, where):
    assert old in GOOD
    with pytest.raises(ToolError) as caught:
        _load(tmp_path, GOOD.replace(old, new))
    assert where in str(caught.value)


SHARED = """
-- meaning: counts
-- fact: test.n count : how many
WITH own AS (SELECT "at" FROM deposits WHERE customer_id = :customer_id)
SELECT COUNT(*) AS "test.n" FROM own;

-- exhibit: timeline What happened
SELECT "at", 'deposit' AS what FROM own
"""


def test_an_exhibit_reads_what_the_first_query_names(tmp_path):
    (tool,) = _load(tmp_path, SHARED)
    assert tool.run.drawings[0].tables == {"deposits"}


def test_an_exhibit_that_names_it_again_is_refused(tmp_path):
    with pytest.raises(ToolError, match=r"sample\.sql:7: an exhibit names 'own' again"):
        _load(tmp_path, SHARED.replace('\nSELECT "at"', '\nWITH own AS (SELECT 1 AS "at") SELECT "at"'))


def test_an_exhibit_that_cannot_be_drawn_leaves_a_note(tmp_path, desk):
    (tool,) = _load(tmp_path, GOOD.replace("'deposit' AS what FROM deposits", "'deposit' AS what FROM unicorns"))
    there = desk()
    found = tool.run(there.subject, there.sources, tool.arguments())
    assert found.facts == {"test.n": 0}
    assert found.notes == (
        "test.z: there is nothing to take it of",
        "What happened is not shown: the warehouse has no table 'unicorns'",
    )


def test_the_note_tells_what_is_unknown_from_what_there_is_none_of(tmp_path, exchange, desk):
    text = GOOD.replace("MIN(amount_usd)", "NULL")
    exchange.deposit(exchange.ago(days=1), 5.0)
    (tool,) = _load(tmp_path, text)
    there = desk()
    found = tool.run(there.subject, there.sources, tool.arguments())
    assert (found.facts, found.notes) == ({"test.n": 1}, ("test.z: nobody knows",))


def test_a_query_that_returns_more_than_one_row_is_an_error(tmp_path, desk):
    (tool,) = _load(tmp_path, GOOD.replace("AND amount_usd >= :least", "AND amount_usd >= :least GROUP BY deposit_id"))
    there = desk()
    with pytest.raises(ToolError, match="did not return one row"):
        tool.run(there.subject, there.sources, tool.arguments())
