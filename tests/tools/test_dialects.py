"""Where engines read the same words otherwise, the answer is the same all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
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


@pytest.mark.parametrize("distance", [0, 3, 4, 64])
def test_bits_are_counted_with_the_highest_among_them(exchange: Any, on_both: Ask, distance: int) -> None:
    mine = (1 << 63) + 0xFFFF00
    for who, value in ((exchange.me, mine), ("U2", mine ^ ((1 << 64) - (1 << (64 - distance))))):
        exchange.customer(who) if who != exchange.me else None
        exchange.add("kyc_submissions", customer_id=who, submitted_at=exchange.ago(days=3), image_hash=value)
    here, elsewhere = on_both("shared_documents")
    assert elsewhere.facts == here.facts
    assert (here.facts["document.accounts_sharing_template"] >= 1) == (distance <= 3)


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


def test_numbers_and_lists_are_asked_in_the_words_of_the_engine(opened: Any, postgres: str) -> None:
    sql = "SELECT 7::INT // 2 AS half, 7 / 2 AS share, 'C1' IN :names AS there"
    with closing(Warehouse.open(postgres.replace("postgresql://", "postgresql+psycopg://"))) as other:
        rows = [each.query(sql, {"names": ["C1", "C2"]})[0] for each in (opened(), other)]
    assert [dict(row) for row in rows] == [{"half": 3, "share": 3.5, "there": True}] * 2


def test_what_duckdb_says_is_left_as_it_is_and_an_unknown_engine_is_named() -> None:
    assert translated("SELECT xor(1, 2)", "duckdb") == "SELECT xor(1, 2)"
    with pytest.raises(WarehouseError, match="for engine 'oracle'; use one of"):
        translated("SELECT 1", "oracle")
