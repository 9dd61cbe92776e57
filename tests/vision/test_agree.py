"""Agreement of two writings. Within a document look-alikes are forgiven and a changed letter or digit is not; against
what its holder wrote, transliteration and a slip of the pen are forgiven as well."""

import unicodedata
from datetime import date
from random import Random
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision import agree


@pytest.mark.parametrize(
    ("left", "right", "outcome"),
    [
        ("MÜLLER", "MUELLER", "match"),
        ("MÜLLER", "MULLER", "match"),
        ("Groß", "GROSS", "match"),
        ("O'NEILL", "ONEILL", "match"),
        ("SMITH-JONES", "SMITH JONES", "match"),
        ("KARL HEINZ", "HEINZ KARL", "match"),
        ("MOHAMMEDALI", "MOHAMMED ALI", "match"),
        ("LEFÈVRE", "LEFEVRE", "match"),
        ("ØSTERGÅRD", "OESTERGAARD", "match"),
        ("K0WALSKI", "KOWALSKI", "match"),
        ("ANNA MARIA", "ANNA", "partial"),
        ("KOWALSKI", "KOWALSKY", "partial"),
        ("IRYNA M", "IRYNA MARIE", "partial"),
        ("IRYNA M", "IRYNA MARIE LOUISE", "partial"),
        ("IRYNA M", "IRYNA LOUISE", "mismatch"),
        ("IRYNA M", "ANNA MARIE", "mismatch"),
        ("M", "MARIE", "mismatch"),
        ("ERIKSSON", "ERIKSEN", "mismatch"),
        ("KOWALSKI", "GARCIA", "mismatch"),
        ("LI", "BO", "mismatch"),
        ("", "BO", "absent"),
        ("ANNA", "  ", "absent"),
    ],
)
def test_names(left: str, right: str, outcome: str) -> None:
    assert agree.names(left, right) == outcome
    assert agree.names(right, left) == outcome


@pytest.mark.parametrize(
    ("printed", "read", "zone"),
    [
        ("VOß", "VOB", "VOSS"),
        ("WEIß", "WEI", "WEISS"),
        ("GROß", "GROD", "GROSS"),
        ("GROß", "GRO8", "GROSS"),
        ("HEẞ", "HEO", "HESS"),
        ("WEIẞ", "WEIS", "WEISS"),
        ("ÞÓR", "PÓR", "THOR"),
        ("HAFÞÓR", "HAFPÓR", "HAFTHOR"),
        ("ÆSA", "ASA", "AESA"),
        ("BØ", "BO", "BOE"),
        ("ÖZ", "OZ", "OEZ"),
        ("ÅS", "AS", "AAS"),
        ("LÜ", "LU", "LUE"),
        ("LÜ", "LU", "LUXX"),
        ("NUÑO", "NUNO", "NUNXXO"),
        ("ŒUF", "CEUF", "OEUF"),
        ("CŒUR", "CCEUR", "COEUR"),
        ("ĐURA", "DURA", "DJURA"),
        ("DĲK", "DYK", "DIJK"),
        ("GRÖß", "GRÖB", "GROESS"),
    ],
)
def test_a_letter_that_recognisers_lack_is_no_other_name(printed: str, read: str, zone: str) -> None:
    assert agree.names(printed, zone) == "match"
    assert agree.names(read, zone) == "partial"
    assert agree.names(read[:-1] + "KA", zone) == "mismatch"


@pytest.mark.parametrize(("left", "right"), [("VOK", "VOSS"), ("FOB", "VOSS"), ("KOR", "THOR")])
def test_any_other_letter_in_its_place_is_another_name(left: str, right: str) -> None:
    assert agree.names(left, right) == "mismatch"


@pytest.mark.parametrize(
    ("printed", "zone"),
    [("GÜL", "GUEL"), ("GÜL", "GUXXL"), ("GÜL", "GUL"), ("NUÑO", "NUNO"), ("MÜÑOZ", "MUENOZ"), ("ĐO", "DO"),
     ("ŁOŚ", "LOS"), ("GUÐ", "GUD"), ("ÖZGÜR", "OEZGUXXR")],
)  # fmt: skip
def test_every_spelling_of_the_standard_matches(printed: str, zone: str) -> None:
    assert agree.names(printed, zone) == "match"


@pytest.mark.parametrize(("printed", "zone"), [("MÜLLER", "MUELLER"), ("MÜLLER", "MULLER"), ("PEÑA", "PENA")])
def test_a_letter_that_was_read_is_not_called_misread(printed: str, zone: str) -> None:
    assert not agree.misread(printed, zone)
    assert agree.misread("VOB", "VOSS")


def test_a_truncated_zone_may_end_behind_a_letter_that_was_misread() -> None:
    assert agree.names("VOB ALEXANDER", "VOSS ALEX", truncated=True) == "partial"


def test_a_name_of_nothing_but_such_letters_takes_no_time() -> None:
    started = perf_counter()
    assert agree.names("SI" * 60 + "K", "SS" * 60) == "mismatch"
    assert perf_counter() - started < 0.5


def test_a_truncated_zone_agrees_with_the_start_of_a_name() -> None:
    assert agree.names("PAPADOPOULOS ALEXANDROS", "PAPADOPOULOS ALEX", truncated=True) == "match"
    assert agree.names("PAPADOPOULOS ALEXANDROS", "PAPADOPOULOS ALEY", truncated=True) != "match"
    assert agree.names("PAPADOPOULOS ALEXANDROS", "PAPADOPOULOS ALEXANDR") == "partial"


@pytest.mark.parametrize(
    ("printed", "zone"),
    [
        ("BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "BENNELONG WOOLOOM WARRAND WARNAM"),
        ("BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "BENNEL WOOLOO WARRAN WARNAM"),
        ("BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "BENNELONG WOOLOOMOOLOO W W"),
        ("DINGO POTOROO", "DINGO"),
        ("DINGO POTOROO", "DINGO POTO"),
        ("DINGO POTOROO", "DINGO P"),
        ("JONATHON WARREN TREVOR", "JONATHON W T"),
        ("JÜRGEN ÖSTERREICHER", "JUERG OEST"),
    ],
)
def test_a_zone_may_cut_each_word_of_a_name(printed: str, zone: str) -> None:
    """Examples of ICAO 9303-3 and 9303-4 among them."""
    assert agree.names(printed, zone, truncated=True) == "match"


def test_a_cut_word_is_none_where_the_zone_has_room_or_the_beginning_differs() -> None:
    printed = "BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL"
    assert agree.names(printed, "BENNELONG WOOLOOM WARRAND WARNAM") == "mismatch"
    assert agree.names("DINGO POTOROO", "DIEGO P", truncated=True) == "mismatch"
    assert agree.names("DINGO POTOROO", "P DINGO", truncated=True) == "mismatch"
    assert agree.names("DINGO", "DINGO P", truncated=True) != "match"


def test_an_applicant_writes_all_of_a_name_that_a_zone_cuts() -> None:
    wrote = "Dingo Potoroo Bennelong Wooloomooloo Warrandyte Warnambool"
    assert agree.names(wrote, "DINGO BENNELONG WOOLOOM WARRAND WARNAM", "spelling", truncated=True) == "partial"
    assert agree.names(wrote, "DINGO BENNELONG WOOLOOM WARRAND WARNAM", "spelling") == "mismatch"
    assert agree.names(wrote, "DIEGO BENNELONG WALOOM BARRAND WARNAM", "spelling", truncated=True) == "mismatch"
    assert agree.names("Lisa Meier", "LI", "spelling", truncated=True) == "mismatch"


WORDS = st.lists(st.text("ABCDEFGHIJKLM", min_size=3, max_size=12), min_size=1, max_size=4)
OTHERS = st.lists(st.text("NOPQRSTUVWXY", min_size=3, max_size=12), min_size=1, max_size=4)


@given(WORDS, OTHERS, st.data())
def test_a_cut_name_agrees_and_another_never_does(words: list[str], others: list[str], data: st.DataObject) -> None:
    cut = " ".join(word[: data.draw(st.integers(2, len(word)))] for word in words)
    assert agree.names(" ".join(words), cut, truncated=True) == "match"
    for strange in (" ".join(others), " ".join([others[0], *words[1:]][:1])):
        assert agree.names(" ".join(words), strange, truncated=True) == "mismatch"


@pytest.mark.parametrize(
    "wrote", ["Suharto Suharto", "FNU Suharto", "Suharto LNU", "Suharto XXX", "Suharto NMN", "Suharto .", "Suharto"]
)
def test_a_form_that_asks_for_two_names_makes_no_other_person_of_one_name(wrote: str) -> None:
    assert agree.names(wrote, "SUHARTO", "spelling") == "match"
    assert agree.names("Suharto", wrote, "spelling") == "match"
    assert agree.names(wrote, "WIDODO", "spelling") == "mismatch"


@pytest.mark.parametrize(
    ("left", "right"),
    [("Suharto Ahmad", "SUHARTO"), ("FNU LNU", "SUHARTO"), ("FNU Suharto", "SUHARTO AHMAD"), ("FNU", "LNU")],
)
def test_a_further_name_is_one_beside_what_only_stands_in(left: str, right: str) -> None:
    assert agree.names(left, right, "spelling") == "mismatch"


@pytest.mark.parametrize(
    ("left", "right", "outcome"),
    [
        ("AB 123-456", "AB123456", "match"),
        ("ABO123456", "AB0123456", "match"),
        ("AB123456", "AB123457", "mismatch"),
        ("AB1234567", "AB12345", "partial"),
        ("AB12", "AB123", "mismatch"),
        ("", "AB123", "absent"),
    ],
)
def test_codes(left: str, right: str, outcome: str) -> None:
    assert agree.codes(left, right) == outcome


def test_days() -> None:
    assert agree.days(date(1990, 1, 2), date(1990, 1, 2)) == "match"
    assert agree.days(date(1990, 1, 2), date(1990, 2, 1)) == "mismatch"
    assert agree.days(None, date(1990, 1, 2)) == "absent"


@given(st.text(min_size=1, max_size=30))
def test_a_name_agrees_with_itself_or_holds_no_letters(name: str) -> None:
    assert agree.names(name, name) in {"match", "absent"} or not any(map(str.isalnum, name))


@given(st.text("0123456789", min_size=6, max_size=9), st.integers(0, 8), st.integers(1, 9))
def test_one_changed_digit_is_always_a_mismatch(number: str, place: int, step: int) -> None:
    place %= len(number)
    changed = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert agree.codes(number, changed) == "mismatch"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Jürgen Müller", "MUELLER JUERGEN"),
        ("Сергей Щукин", "Sergei Shchukin"),
        ("Γεώργιος Παππάς", "Georgios Pappas"),
        ("Youssef Haddad", "YUSUF HADDAD"),
        ("Mohammed Ali", "MUHAMMAD ALI"),
        ("Anna-Lena O'Neill", "ANNALENA ONEILL"),
        ("Peter Kowalski", "PETER K0WALSK1"),
        ("Aleksandr Ivanov", "Alexander Ivanov"),
        ("Łukasz Wójcik", "LUKASZ WOJCIK"),
        ("Katrin Fischer", "KATRIN FISHER"),
        ("Li Wei", "WEI LI"),
        ("Maier Annalena", "Anna Lena Maier"),
        ("Sara John", "SARAH JON"),
        ("Richard Lopez", "RITSCHARD LOPES"),
    ],
)
def test_spellings_of_one_name_match(left: str, right: str) -> None:
    assert agree.names(left, right, "spelling") == "match"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Anna Example", "Anna Maria Example"),
        ("Omar Smith", "Umar Smith"),
        ("Anna Schmidt Weber", "ANNA SCHMIDT"),
        ("Anna Charlotte Example", "ANNA C EXAMPLE"),
    ],
)
def test_what_a_person_should_look_at_is_partial(left: str, right: str) -> None:
    assert agree.names(left, right, "spelling") == "partial"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Anna Meier", "Anna Schulz"),
        ("Anna Meier", "Berta Meier"),
        ("Anna", "Anna Example"),
        ("Li Wei", "Li Na"),
        ("A", "B"),
        ("Enzo Mora", "Amor Zeno"),
        ("A Example", "Anna Example"),
        ("Anna C Example", "Anna Charlotte Sample"),
        ("Anna Charlotte", "ANNA C EXAMPLE"),
    ],
)
def test_other_names_mismatch(left: str, right: str) -> None:
    assert agree.names(left, right, "spelling") == "mismatch"


@pytest.mark.parametrize(
    ("left", "right", "outcome"),
    [
        ("李明", "John Smith", "absent"),
        ("محمد علي", "Ali Mohammed", "absent"),
        ("گ", "גדי", "absent"),
        ("李明", "李 明", "match"),
        ("陳偉", "陈伟", "absent"),
        ("გიორგი ბერიძე", "გიორგი", "partial"),
        ("김철수", "박영희", "mismatch"),
        ("李明 Li Ming", "LI MING", "match"),
        ("李 Smith", "John Smith", "partial"),
    ],
)
def test_letters_that_are_not_folded_are_compared_in_their_own_script_alone(
    left: str, right: str, outcome: str
) -> None:
    assert agree.names(left, right, "spelling") == outcome
    assert agree.names(right, left, "spelling") == outcome


def test_what_was_not_read_of_a_name_is_no_other_name() -> None:
    assert agree.names("Anna Example", "EXAMPLE", "spelling", truncated=True) == "partial"
    assert agree.names("Anna Example", "OTHER", "spelling", truncated=True) == "mismatch"


def test_words_in_capitals_read_alike_whatever_their_letters() -> None:
    assert agree.capitals("Łódź ｆｒａｎｃａｉｓｅ G0A") == ("LODZ", "FRANCAISE", "GOA")


@pytest.mark.parametrize(("left", "right"), [("", "Anna"), ("Anna", "  "), ("", ""), ("Anna", "---")])
def test_an_empty_name_is_absent(left: str, right: str) -> None:
    assert agree.names(left, right, "spelling") == "absent"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (date(1990, 5, 12), "match"),
        (date(1990, 12, 5), "partial"),
        (date(1990, 5, 13), "partial"),
        (date(1992, 5, 12), "mismatch"),
        (date(1987, 5, 12), "mismatch"),
        (date(1991, 6, 12), "mismatch"),
        (None, "absent"),
    ],
)
def test_dates_as_their_holder_wrote_them(other: date | None, expected: str) -> None:
    assert agree.days(date(1990, 5, 12), other, "spelling") == expected
    assert agree.days(other, date(1990, 5, 12), "spelling") == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("AB-12 34", "ab1234", "match"),
        ("XO1234567", "X01234S67", "match"),
        ("X1234567", "X1234568", "partial"),
        ("X1234567", "X123457", "partial"),
        ("X1234567", "Y7654321", "mismatch"),
        ("", "X1", "absent"),
        ("--", "X1", "absent"),
        ("MORGA753116SM9IJ", "MORGA753116SM9IJ35", "partial"),
        ("MORGA753116SM9IJ", "MORGA753116SM9IJ350", "mismatch"),
        ("1234567", "123456789", "mismatch"),
    ],
)
def test_numbers_as_their_holder_wrote_them(left: str, right: str, expected: str) -> None:
    assert agree.codes(left, right, "spelling") == expected


NAMES = st.text(max_size=30)


@settings(max_examples=200, deadline=None)
@given(NAMES, NAMES)
def test_agreement_goes_both_ways(left: str, right: str) -> None:
    assert agree.names(left, right, "spelling") == agree.names(right, left, "spelling")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.from_regex(r"[A-Z][a-zé]{2,8}", fullmatch=True), min_size=1, max_size=4), st.randoms())
def test_order_and_case_never_matter(parts: list[str], random: Random) -> None:
    shuffled = random.sample(parts, len(parts))
    assert agree.names(" ".join(parts), " ".join(shuffled).upper(), "spelling") == "match"


@settings(max_examples=200, deadline=None)
@given(NAMES)
def test_words_are_plain_letters(name: str) -> None:
    assert all(word.isascii() and word.isalpha() and word.islower() for word in agree.words(name))


OTHER_LETTERS = st.characters(codec="utf-8", min_codepoint=0x1D400, max_codepoint=0x1D6A3) | st.sampled_from(
    "\uff21\uff4a\uff5a\ufb01\ufb03\u00aa\u24b6\u210d"
)
"""Bold, italic, script and other letters of mathematics; full-width ones, ligatures, raised and circled ones."""


@settings(max_examples=200, deadline=None)
@given(st.text(OTHER_LETTERS, min_size=1, max_size=12), st.sampled_from(["reading", "spelling"]))
def test_letters_of_other_kinds_are_read_as_plain_ones(text: str, tolerance: agree.Tolerance) -> None:
    plain = unicodedata.normalize("NFKC", text).upper()
    for compare in (agree.names, agree.codes):
        assert compare(text, plain, tolerance) == compare(plain, plain, tolerance)
        assert compare(text, "Bo 7", tolerance) == compare(plain, "Bo 7", tolerance)


def test_the_worst_of_some_agreements_decides_and_silence_does_not() -> None:
    assert agree.worst(["match", "absent", "partial"]) == "partial"
    assert agree.worst(["absent", "match"]) == "match"
    assert agree.worst(["partial", "mismatch", "match"]) == "mismatch"
    assert agree.worst([]) == "absent"
