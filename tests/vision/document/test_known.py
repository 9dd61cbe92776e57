"""Values that the machine readable zone confirms, and those it does not."""

from datetime import date

import numpy as np
import pytest

from vision.document import known, mrz
from vision.document.fields import Values
from vision.document.ocr import Line
from vision.synth.mrz import encode
from vision.types import ReadField

ZONE = mrz.parse(
    encode(
        "TD3",
        code="P",
        state="UTO",
        surname="MÜLLER",
        given_names="ANNA MARIA",
        number="L898902C3",
        nationality="UTO",
        birth_date=date(1984, 7, 9),
        expires=date(2032, 4, 15),
        sex="F",
    ),
    date(2026, 11, 1),
)


def said(*texts: str) -> dict[str, str]:
    assert ZONE is not None
    quad = np.array([[0, 0], [90, 0], [90, 20], [0, 20]], np.float32)
    found = known.values({place: Line(text, 0.97, quad) for place, text in enumerate(texts)}, mrz.fields(ZONE))
    return {field.name: field.text for field in found.values()}


def test_each_value_is_known_in_the_writing_of_the_page() -> None:
    assert said("MÜLLER", "ANNA MARIA", "UTO", "F", "09.07.1984", "L898902C3", "15 APR 2032") == {
        "surname": "MÜLLER",
        "given_names": "ANNA MARIA",
        "nationality": "UTO",
        "sex": "F",
        "birth_date": "09.07.1984",
        "number": "L898902C3",
        "expiry_date": "15 APR 2032",
    }


@pytest.mark.parametrize("text", ["MULLARD", "ANNA", "L898902C4", "10.07.1984", "M", "UTA", "Utopia", "", "FOR"])
def test_what_differs_is_not_known(text: str) -> None:
    assert said(text) == {}


def test_a_field_is_known_once() -> None:
    assert said("MÜLLER", "MUELLER") == {"surname": "MÜLLER"}


def test_a_barcode_confirms_what_a_zone_does_not_hold() -> None:
    issued = ReadField(name="issue_date", text="2021-03-04", source="barcode")
    quad = np.array([[0, 0], [90, 0], [90, 20], [0, 20]], np.float32)
    lines = {3: Line("03/03/2021", 0.9, quad), 4: Line("04/03/2021", 0.9, quad)}
    assert {place: field.name for place, field in known.values(lines, [issued]).items()} == {4: "issue_date"}


def test_fields_keep_where_they_stand_and_how_sure_the_reader_was() -> None:
    assert ZONE is not None
    quad = np.array([[3, 4], [93, 4], [93, 24], [3, 24]], np.float32)
    (field,) = known.values({7: Line("UTO", 0.91, quad)}, mrz.fields(ZONE)).values()
    assert (field.source, field.confidence) == ("visual", 0.91)
    assert field.box is not None
    assert (field.box.x, field.box.y) == (3, 4)


def test_under_labels_of_one_field_the_value_that_the_zone_confirms_is_preferred_and_the_other_shown() -> None:
    assert ZONE is not None
    own, old = (ReadField(name="number", text=text, source="visual") for text in ("L898902C3", "F2039485"))
    surname = ReadField(name="surname", text="MULLARD", source="visual")
    told = known.preferred(Values((surname, old), (), (own,)), mrz.fields(ZONE))
    assert (told.fields, told.illegible, told.again) == ((surname, own), (old,), (old,))
    assert known.preferred(Values((own,), (), (old,)), mrz.fields(ZONE)) == Values((own,), (old,), (old,))
    assert known.preferred(Values((old,), ()), mrz.fields(ZONE)) == Values((old,), ())
    assert known.preferred(Values((old,), (), (own,)), ()) == Values((old,), (), (own,))
