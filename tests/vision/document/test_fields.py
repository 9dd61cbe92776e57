"""The visual zone: which line is the value of which field, for pages set by hand."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.document import fields, labels
from vision.document.ocr import Line

ENGLISH = (
    ("Surname / Nom", 0, 0), ("KOWALSKI", 0, 40), ("Given names / Prénoms", 0, 100), ("ANNA MARIA", 0, 140),
    ("Date of birth", 0, 200), ("12 AUG 1974", 0, 240), ("Document No.", 400, 200), ("AB 123-4567", 402, 240),
    ("Sex", 400, 0), ("F", 402, 40), ("Nationality", 400, 100), ("UTO", 400, 140),
)  # fmt: skip


def line(text: str, x: float, y: float, confidence: float = 0.99, tilt: float = 0.0) -> Line:
    """A line of 24 pixels height, 12 pixels a letter, on a page tilted by `tilt` radians."""
    width = 12.0 * len(text)
    corners = np.array([[x, y], [x + width, y], [x + width, y + 24], [x, y + 24]], np.float32)
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]], np.float32)
    return Line(text, confidence, corners @ turn)


def read(*placed: tuple[str, float, float], tilt: float = 0.0) -> dict[str, str]:
    return {field.name: field.text for field in fields.visual([line(*each, tilt=tilt) for each in placed]).fields}


WANTED = {
    "surname": "KOWALSKI",
    "given_names": "ANNA MARIA",
    "nationality": "UTO",
    "sex": "F",
    "birth_date": "12 AUG 1974",
    "number": "AB1234567",
}


@pytest.mark.parametrize("tilt", [0.0, 0.06, -0.06])
def test_values_stand_below_their_labels(tilt: float) -> None:
    assert read(*ENGLISH, tilt=tilt) == WANTED


@given(st.permutations(ENGLISH))
def test_the_order_of_the_lines_does_not_matter(placed: list[tuple[str, float, float]]) -> None:
    assert read(*placed) == WANTED


def test_a_value_may_follow_its_label() -> None:
    found = read(("Surname: KOWALSKI", 0, 0), ("Sex: F", 0, 80), ("Date of birth: 12.08.1974", 0, 160))
    assert found == {"surname": "KOWALSKI", "sex": "F", "birth_date": "12.08.1974"}


def test_two_labels_and_two_values_read_as_one_line_each() -> None:
    values = "12 AUG 1974" + " " * 18 + "AB1234567"
    found = read(("Date of birth / Geburtsdatum Document No. / Nr.", 0, 0), (values, 0, 40))
    assert found == {"birth_date": "12 AUG 1974", "number": "AB1234567"}


def test_a_second_language_beside_a_label_does_not_cut_its_value() -> None:
    found = read(("Given names", 0, 0), ("Prénoms", 140, 2), ("ANNA MARIA LUISE", 0, 40))
    assert found == {"given_names": "ANNA MARIA LUISE"}


@pytest.mark.parametrize(("said", "name"), [("Jo", "JO"), ("ÖzTÜRK", "ÖZTÜRK"), ("Anna", "Anna"), ("o", "o")])
def test_small_letters_that_look_like_capitals_are_capitals_among_them(said: str, name: str) -> None:
    assert fields.typed("surname", said) == name


def test_further_values_under_the_same_label_are_told_apart() -> None:
    second = [line(text, x, y + 500) for text, x, y in ENGLISH if text not in ("F", "Sex")]
    found = fields.visual([*(line(*each) for each in ENGLISH), *second])
    assert {field.name: field.text for field in found.fields} == WANTED
    assert {field.name for field in found.again} == {*WANTED} - {"sex"}
    assert fields.visual([line(*each) for each in ENGLISH]).again == ()


def test_what_belongs_to_a_label_of_something_else_is_no_field() -> None:
    placed = (("Date of first issue", 0, 300), ("14 MAR 2009", 0, 340), ("Nom du père / Father", 400, 300),
              ("JAN KOWALSKI", 400, 340), ("Old Passport No. with Date and Place of Issue", 0, 400),
              ("F2039485", 0, 440), ("23/09/2009", 200, 440))  # fmt: skip
    found = fields.visual([line(*each) for each in (*ENGLISH, *placed)])
    assert {field.name: field.text for field in found.fields} == WANTED
    assert found.again == ()


def test_a_value_without_the_form_of_its_field_is_kept_as_it_was_read() -> None:
    placed = (("Date of birth", 0, 0), ("08 MAY 203", 0, 40), ("AB1234567", 0, 200), ("ANNA", 400, 200))
    found = fields.visual([line(*each) for each in placed])
    assert found.fields == ()
    kept = [(field.name, field.text) for field in found.illegible]
    assert kept == [("birth_date", "08 MAY 203"), ("unlabelled", "AB1234567")]
    assert found.illegible[0].box is not None


def test_the_number_of_a_licence_s_label_names_its_field_where_the_words_were_misread() -> None:
    placed = (("3. D f i /", 0, 0), ("13.05.1972", 0, 40), ("4b. Dat o x /", 400, 0), ("10.03.2035", 400, 40))
    assert read(*placed) == {"birth_date": "13.05.1972", "expiry_date": "10.03.2035"}
    assert read(("1. MAI 2020", 0, 0), ("KOWALSKI", 0, 40)) == {}


BRITISH = (
    ("1. MORGAN", 0, 0), ("2. MRS SARAH MEREDYTH", 0, 50), ("3. 11.03.1976 UNITED KINGDOM", 0, 100),
    ("4a. 19.01.2013  4c. DVLA", 0, 150), ("4b. 18.01.2023", 0, 200), ("5. MORGA753116SM9IJ 35", 0, 250),
    ("8. 122 BURNS CRESCENT", 0, 300), ("9. AM/A/B1", 0, 350),
)  # fmt: skip
MORGAN = {
    "surname": "MORGAN",
    "given_names": "SARAH MEREDYTH",
    "birth_date": "11.03.1976",
    "number": "MORGA753116SM9IJ",
    "issue_date": "19.01.2013",
    "expiry_date": "18.01.2023",
}


@pytest.mark.parametrize("tilt", [0.0, 0.06, -0.06])
def test_on_a_european_licence_the_values_follow_their_numbers(tilt: float) -> None:
    assert read(("DRIVING LICENCE", 0, -60), *BRITISH, tilt=tilt) == MORGAN


def test_a_numbered_value_is_placed_without_its_number() -> None:
    (whole,) = (line(*each) for each in BRITISH if each[0].startswith("4a"))
    (issued,) = (each for each in fields.visual([line(*each) for each in BRITISH]).fields if each.name == "issue_date")
    assert issued.box is not None
    assert 0.1 * whole.box.width < issued.box.x
    assert issued.box.x + issued.box.width < 0.7 * whole.box.width


def test_numbers_may_lose_their_dots_or_stand_in_boxes_of_their_own() -> None:
    dotless = [(text.replace(". ", " ", 1), x, y) for text, x, y in BRITISH]
    assert read(*dotless) == MORGAN
    boxes = [(part, x + 26 * place, y) for text, x, y in BRITISH for place, part in enumerate(text.split(" ", 1))]
    assert read(*boxes) == MORGAN


def test_a_licence_is_read_where_a_line_is_misread_or_two_stand_in_one() -> None:
    placed = (("I. WEBER", 0, 0), ("2.HANS", 0, 50), ("3. II.O3.I976 BERLIN", 0, 100),
              ("4a. 19.01.2013 4b. 18.01.2028", 0, 150), ("5. 01234/21/1432", 0, 200))  # fmt: skip
    assert read(*placed) == {
        "surname": "WEBER",
        "given_names": "HANS",
        "birth_date": "II.O3.I976",
        "issue_date": "19.01.2013",
        "expiry_date": "18.01.2028",
        "number": "01234211432",
    }


def test_years_of_two_digits_are_read_as_of_today() -> None:
    placed = [("Date of birth", 0, 0), ("15 APR /AVR 90", 0, 40), ("Date of issue", 400, 0), ("08 MAY 20", 400, 40)]
    found = fields.visual([line(*each) for each in placed], date(2026, 11, 30))
    assert [(field.name, field.text) for field in found.fields] == [("birth_date", "15 APR /AVR 1990")]
    assert [(field.name, field.text) for field in found.illegible] == [("issue_date", "08 MAY 20")]
    assert read(*placed) == {}
    licence = [("1. WEBER", 0, 0), ("2. HANS", 0, 50), ("3. 11.03.76 BERLIN", 0, 100), ("5. B072RRE2I55", 0, 150)]
    found = fields.visual([line(*each) for each in licence], date(2026, 11, 30))
    assert {field.name: field.text for field in found.fields} == {
        "surname": "WEBER",
        "given_names": "HANS",
        "birth_date": "11.03.1976",
        "number": "B072RRE2I55",
    }


@pytest.mark.parametrize(
    "placed",
    [
        (("1. MORGAN", 0, 0), ("2. MRS SARAH", 0, 40)),
        (("2. MRS SARAH", 0, 0), ("3. II.O3.I976 UNITED KINGDOM", 0, 40)),
        (("3. APPLES", 0, 0), ("2. PEARS 11.03.1976", 0, 40), ("1. PLUMS", 0, 80)),
        (("1. Sxrxxme", 0, 0), ("2. Gxvxn nxmxs", 0, 80), ("3. Dxtx xf bxrth", 0, 160)),
        (("Surname", 0, 0), ("1976 122", 0, 40)),
        (("Given names", 0, 0), ("3. 11.03.1976 UNITED KINGDOM", 0, 40)),
    ],
)
def test_numbered_lines_that_are_no_series_are_no_values(placed: tuple[tuple[str, float, float], ...]) -> None:
    assert read(*placed) == {}


def test_a_date_may_begin_like_a_numbered_line() -> None:
    assert read(("Date of issue", 0, 0), ("1. MAI 2020", 0, 40)) == {"issue_date": "1. MAI 2020"}


def test_numbered_labels_keep_their_values_below_them() -> None:
    placed = (("1. Surname / Nom", 0, 0), ("KOWALSKI", 0, 40), ("2. Given names", 0, 100), ("ANNA", 0, 140),
              ("3. D f i /", 0, 200), ("13.05.1972", 0, 240), ("4a. Date of issue", 0, 300), ("10.03.2015", 0, 340),
              ("5. Document No.", 0, 400), ("AB1234567", 0, 440))  # fmt: skip
    assert read(*placed) == {
        "surname": "KOWALSKI",
        "given_names": "ANNA",
        "birth_date": "13.05.1972",
        "issue_date": "10.03.2015",
        "number": "AB1234567",
    }


def test_a_value_cut_in_two_is_joined() -> None:
    assert read(("Given names", 0, 0), ("ANNA", 0, 40), ("MARIA", 62, 40)) == {"given_names": "ANNA MARIA"}


def test_misread_labels_are_still_labels() -> None:
    assert read(("Sumame", 0, 0), ("BO", 0, 40), ("Date of 8irth", 0, 100), ("2001-02-03", 0, 140)) == {
        "surname": "BO",
        "birth_date": "2001-02-03",
    }


def test_a_capital_word_among_small_labels_is_a_name() -> None:
    placed = list(ENGLISH)
    placed[1] = ("NOM", 0, 40)
    assert read(*placed)["surname"] == "NOM"


@pytest.mark.parametrize(
    "placed",
    [
        (("Surname", 0, 0),),
        (("Surname", 0, 0), ("KOWALSKI", 0, 300)),
        (("Surname", 0, 0), ("KOWALSKI", 600, 40)),
        (("Surname", 0, 100), ("KOWALSKI", 0, 60)),
        (("Date of birth", 0, 0), ("KOWALSKI", 0, 40)),
        (("Document No.", 0, 0), ("UTOPIA", 0, 40)),
        (("Sex", 0, 0), ("Q", 0, 40)),
        (("KOWALSKI", 0, 0), ("ANNA", 0, 40)),
        (),
    ],
)
def test_nothing_is_invented(placed: tuple[tuple[str, float, float], ...]) -> None:
    assert read(*placed) == {}


def test_a_field_keeps_where_it_was_read_and_how_surely() -> None:
    lines = [line("Surname", 10, 0), line("KOWALSKI", 10, 40, confidence=0.71)]
    (field,) = fields.visual(lines).fields
    assert (field.source, field.confidence) == ("visual", 0.71)
    assert field.box is not None
    assert (field.box.x, field.box.y, field.box.width, field.box.height) == (10, 40, 96, 24)


def tall(text: str, x: float, y: float, height: float = 24) -> Line:
    corners = np.array([[x, y], [x + 200, y], [x + 200, y + height], [x, y + height]], np.float32)
    return Line(text, 0.99, corners)


def stacked(*placed: tuple[str, float, float]) -> dict[str, str]:
    """The fields of lines at some height of the page, each of a height of its own."""
    lines = [tall(text, 0, y, height) for text, y, height in placed]
    return {field.name: field.text for field in fields.visual(lines).fields}


MEXICAN = [("NOMBRE", 0, 16), ("GARCIA", 22, 24), ("LOPEZ", 52, 24), ("LUCIA FERNANDA", 82, 24), ("DOMICILIO", 122, 16)]


def test_a_mexican_card_has_the_whole_name_under_nombre() -> None:
    assert stacked(*MEXICAN) == {"surname": "GARCIA LOPEZ", "given_names": "LUCIA FERNANDA"}
    assert stacked(*MEXICAN[:3], MEXICAN[4]) == {}, "of two lines nobody can tell what they are"


def test_elsewhere_a_surname_has_two_lines_and_nombre_is_the_given_name() -> None:
    spanish = (("APELLIDOS", 0, 16), ("ROMERO", 22, 24), ("CASTILLO", 52, 24), ("NOMBRE", 92, 16), ("LUCIA", 114, 24))
    assert stacked(*spanish) == {"surname": "ROMERO CASTILLO", "given_names": "LUCIA"}


@pytest.mark.parametrize(
    "below",
    [(("Names", 54, 17), ("ANNA", 76, 24)), (("NAMES", 54, 23), ("ANNA", 76, 27)), (("e/v Molenaar", 52, 24),),
     (("KOWALSKI", 80, 24),), (("[b] GABLER", 52, 24),), (("12 MAIN ST", 52, 24),)],
)  # fmt: skip
def test_what_stands_below_a_surname_may_be_no_part_of_it(below: tuple[tuple[str, float, float], ...]) -> None:
    assert stacked(("Surname", 0, 16), ("NOWAK", 22, 24), *below) == {"surname": "NOWAK"}


def test_a_name_in_cyrillic_and_latin_letters_is_read_in_the_latter() -> None:
    assert stacked(("Surname", 0, 16), ("TKA4EHKO", 22, 24), ("TKACHENKO", 52, 24)) == {"surname": "TKACHENKO"}
    assert stacked(("Surname", 0, 16), ("NBAHOBA", 22, 24), ("IVANOVA", 52, 24)) == {"surname": "IVANOVA"}


def test_labels_may_stand_below_their_values() -> None:
    card = (("RAMIREZ GOMEZ", 0, 24), ("APELLIDOS", 28, 16), ("LAURA", 70, 24), ("NOMBRES", 98, 16), ("FIRMA", 200, 16))
    assert stacked(*card) == {"surname": "RAMIREZ GOMEZ", "given_names": "LAURA"}


def test_a_name_under_one_label_is_parted_by_its_comma() -> None:
    label = ("Last Name, First Name, Middle Name", 0, 0)
    assert read(label, ("DELA CRUZ, JUANA REYES", 0, 40)) == {"surname": "DELA CRUZ", "given_names": "JUANA REYES"}
    assert read(label, ("JUANA REYES DELA CRUZ", 0, 40)) == {}


def test_a_value_behind_its_label_is_not_that_below_it() -> None:
    placed = (("Sex F", 0, 0), ("M", 0, 40), ("Date of birth 1990/04/05", 400, 0), ("2020/04/05", 400, 40))
    assert read(*placed) == {"sex": "F", "birth_date": "1990/04/05"}


def test_the_number_of_a_document_goes_before_that_of_its_holder() -> None:
    holder = (("TR Identity No", 0, 0), ("12345678950", 0, 40))
    assert read(*holder, ("Document No", 400, 0), ("A01B23456", 400, 40))["number"] == "A01B23456"
    assert read(*holder)["number"] == "12345678950"


def test_the_mark_of_a_german_label_is_no_part_of_the_name() -> None:
    assert fields.typed("surname", "[a] WEIDNER") == "WEIDNER"
    assert fields.typed("surname", "A. WEIDNER") == "A. WEIDNER"


@pytest.mark.parametrize(("said", "sex"), [("H", "H"), ("Hombre", "H"), ("HOMME", "H"), ("H 165", ""), ("Q", "")])
def test_a_man_is_h_in_spanish_and_french(said: str, sex: str) -> None:
    assert fields.typed("sex", said) == sex


@pytest.mark.parametrize(("label", "sure"), [("SEXO", False), ("Sexo / Sex", True), ("Sex", True)])
def test_m_may_be_mujer_under_a_label_in_spanish_alone(label: str, sure: bool) -> None:
    (field,) = fields.visual([line(label, 0, 0), line("M", 0, 40)]).fields
    assert (field.confidence > 0.8) == sure


@given(st.lists(st.tuples(st.text(max_size=30), st.floats(0, 900), st.floats(0, 600)), max_size=12))
def test_no_page_upsets_the_reader(placed: list[tuple[str, float, float]]) -> None:
    found = fields.visual([line(text or "x", x, y) for text, x, y in placed])
    assert {field.name for field in found.fields + found.illegible} <= {*labels.LABELS, "unlabelled"}
