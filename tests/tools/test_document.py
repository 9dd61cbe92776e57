import hashlib
import json
from datetime import date

import pytest

from tools.call import call_tool, checked_facts
from tools.document import CHECKED, document_file, document_forgery, document_read
from tools.tool import Attachment, NoArguments, Subject
from vision.consistency.report import Check
from vision.types import Box, ReadField

SILENT = dict.fromkeys(("name_mrz_visual", "birth_date_mrz_visual", "number_mrz_visual"), "absent")
UNCHECKED = {name.removeprefix("document."): "not_assessed" for name in CHECKED.values()}


@pytest.fixture
def applied(exchange):
    """Two applications before the flag and one after it; the second one counts."""
    usual = {"customer_id": "C1", "declared_birth_date": date(1990, 5, 17), "document_number": "x123-4567"}
    for days, name in ((20, "Somebody Else"), (2, "Anna Exämple"), (-1, "Third Person")):
        exchange.add("kyc_submissions", submitted_at=exchange.ago(days=days), declared_name=name, **usual)
    exchange.rows["customers"][-1] |= {"full_name": "Anna Example", "birth_date": date(1990, 5, 17)}
    return exchange


def _read(there):
    found = document_read.run(there.subject, there.sources, NoArguments())
    return {fact.name.removeprefix("document."): fact.value for fact in checked_facts(document_read, found)}, found


def test_a_sound_document_agrees_with_the_latest_application(applied, desk):
    facts, found = _read(desk())
    assert facts == {
        "several": False,
        "readable": True,
        "quality": 0.8,
        "type": "passport",
        "days_to_expiry": (date(2030, 1, 1) - date(2026, 6, 1)).days,
        "holder_age": 36,
        "mrz_valid": True,
        "mrz_agreement": "match",
        "names_comparable": True,
        "name_agreement": "match",
        "birth_date_agreement": "match",
        "number_agreement": "match",
        "account_name": "match",
        "account_birth_date": "match",
        "barcode_agreement": "absent",
        "barcode_birth_date": "absent",
        "crosscheck_conflicts": 0,
        **UNCHECKED,
    }
    assert found.notes == ()
    assert found.source == "fixed abababababab"


def test_exhibits_show_every_spelling_and_where_it_stands(applied, desk):
    _, found = _read(desk())
    table, boxes, checks = found.exhibits
    assert json.loads(table.content)[0] == {
        "name": "name",
        "visual": "Anna Example",
        "mrz": "ANNA EXAMPLE",
        "application": "Anna Exämple",
        "agreement": "match",
        "pairs": "application/visual match, application/mrz match",
    }
    assert (checks.kind, json.loads(checks.content)) == ("checks", [])
    assert (boxes.kind, boxes.of) == ("boxes", "document")
    assert json.loads(boxes.content) == [{"box": [1, 2, 30, 4], "label": "name", "severity": "info"}]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name_mrz_visual": "mismatch", "number_mrz_visual": "partial"}, "mismatch"),
        ({"number_mrz_visual": "partial"}, "partial"),
        (SILENT, "absent"),
        ({"mrz": None, **SILENT}, "absent"),
    ],
)
def test_the_worst_field_tells_how_far_mrz_and_visual_zone_agree(applied, desk, reading, fields, expected):
    facts, _ = _read(desk(reading=reading(**fields)))
    assert facts["mrz_agreement"] == expected
    assert ("mrz_valid" in facts) is (fields.get("mrz", "there") is not None)


@pytest.mark.parametrize(("born", "age"), [(date(2008, 6, 1), 18), (date(2008, 6, 2), 17), (date(2004, 2, 29), 22)])
def test_age_is_counted_at_the_flag(applied, desk, reading, born, age):
    assert _read(desk(reading=reading(birth_date=born)))[0]["holder_age"] == age


@pytest.mark.parametrize(
    ("known", "agreement", "age"),
    [
        ("1990", "absent", 35), ("1990-05", "absent", 36), ("1990-06", "mismatch", 35), ("1985", "mismatch", 40),
        ("2006", "mismatch", None), ("", "absent", None),
    ],
)  # fmt: skip
def test_of_an_unknown_birth_date_what_is_known_is_compared(applied, desk, reading, known, agreement, age):
    zone = reading().mrz.model_copy(update={"birth_date": None, "born_in": known})
    facts, _ = _read(desk(reading=reading(birth_date=None, mrz=zone)))
    assert (facts["birth_date_agreement"], facts.get("holder_age")) == (agreement, age)


@pytest.mark.parametrize(("failed", "told"), [((), None), (("number",), False)])
def test_whether_a_zone_that_was_cut_off_is_valid_is_unknown_unless_it_is_wrong(applied, desk, reading, failed, told):
    cut = {"valid": False, "failed_checks": failed, "unread_checks": ("composite",)}
    facts, found = _read(desk(reading=reading(mrz=reading().mrz.model_copy(update=cut))))
    assert facts.get("mrz_valid") is told
    assert any("ends before the last check digit" in note for note in found.notes) is (told is None)


def test_an_expired_document_has_negative_days(applied, desk, reading):
    assert _read(desk(reading=reading(expiry_date=date(2026, 5, 30))))[0]["days_to_expiry"] == -2


def test_what_the_document_does_not_show_is_unknown_and_said(applied, desk, reading):
    facts, found = _read(desk(reading=reading(birth_date=None, expiry_date=None, name="")))
    assert {"days_to_expiry", "holder_age"}.isdisjoint(facts)
    assert (facts["birth_date_agreement"], facts["names_comparable"]) == ("absent", False)
    assert len(found.notes) == 3


def test_an_unreadable_document_tells_only_that(applied, desk, reading):
    facts, found = _read(desk(reading=reading(readable=False, type="unknown", reason="too blurred")))
    assert facts == {"several": False, "readable": False, "quality": 0.8, "type": "unknown", **UNCHECKED}
    unread = [spec.name for spec in document_read.facts if spec.name.removeprefix("document.") not in facts]
    assert found.notes == tuple(f"{name}: too blurred" for name in unread)
    assert "document.days_to_expiry" in unread


def test_of_several_documents_nothing_is_told(applied, desk, reading):
    why = "the picture shows more than one document"
    facts, found = _read(desk(reading=reading(several=True, readable=False, reason=why)))
    assert facts == {"several": True, "quality": 0.8}
    assert f"document.name_agreement: {why}" in found.notes
    assert found.exhibits == ()


@pytest.mark.parametrize(
    ("declared", "agreement"), [("李明", None), ("...", None), ("Анна Екзампле", "match"), ("Berta Quill", "mismatch")]
)
def test_a_name_in_letters_that_cannot_be_compared_is_unknown(exchange, desk, declared, agreement):
    usual = {"customer_id": "C1", "declared_birth_date": date(1990, 5, 17), "document_number": "X1234567"}
    exchange.add("kyc_submissions", submitted_at=exchange.ago(days=2), declared_name=declared, **usual)
    facts, found = _read(desk())
    assert (facts.get("name_agreement"), facts["names_comparable"]) == (agreement, agreement is not None)
    assert any(note.startswith("document.name_agreement: ") for note in found.notes) is (agreement is None)


@pytest.mark.parametrize(
    ("holder", "name", "birth_date"),
    [
        ({}, "match", "match"),
        ({"full_name": "Berta Quill"}, "mismatch", "match"),
        ({"full_name": "Berta Quill", "birth_date": date(1971, 1, 2)}, "mismatch", "mismatch"),
        ({"full_name": None, "birth_date": None}, None, None),
        ({"full_name": "李明"}, None, "match"),
    ],
)
def test_the_application_is_held_against_the_account(applied, desk, holder, name, birth_date):
    applied.rows["customers"][-1] |= holder
    facts, found = _read(desk())
    assert (facts.get("account_name"), facts.get("account_birth_date")) == (name, birth_date)
    assert any(note.startswith("document.account_name: ") for note in found.notes) is (name is None)
    lacking = {"document.account_name": name, "document.account_birth_date": birth_date}
    assert found.faults == {fact: "ours" for fact, told in lacking.items() if told is None}


def test_what_an_application_lacks_is_not_the_customers_to_send_in_a_picture(applied, desk):
    applied.rows["kyc_submissions"][-2] |= {"declared_name": "", "declared_birth_date": None}
    facts, found = _read(desk())
    assert (facts["names_comparable"], facts["birth_date_agreement"]) == (False, "absent")
    assert {fact for fact, fault in found.faults.items() if fault == "ours"} == {
        "document.name_agreement", "document.account_name", "document.account_birth_date"
    }  # fmt: skip


def test_what_a_document_does_not_show_is_the_customers_to_mend(applied, desk, reading):
    facts, found = _read(desk(reading=reading(expiry_date=None, fields=(), mrz=None)))
    assert "days_to_expiry" not in facts
    assert "document.days_to_expiry" not in found.faults


def test_an_account_with_two_holders_is_compared_with_neither(applied, desk):
    applied.customer("C1", full_name="Berta Quill", birth_date=date(1971, 1, 2))
    there = desk()
    entry = call_tool(document_read, "E1", there.subject, there.sources)
    assert entry.reason.startswith("table 'customers' has more than one row")


def test_an_unread_given_name_is_no_other_name(applied, desk, reading):
    half = {"fields": (_field("surname", "EXAMPLE", "visual"),), "mrz": None, "name": "EXAMPLE"}
    facts, found = _read(desk(reading=reading(**half)))
    assert facts["name_agreement"] == "partial"
    assert json.loads(found.exhibits[0].content)[0]["agreement"] == "partial"


def test_a_visa_is_no_identity_document(applied, desk, reading):
    assert _read(desk(reading=reading(type="visa")))[0]["type"] == "visa"


def test_without_an_application_nothing_is_compared(desk):
    facts, found = _read(desk())
    assert not [name for name in facts if name in ("name_agreement", "birth_date_agreement", "number_agreement")]
    assert facts["mrz_agreement"] == "match"
    compared = ("names_comparable", *(f"{each}_agreement" for each in ("name", "birth_date", "number")))
    untold = [f"document.{name}" for name in (*compared, "account_name", "account_birth_date")]
    assert found.notes == tuple(f"{name}: the customer has no identity submission" for name in untold)
    assert found.faults == dict.fromkeys(untold, "ours")


def test_another_persons_document_mismatches(applied, desk, reading):
    facts, _ = _read(desk(reading=reading(name="BERTA QUILL", number="Z7654321", birth_date=date(1971, 2, 3))))
    assert [facts[f"{field}_agreement"] for field in ("name", "birth_date", "number")] == ["mismatch"] * 3


def test_hostile_text_on_a_document_is_shown_without_its_tricks(applied, desk, reading):
    evil = ReadField(name="surname", text="\u202eEVIL\x00" + "A" * 500, source="visual")
    _, found = _read(desk(reading=reading(fields=(evil,), mrz=None)))
    shown = json.loads(found.exhibits[0].content)[0]["visual"]
    assert shown.startswith("EVILA")
    assert len(shown) <= 120


def test_a_missing_document_is_unavailable(desk):
    there = desk(roles=("selfie",))
    entry = call_tool(document_read, "E1", there.subject, there.sources)
    assert entry.reason == "no document attached; ask the customer for a document"


def _field(name, text, source, **changes):
    return ReadField(name=name, text=text, source=source, **changes)


def test_a_barcode_that_says_something_else_is_a_conflict_and_stands_out(applied, desk, reading):
    place = Box(x=7, y=8, width=90, height=10)
    fields = (_field("number", "X1234567", "visual", box=place), _field("number", "Y7654321", "barcode"))
    facts, found = _read(desk(reading=reading(fields=fields, mrz=None)))
    assert (facts["barcode_agreement"], facts["crosscheck_conflicts"]) == ("mismatch", 1)
    table, boxes, _ = (json.loads(exhibit.content) for exhibit in found.exhibits)
    number = next(row for row in table if row["name"] == "number")
    assert (number["barcode"], number["agreement"]) == ("Y7654321", "mismatch")
    assert "visual/barcode mismatch" in number["pairs"]
    assert boxes == [{"box": [7, 8, 90, 10], "label": "number", "severity": "high"}]


@pytest.mark.parametrize(("printed", "agreement"), [("1990-05-04", "match"), ("2009-05-04", "mismatch")])
def test_a_barcode_may_bear_out_the_printed_birth_date_whatever_else_it_says(
    applied, desk, reading, printed, agreement
):
    said = {"birth_date": (printed, "1990-05-04"), "number": ("X1234567", "Y7654321")}
    fields = tuple(
        _field(name, text, source)
        for name, texts in said.items()
        for text, source in zip(texts, ("visual", "barcode"), strict=True)
    )
    facts, _ = _read(desk(reading=reading(fields=fields, mrz=None)))
    assert (facts["barcode_birth_date"], facts["barcode_agreement"]) == (agreement, "mismatch")


def test_the_application_alone_makes_no_conflict_within_the_document(applied, desk, reading):
    facts, _ = _read(desk(reading=reading(fields=(_field("number", "Z9999999", "visual"),), number="Z9999999")))
    assert (facts["crosscheck_conflicts"], facts["number_agreement"]) == (0, "mismatch")


def test_checks_become_facts_and_a_table(applied, desk):
    checks = (
        Check(name="font_break", result="failed", meaning="part of number is 20% taller", value=1.6, limit=1.0),
        Check(name="grey_copy", result="passed", meaning="the page has colour", value=30.5, limit=11.0),
    )
    facts, found = _read(desk(checks=checks))
    assert (facts["lettering_check"], facts["colour_check"], facts["moire_check"]) == (
        "failed",
        "passed",
        "not_assessed",
    )
    assert json.loads(found.exhibits[-1].content)[0] == {
        "name": "font break",
        "result": "failed",
        "meaning": "part of number is 20% taller",
        "value": 1.6,
        "limit": 1.0,
    }


def _file(there, content):
    path = there.sources.files / "document.jpg"
    path.write_bytes(content)
    attachment = Attachment(role="document", path="document.jpg", sha256=hashlib.sha256(content).hexdigest())
    subject = Subject(customer_id="C1", as_of=there.subject.as_of, attachments=(attachment,))
    found = document_file.run(subject, there.sources, NoArguments())
    return {fact.name.removeprefix("file."): fact.value for fact in checked_facts(document_file, found)}, found


def test_a_file_of_no_known_kind_is_not_assessed(desk):
    facts, found = _file(desk(), b"no picture at all")
    assert facts == dict.fromkeys(("editor_check", "dates_check", "revisions_check"), "not_assessed")
    assert found.source == "unknown file"


def test_a_pdf_saved_twice_is_told_though_it_cannot_be_read(desk):
    facts, found = _file(desk(), b"%PDF-1.7\n" + 2 * b"startxref\n9\n%%EOF\n")
    assert (facts["revisions_check"], found.source) == ("failed", "PDF file")
    assert json.loads(found.exhibits[0].content)[0]["value"] == 2.0


def test_an_editor_named_by_a_file_is_told(desk):
    text = b"Software\x00GIMP 2.10"
    chunk = len(text).to_bytes(4, "big") + b"tEXt" + text + bytes(4)
    facts, found = _file(desk(), b"\x89PNG\r\n\x1a\n" + chunk)
    assert (facts["editor_check"], facts["dates_check"]) == ("failed", "not_assessed")
    assert "GIMP 2.10" in found.exhibits[0].content


def test_a_generators_recipe_is_told_without_its_words(desk):
    text = b"parameters\x00Anna Example, passport photo, Steps: 20, Sampler: Euler a"
    chunk = len(text).to_bytes(4, "big") + b"tEXt" + text + bytes(4)
    facts, found = _file(desk(), b"\x89PNG\r\n\x1a\n" + chunk)
    assert facts["editor_check"] == "failed"
    assert "Stable Diffusion" in found.exhibits[0].content
    assert "Example" not in found.exhibits[0].content


@pytest.mark.parametrize(
    ("checksum", "holder", "told"),
    [
        ("passed", "passed", "passed"),
        ("passed", "not_assessed", "passed"),
        ("passed", "failed", "contradicts"),
        ("not_assessed", "failed", "contradicts"),
        ("failed", "failed", "failed"),
    ],
)
def test_a_number_of_another_holder_is_told_from_one_that_fails_its_checksum(applied, desk, checksum, holder, told):
    checks = (
        Check(name="number_checksum", result=checksum, meaning="of the checksum"),
        Check(name="number_holder", result=holder, meaning="of the holder"),
    )
    assert _read(desk(checks=checks))[0]["number_check"] == told


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


def test_a_guess_at_how_it_was_edited_is_shown_and_is_no_fact(desk, forgery_report):
    facts, found = _forgery(desk(report=forgery_report(operator="copy_move", operator_score=0.71)))
    assert not any("copy" in str(value) for value in facts.values())
    [row] = json.loads(found.exhibits[-1].content)
    assert (found.exhibits[-1].kind, row["name"], row["result"], row["value"]) == (
        "checks",
        "kind of edit",
        "guess",
        0.71,
    )
    assert row["meaning"].endswith("copy move")


def test_nothing_is_drawn_on_a_document_that_counts_as_genuine(desk, forgery_report):
    facts, found = _forgery(desk(report=forgery_report(verdict="genuine", score=0.3)))
    assert (facts["verdict"], facts["score"], found.exhibits) == ("genuine", 0.3, ())


def test_what_was_seen_of_an_inconclusive_picture_is_drawn(desk, forgery_report):
    _, found = _forgery(desk(report=forgery_report(verdict="inconclusive", score=None)))
    assert [exhibit.kind for exhibit in found.exhibits] == ["boxes", "heatmap"]


def test_an_inconclusive_picture_has_no_score(desk, forgery_report):
    report = forgery_report(
        verdict="inconclusive", score=0.4, recapture=None, signals=(), heatmap_png="", reason="too small"
    )
    facts, found = _forgery(desk(report=report))
    assert set(facts) == {"verdict", "region", "quality"}
    assert found.notes == ("forgery.score: too small", "forgery.recapture: too small")
    assert found.exhibits == ()
