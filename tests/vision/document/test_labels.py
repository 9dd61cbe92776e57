"""Labels: which field a text names, and what only sounds like one."""

import pytest

from vision.document import labels
from vision.document.labels import NO_FIELD, SECOND, WHOLE_NAME


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
     "Place of issue", "Father's Name"],
)  # fmt: skip
def test_what_sounds_like_a_field_and_is_none_names_none(text: str) -> None:
    assert set(named(text)) == {NO_FIELD}


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
