from collections.abc import Callable
from datetime import date
from importlib import import_module
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.bg import egn, pnf
from stdnum.pl import pesel

from vision.consistency import numbers
from vision.consistency.report import Check
from vision.document.sources import claims
from vision.types import DocumentReading, Mrz, ReadField

Make = Callable[..., DocumentReading]
Zone = Callable[[str], Mrz]
GENUINE = [
    ("POL", "44051401359"), ("EST", "36805280109"), ("ROU", "1630615123457"), ("TUR", "17291716060"),
    ("ESP", "54362315K"), ("SWE", "8803200016"), ("HRV", "33392005961"),
]  # fmt: skip
"""Examples that python-stdnum itself documents."""


@pytest.mark.parametrize(("country", "number"), GENUINE)
def test_a_national_number_in_the_optional_data_passes_and_a_changed_one_fails(
    reading: Make, passport_zone: Zone, country: str, number: str
) -> None:
    check = numbers.checksum(reading(country=country, mrz=passport_zone(number)))
    assert (check.name, check.result) == ("number_checksum", "passed")
    last = str((int(number[-1]) + 1) % 10) if number[-1].isdigit() else ("A" if number[-1] != "A" else "B")
    changed = number[:-1] + last
    assert numbers.checksum(reading(country=country, mrz=passport_zone(changed))).result == "failed"


def test_the_document_number_itself_may_be_national(reading: Make) -> None:
    assert numbers.checksum(reading(country="PRT", number="000000000ZZ4")).result == "passed"
    assert numbers.checksum(reading(country="PRT", number="000000000ZZ5")).result == "failed"


@pytest.mark.parametrize(
    ("country", "optional"), [("UTO", "44051401359"), ("", ""), ("POL", ""), ("POL", "ABC123"), ("DEU", "44051401359")]
)
def test_states_of_legend_and_data_of_another_form_are_not_assessed(
    reading: Make, passport_zone: Zone, country: str, optional: str
) -> None:
    check = numbers.checksum(reading(country=country, mrz=passport_zone(optional)))
    assert check.result == "not_assessed"
    assert check.meaning


def test_without_a_zone_optional_data_cannot_be_assessed(reading: Make) -> None:
    assert numbers.checksum(reading(country="POL")).result == "not_assessed"


def test_every_module_of_the_table_is_there_and_knows_a_wrong_checksum() -> None:
    for rules in numbers.NATIONAL.values():
        for _, module in rules:
            assert callable(import_module(f"stdnum.{module}").validate)


TELLING = {
    "be.nn": {"get_birth_date", "get_gender"},
    "bg.egn": {"get_birth_date"},
    "cz.rc": {"get_birth_date"},
    "dk.cpr": {"get_birth_date"},
    "ee.ik": {"get_birth_date", "get_gender"},
    "lt.asmens": {"get_birth_date", "get_gender"},
    "no.fodselsnummer": {"get_birth_date", "get_gender"},
    "pl.pesel": {"get_birth_date", "get_gender"},
    "ro.cnp": {"get_birth_date"},
    "se.personnummer": {"get_birth_date", "get_gender"},
    "si.emso": {"get_birth_date", "get_gender"},
    "sk.rc": {"get_birth_date"},
    "za.idnr": {"get_birth_date", "get_gender"},
}
"""What the modules of the table tell of the holder. Iceland's and Mauritius' hold a date that no module tells."""


def test_of_the_modules_of_the_table_these_tell_birth_date_and_sex() -> None:
    told = {}
    for rules in numbers.NATIONAL.values():
        for _, module in rules:
            by = import_module(f"stdnum.{numbers.TOLD_BY.get(module, module)}")
            told[module] = {name for name in ("get_birth_date", "get_gender") if hasattr(by, name)}
    assert {module: names for module, names in told.items() if names} == TELLING
    assert set(TELLING) >= numbers.OPEN_CENTURY


def held(
    reading: Make, zone: Mrz, country: str, born: str = "", sex: str = "", coded: str = "", **more: float
) -> Check:
    """What the number in a zone says of a holder whose birth date and sex are printed, or `coded` in the zone."""
    said = (("birth_date", born, "visual"), ("sex", sex, "visual"), ("birth_date", coded, "mrz"))
    fields = [{"name": name, "text": text, "source": source, **more} for name, text, source in said if text]
    made = reading(country=country, mrz=zone, fields=tuple(ReadField.model_validate(field) for field in fields))
    return numbers.holder(made, claims(made.fields, made.mrz))


HOLDERS = [
    ("POL", "44051401359", "1944-05-14", "M"), ("EST", "36805280109", "1968-05-28", "M"),
    ("LTU", "38703181745", "1987-03-18", "M"), ("ROU", "1630615123457", "1963-06-15", ""),
    ("SWE", "8803200016", "1988-03-20", "M"), ("BGR", "7523169263", "1975-03-16", ""),
    ("CZE", "7103192745", "1971-03-19", ""), ("SVK", "7103192745", "1971-03-19", ""),
    ("NOR", "15108695088", "1986-10-15", "F"), ("SVN", "0101006500006", "2006-01-01", "M"),
    ("BEL", "85073003328", "1985-07-30", "M"), ("ZAF", "7503305044089", "1975-03-30", "M"),
    ("DNK", "2110625629", "1962-10-21", ""), ("CZE", "500314123", "1950-03-14", ""),
]  # fmt: skip
"""Numbers that python-stdnum documents, or of their form, with the holder that each tells of. A date that stands in the
zone alone has no century: those of Bulgaria and Denmark were born in the one before."""


@pytest.mark.parametrize(("country", "number", "born", "sex"), HOLDERS)
def test_a_number_of_another_birth_date_or_sex_contradicts_the_document(
    reading: Make, passport_zone: Zone, country: str, number: str, born: str, sex: str
) -> None:
    zone, other_sex = passport_zone(number), {"M": "F", "F": "M", "": ""}[sex]
    assert held(reading, zone, country, coded=born, sex=sex).result == "passed"
    changed = date.fromisoformat(born).replace(day=11).isoformat()
    check = held(reading, zone, country, coded=changed, sex=sex)
    assert check.result == "failed"
    assert changed in check.meaning
    if sex:
        assert held(reading, zone, country, coded=born, sex=other_sex).result == "failed"
        assert held(reading, zone, country, coded=born, sex="X").result == "passed"


def test_a_printed_century_counts_where_the_number_tells_it(reading: Make, passport_zone: Zone) -> None:
    pole, swede = passport_zone("44051401359"), passport_zone("8803200016")
    assert held(reading, pole, "POL", "2044-05-14").result == "failed"
    assert held(reading, pole, "POL", coded="2044-05-14").result == "passed"
    assert held(reading, swede, "SWE", "2088-03-20", coded="1988-03-20").result == "passed"


def test_what_was_read_badly_or_fails_its_checksum_contradicts_nothing(reading: Make, passport_zone: Zone) -> None:
    assert held(reading, passport_zone("44051401359"), "POL", "1991-08-03", confidence=0.5).result == "not_assessed"
    assert held(reading, passport_zone("44051401358"), "POL", "1991-08-03").result == "not_assessed"
    assert held(reading, passport_zone(""), "POL", "1991-08-03").result == "not_assessed"
    spoilt = passport_zone("2110625629").model_copy(update={"valid": False, "failed_checks": ("composite",)})
    assert held(reading, spoilt, "DNK", "1991-08-03").result == "not_assessed"


@pytest.mark.parametrize(("country", "number"), [("DNK", "2110625629"), ("DNK", "0308851234"), ("CZE", "500314123")])
def test_no_checksum_is_said_to_hold_where_there_is_none(
    reading: Make, passport_zone: Zone, country: str, number: str
) -> None:
    check = numbers.checksum(reading(country=country, mrz=passport_zone(number)))
    assert check.result == "not_assessed"
    assert "have no checksum" in check.meaning


def test_every_number_of_the_table_finds_room_in_optional_data() -> None:
    assert {"CHN", "MEX"}.isdisjoint(numbers.NATIONAL)


def test_a_foreigner_in_bulgaria_has_a_number_with_a_check_digit_of_its_own(reading: Make, passport_zone: Zone) -> None:
    def result(number: str) -> str:
        return numbers.checksum(reading(country="BGR", mrz=passport_zone(number))).result

    assert result("7523169263") == "passed"
    foreigner = "750101123" + pnf.calc_check_digit("750101123")
    assert egn.calc_check_digit("750101123") != foreigner[-1]
    assert result(foreigner) == "passed"
    assert held(reading, passport_zone(foreigner), "BGR", "1990-02-02").result == "not_assessed"
    wrong = {egn.calc_check_digit("750101123"), foreigner[-1]}
    assert result("750101123" + next(digit for digit in "0123456789" if digit not in wrong)) == "failed"


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"[0-9]{10}", fullmatch=True), st.integers(1, 9))
def test_no_changed_check_digit_of_a_number_passes(reading: Make, passport_zone: Zone, stem: str, step: int) -> None:
    valid = stem + pesel.calc_check_digit(stem)
    changed = valid[:-1] + str((int(valid[-1]) + step) % 10)
    assert numbers.checksum(reading(country="POL", mrz=passport_zone(changed))).result != "passed"


@pytest.mark.parametrize(
    ("name", "number", "why"),
    [
        ("ERIKA MUSTERMANN", "C01X12345", "name says"),
        ("SPECIMEN", "AB4711", "name says"),
        ("ANNA KOWALSKI", "C01X00T47", "known specimen"),
        ("ANNA KOWALSKI", "AB 777 7777", "repeats"),
        ("ANNA KOWALSKI", "123456789", "counts"),
        ("ANNA KOWALSKI", "X9876543", "counts"),
        ("ANNA KOWALSKI", "X8901234", "counts"),
    ],
)
def test_specimens_are_known_by_name_and_number(reading: Make, name: str, number: str, why: str) -> None:
    check = numbers.specimen(reading(name=name, number=number))
    assert check.result == "failed"
    assert why in check.meaning


@pytest.mark.parametrize(
    ("name", "number"), [("ANNA MUSTER", "AB1234568"), ("ANNA MARIA ERIKSSON", "X11111"), ("JOHN DOE", "112233445")]
)
def test_people_and_numbers_that_exist_are_no_specimens(reading: Make, name: str, number: str) -> None:
    assert numbers.specimen(reading(name=name, number=number)).result == "passed"


def test_nothing_read_is_nothing_assessed(reading: Make) -> None:
    assert numbers.specimen(reading(name="", number="")).result == "not_assessed"


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"[A-Z]{0,2}[0-9]{6,9}", fullmatch=True))
def test_ordinary_numbers_are_hardly_ever_specimens(reading: Make, number: str) -> None:
    digits = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    accused = numbers.specimen(reading(number=number)).result == "failed"
    assert accused == (len(steps) == 1 and steps <= {0, 1, 9})
