"""Each story leaves the trace it is about, visible in plain SQL or in the plan of the pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evals.world.papers import Papers
from evals.world.stories import STORIES

MINE = "customer_id = $c"
RECENT = f'{MINE} AND "at" <= $t AND "at" > $t - INTERVAL 30 DAY'
NEW_DEVICE_HOURS = f"""
SELECT min(date_diff('second', d.first, w."at")) / 3600 FROM withdrawals w JOIN (
  SELECT device_id, min("at") AS first FROM logins WHERE {MINE} AND success GROUP BY 1
  HAVING min("at") > $t - INTERVAL 7 DAY) d USING (device_id) WHERE w.{MINE}"""
SHARED_DEVICE = f"""
SELECT count(DISTINCT customer_id) - 1 FROM logins WHERE device_id IN (
  SELECT device_id FROM logins WHERE {MINE})"""
SHARED_ADDRESS = f"""
SELECT count(DISTINCT customer_id) - 1 FROM withdrawals WHERE chain_address IN (
  SELECT chain_address FROM withdrawals JOIN chain_addresses USING (chain_address)
  WHERE {MINE} AND category <> 'exchange')"""
SHARED_PICTURE = f"""
SELECT count(*) FROM kyc_submissions o, (SELECT image_hash FROM kyc_submissions WHERE {MINE}) m
WHERE o.customer_id <> $c AND bit_count(xor(o.image_hash, m.image_hash)) <= 3"""
SHARED_FACE = f"""
SELECT count(*) FROM face_index o, (SELECT embedding FROM face_index WHERE {MINE}) m
WHERE o.customer_id <> $c AND array_cosine_similarity(o.embedding, m.embedding) > 0.80"""
SAME_HOME = f"""
SELECT count(*) FROM customers o JOIN customers m USING (residence_address)
WHERE m.{MINE} AND o.customer_id <> $c"""
FAR_LOGINS = f"""
SELECT count(*) FROM logins l JOIN customers c USING (customer_id)
WHERE {MINE} AND l.country <> c.residence_country AND "at" > $t - INTERVAL 7 DAY AND success"""
NAMESAKES = f"""
SELECT count(*) FROM watchlist w JOIN customers c ON list_contains(string_split(w.full_name || '|' || w.aliases, '|'),
  c.full_name) WHERE {MINE} AND w.list = """
PASSED_ON = f"""
SELECT count(*) FROM deposits d WHERE {RECENT} AND EXISTS (SELECT 1 FROM withdrawals w
  WHERE w.customer_id = d.customer_id AND w."at" > d."at" AND w."at" < d."at" + INTERVAL 10 HOUR)"""
NEAR_LIMIT = f"SELECT count(*) FROM deposits WHERE {RECENT} AND amount_usd BETWEEN 8000 AND 10000"
RISKY_USD = f"""
SELECT coalesce(sum(amount_usd), 0) FROM (SELECT customer_id, amount_usd, chain_address FROM deposits WHERE {MINE}
  UNION ALL SELECT customer_id, amount_usd, chain_address FROM withdrawals WHERE {MINE})
JOIN chain_addresses USING (chain_address) WHERE risk_score >= 0.7"""
SILENCE = f"""
SELECT max(days) FROM (SELECT date_diff('day', "at", lead("at", 1, $t) OVER (ORDER BY "at")) AS days
  FROM logins WHERE {MINE} AND "at" <= $t)"""
DISPUTES = "SELECT count(*) FROM p2p_orders WHERE $c IN (buyer_id, seller_id) AND status = 'disputed'"
LOST = "SELECT count(*) FROM p2p_orders WHERE lost_by = $c"
OTHER_PAYER = "SELECT count(*) FROM p2p_orders WHERE buyer_id = $c AND NOT payer_name_matches"
RESETS = f"SELECT count(*) FROM account_events WHERE {RECENT} AND kind LIKE '%reset'"
FAILED = f'SELECT count(*) FROM logins WHERE {MINE} AND NOT success AND "at" > $t - INTERVAL 24 HOUR AND "at" <= $t'
TARGETS = f"SELECT count(DISTINCT chain_address) FROM withdrawals WHERE {RECENT}"
FRAUD_BESIDE = f"""
SELECT count(*) FROM earlier_cases WHERE outcome = 'confirmed_fraud' AND customer_id IN (
  SELECT customer_id FROM withdrawals WHERE chain_address IN (SELECT chain_address FROM withdrawals WHERE {MINE}))"""
EMULATED = f"SELECT count(*) FROM devices JOIN logins USING (device_id) WHERE {MINE} AND is_emulator"
SPELLING = f"SELECT declared_name FROM kyc_submissions WHERE {MINE}"

IN_THE_WAREHOUSE: list[tuple[str, str, Callable[[Any], bool]]] = [
    ("account_takeover", NEW_DEVICE_HOURS, lambda hours: 0 < hours < 5),
    ("account_takeover", FAILED, lambda count: count >= 3),
    ("account_takeover", FAR_LOGINS, lambda count: count >= 1),
    ("takeover_unnoticed", NEW_DEVICE_HOURS, lambda hours: 0 < hours < 8),
    ("takeover_unnoticed", RESETS, lambda count: count >= 2),
    ("sim_swap_next_door", NEW_DEVICE_HOURS, lambda hours: hours is not None),
    ("phone_upgrade", NEW_DEVICE_HOURS, lambda hours: hours is not None),
    ("phone_upgrade", FAR_LOGINS, lambda count: count == 0),
    ("robbed_on_holiday", RESETS, lambda count: count >= 2),
    ("stuffed_credentials", FAILED, lambda count: count >= 8),
    ("traveller", FAR_LOGINS, lambda count: count == 3),
    ("privacy_tunnel", FAR_LOGINS, lambda count: count == 4),
    ("device_ring", SHARED_DEVICE, lambda count: count >= 5),
    ("device_ring", SHARED_ADDRESS, lambda count: count >= 5),
    ("device_ring", EMULATED, lambda count: count >= 1),
    ("face_ring", SHARED_FACE, lambda count: count >= 3),
    ("patient_ring", SAME_HOME, lambda count: count == 2),
    ("family_tablet", SHARED_DEVICE, lambda count: 1 <= count <= 3),
    ("family_tablet", SAME_HOME, lambda count: 1 <= count <= 3),
    ("sisters_tablet", SHARED_DEVICE, lambda count: count == 1),
    ("sisters_tablet", SHARED_FACE, lambda count: count == 0),
    ("internet_cafe", SHARED_DEVICE, lambda count: count >= 4),
    ("internet_cafe", SHARED_ADDRESS, lambda count: count == 0),
    ("address_ring", SHARED_ADDRESS, lambda count: count >= 4),
    ("address_ring", FRAUD_BESIDE, lambda count: count >= 2),
    ("family_treasury", SHARED_ADDRESS, lambda count: count == 1),
    ("mule", PASSED_ON, lambda count: count >= 8),
    ("quiet_mule", PASSED_ON, lambda count: count >= 1),
    ("salary_and_rent", PASSED_ON, lambda count: count >= 1),
    ("market_maker", PASSED_ON, lambda count: count >= 20),
    ("structuring", NEAR_LIMIT, lambda count: count >= 6),
    ("sold_the_car", NEAR_LIMIT, lambda count: count == 3),
    ("bank_limit", NEAR_LIMIT, lambda count: count == 2),
    ("sold_account", SILENCE, lambda days: days > 150),
    ("sold_account", PASSED_ON, lambda count: count >= 5),
    ("dormant_return", SILENCE, lambda days: days > 150),
    ("dormant_return", PASSED_ON, lambda count: count == 0),
    ("darknet_cash_out", RISKY_USD, lambda usd: usd > 5_000),
    ("pays_a_sanctioned_address", RISKY_USD, lambda usd: usd > 3_000),
    ("dusted", RISKY_USD, lambda usd: 0 < usd < 5),
    ("peeling_chain", PASSED_ON, lambda count: count == 4),
    ("peeling_chain", TARGETS, lambda count: 3 <= count <= 5),
    ("peeling_chain", RISKY_USD, lambda usd: usd > 10_000),
    ("freelancers_payroll", PASSED_ON, lambda count: count == 4),
    ("freelancers_payroll", TARGETS, lambda count: 3 <= count <= 5),
    ("freelancers_payroll", RISKY_USD, lambda usd: usd == 0),
    ("talked_into_it", RESETS, lambda count: count == 1),
    ("talked_into_it", RISKY_USD, lambda usd: usd > 4_000),
    ("talked_into_it", NEW_DEVICE_HOURS, lambda hours: hours is None),
    ("new_hardware_wallet", RESETS, lambda count: count == 1),
    ("new_hardware_wallet", RISKY_USD, lambda usd: usd == 0),
    ("new_hardware_wallet", NEW_DEVICE_HOURS, lambda hours: hours is None),
    ("absconding_seller", LOST, lambda count: count == 5),
    ("bank_outage", LOST, lambda count: count == 0),
    ("bank_outage", DISPUTES, lambda count: count == 3),
    ("concealed_office", RISKY_USD, lambda usd: usd > 40_000),
    ("chargeback", LOST, lambda count: count >= 4),
    ("first_chargeback", LOST, lambda count: count == 0),
    ("first_chargeback", DISPUTES, lambda count: count == 1),
    ("dissatisfied_counterparty", DISPUTES, lambda count: count == 3),
    ("dissatisfied_counterparty", LOST, lambda count: count == 0),
    ("unlucky_newcomer", LOST, lambda count: count == 1),
    ("third_party_payers", OTHER_PAYER, lambda count: count >= 9),
    ("joint_account", OTHER_PAYER, lambda count: count == 2),
    ("sanctioned_person", NAMESAKES + "'sanctions' AND w.birth_date = c.birth_date", lambda count: count == 1),
    ("sanctioned_under_alias", NAMESAKES + "'sanctions' AND w.full_name <> c.full_name", lambda count: count == 1),
    ("namesake", NAMESAKES + "'sanctions' AND w.birth_date <> c.birth_date", lambda count: count == 1),
    ("namesake", NAMESAKES + "'sanctions' AND w.country = c.nationality", lambda count: count == 0),
    ("compatriot_namesake", NAMESAKES + "'sanctions' AND w.country = c.nationality", lambda count: count == 1),
    ("compatriot_namesake", NAMESAKES + "'sanctions' AND w.birth_date = c.birth_date", lambda count: count == 0),
    ("declared_office", NAMESAKES + "'pep'", lambda count: count == 1),
    ("concealed_office", NAMESAKES + "'pep'", lambda count: count == 1),
    ("reused_template", SHARED_PICTURE, lambda count: count >= 4),
    ("same_copy_shop", SHARED_PICTURE, lambda count: count == 1),
    ("one_face_many_names", SHARED_FACE, lambda count: count >= 3),
    ("identical_twin", SHARED_FACE, lambda count: count == 1),
    ("identical_twin", SAME_HOME, lambda count: count == 1),
    ("forgotten_account", SHARED_FACE, lambda count: count == 1),
]

ON_PAPER: dict[str, Callable[[Papers], bool]] = {
    "portrait_substitution": lambda p: p.forgery == "portrait" and p.pasted_face == p.selfie_face != p.portrait_face,
    "edited_name": lambda p: p.forgery == "text" and p.edits["surname"] != p.surname.upper(),
    "edited_birth_date": lambda p: p.kind == "passport" and p.edits["birth_date"] != p.birth,
    "rewritten_mrz": lambda p: p.kind == "passport" and p.forgery == "mrz" and len(p.edits) == 3,
    "genuine_resave": lambda p: p.forgery == "none" and p.resaves > 0,
    "worn_document": lambda p: p.forgery == "none" and (p.expires - p.issued).days > 3600,
    "screen_recapture": lambda p: p.capture == "screen",
    "photographed_print": lambda p: p.capture == "print",
    "glare_on_laminate": lambda p: p.capture == "phone" and p.forgery == "none",
    "unreadable_capture": lambda p: p.capture == "blurred" and p.forgery == "none",
    "blurred_on_purpose": lambda p: p.capture == "blurred" and p.forgery == "portrait",
    "stolen_identity": lambda p: p.selfie_face != p.portrait_face and p.forgery == "none",
    "borrowed_by_sibling": lambda p: p.selfie_face != p.portrait_face,
    "borrowed_document": lambda p: p.selfie_face != p.portrait_face,
    "expired_and_stolen": lambda p: p.selfie_face != p.portrait_face,
    "ageing_face": lambda p: p.selfie_face == p.portrait_face and p.selfie_years >= 7,
    "dim_selfie": lambda p: p.selfie_face == p.portrait_face and p.forgery == "none",
    "face_ring": lambda p: p.forgery == "portrait" and p.pasted_face == p.selfie_face,
    "one_face_many_names": lambda p: p.forgery == "portrait" and p.pasted_face == p.selfie_face,
    "prolonged_by_hand": lambda p: p.edits["expiry_date"] > p.expires and p.kind == "passport",
    "good_for_some_days": lambda p: p.forgery == "none",
    "reused_template": lambda p: p.forgery == "text" and set(p.edits) == {"surname", "number"},
}


@pytest.mark.parametrize(("story", "sql", "holds"), IN_THE_WAREHOUSE)
def test_the_trace_is_in_the_warehouse(exchange, story, sql, holds):
    told = exchange.of(story)
    assert len(told) >= 2
    for each in told:
        value = exchange.value(each, sql)
        assert holds(value), (each.case.case_id, value)


@pytest.mark.parametrize("story", sorted(ON_PAPER))
def test_the_trace_is_in_the_papers(exchange, story):
    told = exchange.of(story)
    assert len(told) >= 2
    assert all(ON_PAPER[story](each.played.papers) for each in told)


EXPIRED = ["expired_document", "expired_and_stolen", "prolonged_by_hand"]


@pytest.mark.parametrize("story", EXPIRED)
def test_expired_documents_had_expired_when_they_were_flagged(exchange, story):
    for told in exchange.of(story):
        assert told.played.papers.expires < told.played.flagged.date()


def test_all_other_documents_were_valid_when_they_were_flagged(exchange):
    for told in exchange.told:
        if told.label.story not in EXPIRED:
            assert told.played.papers.issued < told.played.flagged.date() < told.played.papers.expires, told.label.story


def test_minors_are_minors_on_paper_and_of_age_in_the_application(exchange):
    for told in exchange.of("under_age", "edited_birth_date"):
        today = told.played.flagged.date()
        assert (today - told.played.papers.birth).days < 18 * 365.25
        assert (
            exchange.value(
                told,
                f"SELECT date_diff('day', declared_birth_date, CAST($t AS DATE)) FROM kyc_submissions WHERE {MINE}",
            )
            > 18 * 365.25
        )


def test_those_just_of_age_are_of_age(exchange):
    for told in exchange.of("just_of_age"):
        days = (told.played.flagged.date() - told.played.papers.birth).days
        assert 18 * 365 < days < 18 * 365 + 70


@pytest.mark.parametrize("story", ["transliterated_name", "married_name", "borrowed_document", "second_given_name"])
def test_the_application_spells_the_name_otherwise_than_the_document(exchange, story):
    for told in exchange.of(story):
        papers = told.played.papers
        assert exchange.value(told, SPELLING) != f"{papers.given} {papers.surname}"


@pytest.mark.parametrize(
    "story", ["portrait_substitution", "stolen_identity", "ageing_face", "genuine_resave", "expired_document"]
)
def test_elsewhere_application_and_document_agree(exchange, story):
    for told in exchange.of(story):
        papers = told.played.papers
        row = exchange.connection.execute(
            "SELECT declared_name, declared_birth_date, document_number, document_type"
            f" FROM kyc_submissions WHERE {MINE}",
            {"c": told.case.customer_id},
        ).fetchone()
        assert row == (f"{papers.given} {papers.surname}", papers.birth, papers.number, papers.kind)


def test_every_story_is_checked_somewhere():
    elsewhere = {
        "transliterated_name",
        "married_name",
        "second_given_name",
        "under_age",
        "just_of_age",
        "expired_document",
        "replayed_clip",
        "swapped_halfway",
        "looped_clip",
        "clumsy_clip",
        "forwarded_clip",
    }
    assert {story for story, _, _ in IN_THE_WAREHOUSE} | set(ON_PAPER) | elsewhere == set(STORIES)
