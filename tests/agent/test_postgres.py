"""A review over PostgreSQL comes to what it comes to over DuckDB: the same facts, exhibits, notes and draft."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from postgres import carried_over

from agent.desk import open_sources, policy_for
from agent.session import review_case
from agent.settings import Settings
from agent.store import Store
from tools.errors import WarehouseError
from tools.evidence import Evidence
from tools.playbook import load_playbook
from tools.registry import call_tool
from tools.warehouse import Warehouse


@pytest.fixture(scope="module")
def url(postgres: str, exchange: Path) -> str:
    """The exchange that all tests share, on the server."""
    return carried_over(exchange / "world" / "warehouse.duckdb", postgres, "exchange")


@pytest.fixture
def both(exchange: Path, home: Path, url: str) -> Iterator[tuple[Store, Settings, Settings]]:
    with closing(Store(home)) as store:
        yield store, Settings(casework_home=home), Settings(casework_home=home, warehouse_url=url)


def told(entry: Any) -> Any:
    """What a tool came to, apart from when and how long; floats to nine places, as sums go in another order."""
    if not isinstance(entry, Evidence):
        return entry.reason
    facts = {fact.name: round(fact.value, 9) if isinstance(fact.value, float) else fact.value for fact in entry.facts}
    return facts, entry.exhibits, entry.notes


def test_every_query_comes_to_the_same(both: tuple[Store, Settings, Settings]) -> None:
    store, here_settings, there_settings = both
    for row in store.queue()[::2]:
        case = store.case(row.case_id).model_copy(update={"attachments": ()})
        policy = policy_for(case, here_settings)
        sources = [open_sources(case, each, policy) for each in (here_settings, there_settings)]
        for tool in load_playbook():
            ours, theirs = (told(call_tool(tool, "E1", case.subject, each)) for each in sources)
            assert theirs == ours, (case.case_id, tool.name)
        for each in sources:
            each.warehouse.close()


def test_a_review_comes_to_the_same_draft(both: tuple[Store, Settings, Settings]) -> None:
    store, *settings = both
    case_id = store.queue()[0].case_id
    drafts = [review_case(store, each, case_id, with_model=False).draft for each in settings]
    assert drafts[0] == drafts[1]


def test_the_check_finds_every_table(url: str) -> None:
    with closing(Warehouse.open(url)) as warehouse:
        reports = warehouse.check()
    assert all(report.present and report.rows for report in reports)
    assert {report.name: report.problems for report in reports if report.problems} == {
        "face_index": ("column 'embedding' is ARRAY, not FLOAT[128]",)
    }


def test_nothing_is_written_and_nothing_takes_longer_than_it_may(url: str) -> None:
    with closing(Warehouse.open(url)) as warehouse:
        with pytest.raises(WarehouseError, match="failed with ReadOnlySqlTransaction"):
            warehouse.query("DELETE FROM customers", {})
        began = time.monotonic()
        with pytest.raises(WarehouseError, match=r"took longer than 0.3 s"):
            warehouse.query("SELECT pg_sleep(20)", {}, limit_s=0.3)
        assert time.monotonic() - began < 5
        assert warehouse.query("SELECT 1 AS answer", {})[0]["answer"] == 1
