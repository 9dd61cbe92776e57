"""One document or several: zones, barcodes, and fields that stand there twice."""

from __future__ import annotations

from vision.document import several
from vision.types import Barcode, Box, DocumentType, Mrz, ReadField

BOX = Box(x=0, y=0, width=9, height=9)
PRINTED = {"surname": "EXAMPLE", "given_names": "ANNA", "birth_date": "17.05.1990", "number": "X1204567"}


def zone(letter: str = "P", number: str = "X1204567", failed: tuple[str, ...] = ()) -> Mrz:
    return Mrz(
        kind="TD3", lines=(f"{letter}<UTO", ""), valid=not failed, failed_checks=failed, surname="", given_names="",
        number=number, nationality="", birth_date=None, expiry_date=None, sex="",
    )  # fmt: skip


def code(number: str, kind: DocumentType = "unknown") -> Barcode:
    fields = (ReadField(name="number", text=number, source="barcode"),)
    return Barcode(kind="PDF417", content="aamva", box=BOX, type=kind, fields=fields)


def printed(texts: dict[str, str]) -> list[ReadField]:
    return [ReadField(name=name, text=text, source="visual", box=BOX) for name, text in texts.items()]


def test_a_second_zone_of_another_number_or_kind_is_another_documents() -> None:
    assert several.zones(zone(), zone(number="Y7654321"))
    assert several.zones(zone("I"), zone("V"))
    assert not several.zones(zone(), zone())
    assert not several.zones(zone("I"), zone("C"))
    assert not several.zones(zone(), zone(number="Y7654321", failed=("number", "birth_date", "expiry_date")))


def test_barcodes_of_two_numbers_or_a_licences_beside_a_passport_are_of_two_documents() -> None:
    assert several.codes(None, [code("D1234567"), code("E7654321")])
    assert several.codes(zone("P"), [code("X1204567", "driving_licence")])
    assert not several.codes(zone("I"), [code("X1204567", "id_card"), code("X1204567")])
    assert not several.codes(zone("P"), [code("X1204567")])


def test_three_fields_twice_are_of_two_documents_unless_all_say_the_same() -> None:
    first, other = printed(PRINTED), PRINTED | {"number": "Y7654321"}
    assert several.fields(first, printed(other))
    assert not several.fields(first, printed(PRINTED))
    assert not several.fields(first, printed({name: other[name] for name in ("number", "birth_date")}))
    assert not several.fields(first, printed({"nationality": "UTO", "sex": "F", "number": "Y7654321"}))
