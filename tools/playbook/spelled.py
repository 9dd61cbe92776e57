"""What is written in several ways, brought to one in every query: `ADDRESS_OF(cell)` and the other calls below stand
for SQL in a playbook file. The catalogue says what a column may hold; here is when two cells are the same, and NULL
which tell nothing.
"""

from __future__ import annotations

import re

from tools.placeholders import BLANKS, FOLDED, MARKS, NO_NUMBER, NOTHING, SIGNS

PREFIXES = """
bc tb bcrt ltc tltc addr addr_test stake stake_test bnb tbnb cosmos osmo terra celestia inj kava sei dydx thor juno
akash axelar one zil erd zs
"""
"""Human-readable parts of addresses in bech32, after SLIP-0173."""
CASHADDR = "[qp][02-9ac-hj-np-z]{41}$"
EITHER_CASE = f"^(0x|{CASHADDR}|({'|'.join(PREFIXES.split())})1)"
SCHEMES = "bitcoin|bitcoincash|bchtest|litecoin|dogecoin|dash|zcash|monero|ethereum|tron|solana|ripple|xrpl|cardano"
"""What wallets write before an address to make a link of it (BIP 21, ERC-681 and their like)."""

SEEN = "REGEXP_REPLACE({cell}, '[^!-~]', '', 'g')"
BARE = f"REGEXP_REPLACE(REGEXP_REPLACE({SEEN}, '^({SCHEMES}):(//)?(pay-)?', '', 'i'), '(@[0-9]+)?([?].*)?$', '')"
PLAIN_ADDRESS = "^(0x[0-9a-f]*[1-9a-f][0-9a-f]*|bc1[0-9a-z]+|[13T][1-9A-HJ-NP-Za-km-z]{25,34})$"
PLAIN_DEVICE = "^[0-9a-z-]*[1-9][0-9a-z-]*$"
PLAIN_NUMBER = "^[0-9A-HJ-NP-Z]*[0-9][0-9A-HJ-NP-Z]*$"
"""How nearly all are written: such a cell is what it is, and told fast."""
ADDRESS = (
    f"CASE WHEN REGEXP_MATCHES({{cell}}, '{PLAIN_ADDRESS}') THEN {{cell}} WHEN {NOTHING} THEN NULL"
    f" WHEN REGEXP_MATCHES({BARE}, '^[0-9A-Fa-f]{{40}}$') THEN '0x' || LOWER({BARE})"
    f" WHEN REGEXP_MATCHES(LOWER({BARE}), '{EITHER_CASE}') OR REGEXP_MATCHES(LOWER({SEEN}), '^bitcoincash:')"
    f" THEN LOWER({BARE}) ELSE NULLIF({BARE}, '') END"
)
DEVICE = (
    f"CASE WHEN REGEXP_MATCHES({{cell}}, '{PLAIN_DEVICE}') THEN {{cell}}"
    f" WHEN NOT {NOTHING} THEN NULLIF(REGEXP_REPLACE(LOWER({{cell}}), '[{{}}{BLANKS}]', '', 'g'), '') END"
)
NUMBER = (
    f"CASE WHEN REGEXP_MATCHES({{cell}}, '{PLAIN_NUMBER}') AND NOT REGEXP_MATCHES({{cell}}, '^0?123456')"
    " AND REPLACE({cell}, SUBSTR({cell}, 1, 1), '') <> '' THEN {cell}"
    f" WHEN NOT {NO_NUMBER} THEN TRANSLATE({SIGNS}, 'OI', '01') END"
)
COUNTRY = (
    "SUBSTR(CAST(:countries AS VARCHAR), NULLIF(STRPOS(CAST(:countries AS VARCHAR),"
    " ' ' || UPPER(TRIM({cell})) || '='), 0) + LENGTH(TRIM({cell})) + 2, 3)"
)
MAIL = "REGEXP_REPLACE(LOWER(TRIM({cell})), '[+][^@]*@', '@')"
NO_MAIL = "^(test|unknown|none|null|n/?a|-|no-?e?mail|no-?reply)@"
EMAIL = (
    f"CASE WHEN REGEXP_MATCHES({MAIL}, '^[^@]+@[^@]+$') AND NOT REGEXP_MATCHES({MAIL}, '{NO_MAIL}') THEN"
    f" CASE WHEN REGEXP_MATCHES({MAIL}, '@(gmail|googlemail)[.]com$')"
    f" THEN REPLACE(SPLIT_PART({MAIL}, '@', 1), '.', '') || '@gmail.com' ELSE {MAIL} END END"
)
DIGITS = "REGEXP_REPLACE(REGEXP_REPLACE(REPLACE({cell}, '(0)', ''), '[^0-9]', '', 'g'), '^00', '')"
PHONE = (
    f"CASE WHEN LENGTH({DIGITS}) >= 7 AND REPLACE({DIGITS}, SUBSTR({DIGITS}, 1, 1), '') <> ''"
    f" AND NOT REGEXP_MATCHES({DIGITS}, '^0?1234567(8(90?)?)?$') THEN {DIGITS} END"
)
ACCENTED = "áàâäãåāăąćčçďđðéèêëēėęěğíìîïīıłľñńňóòôöõøōőŕřśšşșťţțúùûüūůűųýÿžźż''’`´"
PLAIN = "aaaaaaaaacccdddeeeeeeeegiiiiiillnnnoooooooorrsssstttuuuuuuuuyyzzz"
UNFOLDED = f"TRANSLATE(LOWER({{cell}}), '{ACCENTED}', '{PLAIN}')"
FOLDED_NAME = f"REPLACE(REPLACE(REPLACE(REPLACE({UNFOLDED}, 'ß', 'ss'), 'ae', 'a'), 'oe', 'o'), 'ue', 'u')"
PERSON = (
    f"CASE WHEN LENGTH(TRIM({{cell}})) > 1 AND NOT {NOTHING}"
    " AND NOT REGEXP_MATCHES(LOWER({cell}), '^ *(test test|no name) *$')"
    f" THEN TRIM(REGEXP_REPLACE({FOLDED_NAME}, '[-.,;_ ]+', ' ', 'g')) END"
)
SHORT = {
    r"\bstreet\b": "st",
    "stra(ss|ß)e": "str",
    r"\broad\b": "rd",
    r"\bavenue\b": "ave",
    r"\b(flat|apartment|apt|unit|wohnung)\b": "",
}
"""What is written out in one address of a home and short, or not at all, in another."""


def _home() -> str:
    """SQL for the letters and digits of where somebody lives."""
    home = f"LOWER({FOLDED})"
    for written, short in SHORT.items():
        home = f"REGEXP_REPLACE({home}, '{written}', '{short}', 'g')"
    home = f"REGEXP_REPLACE({home}, '[{MARKS}]', '', 'g')"
    return f"CASE WHEN REGEXP_MATCHES({FOLDED}, '[0-9]') AND NOT {NOTHING} THEN {home} END"


GUILT = (
    "CASE WHEN LOWER(TRIM({cell})) = 'confirmed_fraud' THEN 2"
    " WHEN LOWER(TRIM({cell})) IN ('worth_reviewing', 'false_positive', 'inconclusive') THEN 0 ELSE 1 END"
)
SPELLED = {
    "ADDRESS_OF": ADDRESS,
    "COUNTRY_OF": COUNTRY,
    "DEVICE_OF": DEVICE,
    "EMAIL_OF": EMAIL,
    "GUILT_OF": GUILT,
    "HOME_OF": _home(),
    "NUMBER_OF": NUMBER,
    "PERSON_OF": PERSON,
    "PHONE_OF": PHONE,
}
"""An address on a chain in hexadecimal or bech32 is the same in capitals and small letters (EIP-55 has both for a
check sum), one in base58 is not; `0x`, and what a link has around an address, may be there or not. A country is the
alpha-3 code of its state, NULL where the cell is no code of a state; `:countries` is bound to
`tools.countries.listed_states`. A device is the same in either case, with or without braces. A home is known by its
letters and digits, and has a digit: a town is nobody's home. In the number of a document 0 and O are one sign, and so
are 1 and I; one that is none of `A` to `Z` and no digit was not read. An e-mail is the same in capitals and with
a tag after `+`, at Gmail also with points; a phone by its digits, with 00 or + before the country; the name of a person
without accents, marks and capitals. The guilt of how a case ended is 2 for confirmed fraud, 0 for what is known to be
none, and 1 where it may have been."""
CALL = re.compile(rf"\b({'|'.join(SPELLED)})\(([a-z_]+(?:\.[a-z_]+)?)\)")


def spelled(sql: str) -> str:
    """A query with these calls written out, each on the line on which it stood."""
    return CALL.sub(lambda call: SPELLED[call[1]].replace("{cell}", call[2]), sql)
