"""A card of which both sides were sent: drawn, cut apart, read, and put together again."""

from __future__ import annotations

import io
from datetime import date

import numpy as np
import pytest
from PIL import Image

from vision.consistency.crosscheck import compare, conflicts
from vision.document.assembled import MIRRORED
from vision.document.reader import DocumentReader
from vision.document.sides import together
from vision.document.sources import claims
from vision.synth.documents import Holder, Issue, Rendered, render
from vision.synth.portraits import stand_in
from vision.types import DocumentReading

TODAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def reader() -> DocumentReader:
    return DocumentReader(threads=1, today=TODAY)


def card(number: str = "XK4701936", given: str = "ANNA MARIA", born: date = date(1984, 7, 9)) -> Rendered:
    holder = Holder("MUELLER", given, born, "F", "UTO", number)
    return render(holder, Issue("id_card", 4, date(2021, 3, 4), date(2031, 3, 3)), stand_in(3), seed=4)


def jpeg(rgb: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(buffer, "JPEG", quality=93)
    return buffer.getvalue()


def front(page: Rendered) -> bytes:
    """The card without its zone and its code, as cards have them behind."""
    rgb = page.rgb.copy()
    for name in ("mrz", "barcode"):
        if box := page.boxes.get(name):
            rgb[box.y - 8 : box.y + box.height + 8, box.x : box.x + box.width] = rgb[box.y - 9, box.x]
    return jpeg(rgb)


def back(page: Rendered) -> bytes:
    """Its zone alone, on plain paper."""
    box, rgb = page.boxes["mrz"], np.full_like(page.rgb, 235)
    window = np.s_[box.y - 8 : box.y + box.height + 8, box.x : box.x + box.width]
    rgb[window] = page.rgb[window]
    return jpeg(rgb)


@pytest.fixture(scope="module")
def sides(reader: DocumentReader) -> tuple[DocumentReading, DocumentReading]:
    return reader.read(front(card())), reader.read(back(card()))


def test_both_sides_say_what_the_whole_card_would(sides: tuple[DocumentReading, DocumentReading]) -> None:
    whole = together(*sides, TODAY)
    assert (sides[0].mrz, sides[1].name) == (None, "ANNA MARIA MUELLER")
    assert whole.mrz == sides[1].mrz
    assert (whole.name, whole.number, whole.type) == ("ANNA MARIA MUELLER", "XK4701936", "id_card")
    assert {whole.name_mrz_visual, whole.birth_date_mrz_visual, whole.number_mrz_visual} == {"match"}
    assert whole.readable
    assert not whole.several
    assert [field.box for field in whole.fields if field.source == "mrz"] == [None] * 7


def test_the_back_of_another_card_contradicts_the_front(reader: DocumentReader) -> None:
    """A forger who changes the front alone is betrayed by the zone behind it."""
    edited = reader.read(front(card(born=date(1994, 7, 9))))
    whole = together(edited, reader.read(back(card())), TODAY)
    assert whole.birth_date_mrz_visual == "mismatch"
    assert conflicts(compare(claims(whole.fields, whole.mrz))) == ("birth_date",)


def test_a_mirrored_front_is_called_so_though_its_back_was_sent_too(
    sides: tuple[DocumentReading, DocumentReading],
) -> None:
    nothing = {"fields": (), "name": "", "number": "", "birth_date": None, "readable": False, "mrz": None}
    front = sides[0].model_copy(update=nothing | {"reason": MIRRORED})
    back = sides[0].model_copy(update=nothing)
    assert together(front, back, TODAY).reason == MIRRORED
    assert together(front, sides[1], TODAY).readable


def test_a_back_that_says_nothing_adds_nothing(
    reader: DocumentReader, sides: tuple[DocumentReading, DocumentReading]
) -> None:
    blank = reader.read(jpeg(np.full((600, 900, 3), 235, np.uint8)))
    whole = together(sides[0], blank, TODAY)
    assert whole.fields == sides[0].fields
    assert (whole.mrz, whole.readable) == (None, sides[0].readable)


def test_sides_with_zones_of_two_documents_are_several(reader: DocumentReader) -> None:
    one, other = (reader.read(back(card(number))) for number in ("XK4701936", "YT1200457"))
    whole = together(one, other, TODAY)
    assert whole.several
    assert not whole.readable
    assert not together(one, one, TODAY).several


def test_the_same_field_on_both_sides_is_the_fronts(sides: tuple[DocumentReading, DocumentReading]) -> None:
    number = next(field for field in sides[0].fields if field.name == "number")
    again = sides[1].model_copy(update={"fields": (number.model_copy(update={"text": "QQ0000000"}),)})
    whole = together(sides[0], again, TODAY)
    assert [field.text for field in whole.fields if (field.name, field.source) == ("number", "visual")] == [number.text]
