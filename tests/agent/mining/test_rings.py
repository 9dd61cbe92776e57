"""Components against those of another library, and rings of a small exchange."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

import duckdb
import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warehouses import write_warehouse

from agent.mining.rings import Rings, components, rings
from tools.warehouse import Warehouse

NOW = datetime.fromisoformat("2026-06-01T12:00:00")
GROUPS = st.lists(st.lists(st.integers(0, 40).map(str), min_size=1, max_size=5), max_size=30)


@given(GROUPS, st.randoms(use_true_random=False))
def test_components_are_those_of_a_graph_in_whatever_order_links_come(groups: list[list[str]], draw: object) -> None:
    graph: networkx.Graph[str] = networkx.Graph()
    for group in groups:
        networkx.add_path(graph, group)
    found = components(groups)
    assert found == sorted(tuple(sorted(each)) for each in networkx.connected_components(graph))
    shuffled = [draw.sample(each, len(each)) for each in draw.sample(groups, len(groups))]  # type: ignore[attr-defined]
    assert components(shuffled) == found


@pytest.fixture
def found(tmp_path: Path) -> Rings:
    """Three accounts, of which two share a device and two an address; one is known as fraud. Four more share another
    device and nothing is known of them."""
    path = tmp_path / "warehouse.duckdb"
    write_warehouse(path)
    with duckdb.connect(str(path)) as connection:
        for name, day in {"A": "2026-01-01", "B": "2026-02-01", "C": "2026-03-01"}.items():
            connection.execute("INSERT INTO customers (customer_id, created_at) VALUES (?, ?)", [name, day])
        for name, device in {"A": "d-1", "B": "d-1", **dict.fromkeys("WXYZ", "d-2")}.items():
            row = [name, device, "2026-04-01"]
            connection.execute('INSERT INTO logins (customer_id, device_id, success, "at") VALUES (?, ?, TRUE, ?)', row)
        for name, status in (("B", "completed"), ("C", "cancelled")):
            row = [name, "0x" + "a1" * 20, status, "2026-05-20"]
            names = '(customer_id, chain_address, status, "at", amount_usd)'
            connection.execute(f"INSERT INTO withdrawals {names} VALUES (?, ?, ?, ?, 70)", row)
        for day in ("2026-05-30", "2026-04-01", "2026-07-01"):
            connection.execute('INSERT INTO deposits (customer_id, "at", amount_usd) VALUES (?, ?, 100)', ["A", day])
        names = "(customer_id, opened_at, outcome)"
        connection.execute(f"INSERT INTO earlier_cases {names} VALUES ('A', '2026-05-01', 'confirmed_fraud')")
        connection.execute(f"INSERT INTO earlier_cases {names} VALUES ('C', '2026-07-01', 'confirmed_fraud')")
    with closing(Warehouse.open(f"duckdb:///{path}")) as warehouse:
        return rings(warehouse, NOW, {"B": False})


def test_a_ring_beside_confirmed_fraud_comes_first(found: Rings) -> None:
    first, second = found.rings
    assert [each.customer_id for each in first.members] == ["A", "B", "C"]
    assert first.links == {"address": 1, "device": 1}
    assert (first.fraud, first.cases, first.unflagged) == (1, 2, 1)
    assert (first.paid_in, first.paid_out) == (100, 70)
    assert (first.first[:10], first.last[:10]) == ("2026-01-01", "2026-03-01")
    assert [each.customer_id for each in second.members] == ["W", "X", "Y", "Z"]
    assert (second.fraud, second.unflagged, second.first, second.links) == (0, 4, "", {"device": 1})


def test_what_linked_is_counted_by_kind(found: Rings) -> None:
    assert {by: counts.links for by, counts in found.counts.items() if counts.links} == {"device": 2, "address": 1}
    assert found.as_of == "2026-06-01T12:00:00"
