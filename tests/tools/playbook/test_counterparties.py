"""Addresses and partners that money came from and went to, worked out by hand."""

import pytest


def test_counterparty_risk_over_deposits_and_withdrawals(exchange, ask):
    exchange.add("chain_addresses", chain_address="mixer", risk_score=0.9, category="mixer")
    exchange.add("chain_addresses", chain_address="listed", risk_score=0.7, category="sanctioned")
    exchange.add("chain_addresses", chain_address="clean", risk_score=0.1, category="exchange")
    exchange.deposit(exchange.ago(days=80), 100.0, chain_address="mixer")
    exchange.deposit(exchange.ago(days=91), 999.0, chain_address="mixer")
    exchange.withdraw(exchange.ago(days=1), 50.0, chain_address="listed")
    exchange.withdraw(exchange.ago(days=1), 50.0, chain_address="clean")
    assert ask("counterparty_risk").facts == {
        "counterparty.max_risk": 0.9,
        "counterparty.risky_usd": 150.0,
        "counterparty.risky_share": 0.75,
        "counterparty.grave_usd": 150.0,
        "counterparty.sanctioned": True,
    }


@pytest.mark.parametrize("score", [0.1, 0.69, None])
@pytest.mark.parametrize(
    ("category", "risky"), [("Mixer ", 1), ("scam", 1), ("darknet", 1), ("sanctioned", 1), ("defi", 0)]
)
def test_some_categories_are_risky_whatever_the_score(exchange, ask, category, score, risky):
    exchange.add("chain_addresses", chain_address="there", risk_score=score, category=category)
    exchange.withdraw(exchange.ago(days=1), 400.0, chain_address="there")
    facts = ask("counterparty_risk").facts
    assert facts["counterparty.grave_usd"] == 400.0 * risky
    known = risky or score is not None
    assert facts.get("counterparty.risky_usd") == (400.0 * risky if known else None)
    assert facts.get("counterparty.risky_share") == (risky if known else None)
    assert facts.get("counterparty.max_risk") == score


@pytest.mark.parametrize(("usd", "told"), [(9_999.0, None), (10_000.0, 10_000.0)])
def test_a_grave_sum_is_told_although_of_others_nothing_is_known(exchange, ask, usd, told):
    exchange.add("chain_addresses", chain_address="bad", risk_score=0.3, category="scam")
    exchange.withdraw(exchange.ago(days=1), usd, chain_address="bad")
    exchange.withdraw(exchange.ago(days=1), 90_000.0, chain_address="nobody knows")
    assert ask("counterparty_risk").facts.get("counterparty.grave_usd") == told


def test_a_sanctioned_address_is_sanctioned_however_long_ago(exchange, ask):
    exchange.add("chain_addresses", chain_address="listed", risk_score=1.0, category="sanctioned")
    exchange.withdraw(exchange.ago(days=200), 5.0, chain_address="nobody knows")
    assert ask("counterparty_risk").facts["counterparty.sanctioned"] is False
    exchange.withdraw(exchange.ago(days=91), 80_000.0, chain_address="listed")
    facts = ask("counterparty_risk").facts
    assert facts["counterparty.sanctioned"] is True
    assert (facts["counterparty.max_risk"], facts["counterparty.grave_usd"]) == (0.0, 0.0)
    exchange.withdraw(exchange.ago(days=1), 5.0, chain_address="nobody knows")
    assert ask("counterparty_risk").facts == {"counterparty.sanctioned": True}


def test_an_unlisted_counterparty_is_unknown_and_none_at_all_is_no_risk(exchange, ask):
    assert ask("counterparty_risk").facts["counterparty.max_risk"] == 0.0
    exchange.deposit(exchange.ago(days=1), 100.0, chain_address="nobody knows")
    found = ask("counterparty_risk")
    assert (found.facts, len(found.notes)) == ({}, 5)


@pytest.mark.parametrize("address", ["nobody knows", None, ""])
def test_a_clean_counterparty_does_not_speak_for_an_unknown_one_but_a_risky_one_is_told(exchange, ask, address):
    exchange.add("chain_addresses", chain_address="clean", risk_score=0.1, category="exchange")
    exchange.withdraw(exchange.ago(days=1), 1.0, chain_address="clean")
    exchange.withdraw(exchange.ago(days=1), 2_999.0, chain_address=address)
    assert ask("counterparty_risk").facts == {}
    exchange.add("chain_addresses", chain_address="listed", risk_score=0.9, category="sanctioned")
    exchange.withdraw(exchange.ago(days=1), 1.0, chain_address="listed")
    grave = {"counterparty.max_risk": 0.9, "counterparty.sanctioned": True}
    assert ask("counterparty_risk").facts == grave, "dust tells nothing of the value"
    exchange.withdraw(exchange.ago(days=1), 1_999.0, chain_address="listed")
    assert ask("counterparty_risk").facts == {
        "counterparty.max_risk": 0.9,
        "counterparty.risky_usd": 2_000.0,
        "counterparty.risky_share": 0.4,
        "counterparty.sanctioned": True,
    }


def test_p2p_disputes_counts_both_sides_and_what_was_known_at_the_flag(exchange, ask):
    def order(days, **cells):
        usual = {"payer_name_matches": True, "status": "completed", "dispute_opened_at": None, "lost_by": None}
        exchange.add("p2p_orders", at=exchange.ago(days=days), **(usual | {"buyer_id": "C1", "seller_id": "B"} | cells))

    order(10)
    order(20, buyer_id="B", seller_id="C1", payer_name_matches=False)
    order(30, status="disputed", dispute_opened_at=exchange.ago(days=29), lost_by="C1")
    order(1, status="disputed", dispute_opened_at=exchange.ago(days=-1), lost_by="C1")
    order(91, status="disputed", dispute_opened_at=exchange.ago(days=90), lost_by="C1")
    order(5, buyer_id="A", seller_id="B", payer_name_matches=False)
    assert ask("p2p_disputes").facts == {
        "p2p.orders": 4,
        "p2p.disputes": 1,
        "p2p.disputes_lost": 1,
        "p2p.dispute_rate": 1.0,
        "p2p.payer_name_mismatches": 1,
        "p2p.many_payer_names": False,
    }


def _order(exchange, partner="B", days=1.0, **cells):
    usual = {"payer_name_matches": True, "status": "completed", "dispute_opened_at": None, "lost_by": None}
    parties = {"buyer_id": "C1", "seller_id": partner, "at": exchange.ago(days=days)}
    exchange.add("p2p_orders", **(parties | usual | cells))


def test_many_orders_with_a_friend_do_not_hide_disputes_with_others(exchange, ask):
    for place in range(5):
        _order(exchange, f"P{place}", status="disputed", lost_by="C1")
        for _ in range(10):
            _order(exchange, "friend", amount_usd=5.0)
    for nobody in (None, "", "friend"):
        _order(exchange, nobody)
    facts = ask("p2p_disputes").facts
    assert (facts["p2p.orders"], facts["p2p.disputes_lost"]) == (58, 5)
    assert facts["p2p.dispute_rate"] == pytest.approx(5 / 7), "who is not named is one of them"


@pytest.mark.parametrize(("lost_by", "disputes", "lost"), [(None, 0, 0), (" ", 0, 0), ("B", 1, 0), ("C1", 1, 1)])
def test_what_somebody_lost_was_a_dispute(exchange, ask, lost_by, disputes, lost):
    _order(exchange, lost_by=lost_by)
    facts = ask("p2p_disputes").facts
    assert (facts["p2p.disputes"], facts["p2p.disputes_lost"]) == (disputes, lost)


@pytest.mark.parametrize(("since", "disputes"), [(None, None), (92, None), (90, None), (3, 1), (-1, None)])
def test_an_old_order_counts_where_the_dispute_is_of_late(exchange, ask, since, disputes):
    at = None if since is None else exchange.ago(days=since)
    _order(exchange, days=95, status="disputed", dispute_opened_at=at, lost_by="C1")
    facts = ask("p2p_disputes").facts
    assert (facts["p2p.orders"], facts["p2p.disputes_lost"]) == (disputes or 0, disputes or 0)


@pytest.mark.parametrize(("others", "uncompared", "many"), [(9, 0, False), (9, 1, None), (8, 1, False), (10, 5, True)])
def test_orders_in_other_names_are_many_from_ten_on(exchange, ask, others, uncompared, many):
    for matches in [False] * others + [None] * uncompared:
        _order(exchange, payer_name_matches=matches)
    assert ask("p2p_disputes").facts.get("p2p.many_payer_names") is many


@pytest.mark.parametrize(
    ("mismatches", "status", "told"),
    [(0, "completed", None), (0, "cancelled", 0), (2, "completed", None), (3, "completed", 3)],
)
def test_a_payer_who_was_not_compared_may_be_another(exchange, ask, mismatches, status, told):
    for matches in (True, None, *[False] * mismatches):
        exchange.add(
            "p2p_orders", buyer_id="C1", seller_id="B", at=exchange.ago(days=1), payer_name_matches=matches,
            status=status if matches is None else "completed", dispute_opened_at=None,
        )  # fmt: skip
    assert ask("p2p_disputes").facts.get("p2p.payer_name_mismatches") == told


@pytest.mark.parametrize(
    ("category", "sanctioned"), [(" Sanctioned", True), ("OFAC", None), ("", None), ("Mixer ", False)]
)
def test_an_address_of_no_known_category_may_be_sanctioned(exchange, ask, category, sanctioned):
    exchange.add("chain_addresses", chain_address="there", risk_score=0.2, category=category)
    exchange.withdraw(exchange.ago(days=1), 10.0, chain_address="there")
    facts = ask("counterparty_risk").facts
    assert facts.get("counterparty.sanctioned") is sanctioned
    assert facts["counterparty.max_risk"] == 0.2, "its score is known all the same"


def test_an_address_that_several_rows_tell_of_is_as_bad_as_the_worst_and_counts_once(exchange, ask):
    for name, score, category in (("0xbad", 0.1, "exchange"), ("0xBAD", 0.95, "sanctioned"), ("0xbad", 95.0, "mixer")):
        exchange.add("chain_addresses", chain_address=name, risk_score=score, category=category)
    exchange.withdraw(exchange.ago(days=1), 5_000.0, chain_address="0xbad")
    assert ask("counterparty_risk").facts == {
        "counterparty.max_risk": 0.95,
        "counterparty.risky_usd": 5_000.0,
        "counterparty.risky_share": 1.0,
        "counterparty.grave_usd": 5_000.0,
        "counterparty.sanctioned": True,
    }
    exchange.rows["chain_addresses"][-2:] = []
    exchange.rows["chain_addresses"][-1]["risk_score"] = 95.0
    known = {"counterparty.grave_usd": 0.0, "counterparty.sanctioned": False}
    assert ask("counterparty_risk").facts == known, "a score out of range is none"
