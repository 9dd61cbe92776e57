"""What an account did: age, timeline, sums, waits, bursts and peers, worked out by hand."""

import json

import pytest


def test_account_age_counts_whole_days(exchange, ask):
    exchange.rows["customers"][-1]["created_at"] = exchange.ago(days=10, hours=23)
    assert ask("account_age").facts == {"account.age_days": 10, "account.kyc_level": 2}


def test_the_timeline_is_in_order_and_ends_with_the_flag(exchange, ask):
    exchange.login(exchange.ago(days=3), "D7", city="Rome", country="ITA")
    exchange.login(exchange.ago(days=2), "D7")
    exchange.deposit(exchange.ago(days=4), 50.0)
    exchange.withdraw(exchange.ago(hours=1), 20.0, status="held")
    exchange.add("account_events", customer_id="C1", at=exchange.ago(hours=2), kind="password_reset")
    exchange.deposit(exchange.ago(hours=-1), 1.0)
    exchange.deposit(exchange.ago(days=91), 1.0)
    (timeline,) = ask("account_age").exhibits
    events = json.loads(timeline.content)
    assert timeline.kind == "timeline"
    assert [event["what"] for event in events] == [
        "deposit by bank",
        "first login on device D7",
        "password reset",
        "withdrawal by chain, held",
    ]
    assert events[0] == {"at": "2026-05-28T12:00:00Z", "what": "deposit by bank", "amount": 50.0}
    assert events[1]["place"] == "Rome, ITA"


def test_an_event_of_which_little_is_recorded_is_still_told(exchange, ask):
    exchange.login(exchange.ago(days=6), None, city=None, country="ITA")
    exchange.deposit(exchange.ago(days=5), 1.0, method=None)
    exchange.withdraw(exchange.ago(days=4), 1.0, method=None, status=None)
    exchange.add("account_events", customer_id="C1", at=exchange.ago(days=3), kind=None)
    exchange.add("kyc_submissions", customer_id="C1", submitted_at=exchange.ago(days=2), document_type=None)
    exchange.add("p2p_orders", buyer_id="C1", at=exchange.ago(days=1), payment_method=None, dispute_opened_at=None)
    (timeline,) = ask("account_age").exhibits
    events = json.loads(timeline.content)
    assert [event["what"] for event in events] == [
        "first login on an unknown device",
        "deposit by unknown means",
        "withdrawal by unknown means, unknown status",
        "unknown event",
        "identity submission: unknown document",
        "p2p purchase, unknown payment",
    ]
    assert events[0]["place"] == "ITA"


@pytest.mark.parametrize(
    ("stem", "fact"),
    [
        ("velocity", "activity.withdrawn_usd_24h"),
        ("exposure", "exposure.volume_usd_30d"),
        ("in_out_latency", "flow.in_out_hours"),
        ("new_device_withdrawal", "takeover.withdrawn_share"),
        ("counterparty_risk", "counterparty.risky_usd"),
    ],
)
def test_a_withdrawal_without_a_status_is_not_cancelled(exchange, ask, stem, fact):
    exchange.deposit(exchange.ago(hours=9), 100.0)
    exchange.add("chain_addresses", chain_address="mixer", risk_score=0.9, category="mixer")
    exchange.withdraw(exchange.ago(hours=2), 30.0, chain_address="mixer", status="completed")
    told = ask(stem).facts
    exchange.rows["withdrawals"][-1]["status"] = None
    assert ask(stem).facts == told
    assert told[fact] > 0


def test_velocity_counts_a_day_and_leaves_cancelled_withdrawals_out(exchange, ask):
    exchange.deposit(exchange.ago(hours=1), 100.0)
    exchange.deposit(exchange.ago(hours=23.9), 50.0)
    exchange.deposit(exchange.ago(hours=24), 1.0)
    exchange.withdraw(exchange.ago(hours=2), 30.0)
    exchange.withdraw(exchange.ago(hours=2), 5.0, status="held")
    exchange.withdraw(exchange.ago(hours=2), 7.0, status="cancelled")
    assert ask("velocity").facts == {
        "activity.deposits_24h": 2,
        "activity.withdrawals_24h": 2,
        "activity.deposited_usd_24h": 150.0,
        "activity.withdrawn_usd_24h": 35.0,
    }


def test_in_out_latency_is_the_median_wait_and_the_share_that_left_within_a_day(exchange, ask):
    exchange.deposit(exchange.ago(days=10), 100.0)
    exchange.withdraw(exchange.ago(days=10, hours=-2), 60.0)
    exchange.deposit(exchange.ago(days=5), 100.0)
    exchange.withdraw(exchange.ago(days=5, hours=-4), 100.0)
    exchange.deposit(exchange.ago(days=4), 200.0)
    exchange.withdraw(exchange.ago(days=1), 10.0)
    facts = ask("in_out_latency").facts
    assert facts["flow.in_out_hours"] == pytest.approx(4.0)
    assert facts["flow.passthrough_share"] == pytest.approx(160 / 400)
    assert (facts["flow.deposits"], facts["flow.withdrawn_share"]) == (3, pytest.approx(170 / 400))


def test_small_deposits_do_not_move_the_median_wait(exchange, ask):
    exchange.deposit(exchange.ago(days=5), 7_000.0)
    exchange.withdraw(exchange.ago(days=5, hours=-1), 6_900.0)
    for minutes in (1, 2, 3):
        exchange.deposit(exchange.ago(days=4, minutes=minutes), 1.0)
    exchange.withdraw(exchange.ago(hours=2), 1.0)
    assert ask("in_out_latency").facts["flow.in_out_hours"] == pytest.approx(1.0)


def test_money_that_left_after_a_day_has_not_stayed(exchange, ask):
    exchange.deposit(exchange.ago(days=5), 100.0)
    exchange.deposit(exchange.ago(days=40), 100.0)
    exchange.withdraw(exchange.ago(days=5, hours=-24.1), 90.0)
    facts = ask("in_out_latency").facts
    assert (facts["flow.passthrough_share"], facts["flow.withdrawn_share"]) == (0.0, pytest.approx(0.9))


@pytest.mark.parametrize("usd", [None, 0.0])
def test_of_no_deposits_no_share_is_withdrawn(exchange, ask, usd):
    exchange.withdraw(exchange.ago(days=5), 9_900.0)
    exchange.deposit(exchange.ago(days=6), usd) if usd is not None else None
    found = ask("in_out_latency")
    assert "flow.withdrawn_share" not in found.facts
    assert found.facts["flow.deposits"] == 0
    assert "flow.withdrawn_share: nothing was deposited in the last 30 days" in found.notes


def test_one_withdrawal_after_two_deposits_is_not_counted_twice(exchange, ask):
    exchange.deposit(exchange.ago(hours=5), 100.0)
    exchange.deposit(exchange.ago(hours=4), 100.0)
    exchange.withdraw(exchange.ago(hours=3), 100.0)
    assert ask("in_out_latency").facts["flow.passthrough_share"] == pytest.approx(0.5)


def test_without_a_withdrawal_there_is_no_wait_and_a_note_says_so(exchange, ask):
    exchange.deposit(exchange.ago(days=1), 100.0)
    found = ask("in_out_latency")
    assert found.facts == {
        "flow.deposits_followed": 0,
        "flow.passthrough_share": 0.0,
        "flow.deposits": 1,
        "flow.withdrawn_share": 0.0,
    }
    assert found.notes == ("flow.in_out_hours: no deposit of the last 30 days was followed by a withdrawal",)


def test_money_that_leaves_at_the_moment_it_came_has_left(exchange, ask):
    """Where only days are recorded, whatever happens on one day happens at one moment."""
    exchange.deposit(exchange.ago(days=3), 100.0)
    exchange.withdraw(exchange.ago(days=3), 100.0)
    assert ask("in_out_latency").facts == {
        "flow.in_out_hours": 0.0,
        "flow.deposits_followed": 1,
        "flow.passthrough_share": 1.0,
        "flow.deposits": 1,
        "flow.withdrawn_share": 1.0,
    }


def test_structuring_counts_deposits_from_80_percent_up_to_the_limit(exchange, ask):
    for usd in (7_999.0, 8_000.0, 9_999.0, 10_000.0):
        exchange.deposit(exchange.ago(days=3), usd)
    assert ask("structuring").facts == {"flow.near_limit_deposits": 2, "flow.near_limit_share": 0.5}
    assert ask("structuring", limit_usd=8_000.0).facts["flow.near_limit_deposits"] == 1


def test_dormant_burst_measures_the_longest_silence_and_the_last_week(exchange, ask):
    exchange.rows["customers"][-1]["created_at"] = exchange.ago(days=7 + 70)
    exchange.deposit(exchange.ago(days=70), 100.0)
    exchange.deposit(exchange.ago(days=20), 900.0)
    exchange.deposit(exchange.ago(days=1), 1_000.0)
    facts = ask("dormant_burst").facts
    assert facts["activity.dormant_days"] == 50
    assert facts["activity.burst_ratio"] == pytest.approx(1_000 / (1_000 / 10))


def test_an_account_that_never_moved_slept_since_it_was_opened(exchange, ask):
    exchange.rows["customers"][-1]["created_at"] = exchange.ago(days=107)
    assert ask("dormant_burst").facts == {"activity.dormant_days": 100, "activity.burst_ratio": 0.0}
    exchange.deposit(exchange.ago(days=1), 5_000.0)
    found = ask("dormant_burst")
    assert found.facts == {"activity.dormant_days": 100}
    assert found.notes[0].startswith("activity.burst_ratio: ")


def test_peer_group_is_a_robust_z_among_the_same_country_and_level(exchange, ask):
    for number, usd in enumerate((10, 20, 30, 40, 50, 60, 70, 80, 90)):
        exchange.customer(f"P{number}")
        exchange.deposit(exchange.ago(days=2), float(usd), who=f"P{number}")
    exchange.customer("elsewhere", residence_country="FRA")
    exchange.customer("other level", kyc_level=1)
    exchange.customer("later", created_at=exchange.ago(days=-1))
    exchange.deposit(exchange.ago(days=2), 250.0)
    facts = ask("peer_group").facts
    assert facts["peers.size"] == 9
    assert facts["peers.volume_z"] == pytest.approx((250 - 50) / (1.4826 * 20))


def test_few_peers_cannot_be_compared_with(exchange, ask):
    exchange.customer("P0")
    found = ask("peer_group")
    assert found.facts == {"peers.size": 1}
    assert "too few peers" in found.notes[0]


@pytest.mark.parametrize(("usd", "z"), [(0.0, 0.0), (50_000.0, None)])
def test_among_peers_that_stand_still_whoever_does_not_cannot_be_compared(exchange, ask, usd, z):
    for number in range(9):
        exchange.customer(f"P{number}")
    exchange.deposit(exchange.ago(days=2), usd)
    assert ask("peer_group").facts.get("peers.volume_z") == z


@pytest.mark.parametrize("lacking", [{"residence_country": None}, {"residence_country": " "}, {"kyc_level": None}])
def test_who_the_peers_are_is_unknown_where_country_or_level_is(exchange, ask, lacking):
    exchange.customer("P0", **lacking)
    exchange.rows["customers"][1].update(lacking)
    assert ask("peer_group").facts == {}


def test_the_timeline_takes_no_side_in_a_message_of_no_known_direction(exchange, ask):
    for direction in ("customer", "agent", "OUT"):
        exchange.add("support_messages", customer_id="C1", at=exchange.ago(days=1), direction=direction)
    (timeline,) = ask("account_age").exhibits
    said = {event["what"] for event in json.loads(timeline.content)}
    assert said == {"message to support", "message from support", "message to or from support"}


def test_exposure_is_never_negative(exchange, ask):
    exchange.deposit(exchange.ago(days=40), 100.0)
    exchange.deposit(exchange.ago(days=4), 50.0)
    exchange.withdraw(exchange.ago(days=3), 30.0)
    assert ask("exposure").facts == {"exposure.balance_usd": 120.0, "exposure.volume_usd_30d": 80.0}
    exchange.withdraw(exchange.ago(days=2), 500.0)
    assert ask("exposure").facts["exposure.balance_usd"] == 0.0


def test_peers_live_in_one_country_however_it_is_written(exchange, ask):
    for number, country in enumerate(("DEU", "DE", "d", " deu", "Germany", "DNK")):
        exchange.customer(f"P{number}", residence_country=country)
    exchange.rows["customers"] += exchange.rows["customers"][-6:]
    assert ask("peer_group").facts == {"peers.size": 4}, "who stands there twice is one"
    exchange.rows["customers"][1]["residence_country"] = "Germany"
    assert ask("peer_group").facts == {}
