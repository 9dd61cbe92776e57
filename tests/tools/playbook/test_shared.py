"""Devices and addresses that accounts share, worked out by hand."""

import json

import pytest


def test_shared_devices_tells_households_and_known_fraud_apart(exchange, ask):
    exchange.add("devices", device_id="D1", is_emulator=True)
    exchange.login(exchange.ago(days=9), "D1")
    for name, home in (("mother", "home C1"), ("mule", "elsewhere"), ("guesser", "x")):
        exchange.customer(name, residence_address=f" {home.upper()} ")
        exchange.login(exchange.ago(days=8), "D1", who=name, success=name != "guesser")
    exchange.add("earlier_cases", customer_id="mule", opened_at=exchange.ago(days=30), outcome="confirmed_fraud")
    found = ask("shared_devices")
    assert found.facts == {
        "device.accounts_sharing": 2,
        "device.household_share": 0.5,
        "device.emulator": True,
        "device.confirmed_fraud_sharing": 1,
    }
    graph = json.loads(found.exhibits[0].content)
    assert {node["label"] for node in graph["nodes"]} == {"C1", "mother", "mule", "d1"}
    assert ["customer:C1", "emulator:d1", "logged in on"] in graph["edges"]


def test_an_undescribed_device_may_be_an_emulator(exchange, ask):
    exchange.login(exchange.ago(days=1), "unlisted")
    found = ask("shared_devices")
    assert "device.emulator" not in found.facts
    assert [note.partition(":")[0] for note in found.notes] == ["device.emulator"]
    exchange.add("devices", device_id="phone", is_emulator=False)
    exchange.login(exchange.ago(days=2), "phone")
    assert "device.emulator" not in ask("shared_devices").facts
    exchange.add("devices", device_id="farm", is_emulator=True)
    exchange.login(exchange.ago(days=3), "farm")
    assert ask("shared_devices").facts["device.emulator"] is True


@pytest.mark.parametrize("home", ["", "  ", None, "-", "N/A", "n.a.", "Berlin", "\u200b"])
def test_two_unknown_homes_are_no_household(exchange, ask, home):
    exchange.rows["customers"][-1]["residence_address"] = home
    exchange.customer("mule", residence_address=home)
    for who in ("C1", "mule"):
        exchange.login(exchange.ago(days=1), "D1", who=who)
    facts = ask("shared_devices").facts
    assert (facts["device.accounts_sharing"], facts["device.household_share"]) == (1, 0.0)


@pytest.mark.parametrize(
    ("mine", "theirs", "share"),
    [
        ("12 Main Street, Flat 3", "12, MAIN ST. 3", 1),
        ("Lindenstraße 132", "Lindenstrasse\u00a0132", 1),
        ("٣ شارع التحرير", "3 شارع التحرير", 1),
        ("Main Street 12", "Main Street 13", 0),
        ("Main Street 12", "Mill Street 12", 0),
    ],
)
def test_a_home_is_the_same_however_it_is_written(exchange, ask, mine, theirs, share):
    exchange.rows["customers"][-1]["residence_address"] = mine
    exchange.customer("sister", residence_address=theirs)
    for who in ("C1", "sister"):
        exchange.login(exchange.ago(days=1), "D1", who=who)
    assert ask("shared_devices").facts["device.household_share"] == share


@pytest.mark.parametrize("theirs", ["{8F3A-22BC}", "8f3a-22bc", " 8F3A-22bc\u200b"])
def test_a_device_is_the_same_however_its_id_is_written(exchange, ask, theirs):
    exchange.add("devices", device_id=theirs.upper(), is_emulator=True)
    exchange.login(exchange.ago(days=1), "8F3A-22BC")
    exchange.login(exchange.ago(days=1), theirs, who="mule")
    found = ask("shared_devices")
    assert found.facts["device.accounts_sharing"] == 1
    assert found.facts["device.emulator"] is True
    assert ["customer:mule", "emulator:8f3a-22bc", "logged in on"] in json.loads(found.exhibits[0].content)["edges"]


@pytest.mark.parametrize("device", [None, " ", "unknown", "N/A", "{00000000-0000-0000-0000-000000000000}"])
def test_a_login_that_names_no_device_may_share_one(exchange, ask, device):
    exchange.login(exchange.ago(days=1), device)
    exchange.login(exchange.ago(days=1), device, who="stranger")
    assert ask("shared_devices").facts == {}
    exchange.add("devices", device_id="D1", is_emulator=False)
    for who in ("C1", "mule", "other mule"):
        exchange.login(exchange.ago(days=1), "D1", who=who)
    for number in range(4):
        exchange.login(exchange.ago(days=1), "D1", who=f"mule {number}")
    assert ask("shared_devices").facts == {}, "a cluster may stand behind the few that are seen"
    exchange.login(exchange.ago(days=1), "D1", who="last mule")
    assert ask("shared_devices").facts == {"device.accounts_sharing": 7}
    exchange.customer("mother", residence_address="home C1")
    exchange.login(exchange.ago(days=1), "D1", who="mother")
    exchange.add("earlier_cases", customer_id="mule", opened_at=exchange.ago(days=3), outcome="confirmed_fraud")
    assert ask("shared_devices").facts == {"device.accounts_sharing": 8, "device.confirmed_fraud_sharing": 1}


OUTCOMES = ((None, None), ("", None), ("pending", None), (" False_Positive", 0), ("Confirmed_fraud ", 1))


@pytest.mark.parametrize(("outcome", "guilty"), OUTCOMES)
@pytest.mark.parametrize(("stem", "about"), [("shared_devices", "device"), ("shared_addresses", "address")])
def test_a_case_of_another_without_an_outcome_may_be_fraud(exchange, ask, stem, about, outcome, guilty):
    for who in ("C1", "friend"):
        exchange.login(exchange.ago(days=1), "D1", who=who)
        exchange.withdraw(exchange.ago(days=1), 5.0, who=who, chain_address="wallet")
    exchange.add("earlier_cases", customer_id="friend", opened_at=exchange.ago(days=3), outcome=outcome)
    told = ask(stem).facts
    assert told[f"{about}.accounts_sharing"] == 1
    assert told.get(f"{about}.confirmed_fraud_sharing") == guilty


def test_blanks_around_an_address_are_no_other_address(exchange, ask):
    exchange.withdraw(exchange.ago(days=1), 5.0, chain_address="wallet")
    exchange.withdraw(exchange.ago(days=1), 5.0, who="friend", chain_address=" wallet ")
    found = ask("shared_addresses")
    assert found.facts["address.accounts_sharing"] == 1
    assert "friend" in found.exhibits[0].model_dump_json()


@pytest.mark.parametrize("address", [None, "", "n/a", "0x" + "0" * 40])
def test_a_withdrawal_without_an_address_may_share_one(exchange, ask, address):
    exchange.withdraw(exchange.ago(days=2), 10.0, who="friend", chain_address=address)
    exchange.withdraw(exchange.ago(days=2), 10.0, chain_address=address, method="bank")
    assert set(ask("shared_addresses").facts.values()) == {0}
    exchange.withdraw(exchange.ago(days=2), 10.0, chain_address=address)
    for friends, told in enumerate([{}, {}, {"address.accounts_sharing": 2}]):
        exchange.withdraw(exchange.ago(days=2), 10.0, who=f"friend {friends}" if friends else "C1", chain_address="w")
        assert ask("shared_addresses").facts == told


def test_shared_addresses_leaves_exchanges_out(exchange, ask):
    exchange.add("chain_addresses", chain_address="wallet", category="self_hosted")
    exchange.add("chain_addresses", chain_address="desk", category="exchange")
    for address in ("wallet", "desk", "unlisted"):
        exchange.withdraw(exchange.ago(days=2), 10.0, chain_address=address)
        exchange.withdraw(exchange.ago(days=2), 10.0, who=f"friend of {address}", chain_address=address)
    exchange.add(
        "earlier_cases", customer_id="friend of wallet", opened_at=exchange.ago(days=3), outcome="confirmed_fraud"
    )
    found = ask("shared_addresses")
    assert found.facts == {"address.accounts_sharing": 2, "address.confirmed_fraud_sharing": 1}
    labels = {node["label"] for node in json.loads(found.exhibits[0].content)["nodes"]}
    assert labels == {"C1", "wallet", "unlisted", "friend of wallet", "friend of unlisted"}


@pytest.mark.parametrize(
    ("kinds", "accounts", "shared"),
    [
        (["defi"], 2, 0),
        ([" Exchange"], 2, 0),
        (["defi", "scam"], 2, 1),
        ([], 50, 49),
        ([], 51, 0),
        (["mixer"], 51, 0),
        (["self_hosted"], 51, 50),
    ],
)
def test_who_else_uses_a_service_is_a_stranger(exchange, ask, kinds, accounts, shared):
    for kind in kinds:
        exchange.add("chain_addresses", chain_address="shop", category=kind)
    for number in range(accounts):
        who = f"U{number}" if number else "C1"
        exchange.withdraw(exchange.ago(days=2), 10.0, who=who, chain_address="shop")
    exchange.withdraw(exchange.ago(days=-1), 10.0, who="later", chain_address="shop")
    exchange.add("earlier_cases", customer_id="U1", opened_at=exchange.ago(days=3), outcome="confirmed_fraud")
    found = ask("shared_addresses")
    assert found.facts == {"address.accounts_sharing": shared, "address.confirmed_fraud_sharing": min(shared, 1)}
    assert len(found.exhibits) == bool(shared)


@pytest.mark.parametrize(
    ("mine", "theirs", "same"), [("0xBaD", "0XbAD ", True), ("bc1qbad", "BC1QBAD", True), ("1BadX", "1badX", False)]
)
def test_addresses_are_compared_as_their_letters_mean(exchange, ask, mine, theirs, same):
    exchange.add("earlier_cases", customer_id="other", opened_at=exchange.ago(days=90), outcome="confirmed_fraud")
    exchange.add("chain_addresses", chain_address=theirs, risk_score=0.95, category="mixer")
    exchange.withdraw(exchange.ago(days=9), 5.0, who="other", chain_address=theirs)
    exchange.withdraw(exchange.ago(days=40), 5.0, chain_address=theirs)
    exchange.withdraw(exchange.ago(days=1), 5_000.0, chain_address=mine)
    exchange.rows["withdrawals"].pop(-2)
    shared = ask("shared_addresses")
    assert shared.facts == {"address.accounts_sharing": same, "address.confirmed_fraud_sharing": same}
    assert ask("counterparty_risk").facts.get("counterparty.risky_usd") == (5_000.0 if same else None)
    exchange.withdraw(exchange.ago(days=40), 5.0, chain_address=theirs)
    assert ask("new_device_withdrawal").facts["takeover.new_address"] is not same
