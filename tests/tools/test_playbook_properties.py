"""What holds for every playbook query, whatever the rows."""

from datetime import timedelta
from zlib import crc32

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tools.call import checked_facts
from tools.playbook import load_playbook

pytestmark = pytest.mark.heavy

SHARED = {f"sql.shared_{what}" for what in ("addresses", "devices", "documents", "portraits")}
CROSS_ACCOUNT = {"sql.peer_group", "sql.same_person", *SHARED}
HOURS = st.floats(0.01, 24 * 100)
MOVES = st.lists(
    st.tuples(st.sampled_from(["deposit", "withdraw", "login", "order", "event", "case"]), HOURS), max_size=12
)
QUICK = settings(
    max_examples=5,
    phases=[Phase.generate],  # a failing example takes too long to shrink here
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _plant(exchange, who, kind, at):
    """One happening at a moment, the same for whoever it happens to."""
    match kind:
        case "deposit":
            exchange.deposit(at, 9_000.0, who=who, method="chain", chain_address=f"from {who}")
        case "withdraw":
            exchange.withdraw(at, 4_000.0, who=who, chain_address="to all", device_id="tablet")
        case "login":
            exchange.login(at, "tablet", who=who, latitude=at.hour * 3.0)
        case "order":
            exchange.add("p2p_orders", buyer_id=who, seller_id="shop", at=at, dispute_opened_at=at, lost_by=who)
        case "event":
            exchange.add("account_events", customer_id=who, at=at, kind="password_reset")
            exchange.add("support_messages", customer_id=who, at=at, direction="customer", body="not me, hacked")
        case _:
            exchange.add("earlier_cases", customer_id=who, opened_at=at, outcome="confirmed_fraud")
            document = {
                "document_number": "N-1",
                "image_hash": 12345,
                "portrait_hash": 54321,
                "document_country": "UTO",
            }
            exchange.add(
                "kyc_submissions", customer_id=who, submitted_at=at, declared_name=f"{at:%A} {who}", **document
            )


def _answers(there, but=frozenset()):
    found = {
        tool.name: (tool, tool.run(there.subject, there.sources, tool.arguments()))
        for tool in load_playbook()
        if tool.name not in but
    }
    return {name: (checked_facts(tool, each), each.exhibits) for name, (tool, each) in found.items()}


@QUICK
@given(MOVES, MOVES)
def test_nothing_after_the_flag_changes_an_answer(exchange, desk, before, after):
    exchange.__init__(exchange.folder)
    exchange.add("watchlist", list="sanctions", full_name="Sunday Tuesday Friday")
    for kind, hours in before:
        _plant(exchange, "C1", kind, exchange.ago(hours=hours))
        _plant(exchange, "friend", kind, exchange.ago(hours=hours))
    first = _answers(desk())
    for kind, hours in after:
        _plant(exchange, "C1", kind, exchange.now + timedelta(hours=hours))
        _plant(exchange, "friend", kind, exchange.now + timedelta(hours=hours))
    assert _answers(desk()) == first


@QUICK
@given(MOVES, MOVES)
def test_what_another_customer_does_changes_no_answer_about_this_one(exchange, desk, mine, theirs):
    exchange.__init__(exchange.folder)
    exchange.add("watchlist", list="sanctions", full_name="Sunday Tuesday Friday")
    for kind, hours in mine:
        _plant(exchange, "C1", kind, exchange.ago(hours=hours))
    first = _answers(desk(), CROSS_ACCOUNT)
    exchange.customer("other")
    for kind, hours in theirs:
        _plant(exchange, "other", kind, exchange.ago(hours=hours))
    assert _answers(desk(), CROSS_ACCOUNT) == first


@QUICK
@given(st.permutations(range(6)), MOVES)
def test_the_order_of_rows_changes_no_answer(exchange, desk, order, moves):
    exchange.__init__(exchange.folder)
    exchange.add("watchlist", list="pep", full_name="Sunday Tuesday Friday")
    for kind, hours in moves:
        _plant(exchange, "C1", kind, exchange.ago(hours=hours))
        _plant(exchange, "friend", kind, exchange.ago(hours=hours / 2))
    first = _answers(desk())
    for rows in exchange.rows.values():
        rows.sort(key=lambda row: crc32(f"{order}{row}".encode()))
    assert {name: facts for name, (facts, _) in _answers(desk()).items()} == {
        n: facts for n, (facts, _) in first.items()
    }


@pytest.mark.parametrize("tool", load_playbook(), ids=lambda tool: tool.name)
def test_an_account_with_no_history_at_all_gets_lawful_answers(desk, exchange, tool):
    exchange.add("watchlist", list="sanctions", full_name="Sunday Tuesday Friday")
    there = desk()
    found = tool.run(there.subject, there.sources, tool.arguments())
    facts = checked_facts(tool, found)
    unknown = {spec.name for spec in tool.facts} - {fact.name for fact in facts}
    assert unknown == {note.partition(": ")[0] for note in found.notes}
