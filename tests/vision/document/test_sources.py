"""Two sources of one field: whether they say the same, and when a difference counts."""

from __future__ import annotations

from datetime import date

import pytest

from vision.document.sources import FIELDS, agreement, claims, open_ended, shortened, zones_agree
from vision.types import Agreement, Box, Claim, Mrz, ReadField

BOX = Box(x=10, y=20, width=300, height=40)


def visual(name: str, text: str, confidence: float = 0.99, box: Box = BOX) -> ReadField:
    return ReadField(name=name, text=text, source="visual", box=box, confidence=confidence)


def coded(name: str, text: str, source: str = "mrz") -> ReadField:
    return ReadField.model_validate({"name": name, "text": text, "source": source})


def zone(failed: tuple[str, ...] = (), names: str = "P<UTOEXAMPLE<<ANNA" + "<" * 26) -> Mrz:
    return Mrz(
        kind="TD3", lines=(names, "X12345673UTO9005173F3001011" + "<" * 17), valid=not failed, failed_checks=failed,
        surname="", given_names="", number="", nationality="", birth_date=None, expiry_date=None, sex="",
    )  # fmt: skip


def agreed(*fields: ReadField, mrz: Mrz | None = None) -> Agreement:
    """How two sources of one field agree."""
    said = claims(fields, mrz)
    name = next(name for name in FIELDS if name == fields[0].name)
    return agreement(name, *(said[name, field.source] for field in fields))


@pytest.mark.parametrize(
    ("name", "printed", "other", "outcome"),
    [
        ("surname", "MÜLLER", "MUELLER", "match"),
        ("surname", "ANNA MARIA", "ANNA", "partial"),
        ("surname", "KOWALSKI", "GARCIA", "mismatch"),
        ("birth_date", "17 MAY 1990", "1990-05-17", "match"),
        ("birth_date", "18.05.1990", "1990-05-17", "mismatch"),
        ("birth_date", "1985", "1985", "match"),
        ("birth_date", "03 AUG 1985", "1985", "absent"),
        ("birth_date", "03 AUG 1985", "1985-08", "absent"),
        ("birth_date", "1985", "1985-08", "absent"),
        ("birth_date", "03 AUG 1991", "1985", "mismatch"),
        ("birth_date", "03 SEP 1985", "1985-08", "mismatch"),
        ("birth_date", "03 AUG 1925", "2025", "absent"),
        ("number", "AB 12-3456", "AB123456", "match"),
        ("number", "AB123456", "AB123457", "mismatch"),
        ("sex", "F", "M", "mismatch"),
        ("sex", "H", "M", "match"),
        ("sex", "H", "F", "mismatch"),
        ("nationality", "UTO", "UTO<", "match"),
        ("nationality", "BRITISH CITIZEN", "GBR", "match"),
        ("nationality", "NPL", "IND", "mismatch"),
        ("nationality", "words of no state", "IND", "absent"),
        ("issue_date", "01/02/2020", "2020-02-01", "match"),
    ],
)
@pytest.mark.parametrize("source", ["mrz", "barcode"])
def test_a_field_of_two_sources(name: str, printed: str, other: str, outcome: str, source: str) -> None:
    assert agreed(visual(name, printed), coded(name, other, source), mrz=zone()) == outcome


def test_a_difference_that_the_reading_explains_is_unsure() -> None:
    changed = coded("birth_date", "1990-05-18")
    assert agreed(visual("birth_date", "17.05.1990", 0.6), changed, mrz=zone()) == "unsure"
    assert agreed(visual("birth_date", "17.05.1990"), changed, mrz=zone(("birth_date",))) == "unsure"
    assert agreed(visual("birth_date", "17.05.1990"), changed, mrz=zone()) == "mismatch"


@pytest.mark.parametrize("kind", ["MRV-A", "MRV-B"])
def test_the_number_in_a_visas_zone_is_not_compared_with_that_of_its_holders_passport(kind: str) -> None:
    read = (visual("number", "K83R42917"), coded("number", "L8988901C"))
    visa = Mrz.model_validate(zone().model_dump() | {"kind": kind})
    assert claims(read, visa)["number", "visual"].text == "K83R42917"
    assert zones_agree(claims(read, visa), "number") == "absent"
    assert zones_agree(claims(read, zone()), "number") == "mismatch"


@pytest.mark.parametrize(("state", "printed", "coded_as"), [("MEX", "M", "F"), ("HUN", "F", "M"), ("LTU", "M", "F")])
def test_a_letter_that_means_the_other_sex_in_its_language_is_no_contradiction(
    state: str, printed: str, coded_as: str
) -> None:
    issued = zone(names=f"P<{state}EXAMPLE<<ANNA".ljust(44, "<"))
    assert agreed(visual("sex", printed), coded("sex", coded_as), mrz=issued) == "unsure"
    assert agreed(visual("sex", coded_as), coded("sex", printed), mrz=issued) == "mismatch"
    assert agreed(visual("sex", printed), coded("sex", coded_as), mrz=zone()) == "mismatch"


def test_a_zone_without_room_for_a_name_cuts_it() -> None:
    long = (visual("given_names", "ALEXANDROS"), coded("given_names", "ALEX"))
    assert agreed(*long, mrz=zone(names="P<UTOPAPADOPOULOS<<ALEX".ljust(44, "X"))) == "match"
    assert agreed(*long, mrz=zone()) == "mismatch"


def test_the_worst_field_of_both_zones_counts_and_one_of_a_single_zone_does_not() -> None:
    read = (
        visual("surname", "MÜLLER"), coded("surname", "MUELLER"), visual("given_names", "ANNA MARIA"),
        coded("given_names", "ANNA"), visual("number", "AB123456"), coded("number", "AB123457", "barcode"),
        visual("birth_date", "17.05.1990"), coded("birth_date", "1990-05-18"),
    )  # fmt: skip
    said = claims(read, zone())
    assert zones_agree(said, "surname") == "match"
    assert zones_agree(said, "surname", "given_names") == "partial"
    assert zones_agree(said, "number") == "absent"
    assert zones_agree(said, "surname", "given_names", "number", "birth_date") == "mismatch"


def test_a_name_in_one_piece_is_as_sure_as_its_weakest_part_and_stands_around_both() -> None:
    right = Box(x=400, y=10, width=100, height=20)
    claim = claims([visual("surname", "EXAMPLE"), visual("given_names", "ANNA", 0.5, right)], None)["name", "visual"]
    assert (claim.text, claim.sure) == ("ANNA EXAMPLE", False)
    assert claim.box == Box(x=10, y=10, width=490, height=50)


def test_a_name_of_which_one_part_was_read_is_not_held_against_the_other() -> None:
    applied = Claim(source="application", text="Anna Example", value="Anna Example")
    half, whole = [visual("surname", "EXAMPLE")], [visual("surname", "EXAMPLE"), visual("given_names", "BERTA")]
    assert agreement("name", applied, claims(half, None)["name", "visual"]) == "partial"
    assert agreement("name", applied, claims(whole, None)["name", "visual"]) == "mismatch"
    assert agreement("name", applied, claims([coded("surname", "EXAMPLE")], zone())["name", "mrz"]) == "mismatch"
    assert [shortened(half, None), shortened(whole, None), shortened(half, zone())] == [True, False, False]


def test_a_name_out_of_a_full_zone_may_lack_the_ends_of_its_words() -> None:
    surname, given = visual("surname", "EXAMPLE"), visual("given_names", "ANNA")
    full = zone().model_copy(update={"lines": ("P<UTOBENNELONG<WOOLOOM<WARRAND<WARNAM<<DINGO", "")})
    assert [shortened([surname], full), shortened([], full), shortened([surname, given], full)] == [True, True, False]


def test_a_name_in_another_script_is_a_second_writing_and_no_other_name() -> None:
    assert agreed(visual("surname", "Щукин"), coded("surname", "SHCHUKIN"), mrz=zone()) == "absent"


TODAY = date(2026, 11, 1)


def ending(day: date | None, *printed: ReadField) -> date | None:
    """The end of a document whose zone says `day`, beside this print."""
    return open_ended(zone().model_copy(update={"expiry_date": day}), printed, TODAY).expiry_date


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("unlabelled", "01 01 9999"),
        ("expiry_date", "01 01 9999"),
        ("expiry_date", "PERMANENTE"),
        ("expiry_date", "unbegrenzt"),
        ("issue_date", "20 05 2019"),
        ("unlabelled", "20 05 2019"),
    ],
)
@pytest.mark.parametrize("day", [date(1999, 1, 1), date(1999, 12, 31)])
def test_a_zone_of_the_year_99_has_no_end_where_the_print_says_so(day: date, name: str, text: str) -> None:
    assert ending(day, visual(name, text)) is None


def test_a_document_that_ended_stays_ended() -> None:
    ended = date(1999, 1, 1)
    assert ending(ended) == ended
    assert ending(ended, visual("issue_date", "02.01.1989"), visual("birth_date", "01 01 1945")) == ended
    assert ending(ended, visual("expiry_date", "01 01 1999"), visual("unlabelled", "99999999R")) == ended
    assert ending(ended, visual("expiry_date", "01 01 2031")) == ended
    assert ending(ended, visual("unlabelled", "01 01 2031"), coded("issue_date", "2019-05-20", "barcode")) == ended
    assert ending(date(2015, 3, 1), visual("issue_date", "20 05 2019")) == date(2015, 3, 1)
    assert ending(None, visual("unlabelled", "01 01 9999")) is None
