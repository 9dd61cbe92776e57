"""The stories as a set: every fraud has honest look-alikes, proofs exist, and labels do not know the policy."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from agent.case import DISPOSITIONS
from evals.world.stage import deal
from evals.world.stories import STORIES

_FACTS = """
document.readable document.quality document.type document.days_to_expiry document.holder_age
document.mrz_valid document.mrz_agreement document.name_agreement document.birth_date_agreement
document.number_agreement document.accounts_sharing_number document.accounts_sharing_template forgery.score
forgery.verdict forgery.region forgery.recapture forgery.quality face.similarity face.quality
face.faces_on_document face.faces_on_selfie face.accounts_sharing liveness.score liveness.verdict
liveness.identity_constant liveness.challenge liveness.repeated liveness.screen liveness.converted
account.age_days account.kyc_level activity.deposits_24h activity.withdrawals_24h activity.deposited_usd_24h
activity.withdrawn_usd_24h activity.dormant_days activity.burst_ratio flow.in_out_hours flow.passthrough_share
flow.near_limit_deposits flow.near_limit_share peers.volume_z peers.size device.accounts_sharing
device.household_share device.emulator device.confirmed_fraud_sharing address.accounts_sharing
address.confirmed_fraud_sharing login.max_speed_kmh login.countries_24h login.failed_24h
takeover.hours_from_new_device takeover.reset_before_withdrawal takeover.new_address takeover.withdrawn_share
counterparty.max_risk counterparty.risky_usd counterparty.risky_share counterparty.sanctioned p2p.orders
p2p.disputes p2p.disputes_lost p2p.dispute_rate p2p.payer_name_mismatches screening.sanctions_score
screening.birth_date_agrees screening.country_agrees screening.pep_score earlier.confirmed_fraud
earlier.false_positive earlier.total exposure.balance_usd exposure.volume_usd_30d support.messages
support.reported_unauthorised support.mentions_travel
"""
FACTS = set(_FACTS.split())
FRAUDS = sorted(name for name, story in STORIES.items() if story.fraud)
HONEST = sorted(name for name, story in STORIES.items() if not story.fraud)


@pytest.mark.parametrize("name", FRAUDS)
def test_every_fraud_has_an_honest_look_alike_with_the_same_flags(name):
    fraud = STORIES[name]
    alike = [s for s in STORIES.values() if not s.fraud and s.type == fraud.type and set(fraud.flags) <= set(s.flags)]
    assert alike


@pytest.mark.parametrize("name", sorted(STORIES))
def test_proofs_are_facts_that_a_tool_can_produce(name):
    assert set(STORIES[name].proof) <= FACTS


@pytest.mark.parametrize("name", sorted(STORIES))
def test_a_story_is_complete(name):
    story = STORIES[name]
    assert story.flags
    assert story.ideal in DISPOSITIONS
    assert 0 < story.doubt <= 0.5
    assert story.tell.__name__ == name


def test_only_fraud_is_intolerable_to_miss_and_it_is_never_approved():
    for name in HONEST:
        assert not STORIES[name].intolerable
        assert STORIES[name].ideal not in ("reject", "escalate")
    for name in FRAUDS:
        assert STORIES[name].ideal != "approve"


def test_some_fraud_leaves_no_proof_so_that_nobody_can_be_perfect():
    without = {name for name in FRAUDS if not STORIES[name].proof}
    assert without >= {"sim_swap_next_door", "patient_ring", "quiet_mule", "first_chargeback"}
    assert all(STORIES[name].doubt == 0.5 and not STORIES[name].intolerable for name in without)


def test_indistinguishable_pairs_leave_the_same_trace(exchange):
    flows = {}
    for name in ("quiet_mule", "salary_and_rent"):
        [told, *_] = exchange.of(name)
        share = (
            "SELECT (SELECT sum(amount_usd) FROM withdrawals WHERE customer_id = $c) / sum(amount_usd) FROM deposits"
        )
        flows[name] = exchange.value(told, f"{share} WHERE customer_id = $c")
    assert all(0.45 < share < 0.75 for share in flows.values())


def test_types_are_all_there():
    assert {story.type for story in STORIES.values()} == {
        "kyc", "account_takeover", "transactions", "p2p", "sanctions", "ring",
    }  # fmt: skip


HELD_OUT = {name for name, story in STORIES.items() if story.held_out}


def test_the_held_out_stories_are_as_many_frauds_as_look_alikes_and_told_only_where_they_are_asked_for():
    assert len(HELD_OUT) >= 6
    assert 2 * len(HELD_OUT & set(FRAUDS)) == len(HELD_OUT)
    everywhere = {story.name for story in deal(np.random.default_rng(1), 4 * len(STORIES))}
    asked_for = {story.name for story in deal(np.random.default_rng(1), 4 * len(STORIES), held_out=True)}
    assert everywhere == set(STORIES) - HELD_OUT
    assert asked_for == set(STORIES)


@pytest.mark.parametrize("name", sorted(HELD_OUT & set(FRAUDS)))
def test_every_held_out_fraud_has_a_held_out_look_alike(name):
    fraud = STORIES[name]
    alike = [STORIES[n] for n in HELD_OUT - set(FRAUDS) if STORIES[n].type == fraud.type]
    assert any(story.flags == fraud.flags for story in alike)


@pytest.mark.parametrize("count", [1, 2, 7, 40, 160])
def test_half_of_the_cases_are_honest(count):
    dealt = deal(np.random.default_rng(count), count)
    assert len(dealt) == count
    assert abs(sum(story.fraud for story in dealt) * 2 - count) <= 1


def test_no_story_comes_twice_before_all_others_of_its_side_came():
    dealt = deal(np.random.default_rng(3), 2 * min(len(FRAUDS), len(HONEST)), held_out=True)
    assert len({story.name for story in dealt}) == len(dealt)


def test_the_world_is_made_without_the_policy_in_reach():
    code = (
        "import sys, evals.world.cli, evals.world.build, agent.store;"
        "print([name for name in sys.modules if name.startswith('agent.policy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
