"""Machine readable zones: the specimens of ICAO 9303, correction under noise, and what it must not hide."""

from datetime import date
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vision.document import mrz
from vision.document.mrz_format import TEMPLATES, check_digit

TODAY = date(2026, 11, 1)
TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
SPECIMENS = {"TD3": TD3, "TD2": TD2, "TD1": TD1}


@pytest.mark.parametrize("kind", SPECIMENS)
def test_the_specimens_are_read(kind: str) -> None:
    zone = mrz.parse(SPECIMENS[kind], TODAY)
    assert zone is not None
    assert (zone.kind, zone.lines, zone.valid, zone.failed_checks) == (kind, SPECIMENS[kind], True, ())
    assert (zone.surname, zone.given_names, zone.sex) == ("ERIKSSON", "ANNA MARIA", "F")
    assert zone.number == ("L898902C3" if kind == "TD3" else "D23145890")
    assert (zone.nationality, zone.birth_date, zone.expiry_date) == ("UTO", date(1974, 8, 12), date(2012, 4, 15))


VISAS = {
    "MRV-A": ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"),
    "MRV-B": ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<"),
}


@pytest.mark.parametrize("kind", VISAS)
def test_a_visa_has_a_format_of_its_own_without_a_composite_digit(kind: str) -> None:
    first, second = VISAS[kind]
    zone = mrz.parse((first, second), TODAY)
    assert zone is not None
    assert (zone.kind, zone.lines, zone.failed_checks) == (kind, (first, second), ())
    assert (zone.surname, zone.number, zone.nationality) == ("ERIKSSON", "L8988901C", "XXX")
    wrong = mrz.parse((first, second.replace("4009078", "4009079")), TODAY)
    assert wrong is not None
    assert wrong.failed_checks == ("birth_date",)


def french(given: str, number: str = "180692310285", office: str = "925012", birth: str = "851206") -> tuple[str, str]:
    """The zone of a French identity card before 2021."""
    first = "IDFRABERTHIER".ljust(30, "<") + office
    second = f"{number}{check_digit(number)}{given.ljust(14, '<')}{birth}{check_digit(birth)}M"
    return first, second + check_digit(first + second)


@pytest.mark.parametrize("given", ["BILAL", "GILDAS", "OLGA", "SAID", "LOLITA", "CORINNE<<ANNE", "JEAN<PIERRE<<L"])
def test_the_older_french_card_is_read_in_its_own_format(given: str) -> None:
    lines = french(given)
    zone = mrz.parse(lines, TODAY)
    assert zone is not None
    assert (zone.kind, zone.lines, zone.failed_checks) == ("IDFRA", lines, ())
    assert (zone.surname, zone.given_names) == ("BERTHIER", " ".join(given.replace("<", " ").split()))
    assert (zone.number, zone.nationality, zone.sex) == ("180692310285", "FRA", "M")
    assert (zone.birth_date, zone.expiry_date) == (date(1985, 12, 6), None)
    assert mrz.cut(zone) == (len(given) == 14)
    assert mrz.parse([lines[0].replace("ID", "1O").replace("<<<", "<<", 1), lines[1]], TODAY) == zone


def test_of_the_older_french_card_each_check_digit_counts() -> None:
    first, second = french("BILAL")
    wrong = [second.replace("180692310285", "180692310286"), second.replace("851206", "851207"), second[:-1] + "0"]
    failed = [zone.failed_checks for line in wrong if (zone := mrz.parse((first, line), TODAY))]
    assert failed == [("number", "composite"), ("birth_date", "composite"), ("composite",)]
    assert mrz.parse((first, second[:20]), TODAY) is None


def test_the_older_french_card_may_be_of_corsica_without_an_office_or_of_an_old_holder() -> None:
    zone = mrz.parse(french("OLGA", "0506" + "2A0" + "10285", "<<<<<<", "200101"), TODAY)
    assert zone is not None
    assert (zone.failed_checks, zone.number, zone.birth_date) == ((), "05062A010285", date(1920, 1, 1))


@pytest.mark.parametrize("end", ["<<<<<<", "999999"])
def test_a_document_without_end_has_no_date_of_expiry(end: str) -> None:
    second = f"7408122F{end}{check_digit(end)}UTO" + "<" * 11
    composite = check_digit(TD1[0][5:] + second[:7] + second[8:15] + second[18:])
    zone = mrz.parse((TD1[0], second + composite, TD1[2]), TODAY)
    assert zone is not None
    assert (zone.valid, zone.expiry_date, zone.birth_date) == (True, None, date(1974, 8, 12))
    assert "expiry_date" not in {field.name for field in mrz.fields(zone)}


def test_a_long_number_runs_into_the_optional_field() -> None:
    number = "D23145890734"
    first = f"I<UTO{number[:9]}<{number[9:]}{check_digit(number)}".ljust(30, "<")
    second = "7408122F1204159UTO<<<<<<<<<<<"
    composite = check_digit(first[5:] + second[:7] + second[8:15] + second[18:])
    zone = mrz.parse((first, second + composite, TD1[2]), TODAY)
    assert zone is not None
    assert (zone.valid, zone.number) == (True, number)


@pytest.mark.parametrize(
    ("kind", "line", "place", "failed"),
    [
        ("TD3", 1, 9, {"number", "composite"}),
        ("TD3", 1, 14, {"birth_date", "composite"}),
        ("TD3", 1, 22, {"expiry_date", "composite"}),
        ("TD3", 1, 42, {"optional", "composite"}),
        ("TD3", 1, 43, {"composite"}),
        ("TD2", 1, 35, {"composite"}),
        ("TD1", 0, 14, {"number", "composite"}),
        ("TD1", 1, 1, {"birth_date", "composite"}),
        ("TD1", 1, 29, {"composite"}),
    ],
)
def test_a_wrong_digit_is_reported_by_field_and_never_repaired(
    kind: str, line: int, place: int, failed: set[str]
) -> None:
    lines = list(SPECIMENS[kind])
    old = int(lines[line][place])
    for step in range(1, 10):
        lines[line] = lines[line][:place] + str((old + step) % 10) + lines[line][place + 1 :]
        zone = mrz.parse(lines, TODAY, number="L898902C3" if kind == "TD3" else "D23145890")
        assert zone is not None
        assert set(zone.failed_checks) == failed
        assert zone.lines == tuple(lines)


EMPTY = (TD3[0], "L898902C36UTO7408122F1204159" + "<" * 14 + "08")


@pytest.mark.parametrize("lines", [TD3, EMPTY, TD2, TD1])
def test_a_zone_cut_at_its_end_is_unread_there_and_not_wrong(lines: tuple[str, ...]) -> None:
    line, whole = 1, mrz.parse(lines, TODAY)
    assert whole is not None
    assert whole.valid
    for read in (lines[line][:-1], lines[line][:-1] + "<"):
        zone = mrz.parse([*lines[:line], read, *lines[line + 1 :]], TODAY)
        assert zone is not None
        assert (zone.valid, zone.failed_checks, zone.unread_checks) == (False, (), ("composite",))
        assert (zone.number, zone.birth_date, zone.expiry_date) == (whole.number, whole.birth_date, whole.expiry_date)
    short = [each[:-1] for each in lines]
    zone = mrz.parse(short, TODAY)
    assert zone is not None
    assert (zone.failed_checks, zone.unread_checks) == ((), ("composite",))


def test_a_zone_cut_before_the_digit_of_its_optional_data_is_unread_there_too() -> None:
    zone = mrz.parse((TD3[0], TD3[1][:-2]), TODAY)
    assert zone is not None
    assert (zone.valid, zone.failed_checks, zone.unread_checks) == (False, (), ("optional", "composite"))
    blank = mrz.parse((TD3[0], TD3[1][:-2] + "<0"), TODAY)
    assert blank is not None
    assert blank.failed_checks == ("optional", "composite")


@given(st.sampled_from([TD3, EMPTY, TD2, TD1]), st.integers(0, 8), st.integers(1, 9), st.booleans())
def test_what_fails_in_a_whole_zone_still_fails_or_is_unread_in_a_cut_one(
    lines: tuple[str, ...], place: int, step: int, filled: bool
) -> None:
    """No forger makes a zone valid by a picture that ends before it does; a date with a wrong digit stays wrong."""
    at = 13 + place if lines[0] != TD1[0] else place
    digit = lines[1][at]
    assume(digit.isdigit() and place <= 6)
    forged = lines[1][:at] + str((int(digit) + step) % 10) + lines[1][at + 1 :]
    zone = mrz.parse([lines[0], forged[:-1] + "<" * filled, *lines[2:]], TODAY)
    assert zone is None or not zone.valid
    assert zone is None or "birth_date" in zone.failed_checks


def test_look_alikes_in_a_number_follow_the_visual_zone() -> None:
    spoilt = (TD3[0], TD3[1].replace("L898902C3", "L8989O2C3"))
    without = mrz.parse(spoilt, TODAY, number="X12345678")
    assert without is not None
    assert without.failed_checks == ("number", "composite")
    settled = mrz.parse(spoilt, TODAY, number="L898902C3")
    assert settled is not None
    assert (settled.valid, settled.lines) == (True, TD3)


def test_without_a_visual_number_one_exchange_counts_if_everything_agrees_then() -> None:
    misread = mrz.parse((TD3[0], TD3[1].replace("L898902C3", "L8989O2C3")), TODAY)
    assert misread is not None
    assert misread.lines == TD3
    forged = mrz.parse((TD3[0], TD3[1].replace("C36UTO", "C37UTO")), TODAY)
    assert forged is not None
    assert forged.failed_checks == ("number", "composite")


def test_an_o_that_both_zones_were_read_as_a_zero_is_settled_by_the_check_digits() -> None:
    wanted = encode("TD3", "LI", "BO", "XO4700193", date(1990, 1, 2), date(2030, 1, 2))
    zone = mrz.parse((wanted[0], wanted[1].replace("XO47", "X047")), TODAY, number="X04700193")
    assert zone is not None
    assert (zone.valid, zone.number) == (True, "XO4700193")


def test_a_number_changed_on_paper_stays_wrong_whatever_the_visual_zone_says() -> None:
    forged = (TD3[0], TD3[1].replace("L898902C3", "L898302C3"))
    zone = mrz.parse(forged, TODAY, number="L898902C3")
    assert zone is not None
    assert zone.number == "L898302C3"
    assert zone.failed_checks == ("number", "composite")


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("", ""),
        ("P<UTO", "L898902C36"),
        ("Surname ERIKSSON and given names ANNA MARIA", "Date of birth 12 AUG 1974, expires 15 APR 2012"),
        ("X<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", TD3[1]),
        (TD3[0], "L898902C36UTO74M8122F1204159ZE184226B<<<<<10"),
        (TD3[0], TD3[1], TD3[1], TD3[0]),
    ],
)
def test_what_is_no_zone_is_none(lines: tuple[str, ...]) -> None:
    assert mrz.parse(lines, TODAY) is None


@pytest.mark.parametrize(
    ("birth", "expiry", "born", "expires"),
    [
        ("300101", "300101", date(1930, 1, 1), date(2030, 1, 1)),
        ("261031", "310101", date(2026, 10, 31), date(2031, 1, 1)),
        ("261102", "310101", date(1926, 11, 2), date(2031, 1, 1)),
        ("990230", "991231", None, date(1999, 12, 31)),
        ("74<<<<", "000229", None, date(2000, 2, 29)),
    ],
)
def test_centuries_and_impossible_days(birth: str, expiry: str, born: date | None, expires: date) -> None:
    start = TD3[1][:13] + birth + check_digit(birth) + "F" + expiry + check_digit(expiry) + TD3[1][28:43]
    composite = check_digit(start[:10] + start[13:20] + start[21:43])
    zone = mrz.parse((TD3[0], start + composite), TODAY)
    assert zone is not None
    assert (zone.valid, zone.birth_date, zone.expiry_date) == (True, born, expires)


@pytest.mark.parametrize(
    ("birth", "known"),
    [
        ("85<<<<", "1985"), ("850000", "1985"), ("8508<<", "1985-08"), ("850800", "1985-08"), ("<<<<<<", ""),
        ("26<<<<", "2026"), ("27<<<<", "1927"), ("850803", None), ("859900", None), ("990230", None),
    ],
)  # fmt: skip
def test_a_birth_date_that_the_issuer_does_not_know_is_known_in_part(birth: str, known: str | None) -> None:
    start = TD3[1][:13] + birth + check_digit(birth) + TD3[1][20:43]
    composite = check_digit(start[:10] + start[13:20] + start[21:43])
    zone = mrz.parse((TD3[0], start + composite), TODAY)
    assert zone is not None
    assert (zone.valid, zone.born_in) == (True, known)
    told = {field.name: field.text for field in mrz.fields(zone)}.get("birth_date", "")
    assert told == ("1985-08-03" if birth == "850803" else known or "")
    wrong = mrz.parse((TD3[0], start + str((int(composite) + 1) % 10)), TODAY)
    assert wrong is not None
    assert wrong.born_in is None


names = st.lists(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=9), min_size=1, max_size=2).map("<".join)
numbers = st.text("ACEFHJKMNPRTUVWXY34679", min_size=9, max_size=9)
past = st.dates(date(1930, 1, 1), date(2020, 1, 1))
future = st.dates(date(2021, 1, 1), date(2040, 1, 1))


def encode(kind: str, surname: str, given: str, number: str, born: date, until: date) -> tuple[str, ...]:
    """A zone written straight from the standard, apart from the reader under test."""
    birth, expiry = (f"{day:%y%m%d}" + check_digit(f"{day:%y%m%d}") for day in (born, until))
    coded = number + check_digit(number)
    name = f"{surname}<<{given}"
    if kind == "TD1":
        first, middle = f"IDUTO{coded}".ljust(30, "<"), f"{birth}M{expiry}UTO<<<<<<<<<<<"
        digit = check_digit(first[5:] + birth + expiry + middle[18:])
        return first, middle + digit, name[:30].ljust(30, "<")
    width, optional = (44, "<" * 14 + "0") if kind == "TD3" else (36, "<" * 7)
    code = "P<UTO" if kind == "TD3" else "I<UTO"
    digit = check_digit(coded + birth + expiry + optional)
    return (code + name)[:width].ljust(width, "<"), f"{coded}UTO{birth}M{expiry}{optional}{digit}"


@given(st.sampled_from(["TD1", "TD2", "TD3"]), names, names, numbers, past, future, st.randoms(use_true_random=False))
def test_round_trip_under_a_recognisers_noise(
    kind: str, surname: str, given: str, number: str, born: date, until: date, rng: Random
) -> None:
    """Digits read as letters and letters as digits where only one of them can stand, foreign look-alikes, fillers of
    other shapes, blanks, lower case, and a tail of fillers that lost or gained some."""
    lines = encode(kind, surname, given, number, born, until)
    assume(len(surname) + len(given) + 4 < len(lines[mrz.NAME_LINE[kind]]) - 5)
    noisy = [spoilt(line, template, rng) for line, template in zip(lines, TEMPLATES[kind], strict=True)]
    zone = mrz.parse(noisy, TODAY)
    assert zone is not None
    assert zone.lines == lines
    assert zone.valid
    assert (zone.surname, zone.given_names) == (surname.replace("<", " "), given.replace("<", " "))
    assert (zone.birth_date, zone.expiry_date, zone.number) == (born, until, number)


SWAPS = {"d": dict(zip("01582", "OISBZ", strict=True)), "a": dict(zip("OISBZ", "01582", strict=True))}
FOREIGN = {"A": "Α", "P": "Р", "X": "×", "<": "«", "E": "Е"}


def spoilt(line: str, template: str, rng: Random) -> str:
    """A line of the zone as a recogniser may write it."""
    kinds = template.replace("c", "d")
    read = "".join(misread(character, kind, rng) for character, kind in zip(line, kinds, strict=True))
    if template[-1] == "a" and line.endswith("<<<<<"):
        tail = rng.randint(-3, 3)
        read = read.rstrip()[:tail] if tail < 0 else read + "<" * tail
    return read


def misread(character: str, kind: str, rng: Random) -> str:
    chance = rng.random()
    if chance < 0.15:
        return SWAPS.get(kind, {}).get(character, character)
    if chance < 0.25:
        return FOREIGN.get(character, character)
    if chance < 0.3:
        return character.lower()
    return character + (" " if chance > 0.97 else "")


@given(st.lists(st.text(max_size=60), max_size=4))
def test_no_text_upsets_the_parser(lines: list[str]) -> None:
    zone = mrz.parse(lines, TODAY)
    assert zone is None or len(zone.lines) in {2, 3}


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_fillers_lost_inside_a_line_are_put_back(lost: int) -> None:
    zone = mrz.parse((TD3[0], TD3[1].replace("<<<<<", "<" * (5 - lost))), TODAY)
    assert zone is not None
    assert zone.lines == TD3


@pytest.mark.parametrize("tail", ["<<<K<<<", "<<<<<C<L", "<<KKK<<<<"])
def test_letters_seen_in_the_tail_of_fillers_are_none(tail: str) -> None:
    zone = mrz.parse((TD3[0].rstrip("<") + tail, TD3[1]), TODAY)
    assert zone is not None
    assert (zone.surname, zone.given_names) == ("ERIKSSON", "ANNA MARIA")
