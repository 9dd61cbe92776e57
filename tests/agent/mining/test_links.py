"""What links accounts over a whole warehouse: as the queries of the playbook do, and without what they leave out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from postgres import carried_over
from postgres import postgres as postgres
from warehouses import write_warehouse

from agent.errors import WarehouseError
from agent.mining import links
from agent.mining.links import By, linked
from tools.warehouse import Warehouse

NOW = datetime.fromisoformat("2026-06-01T12:00:00")
OLD = datetime.fromisoformat("2024-01-01T00:00:00")
Add = Callable[..., None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    write_warehouse(path)
    return path


def put(connection: duckdb.DuckDBPyConnection, table: str, **values: Any) -> None:
    names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" for _ in values)
    connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', [*values.values()])


@pytest.fixture
def add(path: Path) -> Add:
    """Put a row into a table."""

    def insert(table: str, **values: Any) -> None:
        with duckdb.connect(str(path)) as connection:
            put(connection, table, **values)

    return insert


@pytest.fixture
def accounts(add: Add, path: Path) -> Callable[..., None]:
    """Accounts that logged in on one device, withdrew to one address or submitted one document."""

    def share(table: str, who: str, at: datetime = OLD, **values: Any) -> None:
        clock = "submitted_at" if table == "kyc_submissions" else "at"
        values |= {clock: at} | ({"success": True} if table == "logins" else {})
        with duckdb.connect(str(path)) as connection:
            known = {name for (name,) in connection.execute("SELECT customer_id FROM customers").fetchall()}
            for name in who.split():
                if name not in known:
                    put(connection, "customers", customer_id=name, created_at=OLD, residence_address=f"{name} road 1")
                put(connection, table, customer_id=name, **values)

    return share


def groups(path: Path, by: By, as_of: datetime = NOW) -> tuple[set[str], dict[str, int]]:
    """The accounts that each value links, joined, and what was counted beside links."""
    with closing(Warehouse.open(f"duckdb:///{path}")) as warehouse:
        return told(warehouse, by, as_of)


def told(warehouse: Warehouse, by: By, as_of: datetime = NOW) -> tuple[set[str], dict[str, int]]:
    found = linked(warehouse, by, as_of)
    counts = found.counts.model_dump()
    assert counts.pop("links") == len(found.accounts)
    return {" ".join(each) for each in found.accounts.values()}, {what: many for what, many in counts.items() if many}


def test_devices_link_however_they_are_written_and_placeholders_nobody(accounts: Add, path: Path) -> None:
    accounts("logins", "A", device_id="{AB-1}")
    accounts("logins", "B C", device_id="ab-1")
    accounts("logins", "D E", device_id="unknown")
    accounts("logins", "F G", device_id="00000000-0000")
    accounts("logins", "H", device_id="ab-1", at=NOW + timedelta(days=1))
    assert groups(path, "device") == ({"A B C"}, {})
    assert groups(path, "device", NOW + timedelta(days=2)) == ({"A B C H"}, {})


def test_a_household_is_left_out_and_a_young_crowd_at_one_address_is_none(accounts: Add, add: Add, path: Path) -> None:
    for name in ("A", "B", *"CDEF"):
        young = NOW - timedelta(days=9) if name in "CDEF" else OLD
        add("customers", customer_id=name, created_at=young, residence_address="1 Long Road")
    accounts("logins", "A B", device_id="ours-1")
    accounts("logins", "C D E F", device_id="theirs-1")
    assert groups(path, "device") == ({"C D E F"}, {"households": 1})


def test_services_and_addresses_of_many_link_nobody_unless_they_are_self_hosted(
    accounts: Add, add: Add, path: Path
) -> None:
    many = " ".join(f"M{number:02}" for number in range(51))
    for address, category, who in (
        ("0x" + "a1" * 20, "exchange", "A B"),
        ("0x" + "b2" * 20, "self_hosted", many),
        ("0x" + "d4" * 20, "mixer", "A C"),
    ):
        add("chain_addresses", chain_address=address, category=category)
        accounts("withdrawals", who, chain_address=address, amount_usd=1)
    accounts("withdrawals", many, chain_address="0x" + "c3" * 20, amount_usd=1)
    assert groups(path, "address") == ({many, "A C"}, {"hubs": 1, "services": 1})


def test_numbers_link_within_a_country_and_long_ones_across(accounts: Add, path: Path) -> None:
    for number, country, who in (
        ("ab-12 34", "DEU", "A"),
        ("AB1234", "DE", "B"),
        ("AB1234", "FRA", "C"),
        ("AB1234", "nowhere", "D"),
        ("ABCDE12345", "DEU", "E"),
        ("ABCDE12345", "FRA", "F"),
        ("ЖШ1234", "DEU", "G H"),
        ("123456789", "DEU", "I J"),
    ):
        accounts("kyc_submissions", who, document_number=number, document_country=country)
    assert groups(path, "number") == ({"A B", "E F"}, {})


def test_pictures_link_where_few_bits_differ_and_more_than_chance_shares_them(accounts: Add, path: Path) -> None:
    mine = (1 << 63) + 0xABCDEF
    for who, value in (("A B", mine), ("C", mine ^ 0b111), ("D", mine ^ (0b11 << 40)), ("E", mine ^ 0b11111)):
        accounts("kyc_submissions", who, image_hash=value)
    accounts("kyc_submissions", "X Y Z", image_hash=77)
    accounts("kyc_submissions", "N O P Q", image_hash=0)
    found, _ = groups(path, "picture")
    assert set().union(*(each.split() for each in found)) == set("ABCDE"), "the last is near one that is near"
    assert all(len(each.split()) >= 4 for each in found)


def test_two_accounts_with_one_portrait_are_linked(accounts: Add, path: Path) -> None:
    accounts("kyc_submissions", "A", portrait_hash=(1 << 63) + 5)
    accounts("kyc_submissions", "B", portrait_hash=(1 << 63) + 5 ^ (0b111111 << 20))
    accounts("kyc_submissions", "C", portrait_hash=12345678901234)
    assert groups(path, "portrait") == ({"A B"}, {})


@pytest.fixture
def elsewhere(accounts: Add, path: Path, postgres: str) -> Iterator[tuple[Warehouse, Warehouse]]:
    """One exchange on two engines."""
    accounts("logins", "A B", device_id="AB-1")
    accounts("withdrawals", "B C", chain_address="0x" + "a1" * 20, amount_usd=1)
    accounts("kyc_submissions", "C D", document_number="AB1234567", document_country="DEU", image_hash=1 << 63)
    accounts("kyc_submissions", "E F G H", image_hash=(1 << 63) + 1, portrait_hash=(1 << 64) - 1)
    url = carried_over(path, postgres, "rings")
    with closing(Warehouse.open(f"duckdb:///{path}")) as one, closing(Warehouse.open(url)) as other:
        yield one, other


def test_another_engine_links_alike(elsewhere: tuple[Warehouse, Warehouse]) -> None:
    for by in links.KINDS:
        here, there = (told(each, by) for each in elsewhere)
        assert here == there
        assert here[0] or by == "portrait"


def test_more_than_can_be_looked_through_is_said_with_what_to_do(
    accounts: Add, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST", 2)
    accounts("logins", "A B", device_id="ab-1")
    assert groups(path, "device") == ({"A B"}, {})
    accounts("logins", "C", device_id="ab-1")
    with pytest.raises(WarehouseError, match="more than 2 accounts are linked by device; choose other kinds with --by"):
        groups(path, "device")


def test_an_empty_table_is_no_innocence(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM logins")
    with pytest.raises(WarehouseError, match="'logins' of the warehouse is empty"):
        groups(path, "device")
