"""What was seen of a document put together, from fields made here."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest

from vision.document.assembled import Look, Seen, assembled
from vision.types import Barcode, Box, ModelVersion, Quality, ReadField

TODAY = date(2026, 11, 1)
LOOK = Look(Quality(score=1, sharpness=1, exposure=1, size=1), ModelVersion(name="none", sha256=""))
PRINTED = {"surname": "PUBLIC", "given_names": "JOHN", "number": "D1234567", "birth_date": "31.01.1976"}
CODED = PRINTED | {"birth_date": "1976-01-31"}
OPAQUE = Barcode(kind="QR", content="opaque", box=Box(x=0, y=0, width=9, height=9), text="https://example.org")


def licence(**changes: str) -> Barcode:
    said = CODED | changes
    fields = tuple(ReadField(name=name, text=text, source="barcode") for name, text in said.items())
    return OPAQUE.model_copy(
        update={"kind": "PDF417", "content": "aamva", "type": "driving_licence", "fields": fields, "text": ""}
    )


@pytest.mark.parametrize("codes", list(permutations((OPAQUE, licence(), licence(birth_date="1970-01-31")))))
def test_of_several_barcodes_the_one_that_contradicts_the_print_counts(codes: tuple[Barcode, ...]) -> None:
    """A forger who changes a date may add a barcode that agrees with it, or any other code."""
    printed = tuple(ReadField(name=name, text=text, source="visual") for name, text in PRINTED.items())
    found = assembled(Seen(printed, "unknown", "USA"), None, codes, LOOK, TODAY)
    assert found.barcode == licence(birth_date="1970-01-31")
    assert found.type == "driving_licence"
    assert found.birth_date == date(1976, 1, 31)


def test_an_opaque_barcode_hides_no_other() -> None:
    nothing = Seen((), "unknown", "")
    assert assembled(nothing, None, (OPAQUE, licence()), LOOK, TODAY).barcode == licence()
    assert assembled(nothing, None, (OPAQUE,), LOOK, TODAY).barcode == OPAQUE
    assert assembled(nothing, None, (), LOOK, TODAY).barcode is None
