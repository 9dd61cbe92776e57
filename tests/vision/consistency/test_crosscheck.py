"""Fields held against each other: what agrees, what contradicts, and which source says what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.consistency.crosscheck import FieldName, claims, compare, conflicts, declared, worst
from vision.consistency.report import CrossCheck, Outcome
from vision.types import Box, DocumentReading, ModelVersion, Mrz, Quality, ReadField

BOX = Box(x=10, y=20, width=300, height=40)
DAYS = st.dates(date(1940, 1, 1), date(2035, 1, 1))
NAMES = st.from_regex(r"[A-HJ-NP-Z]{3,9}", fullmatch=True)
CODES = st.from_regex(r"[A-HJ-NP-RT-Y]{2}[0-9]{7}", fullmatch=True)


def visual(name: str, text: str, confidence: float = 0.99) -> ReadField:
    return ReadField(name=name, text=text, source="visual", box=BOX, confidence=confidence)


def coded(name: str, text: str, source: str = "mrz") -> ReadField:
    return ReadField.model_validate({"name": name, "text": text, "source": source})


def zone(failed: tuple[str, ...] = (), names: str = "P<UTOEXAMPLE<<ANNA" + "<" * 26) -> Mrz:
    return Mrz(
        kind="TD3", lines=(names, "X12345673UTO9005173F3001011" + "<" * 17), valid=not failed, failed_checks=failed,
        surname="", given_names="", number="", nationality="", birth_date=None, expiry_date=None, sex="",
    )  # fmt: skip


def reading(*fields: ReadField, mrz: Mrz | None = None, **changes: object) -> DocumentReading:
    usual = {
        "type": "passport", "country": "UTO", "fields": fields, "mrz": mrz, "name": "ANNA EXAMPLE",
        "number": "X1204567", "birth_date": date(1990, 5, 17), "expiry_date": date(2030, 1, 1),
        "name_mrz_visual": "match", "birth_date_mrz_visual": "match", "number_mrz_visual": "match",
        "expiry_mrz_visual": "match", "readable": True, "model": ModelVersion(name="none", sha256=""),
        "quality": Quality(score=1, sharpness=1, exposure=1, size=1),
    }  # fmt: skip
    return DocumentReading.model_validate(usual | changes)


def only(*fields: ReadField, mrz: Mrz | None = None) -> Outcome:
    (check,) = compare(claims(reading(*fields, mrz=mrz)))
    return check.outcome


@pytest.mark.parametrize(
    ("name", "printed", "other", "outcome"),
    [
        ("surname", "MÜLLER", "MUELLER", "MATCH"),
        ("surname", "ANNA MARIA", "ANNA", "PARTIAL"),
        ("surname", "KOWALSKI", "GARCIA", "NO_MATCH"),
        ("birth_date", "17 MAY 1990", "1990-05-17", "MATCH"),
        ("birth_date", "18.05.1990", "1990-05-17", "NO_MATCH"),
        ("number", "AB 12-3456", "AB123456", "MATCH"),
        ("number", "AB123456", "AB123457", "NO_MATCH"),
        ("sex", "F", "M", "NO_MATCH"),
        ("nationality", "UTO", "UTO<", "MATCH"),
        ("issue_date", "01/02/2020", "2020-02-01", "MATCH"),
    ],
)
@pytest.mark.parametrize("source", ["mrz", "barcode"])
def test_a_field_of_two_sources(name: str, printed: str, other: str, outcome: str, source: str) -> None:
    assert only(visual(name, printed), coded(name, other, source), mrz=zone()) == outcome


def test_every_pair_of_sources_is_compared_and_named() -> None:
    fields = (visual("number", "AB123456"), coded("number", "AB123456"), coded("number", "ZZ123456", "barcode"))
    checks = compare({**claims(reading(*fields, mrz=zone())), **declared({"number": "AB123457"})})
    found = {(check.left.source, check.right.source): check.outcome for check in checks}
    assert found == {
        ("application", "visual"): "PARTIAL",
        ("application", "mrz"): "PARTIAL",
        ("application", "barcode"): "NO_MATCH",
        ("visual", "mrz"): "MATCH",
        ("visual", "barcode"): "NO_MATCH",
        ("mrz", "barcode"): "NO_MATCH",
    }
    assert [check.left.box for check in checks if check.left.source == "visual"] == [BOX, BOX]
    assert (worst(checks, "barcode"), worst(checks, "mrz"), conflicts(checks)) == ("NO_MATCH", "NO_MATCH", ("number",))


def test_a_difference_that_the_reading_explains_is_partial() -> None:
    changed = coded("birth_date", "1990-05-18")
    assert only(visual("birth_date", "17.05.1990", 0.6), changed, mrz=zone()) == "PARTIAL"
    assert only(visual("birth_date", "17.05.1990"), changed, mrz=zone(("birth_date",))) == "PARTIAL"
    assert only(visual("birth_date", "17.05.1990"), changed, mrz=zone()) == "NO_MATCH"


def test_a_zone_without_room_for_a_name_cuts_it() -> None:
    long = (visual("given_names", "ALEXANDROS"), coded("given_names", "ALEX"))
    assert only(*long, mrz=zone(names="P<UTOPAPADOPOULOS<<ALEX".ljust(44, "X"))) == "MATCH"
    assert only(*long, mrz=zone()) == "NO_MATCH"


def test_a_name_in_another_script_is_held_against_the_application_alone() -> None:
    fields = (visual("surname", "Щукин"), coded("surname", "SHCHUKIN"))
    checks = compare({**claims(reading(*fields, mrz=zone())), **declared({"name": "Shchukin"})})
    assert {(check.field, check.right.source, check.outcome) for check in checks} == {
        ("name", "visual", "MATCH"),
        ("name", "mrz", "MATCH"),
    }


def test_an_application_has_the_name_in_one_piece_and_may_spell_it_otherwise() -> None:
    fields = (visual("surname", "SHCHUKIN"), visual("given_names", "SERGEI"))
    (check,) = compare({**claims(reading(*fields)), **declared({"name": "Сергей Щукин"})})
    assert (check.field, check.outcome, check.right.text) == ("name", "MATCH", "SERGEI SHCHUKIN")
    assert check.right.box == BOX


def test_a_silent_source_makes_no_check() -> None:
    assert compare(claims(reading(visual("number", "AB123456")))) == ()
    assert compare({**claims(reading()), **declared({"name": "", "number": "A1"})}) == ()
    unread = (visual("birth_date", "no date"), coded("birth_date", "1990-05-17"))
    assert compare(claims(reading(*unread, mrz=zone()))) == ()
    assert worst((), "barcode") is None


def planted(name: FieldName, first: str, second: str) -> tuple[CrossCheck, ...]:
    return compare(claims(reading(visual(name, first), coded(name, second), mrz=zone())))


@settings(max_examples=150, deadline=None)
@given(DAYS, st.integers(1, 20_000), CODES, st.integers(2, 8), st.integers(1, 9), NAMES)
def test_a_planted_difference_is_always_found_and_none_where_there_is_none(
    day: date, later: int, code: str, place: int, step: int, name: str
) -> None:
    digit = str((int(code[place]) + step) % 10)
    changed = code[:place] + digit + code[place + 1 :]
    assert conflicts(planted("birth_date", f"{day:%d.%m.%Y}", (day + timedelta(days=later)).isoformat()))
    assert conflicts(planted("number", code, changed))
    assert not conflicts(planted("birth_date", f"{day:%d/%m/%Y}", day.isoformat()))
    assert not conflicts(planted("number", code, code))
    assert not conflicts(planted("surname", name, name))
