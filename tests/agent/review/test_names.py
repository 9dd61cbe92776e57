"""The names of reviewers: nobody is two people by the way they spell themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ReviewRefused
from agent.review.names import check_name, outline, same_person

SPELT = (
    *(
        "anna.lim",
        "anna-lim",
        "anna_lim",
        "ANNA LIM.",
        "'anna lim'",
        "lim anna",
        "lim.anna",
        "Anna Lím",
        "anna l\u0131m",
    ),
    *("\u0251nna lim", "anna \u01c0im", "\u1d00\u0274\u0274\u1d00 \u029f\u026a\u1d0d", "anna 1im", "anna \u0142im"),
    *(
        "anna\u02bc lim",
        "ann\u2c65 lim",
        "anna.lim@example.com",
        "\uff21nna lim",
        "an\u200bna lim",
        "anna |im",
        "anna·lim",
    ),
)


@pytest.mark.parametrize("name", SPELT)
def test_one_person_is_not_two_by_spelling(name: str) -> None:
    assert same_person(name, "Anna Lim")


@pytest.mark.parametrize("name", ["Ann Lim", "Anna Lin", "Hanna Lim", "Anna Lim 2", "anna", "lim@anna.example"])
def test_another_name_is_another_person(name: str) -> None:
    assert not same_person(name, "Anna Lim")
    check_name(name)


@pytest.mark.parametrize(
    "name", ["=cmd()+1", "anna!im", "a|", "anna·lim", "anna/lim", "Lim, Anna", "anna \U0001f600", "a\u0665"]
)
def test_what_no_name_is_written_with_is_refused(name: str) -> None:
    with pytest.raises(ReviewRefused, match=r"is not a name: it contains .*; write the name in letters and digits"):
        check_name(name)


@pytest.mark.parametrize("name", ["...", "1234", "@", "- -"])
def test_a_name_has_a_letter(name: str) -> None:
    with pytest.raises(ReviewRefused, match="it contains no letter"):
        check_name(name)


@pytest.mark.parametrize(
    "name",
    ["Anna O'Hara", "O’Hara", "佐藤 さくら", "\u0930\u093e\u092e", "\u0623\u062d\u0645\u062f", "Łukasz Żak", "uid1000"],
)
def test_names_of_every_script_are_names(name: str) -> None:
    check_name(name)
    check_name(name, roster=("Anna Lim", name.upper()))


def test_who_is_not_on_the_roster_is_refused_by_name() -> None:
    check_name("a.lim", roster=("Bo Ek", "A Lim"))
    with pytest.raises(ReviewRefused, match=r"'dora' is not among the reviewers; give the name .* added to REVIEWERS"):
        check_name("dora", roster=("Bo Ek", "A Lim"))


@given(st.text())
def test_an_outline_is_nothing_but_letters_and_figures_that_read_otherwise(name: str) -> None:
    drawn = outline(name)
    assert not set(drawn) & set("01l5.-_ '@")
    assert outline(f"  {name.upper()} ") == outline(name.upper())
