"""The population: plausible, seeded, and spelled in ways that differ."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.world.clock import NOW, iso, years_before
from evals.world.names import COUNTRIES, WATCHED_GIVEN, WATCHED_SURNAMES
from evals.world.people import another_spelling, country_of, households, populate

PEOPLE = populate(np.random.default_rng(1), 3000)


def test_equal_seeds_give_equal_people():
    assert populate(np.random.default_rng(4), 50) == populate(np.random.default_rng(4), 50)


def test_identifiers_are_unique_and_tell_nothing_of_order():
    for column in ("customer_id", "wallet", "number"):
        values = [getattr(person, column) for person in PEOPLE]
        assert len(set(values)) > 0.999 * len(values), column
    assert len({person.customer_id for person in PEOPLE}) == len(PEOPLE)


def test_customers_are_of_age_and_not_older_than_people_get():
    ages = np.array([(NOW.date() - person.birth).days / 365.25 for person in PEOPLE])
    assert ages.min() > 18.4
    assert ages.max() < 85
    assert 28 < np.median(ages) < 42


def test_people_come_from_many_countries_and_some_live_in_another():
    assert {person.nationality for person in PEOPLE} == {country.code for country in COUNTRIES}
    abroad = np.mean([person.nationality != person.city.country for person in PEOPLE])
    assert 0.05 < abroad < 0.2


def test_names_go_with_origin_and_sex():
    for person in PEOPLE[:300]:
        country = country_of(person.nationality)
        assert person.given in (country.female if person.sex == "F" else country.male)
        assert person.surname in country.surnames


def test_nobody_is_called_like_a_listed_person_by_chance():
    for country in COUNTRIES:
        assert not set(country.surnames) & set(WATCHED_SURNAMES)
        assert not {*country.female, *country.male} & set(WATCHED_GIVEN)


@pytest.mark.parametrize("name", sorted({n for c in COUNTRIES for n in (*c.female, *c.male, *c.surnames)}))
def test_every_name_has_another_spelling_that_begins_alike(name):
    other = another_spelling(name)
    assert other != name
    assert other.isascii()


def test_households_share_home_surname_and_a_device():
    people = populate(np.random.default_rng(2), 200)
    households(np.random.default_rng(3), people, share=0.1)
    pairs = [(a, b) for a in people for b in people if a is not b and a.devices[0] in b.devices]
    assert len(pairs) == 10
    assert all(a.address == b.address and a.surname == b.surname and a.city == b.city for a, b in pairs)


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(0, 80), st.integers(0, 360))
def test_years_before_is_a_birthday_that_many_years_ago(day, years, days):
    birth = years_before(day, years, days)
    assert abs((day - birth).days - days - years * 365.25) < 1.5


def test_times_leave_with_their_zone():
    assert iso(NOW) == "2026-06-30T12:00:00+00:00"
