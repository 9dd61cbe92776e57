import unicodedata

import duckdb
import pytest

from tools.countries import listed_states
from tools.placeholders import OTHERS, SAME
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


HEX = "0x52908400098527886e0f7030069857d2e4169ee7"
CASH = "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"


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
        ("1Boat\u200b\u2060", "1\tBoat\n", True),
        ("bitcoin:1BoatX?amount=0.1&label=me", "1BoatX", True),
        ("BITCOIN:BC1QXYZ", "bc1qxyz", True),
        ("bitcoincash:" + CASH, CASH.upper(), True),
        ("ethereum:pay-" + HEX.upper() + "@1?value=1", HEX, True),
        (HEX.removeprefix("0x"), HEX.upper(), True),
        ("rExample:12345", "12345", False),
        ("rExample?dt=1", "rExample", True),
    ],
)
def test_an_address_is_the_same_in_either_case_where_its_letters_mean_the_same(left, right, same):
    assert (_one("ADDRESS_OF", left) == _one("ADDRESS_OF", right)) is same


@pytest.mark.parametrize(
    ("call", "cell", "told"),
    [
        ("EMAIL_OF", " Anna.Example+Shop@GoogleMail.com ", "annaexample@gmail.com"),
        ("EMAIL_OF", "anna.example+shop@example.org", "anna.example@example.org"),
        ("EMAIL_OF", "noreply@example.org", None),
        ("EMAIL_OF", "anna", None),
        ("PHONE_OF", "+49 (0)170 / 555-0123", "491705550123"),
        ("PHONE_OF", "0049 170 5550123", "491705550123"),
        ("PHONE_OF", "1234567890", None),
        ("PHONE_OF", "0000000", None),
        ("PERSON_OF", " Jörg  O'Brien-Müller", "jorg obrien muller"),
        ("PERSON_OF", "Joerg Obrien Mueller", "jorg obrien muller"),
        ("PERSON_OF", "No Name", None),
        ("PERSON_OF", "unknown", None),
    ],
)
def test_what_tells_of_a_person_is_the_same_however_it_is_written(call, cell, told):
    assert _one(call, cell) == told


@pytest.mark.parametrize("call", ["ADDRESS_OF", "DEVICE_OF", "HOME_OF", "NUMBER_OF"])
@pytest.mark.parametrize(
    "cell", [None, " ", "\u200b", "-", "N/A", " Unknown.", "not available", "0", "0000-0000", "null"]
)
def test_what_stands_for_nothing_is_nothing(call, cell):
    assert _one(call, cell) is None


def test_every_noted_sign_is_folded_to_one():
    for sign, same in zip(OTHERS, SAME, strict=True):
        assert same == str(unicodedata.digit(sign, same))
        assert _one("NUMBER_OF", f"1{sign}2") == _one("NUMBER_OF", f"1{same}2")


def test_a_query_keeps_its_lines():
    sql = "SELECT ADDRESS_OF(w.chain_address)\nFROM t\nWHERE COUNTRY_OF(c) = 'DEU'"
    assert spelled(sql).count("\n") == sql.count("\n")
    assert "_OF(" not in spelled(sql)
