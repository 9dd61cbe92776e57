"""Fields held against each other: what agrees, what contradicts, and which source says what."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from vision.consistency.crosscheck import compare, conflicts, declared, worst
from vision.consistency.report import CrossCheck
from vision.document.sources import FieldName, claims
from vision.types import Box, Mrz, ReadField

BOX = Box(x=10, y=20, width=300, height=40)
DAYS = st.dates(date(1940, 1, 1), date(2035, 1, 1))
NAMES = st.from_regex(r"[A-HJ-NP-Z]{3,9}", fullmatch=True)
CODES = st.from_regex(r"[A-HJ-NP-RT-Y]{2}[0-9]{7}", fullmatch=True)


def visual(name: str, text: str, confidence: float = 0.99) -> ReadField:
    return ReadField(name=name, text=text, source="visual", box=BOX, confidence=confidence)


def coded(name: str, text: str, source: str = "mrz") -> ReadField:
    return ReadField.model_validate({"name": name, "text": text, "source": source})


def zone() -> Mrz:
    return Mrz(
        kind="TD3", lines=("P<UTOEXAMPLE<<ANNA".ljust(44, "<"), "X1234567<".ljust(44, "<")), valid=True,
        failed_checks=(), surname="", given_names="", number="", nationality="",
        birth_date=None, expiry_date=None, sex="",
    )  # fmt: skip


def test_every_pair_of_sources_is_compared_and_named() -> None:
    fields = (visual("number", "AB123456"), coded("number", "AB123456"), coded("number", "ZZ123456", "barcode"))
    checks = compare({**claims(fields, zone()), **declared({"number": "AB123457"})})
    found = {(check.left.source, check.right.source): check.outcome for check in checks}
    assert found == {
        ("application", "visual"): "partial",
        ("application", "mrz"): "partial",
        ("application", "barcode"): "mismatch",
        ("visual", "mrz"): "match",
        ("visual", "barcode"): "mismatch",
        ("mrz", "barcode"): "mismatch",
    }
    assert [check.left.box for check in checks if check.left.source == "visual"] == [BOX, BOX]
    assert (worst(checks, "barcode"), worst(checks, "mrz"), conflicts(checks)) == ("mismatch", "mismatch", ("number",))


def test_a_name_in_another_script_is_held_against_the_application_alone() -> None:
    fields = (visual("surname", "Щукин"), coded("surname", "SHCHUKIN"))
    checks = compare({**claims(fields, zone()), **declared({"name": "Shchukin"})})
    assert {(check.field, check.right.source, check.outcome) for check in checks} == {
        ("name", "visual", "match"),
        ("name", "mrz", "match"),
    }


def test_an_application_has_the_name_in_one_piece_and_may_spell_it_otherwise() -> None:
    fields = (visual("surname", "SHCHUKIN"), visual("given_names", "SERGEI"))
    (check,) = compare({**claims(fields, None), **declared({"name": "Сергей Щукин"})})
    assert (check.field, check.outcome, check.right.text) == ("name", "match", "SERGEI SHCHUKIN")
    assert check.right.box == BOX


def test_a_silent_source_makes_no_check() -> None:
    assert compare(claims([visual("number", "AB123456")], None)) == ()
    assert compare({**claims((), None), **declared({"name": "", "number": "A1"})}) == ()
    unread = (visual("birth_date", "no date"), coded("birth_date", "1990-05-17"))
    assert compare(claims(unread, zone())) == ()
    assert worst((), "barcode") == "absent"


def planted(name: FieldName, first: str, second: str) -> tuple[CrossCheck, ...]:
    return compare(claims([visual(name, first), coded(name, second)], zone()))


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
