import json
from datetime import date

import pytest

from tools.document import document_forgery, document_read
from tools.registry import NoArguments, call_tool, checked_facts


@pytest.fixture
def applied(exchange):
    """Two applications before the flag and one after it; the second one counts."""
    usual = {"customer_id": "C1", "declared_birth_date": date(1990, 5, 17), "document_number": "x123-4567"}
    for days, name in ((20, "Somebody Else"), (2, "Anna Exämple"), (-1, "Third Person")):
        exchange.add("kyc_submissions", submitted_at=exchange.ago(days=days), declared_name=name, **usual)
    return exchange


def _read(there):
    found = document_read.run(there.subject, there.sources, NoArguments())
    return {fact.name.removeprefix("document."): fact.value for fact in checked_facts(document_read, found)}, found


def test_a_sound_document_agrees_with_the_latest_application(applied, desk):
    facts, found = _read(desk())
    assert facts == {
        "readable": True,
        "quality": 0.8,
        "type": "passport",
        "days_to_expiry": (date(2030, 1, 1) - date(2026, 6, 1)).days,
        "holder_age": 36,
        "mrz_valid": True,
        "mrz_agreement": "match",
        "name_agreement": "match",
        "birth_date_agreement": "match",
        "number_agreement": "match",
    }
    assert found.notes == ()
    assert found.source == "fixed abababababab"


def test_exhibits_show_every_spelling_and_where_it_stands(applied, desk):
    _, found = _read(desk())
    table, boxes = found.exhibits
    assert json.loads(table.content)[0] == {
        "name": "name",
        "application": "Anna Exämple",
        "visual": "Anna Example",
        "mrz": "EXAMPLE ANNA",
        "agreement": "match",
    }
    assert (boxes.kind, boxes.of) == ("boxes", "document")
    assert json.loads(boxes.content) == [{"box": [1, 2, 30, 4], "label": "name", "severity": "info"}]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name_mrz_visual": "mismatch", "number_mrz_visual": "partial"}, "mismatch"),
        ({"number_mrz_visual": "partial"}, "partial"),
        ({"mrz": None}, "absent"),
        (dict.fromkeys(("name_mrz_visual", "birth_date_mrz_visual", "number_mrz_visual"), "absent"), "absent"),
    ],
)
def test_the_worst_field_tells_how_far_mrz_and_visual_zone_agree(applied, desk, reading, fields, expected):
    facts, _ = _read(desk(reading=reading(**fields)))
    assert facts["mrz_agreement"] == expected
    assert ("mrz_valid" in facts) is (fields.get("mrz", "there") is not None)


@pytest.mark.parametrize(("born", "age"), [(date(2008, 6, 1), 18), (date(2008, 6, 2), 17), (date(2004, 2, 29), 22)])
def test_age_is_counted_at_the_flag(applied, desk, reading, born, age):
    assert _read(desk(reading=reading(birth_date=born)))[0]["holder_age"] == age


def test_an_expired_document_has_negative_days(applied, desk, reading):
    assert _read(desk(reading=reading(expiry_date=date(2026, 5, 30))))[0]["days_to_expiry"] == -2


def test_what_the_document_does_not_show_is_unknown_and_said(applied, desk, reading):
    facts, found = _read(desk(reading=reading(birth_date=None, expiry_date=None, name="")))
    assert {"days_to_expiry", "holder_age"}.isdisjoint(facts)
    assert (facts["birth_date_agreement"], facts["name_agreement"]) == ("absent", "absent")
    assert len(found.notes) == 2


def test_an_unreadable_document_tells_only_that(applied, desk, reading):
    facts, found = _read(desk(reading=reading(readable=False, type="unknown", reason="too blurred")))
    assert facts == {"readable": False, "quality": 0.8, "type": "unknown"}
    assert found.notes == ("everything the document says: too blurred",)


def test_without_an_application_nothing_is_compared(desk):
    facts, found = _read(desk())
    assert not [name for name in facts if name in ("name_agreement", "birth_date_agreement", "number_agreement")]
    assert facts["mrz_agreement"] == "match"
    assert found.notes == ("agreement with the application: the customer has no identity submission",)


def test_another_persons_document_mismatches(applied, desk, reading):
    facts, _ = _read(desk(reading=reading(name="BERTA QUILL", number="Z7654321", birth_date=date(1971, 2, 3))))
    assert [facts[f"{field}_agreement"] for field in ("name", "birth_date", "number")] == ["mismatch"] * 3


def test_hostile_text_on_a_document_is_shown_without_its_tricks(applied, desk, reading):
    _, found = _read(desk(reading=reading(fields=(), name="\u202eEVIL\x00" + "A" * 500)))
    shown = json.loads(found.exhibits[0].content)[0]["visual"]
    assert shown.startswith("EVILA")
    assert len(shown) <= 120


def test_a_missing_document_is_unavailable(desk):
    there = desk(roles=("selfie",))
    entry = call_tool(document_read, "E1", there.subject, there.sources)
    assert entry.reason == "no document attached; ask the customer for a document"


def _forgery(there):
    found = document_forgery.run(there.subject, there.sources, NoArguments())
    return {fact.name.removeprefix("forgery."): fact.value for fact in checked_facts(document_forgery, found)}, found


def test_traces_of_tampering_become_facts_and_drawings(desk):
    facts, found = _forgery(desk())
    assert facts == {"score": 0.9, "verdict": "forged", "region": "portrait", "recapture": 0.1, "quality": 0.8}
    boxes, heat = found.exhibits
    assert json.loads(boxes.content) == [
        {"box": [5, 6, 70, 80], "label": "a seam around the portrait", "severity": "high"}
    ]
    assert (heat.kind, json.loads(heat.content)) == ("heatmap", {"png": "aGVhdA=="})


def test_an_inconclusive_picture_has_no_score(desk, forgery_report):
    report = forgery_report(
        verdict="inconclusive", score=0.4, recapture=None, signals=(), heatmap_png="", reason="too small"
    )
    facts, found = _forgery(desk(report=report))
    assert set(facts) == {"verdict", "region", "quality"}
    assert found.notes == ("forgery.score: too small", "forgery.recapture: too small")
    assert found.exhibits == ()
