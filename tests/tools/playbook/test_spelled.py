import duckdb
import pytest

from tools.countries import listed_states
from tools.playbook.spelled import spelled


def _one(call, cell):
    sql = spelled(f"SELECT {call}(cell) AS one FROM (SELECT CAST($cell AS VARCHAR) AS cell) AS t")
    asked = {"cell": cell, "countries": listed_states()} if ":countries" in sql else {"cell": cell}
    return duckdb.execute(sql.replace(":countries", "$countries"), asked).fetchone()[0]


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("RUS", "RUS"), (" rus ", "RUS"), ("ru", "RUS"), ("D", "DEU"), ("Xat", "XAT"), ("GBN", "GBR"), ("XK", "XKX"),
        ("Russia", None), ("", None), (None, None), ("XXX", None), ("R", None), ("643", None), ("=", None),
        ("US RU", None),
    ],
)  # fmt: skip
def test_a_country_is_its_state_whatever_the_code(cell, state):
    assert _one("COUNTRY_OF", cell) == state


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("0xAbCd", " 0XABCD", True),
        ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ", True),
        ("ltc1qxyz", "LTC1QXYZ", True),
        ("tb1qxyz", "TB1QXYZ", True),
        ("addr1qx2", "ADDR1QX2", True),
        ("bitcoincash:qpm2", "BITCOINCASH:QPM2", True),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "1boatslrhtknngkdxeeobr76b53letTpyT", False),
        ("TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "tjrabprwbzy45sbavfcjinpjc18kjprtv8", False),
        ("rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh", "rEb8TK3gBgk5auZkwc6sHnwrGVJH8Dualh", False),
        ("1Boat ", " 1Boat", True),
    ],
)
def test_an_address_is_the_same_in_either_case_where_its_letters_mean_the_same(left, right, same):
    assert (_one("ADDRESS_OF", left) == _one("ADDRESS_OF", right)) is same


def test_what_is_blank_is_no_address():
    assert (_one("ADDRESS_OF", " "), _one("ADDRESS_OF", None)) == (None, None)


def test_a_query_keeps_its_lines():
    sql = "SELECT ADDRESS_OF(w.chain_address)\nFROM t\nWHERE COUNTRY_OF(c) = 'DEU'"
    assert spelled(sql).count("\n") == sql.count("\n")
    assert "_OF(" not in spelled(sql)
