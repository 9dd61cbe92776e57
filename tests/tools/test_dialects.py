"""Where engines read the same words otherwise, the answer is the same all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from postgres import carried_over

from tools.dialects import translated
from tools.errors import WarehouseError
from tools.playbook import load_playbook
from tools.tool import Found
from tools.warehouse import Warehouse

SAID = [
    "My phone was stolen on a trip",
    "nothing was stolen",
    "a tripod for my camera",
    "I did not make this transfer",
    "I did n't authorise it",
    "it was not me",
    "the notary met someone",
    "Mein Konto wurde gehackt",
    "he sido robado, viajando",
    "Piraté hier",
    "I was not hacked, I am travelling",
    "abroad\nand not\nme",
    "",
]


TOOLS = {tool.name: tool for tool in load_playbook()}


@pytest.fixture
def on_both(exchange: Any, desk: Any, postgres: str, tmp_path: Path) -> Iterator[Callable[..., tuple[Found, Found]]]:
    """Asks a query about a customer of the exchange as it stood at the first question: on DuckDB, on PostgreSQL."""
    with ExitStack() as stack:

        @cache
        def opened() -> tuple[Any, Warehouse]:
            there = desk()
            url = carried_over(exchange.folder / "warehouse.duckdb", postgres, tmp_path.name)
            return there, stack.enter_context(closing(Warehouse.open(url)))

        def ask(stem: str, who: str = exchange.me) -> tuple[Found, Found]:
            there, other = opened()
            subject, tool = there.subject.model_copy(update={"customer_id": who}), TOOLS[f"sql.{stem}"]
            here, elsewhere = (
                tool.run(subject, replace(there.sources, warehouse=each), tool.arguments())
                for each in (there.sources.warehouse, other)
            )
            return here, elsewhere

        yield ask


Ask = Callable[..., tuple[Found, Found]]


def test_key_words_end_where_words_end(exchange: Any, on_both: Ask) -> None:
    for place, said in enumerate(SAID):
        exchange.customer(f"U{place}")
        at = exchange.ago(days=1)
        exchange.add("support_messages", customer_id=f"U{place}", at=at, direction="customer", body=said)
    found = [on_both("support_messages", f"U{place}") for place in range(len(SAID))]
    for said, (here, elsewhere) in zip(SAID, found, strict=True):
        assert elsewhere == here, said
    assert {here.facts.get("support.mentions_travel") for here, _ in found} == {True, False, None}


def test_what_left_and_where_to_is_told_alike(exchange: Any, on_both: Ask) -> None:
    exchange.add("chain_addresses", chain_address="0xbad", risk_score=0.3, category="Mixer ")
    exchange.add("chain_addresses", chain_address="0xold", risk_score=1.0, category="sanctioned")
    exchange.withdraw(exchange.ago(days=120), 50.0, chain_address="0xOLD")
    exchange.withdraw(exchange.ago(days=20), 50.0, chain_address="0xbad")
    for hours, usd in ((60.25, 9_000.0), (40.5, 1.0), (40.25, 1.0)):
        exchange.deposit(exchange.ago(hours=hours), usd)
    exchange.login(exchange.ago(days=100), "phone")
    exchange.login(exchange.ago(hours=50), "tablet")
    exchange.withdraw(exchange.ago(hours=48), 8_000.0, chain_address="0xBAD", device_id="tablet")
    exchange.withdraw(exchange.ago(hours=30), 500.0, method="bank", device_id="tablet")
    for place, (seller, lost) in enumerate((("B", "C1"), ("B", None), (None, None), ("D", " "))):
        exchange.add(
            "p2p_orders", buyer_id="C1", seller_id=seller, at=exchange.ago(days=1 + 40 * place), status="completed",
            payer_name_matches=place > 0, lost_by=lost, dispute_opened_at=exchange.ago(days=2) if place == 3 else None,
        )  # fmt: skip
    told: dict[str, Any] = {}
    for stem in ("in_out_latency", "new_device_withdrawal", "counterparty_risk", "p2p_disputes", "geo_velocity"):
        here, elsewhere = on_both(stem)
        assert elsewhere == here, stem
        told |= here.facts
    assert told["flow.in_out_hours"] == pytest.approx(12.25)
    assert told["takeover.new_address"] is True
    assert told["takeover.untraced_share"] == pytest.approx(500 / 8_902)
    assert (told["counterparty.grave_usd"], told["counterparty.sanctioned"]) == (8_050.0, True)
    assert (told["p2p.orders"], told["p2p.disputes"], told["p2p.dispute_rate"]) == (4, 2, pytest.approx(2 / 3))


def test_an_old_account_without_early_logins_is_told_alike(exchange: Any, on_both: Ask) -> None:
    exchange.login(exchange.ago(hours=3), "phone")
    exchange.withdraw(exchange.ago(hours=1), 5.0, method="bank", device_id="phone")
    here, elsewhere = on_both("new_device_withdrawal")
    assert elsewhere == here
    assert "takeover.new_device_withdrawals" not in here.facts


@pytest.mark.parametrize("distance", [0, 6, 7, 64])
def test_bits_are_counted_with_the_highest_among_them(exchange: Any, on_both: Ask, distance: int) -> None:
    mine = (1 << 63) + 0xFFFF00
    for who, value in ((exchange.me, mine), ("U2", mine ^ ((1 << 64) - (1 << (64 - distance))))):
        exchange.customer(who) if who != exchange.me else None
        exchange.add("kyc_submissions", customer_id=who, submitted_at=exchange.ago(days=3), image_hash=value)
    here, elsewhere = on_both("shared_documents")
    assert elsewhere.facts == here.facts
    assert (here.facts["document.accounts_sharing_template"] >= 1) == (distance <= 6)


def test_what_is_written_in_several_ways_is_one_on_both(exchange: Any, on_both: Ask) -> None:
    home, device, address = "12 Main Street, Flat ٣", "{8F3A-22BC}", "0x52908400098527886E0F7030069857D2E4169EE7"
    other = ("12, MAIN ST.\u00a03", " 8f3a-22bc\u200b", f"Ethereum:{address[2:].lower()}@1?value=1")
    for who, (lives, logs_in, pays) in {
        exchange.me: (home, device, address),
        "U2": other,
        "U3": ("-", "n/a", "0x0"),
    }.items():
        exchange.customer(who) if who != exchange.me else None
        exchange.rows["customers"][-1]["residence_address"] = lives
        exchange.add("devices", device_id=logs_in, is_emulator=True)
        exchange.login(exchange.ago(days=2), logs_in, who=who)
        exchange.withdraw(exchange.ago(days=1), 5.0, who=who, chain_address=pays)
        exchange.add("earlier_cases", customer_id=who, opened_at=exchange.ago(days=730), outcome="false_positive")
    for who, country, number in (
        (exchange.me, "DEU", "Ｋ-1O23 4567I"),
        ("U2", "D", "k10٢٣45671"),
        ("U3", "AUT", "К1023—45671"),
        ("U4", "AUT", "unknown"),
    ):
        cells = {"document_number": number, "document_country": country, "declared_name": f"A. {who}"}
        born = exchange.ago(days=9000 + len(exchange.rows["kyc_submissions"])).date()
        exchange.add(
            "kyc_submissions", customer_id=who, submitted_at=exchange.ago(days=3), declared_birth_date=born, **cells
        )
    told = {}
    for stem in ("shared_devices", "shared_addresses", "shared_documents", "shared_portraits", "earlier_cases"):
        here, elsewhere = on_both(stem)
        assert elsewhere == here, stem
        told |= here.facts
    assert told == {
        "device.accounts_sharing": 1,
        "device.household_share": 1.0,
        "device.emulator": True,
        "device.confirmed_fraud_sharing": 0,
        "address.accounts_sharing": 1,
        "address.confirmed_fraud_sharing": 0,
        "document.accounts_sharing_number": 1,
        "document.accounts_sharing_number_abroad": 1,
        "earlier.confirmed_fraud": 0,
        "earlier.false_positive": 1,
        "earlier.total": 1,
    }


def test_a_list_is_searched_page_by_page(exchange: Any, on_both: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange.rows["customers"][-1]["full_name"] = "Jürgen Groß"
    for place, name in enumerate(["Ann Other", "Some Body", "Jurgen Gross", "No One", "Any Body"]):
        exchange.add("watchlist", entry_id=f"W{place}", list="sanctions", full_name=name, aliases=None)
    monkeypatch.setattr("tools.playbook.here.PAGE", 2)
    ours, theirs = on_both("name_screening")
    assert theirs == ours
    assert ours.facts["screening.sanctions_score"] == 1
    monkeypatch.setattr("tools.playbook.here.PAGES", 2)
    with pytest.raises(WarehouseError, match="table 'watchlist' has too many rows to be searched here; keep 4 of them"):
        on_both("name_screening")


def test_a_person_is_the_same_on_either_engine(exchange: Any, on_both: Ask) -> None:
    me = {"birth_date": date(1980, 2, 3), "email": "Á.nn+x@GMAIL.com", "phone": "+49 (0)170 1234567"}
    exchange.rows["customers"][-1].update(me | {"full_name": "Ánn-Maria  Müller's"})
    exchange.customer("U2", full_name="MUELLERS, Ann Maria", birth_date=date(1980, 2, 3), email=None, phone=None)
    exchange.customer("U3", full_name="B", email="ánn@googlemail.com ", phone=None)
    exchange.customer("U4", full_name="C", email="n/a", phone="0049\u00a0170/123-4567")
    exchange.add("earlier_cases", customer_id="U4", opened_at=exchange.ago(days=3), outcome="confirmed_fraud")
    here, elsewhere = on_both("same_person")
    assert elsewhere == here
    assert list(here.facts.values()) == [1, 0, 2, 1]


def test_numbers_and_lists_are_asked_in_the_words_of_the_engine(opened: Any, postgres: str) -> None:
    sql = "SELECT 7::INT // 2 AS half, 7 / 2 AS share, 'C1' IN :names AS there"
    with closing(Warehouse.open(postgres.replace("postgresql://", "postgresql+psycopg://"))) as other:
        rows = [each.query(sql, {"names": ["C1", "C2"]})[0] for each in (opened(), other)]
    assert [dict(row) for row in rows] == [{"half": 3, "share": 3.5, "there": True}] * 2


def test_what_duckdb_says_is_left_as_it_is_and_an_unknown_engine_is_named() -> None:
    assert translated("SELECT xor(1, 2)", "duckdb") == "SELECT xor(1, 2)"
    with pytest.raises(WarehouseError, match="for engine 'oracle'; choose one of"):
        translated("SELECT 1", "oracle")
