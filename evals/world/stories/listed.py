"""Sanctioned and politically exposed persons, and people who are merely called like them."""

from __future__ import annotations

from datetime import timedelta

from evals.world.names import COUNTRIES
from evals.world.people import another_spelling
from evals.world.scene import Scene, story

HIT = ("screening.sanctions_score", "screening.birth_date_agrees", "screening.country_agrees")


def _elsewhere(scene: Scene) -> str:
    """A country that is neither the customer's origin nor residence."""
    mine = (scene.person.nationality, scene.person.city.country)
    codes = [country.code for country in COUNTRIES if country.code not in mine]
    return codes[scene.count(0, len(codes) - 1)]


def _variant(scene: Scene) -> str:
    return f"{another_spelling(scene.person.given)} {another_spelling(scene.person.surname)}"


@story("sanctions", "sanctions_name_hit", fraud=True, ideal="escalate", intolerable=True, doubt=0.05, proof=HIT)
def sanctioned_person(scene: Scene) -> str:
    person = scene.person
    scene.listed(person.name, person.birth, person.nationality, [_variant(scene)])
    return "The customer is the person on the sanctions list."


@story("sanctions", "sanctions_name_hit", fraud=True, ideal="escalate", intolerable=True, doubt=0.15, proof=HIT)
def sanctioned_under_alias(scene: Scene) -> str:
    person = scene.person
    scene.listed(_variant(scene), person.birth, person.nationality, [person.name])
    return "The customer is on the sanctions list in another spelling and uses one of the listed aliases."


@story("sanctions", "sanctions_name_hit", ideal="approve", doubt=0.1, proof=HIT)
def namesake(scene: Scene) -> str:
    person = scene.person
    years = scene.count(12, 25) * (1 if person.birth.year > 1985 else -1)
    scene.listed(person.name, person.birth - timedelta(days=365 * years + 41), _elsewhere(scene))
    return "The customer shares the name of a sanctioned person, born in another year in another country."


@story("sanctions", "sanctions_name_hit", ideal="request_information", doubt=0.35, proof=HIT)
def compatriot_namesake(scene: Scene) -> str:
    person = scene.person
    scene.listed(person.name, person.birth + timedelta(days=scene.count(200, 900)), person.nationality)
    return "A compatriot of the same name, a year or two younger, is on the sanctions list; the customer is not."


@story("sanctions", "pep_name_hit", ideal="request_information", doubt=0.3, proof=("screening.pep_score",))
def declared_office(scene: Scene) -> str:
    person = scene.person
    scene.listed(person.name, person.birth, person.nationality, kind="pep")
    scene.says(scene.ago(days=1), "I hold a seat in the regional council, as I stated when I registered.")
    return "The customer holds a public office and said so; the source of funds has to be asked for, no more."


@story(
    "sanctions", "pep_name_hit", fraud=True, ideal="escalate", doubt=0.25,
    proof=("screening.pep_score", "counterparty.max_risk"),
)  # fmt: skip
def concealed_office(scene: Scene) -> str:
    person = scene.person
    scene.listed(person.name, person.birth, person.nationality, kind="pep")
    source = scene.address("mixer", risk=0.93)
    for days in (25.0, 12.0, 3.0):
        scene.deposit(scene.ago(days=days), scene.usd(15_000, 60_000), "chain", address=source)
    return "An office holder hides bribes that come in by way of a mixer."
