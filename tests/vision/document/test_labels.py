"""Labels: which field a text names, and what only sounds like one."""

import pytest

from vision.document import labels
from vision.document.labels import LABELS, NO_FIELD, SECOND, WHOLE_NAME


def named(text: str) -> list[str]:
    return [name for _, _, name in labels.hits(text)]


@pytest.mark.parametrize(
    ("text", "field"),
    [("DATE DE NAISS. / Date of birth", "birth_date"), ("FECHA DE NACIMIENTO", "birth_date"),
     ("NACIMIENTO", "birth_date"), ("NASCIMENTO", "birth_date"), ("Geburtstag", "birth_date"),
     ("Fecha de vencimiento", "expiry_date"), ("FECHA DE EXPIRACIÓN", "expiry_date"),
     ("FECHA DE EXPEDICIÓN", "issue_date"), ("Driver's License No.", "number"), ("Driving Licence Number", "number")],
)  # fmt: skip
def test_a_label_names_its_field(text: str, field: str) -> None:
    assert set(named(text)) == {field}


@pytest.mark.parametrize(
    "text",
    ["LIEU DE NAISSANCE / Place of birth", "NAZWISKO RODOWE / FAMILY NAME", "IMIONA RODZICÓW / PARENTS' GIVEN NAMES",
     "NOM D'USAGE / Alternate name", "Geburtsname/Name at birth/Nom de naissance", "Surname at birth",
     "Date of registration", "Gültig ab / Valid from", "Issued by", "DRIVER'S LICENSE",
     "Place of issue", "Father's Name", "Date of first issue", "Date of entry", "Date of marriage", "First issue",
     "Old Passport No. with Date and Place of Issue", "Previous Passport No.", "Old Passport Number", "File No.",
     "Citizenship Number", "Date and place of issue", "Name of Spouse", "Nom du père", "Prénoms de la mère",
     "Nom et prénoms du père", "Nom de l'épouse", "Nom de jeune fille", "Surname of spouse", "Given names of father",
     "Mother's surname", "Spouse's given names", "Former surname", "Apellidos del padre", "Nombre de la madre",
     "Cognome della madre", "Vornamen des Vaters"],
)  # fmt: skip
def test_what_sounds_like_a_field_and_is_none_names_none(text: str) -> None:
    assert set(named(text)) == {NO_FIELD}


EXACT = sorted({phrase for phrases in LABELS.values() for phrase in phrases})


@pytest.mark.parametrize("phrase", EXACT)
def test_every_label_names_its_field_whole_and_misread_in_a_letter(phrase: str) -> None:
    field = next(field for field, phrases in LABELS.items() if phrase in phrases)
    misread = phrase[0] + "j" + phrase[2:]
    assert set(named(phrase.title())) == {field}
    assert len(phrase.replace(" ", "")) < 8 or set(named(misread)) == {field}


OTHER_WORDS = """
    first entry exit arrival departure marriage death application renewal visit return stay travel examination admission
    delivery registration signature validity residence address naturalisation enrolment cancellation photograph
    mariage deces entree sortie matrimonio ingreso entrada inscripcion eingang einreise heirat residenza domicilio
"""


@pytest.mark.parametrize("word", OTHER_WORDS.split())
@pytest.mark.parametrize("frame", ["date of {}", "{} date", "date de {}", "fecha de {}", "data di {}", "with {}"])
def test_a_date_of_something_else_is_none_of_the_document(frame: str, word: str) -> None:
    assert set(named(frame.format(word))) <= {NO_FIELD}


@pytest.mark.parametrize(
    "text",
    ["with Date", "date of first", "place of birth", "place of entry", "Place of issue", "state of birth",
     "Passport with", "previous nationality", "old licence", "entry date", "Registration date", "year of issue"],
)  # fmt: skip
def test_a_label_in_which_a_word_was_exchanged_is_another(text: str) -> None:
    assert set(named(text)) <= {NO_FIELD, "nationality"}


@pytest.mark.parametrize(
    ("text", "field"),
    [("Dale of Bjrth", "birth_date"), ("Dateofexpiry", "expiry_date"), ("DATE OF EXPIRV", "expiry_date"),
     ("Date ot lssue", "issue_date"), ("Driving license No", "number"), ("Given narnes", "given_names"),
     ("Fecha de nacimlento", "birth_date"), ("Data di nascjta", "birth_date"), ("Geburtsdatun", "birth_date")],
)  # fmt: skip
def test_a_misread_label_still_names_its_field(text: str, field: str) -> None:
    assert set(named(text)) == {field}


def test_a_label_behind_somebody_else_s_is_the_holder_s_own() -> None:
    assert named("Name of Father Surname") == [NO_FIELD, "surname"]
    assert named("Nom Prénoms") == ["surname", "given_names"]


@pytest.mark.parametrize("text", ["PASSPORT", "Licence", "Document"])
def test_half_a_label_names_nothing(text: str) -> None:
    assert named(text) == []


def test_a_label_behind_one_of_no_field_counts_where_no_stroke_joins_them() -> None:
    assert named("Lieu de naissance / Place of birth Sexe / Sex") == [NO_FIELD, "sex", "sex"]


def test_a_name_in_one_and_a_number_of_the_holder_are_labels_of_their_own() -> None:
    assert named("Last Name, First Name, Middle Name") == [WHOLE_NAME]
    assert named("Surname and given names") == [WHOLE_NAME]
    assert named("Surname Given names") == ["surname", "given_names"]
    assert named("TR Identity No") == named("Card number") == [SECOND]


@pytest.mark.parametrize(
    ("text", "sure"),
    [("Surname", True), ("Surname / N", True), ("Date of birt", True), ("Surname at bi", False), ("NOM D'USA", False),
     ("NOM D'USAGE / Alt", True), ("Sex M", False), ("KOWALSKI", False)],
)  # fmt: skip
def test_a_label_that_may_go_on_is_not_sure(text: str, sure: bool) -> None:
    assert labels.is_label(text) == sure
