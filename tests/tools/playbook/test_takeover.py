"""Withdrawals from new devices, and logins too far apart, worked out by hand."""

from datetime import timedelta

import pytest


def test_geo_velocity_takes_the_fastest_hop_and_ignores_short_ones(exchange, ask):
    exchange.login(exchange.ago(hours=20), latitude=0.0, longitude=0.0, country="DEU")
    exchange.login(exchange.ago(hours=19), latitude=0.0, longitude=0.5, country="DEU")
    exchange.login(exchange.ago(hours=17), latitude=0.0, longitude=10.5, country="FRA")
    exchange.login(exchange.ago(hours=16), latitude=50.0, longitude=10.5, country="ITA", success=False)
    facts = ask("geo_velocity").facts
    assert facts["login.max_speed_kmh"] == pytest.approx(10 * 6371 * 3.14159265 / 180 / 2, rel=1e-4)
    assert facts["login.countries_24h"] == 2
    assert facts["login.failed_24h"] == 1


def test_two_places_at_once_are_very_fast_and_never_infinite(exchange, ask):
    exchange.login(exchange.ago(hours=2), latitude=0.0, longitude=0.0)
    exchange.login(exchange.ago(hours=2), latitude=0.0, longitude=90.0)
    assert 100_000 < ask("geo_velocity").facts["login.max_speed_kmh"] < 1_000_000


@pytest.mark.parametrize(("away", "told"), [(9.0, None), (40.0, pytest.approx(30 * 111.19, rel=1e-3))])
def test_a_login_without_a_place_leaves_speed_unknown_unless_what_is_seen_is_too_fast(exchange, ask, away, told):
    exchange.login(exchange.ago(hours=9), latitude=0.0, longitude=10.0)
    exchange.login(exchange.ago(hours=8.5), latitude=0.0, longitude=None)
    exchange.login(exchange.ago(hours=8), latitude=0.0, longitude=away)
    assert ask("geo_velocity").facts.get("login.max_speed_kmh") == told


@pytest.mark.parametrize("country", [None, ""])
def test_countries_cannot_be_counted_where_one_is_not_recorded(exchange, ask, country):
    exchange.login(exchange.ago(days=8), country=country)
    exchange.login(exchange.ago(hours=2), country="DEU")
    assert ask("geo_velocity").facts["login.countries_24h"] == 1
    exchange.login(exchange.ago(hours=1), country=country)
    assert "login.countries_24h" not in ask("geo_velocity").facts


@pytest.mark.parametrize(("logins", "known"), [(0, True), (1, True), (2, False)])
def test_speed_is_unknown_only_where_travel_could_not_be_seen(exchange, ask, logins, known):
    for hours in range(logins):
        exchange.login(exchange.ago(hours=hours), latitude=None, longitude=None)
    assert ("login.max_speed_kmh" in ask("geo_velocity").facts) is known


def test_a_takeover_shows_in_device_reset_address_and_share(exchange, ask):
    exchange.deposit(exchange.ago(days=100), 1_000.0)
    exchange.withdraw(exchange.ago(days=50), 200.0, chain_address="old wallet")
    exchange.login(exchange.ago(days=100), "phone")
    exchange.login(exchange.ago(hours=5), "stranger's")
    exchange.add("account_events", customer_id="C1", at=exchange.ago(hours=6), kind="second_factor_reset")
    exchange.withdraw(exchange.ago(hours=3), 600.0, chain_address="new wallet", device_id="stranger's")
    assert ask("new_device_withdrawal").facts == {
        "takeover.hours_from_new_device": pytest.approx(2.0),
        "takeover.new_device_withdrawals": 1,
        "takeover.reset_before_withdrawal": True,
        "takeover.new_address": True,
        "takeover.withdrawn_share": pytest.approx(0.75),
        "takeover.untraced_share": 0.0,
    }


def test_an_ordinary_withdrawal_is_no_takeover(exchange, ask):
    exchange.deposit(exchange.ago(days=100), 1_000.0)
    exchange.login(exchange.ago(days=100), "phone")
    exchange.login(exchange.ago(hours=5), "tablet")
    exchange.withdraw(exchange.ago(days=50), 100.0, chain_address="wallet")
    exchange.withdraw(exchange.ago(hours=3), 90.0, chain_address="wallet", device_id="phone")
    exchange.add("account_events", customer_id="C1", at=exchange.ago(hours=1), kind="password_reset")
    found = ask("new_device_withdrawal")
    assert found.facts == {
        "takeover.new_device_withdrawals": 0,
        "takeover.reset_before_withdrawal": False,
        "takeover.new_address": False,
        "takeover.withdrawn_share": pytest.approx(0.1),
        "takeover.untraced_share": 0.0,
    }


@pytest.mark.parametrize("method", ["bank", "card", "p2p", "chain"])
def test_money_that_goes_to_no_chain_address_goes_where_no_record_tells(exchange, ask, method):
    exchange.deposit(exchange.ago(days=100), 1_000.0)
    exchange.withdraw(exchange.ago(days=50), 200.0, chain_address="wallet")
    exchange.withdraw(exchange.ago(days=1), 200.0, chain_address="wallet")
    assert ask("new_device_withdrawal").facts["takeover.untraced_share"] == 0.0
    exchange.withdraw(exchange.ago(hours=5), 400.0, method=method, chain_address=None)
    facts = ask("new_device_withdrawal").facts
    assert facts["takeover.untraced_share"] == pytest.approx(0.5)
    assert facts["takeover.withdrawn_share"] == pytest.approx(0.75)


def test_of_an_empty_account_whatever_left_untraced_is_all(exchange, ask):
    exchange.withdraw(exchange.ago(hours=5), 5.0, chain_address="wallet")
    assert ask("new_device_withdrawal").facts["takeover.untraced_share"] == 0.0
    exchange.withdraw(exchange.ago(hours=4), 5.0, method="bank")
    assert ask("new_device_withdrawal").facts["takeover.untraced_share"] == 1.0


@pytest.mark.parametrize(
    ("days", "usd", "new"), [(29, 5.0, True), (31, 5.0, False), (8, 99.0, True), (8, 100.0, False), (6, 900.0, True)]
)
def test_an_address_is_not_used_before_for_a_small_sum_of_late(exchange, ask, days, usd, new):
    exchange.deposit(exchange.ago(days=100), 9_000.0)
    exchange.withdraw(exchange.ago(days=days), usd, chain_address="wallet")
    for hours in (1, 2):
        exchange.withdraw(exchange.ago(hours=hours), 500.0, chain_address="wallet")
    assert ask("new_device_withdrawal").facts["takeover.new_address"] is new


def _new_device(ask):
    """The hours, and how many withdrawals; None where that cannot be told."""
    facts = ask("new_device_withdrawal").facts
    return facts.get("takeover.hours_from_new_device"), facts.get("takeover.new_device_withdrawals")


@pytest.mark.parametrize("used", ["phone", None, " "])
def test_the_first_device_of_an_account_is_not_new(exchange, ask, used):
    exchange.rows["customers"][-1]["created_at"] = exchange.ago(days=3)
    exchange.login(exchange.ago(hours=5), "phone")
    exchange.withdraw(exchange.ago(hours=3), 90.0, device_id=used)
    assert _new_device(ask) == (None, 0)


@pytest.mark.parametrize(("created", "since", "told"), [(800, 0.1, None), (800, 8, 0), (7, 0.1, 0), (8, 0.1, None)])
def test_the_first_login_on_record_of_an_old_account_may_be_a_strangers(exchange, ask, created, since, told):
    exchange.rows["customers"][-1]["created_at"] = exchange.ago(days=created)
    exchange.login(exchange.ago(days=since), "phone")
    exchange.withdraw(exchange.ago(hours=1), 90.0, device_id="phone")
    assert _new_device(ask) == (None, told)
    exchange.login(exchange.ago(hours=0.9), "tablet")
    exchange.withdraw(exchange.ago(hours=0.1), 90.0, device_id="tablet")
    assert (_new_device(ask)[1] is None) is (told is None)


@pytest.mark.parametrize("used", [None, "", "phone", "unseen"])
@pytest.mark.parametrize("seen", [None, "", "tablet", "phone"])
def test_a_device_that_is_not_recorded_may_be_new(exchange, ask, seen, used):
    exchange.login(exchange.ago(days=100), "phone")
    exchange.login(exchange.ago(hours=5), seen)
    exchange.withdraw(exchange.ago(hours=3), 90.0, device_id=used)
    sure = used == "phone" or (seen == "phone" and used != "unseen")
    assert _new_device(ask) == (None, 0 if sure else None)


@pytest.mark.parametrize("used", [None, "phone"])
def test_whoever_withdraws_without_a_login_cannot_be_told(exchange, ask, used):
    exchange.withdraw(exchange.ago(hours=3), 90.0, device_id=used)
    exchange.login(exchange.ago(hours=1), "phone")
    assert _new_device(ask) == (None, None)


def test_a_withdrawal_of_a_whole_day_may_be_made_with_a_device_of_that_day(exchange, ask):
    exchange.login(exchange.ago(days=100), "old")
    midnight = exchange.ago(days=1).replace(hour=0, minute=0, second=0, microsecond=0)
    exchange.login(midnight + timedelta(hours=9), "new")
    exchange.withdraw(midnight, 5.0, device_id=None)
    assert _new_device(ask) == (None, None)


def test_a_device_may_be_old_where_an_earlier_login_names_none(exchange, ask):
    exchange.login(exchange.ago(days=100), None)
    exchange.login(exchange.ago(hours=5), "D1")
    exchange.withdraw(exchange.ago(hours=3), 5.0, device_id="D1")
    assert _new_device(ask) == (None, None)


def test_an_address_may_be_old_where_an_earlier_withdrawal_names_none(exchange, ask):
    exchange.login(exchange.ago(days=100), "D1")
    exchange.withdraw(exchange.ago(days=1), 5.0, chain_address="new")
    assert ask("new_device_withdrawal").facts["takeover.new_address"] is True
    exchange.withdraw(exchange.ago(days=50), 5.0, chain_address=" ")
    assert "takeover.new_address" not in ask("new_device_withdrawal").facts


@pytest.mark.parametrize(("hours", "told"), [(40, 40.0), (60, None)])
def test_what_is_known_of_a_new_device_is_told_where_it_is_soon_enough(exchange, ask, hours, told):
    exchange.login(exchange.ago(days=100), "phone")
    exchange.login(exchange.ago(hours=hours + 1), "stranger's")
    exchange.withdraw(exchange.ago(hours=hours), 10.0, device_id=None)
    exchange.withdraw(exchange.ago(hours=1), 90.0, device_id="stranger's")
    assert _new_device(ask) == (told and pytest.approx(told), 1)


@pytest.mark.parametrize("address", [None, " "])
@pytest.mark.parametrize(
    ("method", "told"), [("chain", None), (None, None), ("", None), ("bank", False), ("p2p", False)]
)
def test_an_address_nobody_recorded_may_be_new(exchange, ask, method, address, told):
    exchange.withdraw(exchange.ago(days=2), 90.0, method=method, chain_address=address)
    assert ask("new_device_withdrawal").facts.get("takeover.new_address") is told
    exchange.withdraw(exchange.ago(days=1), 90.0, chain_address="new wallet")
    assert ask("new_device_withdrawal").facts["takeover.new_address"] is True


def test_logins_from_one_country_are_that_however_it_is_written(exchange, ask):
    for hours, country in enumerate(("DE", "DEU", "deu ", "FR")):
        exchange.login(exchange.ago(hours=hours + 1), country=country)
    assert ask("geo_velocity").facts["login.countries_24h"] == 2
    exchange.login(exchange.ago(hours=7), country="Germany")
    assert "login.countries_24h" not in ask("geo_velocity").facts
