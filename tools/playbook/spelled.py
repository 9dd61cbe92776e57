"""What is written in several ways, brought to one in every query: `ADDRESS_OF(cell)` and `COUNTRY_OF(cell)` in a
playbook file stand for the SQL below. The catalogue says what a column may hold; here is when two cells are the same.
"""

from __future__ import annotations

import re

PREFIXES = """
bc tb bcrt ltc tltc addr addr_test stake stake_test bnb tbnb cosmos osmo terra celestia inj kava sei dydx thor juno
akash axelar one zil erd zs
"""
"""Human-readable parts of addresses in bech32, after SLIP-0173."""
EITHER_CASE = f"^(0x|bitcoincash:|({'|'.join(PREFIXES.split())})1)"
CALL = re.compile(r"\b(ADDRESS_OF|COUNTRY_OF)\(([a-z_]+(?:\.[a-z_]+)?)\)")
SPELLED = {
    "ADDRESS_OF": (
        f"CASE WHEN REGEXP_MATCHES(LOWER(TRIM({{cell}})), '{EITHER_CASE}')"
        " THEN LOWER(TRIM({cell})) ELSE NULLIF(TRIM({cell}), '') END"
    ),
    "COUNTRY_OF": (
        "SUBSTR(CAST(:countries AS VARCHAR), NULLIF(STRPOS(CAST(:countries AS VARCHAR),"
        " ' ' || UPPER(TRIM({cell})) || '='), 0) + LENGTH(TRIM({cell})) + 2, 3)"
    ),
}
"""An address in hexadecimal or bech32 is the same in capitals and small letters (EIP-55 has both for a check sum), one
in base58 is not. A country is the alpha-3 code of its state, NULL where the cell is no code of a state; `:countries` is
bound to `tools.countries.listed_states`."""


def spelled(sql: str) -> str:
    """A query with these calls written out, each on the line on which it stood."""
    return CALL.sub(lambda call: SPELLED[call[1]].format(cell=call[2]), sql)
