from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.names import dates_agree, names_agree, numbers_agree, words


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
def test_spellings_of_one_name_match(left, right):
    assert names_agree(left, right) == "match"


@pytest.mark.parametrize(
    ("left", "right"),
    [("Anna Example", "Anna Maria Example"), ("Omar Smith", "Umar Smith"), ("Anna Schmidt Weber", "ANNA SCHMIDT")],
)
def test_what_a_person_should_look_at_is_partial(left, right):
    assert names_agree(left, right) == "partial"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Anna Meier", "Anna Schulz"),
        ("Anna Meier", "Berta Meier"),
        ("Anna", "Anna Example"),
        ("Li Wei", "Li Na"),
        ("A", "B"),
        ("Enzo Mora", "Amor Zeno"),
    ],
)
def test_other_names_mismatch(left, right):
    assert names_agree(left, right) == "mismatch"


@pytest.mark.parametrize(("left", "right"), [("", "Anna"), ("Anna", "  "), ("", ""), ("Anna", "---")])
def test_an_empty_name_is_absent(left, right):
    assert names_agree(left, right) == "absent"


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
def test_dates(other, expected):
    assert dates_agree(date(1990, 5, 12), other) == expected
    assert dates_agree(other, date(1990, 5, 12)) == expected


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
    ],
)
def test_numbers(left, right, expected):
    assert numbers_agree(left, right) == expected


NAMES = st.text(max_size=30)


@settings(max_examples=200, deadline=None)
@given(NAMES, NAMES)
def test_agreement_goes_both_ways(left, right):
    assert names_agree(left, right) == names_agree(right, left)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.from_regex(r"[A-Z][a-zé]{2,8}", fullmatch=True), min_size=1, max_size=4), st.randoms())
def test_order_and_case_never_matter(parts, random):
    shuffled = random.sample(parts, len(parts))
    assert names_agree(" ".join(parts), " ".join(shuffled).upper()) == "match"


@settings(max_examples=200, deadline=None)
@given(NAMES)
def test_words_are_plain_letters(name):
    assert all(word.isascii() and word.isalpha() and word.islower() for word in words(name))
