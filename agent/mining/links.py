"""What links accounts over the whole warehouse, as the queries of the playbook link those of one case: which accounts
have which value in common, asked kind by kind in one aggregation each, and what was left out.

Values are compared as the playbook spells them and none leaves the warehouse: a link has a number here. What more
accounts share than a ring has, services and households are left out before anything is linked, and counted. Pictures
are compared where a quarter of their hash is the same: of those that differ in three bits none is overlooked, of those
in four to six some may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from agent.errors import WarehouseError
from tools.countries import listed_states
from tools.evidence import Frozen
from tools.playbook.spelled import spelled
from tools.registry import all_tools
from tools.warehouse import Parameter, Warehouse

By = Literal["device", "address", "number", "picture", "portrait"]
KINDS: tuple[By, ...] = get_args(By)
LIMIT_S = 60.0
"""Seconds that one question over whole tables may take."""
MOST = 500_000
"""Accounts that one kind may link, each counted for every value that it shares."""
HOUSEHOLD = 7
"""Accounts on one device at one home that are a household, unless four or more, one of them under 90 days old."""

PICTURES = """
hashed AS (
  SELECT DISTINCT customer_id, {column} AS h FROM kyc_submissions
  WHERE submitted_at <= CAST(:as_of AS TIMESTAMP) AND {column} <> 0
), hashes AS (
  SELECT h FROM hashed GROUP BY h HAVING COUNT(*) <= :most
), banded AS (
  SELECT h, 0 AS band, h & 65535 AS bits FROM hashes
  UNION ALL SELECT h, 1, (h >> 16) & 65535 FROM hashes
  UNION ALL SELECT h, 2, (h >> 32) & 65535 FROM hashes
  UNION ALL SELECT h, 3, (h >> 48) & 65535 FROM hashes
), near AS (
  SELECT DISTINCT a.h AS link, b.h
  FROM banded AS a JOIN banded AS b ON b.band = a.band AND b.bits = a.bits
  WHERE BIT_COUNT(XOR(a.h, b.h)) <= :distance
), pairs AS (
  SELECT DISTINCT CAST(near.link AS VARCHAR) AS link, hashed.customer_id
  FROM near JOIN hashed ON hashed.h = near.h
)"""
PAIRS: Mapping[By, str] = {
    "device": """
pairs AS (
  SELECT DISTINCT DEVICE_OF(device_id) AS link, customer_id FROM (
    SELECT DISTINCT device_id, customer_id FROM logins WHERE success AND "at" <= CAST(:as_of AS TIMESTAMP)
  ) AS spellings
)""",
    "address": """
pairs AS (
  SELECT DISTINCT ADDRESS_OF(chain_address) AS link, customer_id FROM (
    SELECT DISTINCT chain_address, customer_id FROM withdrawals WHERE "at" <= CAST(:as_of AS TIMESTAMP)
  ) AS spellings
)""",
    "number": """
pairs AS (
  SELECT DISTINCT CASE WHEN LENGTH(number) >= :telling_signs THEN number ELSE number || ' ' || country END AS link,
    customer_id
  FROM (
    SELECT NUMBER_OF(document_number) AS number, COUNTRY_OF(document_country) AS country, customer_id
    FROM kyc_submissions WHERE submitted_at <= CAST(:as_of AS TIMESTAMP)
  ) AS submitted
  WHERE REGEXP_MATCHES(number, '^[A-Z0-9]+$')
)""",
    "picture": PICTURES.format(column="image_hash"),
    "portrait": PICTURES.format(column="portrait_hash"),
}
SERVICES = """, kinds AS (
  SELECT ADDRESS_OF(chain_address) AS link,
    MIN(CASE WHEN LOWER(TRIM(category)) IN ('exchange', 'defi') THEN 1 ELSE 0 END) AS service,
    MAX(CASE WHEN LOWER(TRIM(category)) = 'self_hosted' THEN 1 ELSE 0 END) AS own
  FROM chain_addresses GROUP BY ADDRESS_OF(chain_address)
)"""
NO_SERVICES = ", kinds AS (SELECT CAST(NULL AS VARCHAR) AS link, 0 AS service, 0 AS own)"
HOMES = """, homes AS (
  SELECT customer_id, HOME_OF(residence_address) AS home,
    CASE WHEN created_at > CAST(:as_of AS TIMESTAMP) - INTERVAL '90' DAY THEN 1 ELSE 0 END AS young
  FROM customers
)"""
SIZED = """, sized AS (
  SELECT p.link, COUNT(*) AS accounts,
    COUNT(*) = COUNT(h.home) AND COUNT(DISTINCT h.home) = 1 AND COUNT(*) <= :household
      AND NOT (COUNT(*) > 3 AND MAX(h.young) = 1) AS home
  FROM pairs AS p LEFT JOIN homes AS h ON h.customer_id = p.customer_id
  WHERE p.link IS NOT NULL GROUP BY p.link HAVING COUNT(*) >= :least
), told AS (
  SELECT s.link, s.accounts, CASE
    WHEN COALESCE(k.service, 0) = 1 THEN 'services'
    WHEN s.accounts > :most AND COALESCE(k.own, 0) = 0 THEN 'hubs'
    WHEN s.home AND :by = 'device' THEN 'households' ELSE 'links' END AS what
  FROM sized AS s LEFT JOIN kinds AS k ON k.link = s.link
)"""
COUNT = " SELECT what, COUNT(*) AS n, SUM(accounts) AS accounts FROM told GROUP BY what"
LINKED = """ SELECT DENSE_RANK() OVER (ORDER BY p.link) AS link, p.customer_id
FROM pairs AS p JOIN told AS t ON t.link = p.link AND t.what = 'links'
ORDER BY 1, 2"""


class Counts(Frozen):
    """How many values of a kind link accounts, and how many were left out: shared by too many, of services, of
    households."""

    links: int = 0
    hubs: int = 0
    services: int = 0
    households: int = 0


@dataclass(frozen=True)
class Linked:
    """The accounts that one kind links, by the number of the value that they share."""

    by: By
    counts: Counts
    accounts: Mapping[int, tuple[str, ...]]


def linked(warehouse: Warehouse, by: By, as_of: datetime) -> Linked:
    """What one kind links as of a moment (UTC, without a zone). Raises WarehouseError as `Warehouse.query` does, and
    where it links more accounts than can be looked through."""
    tables = {"device": ("logins",), "address": ("withdrawals", "chain_addresses")}.get(by, ("kyc_submissions",))
    warehouse.require("customers", *tables)
    frame = spelled(f"WITH {PAIRS[by].strip()}{SERVICES if by == 'address' else NO_SERVICES}{HOMES}{SIZED}")
    bound = _bound(frame, by, as_of)
    found = {row["what"]: row for row in warehouse.query(frame + COUNT, bound, LIMIT_S)}
    accounts: dict[int, tuple[str, ...]] = {}
    if "links" in found:
        if found["links"]["accounts"] > MOST:
            what = f"more than {MOST:,} accounts are linked by {by}"
            raise WarehouseError(what, "choose other kinds with --by, and check that no placeholder links them")
        for row in warehouse.query(frame + LINKED, bound, LIMIT_S, MOST):
            accounts[row["link"]] = (*accounts.get(row["link"], ()), row["customer_id"])
    return Linked(by, Counts(**{what: row["n"] for what, row in found.items()}), accounts)


def _bound(frame: str, by: By, as_of: datetime) -> Mapping[str, Parameter]:
    """The limits of the playbook's own queries. Whose picture is the same as that of fewer may be chance."""
    tools = all_tools()
    addresses, documents, portraits = (
        tools[f"sql.shared_{name}"].arguments().model_dump() for name in ("addresses", "documents", "portraits")
    )
    every: Mapping[str, Parameter] = {
        "as_of": as_of,
        "by": by,
        "countries": listed_states(),
        "distance": (documents if by == "picture" else portraits)["distance"],
        "household": HOUSEHOLD,
        "least": documents["telling_accounts"] + 1 if by == "picture" else 2,
        "most": addresses["service_accounts"],
        "telling_signs": documents["telling_signs"],
    }
    return {name: value for name, value in every.items() if f":{name}" in frame}
