"""Deals stories to customers and lets them happen. Knows no picture and no file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from agent.case import CaseType
from evals.world.clock import NOW
from evals.world.hostile import taint
from evals.world.papers import Papers
from evals.world.people import Person, households, populate
from evals.world.records import past, watch
from evals.world.scene import Scene, Story
from evals.world.stories import STORIES
from evals.world.stratum import WHOLE, Stratum
from evals.world.tables import Tables
from evals.world.traffic import live

FIRST_CASE = 1001
PICTURED: tuple[CaseType, ...] = ("kyc", "sanctions", "ring")
"""Case types that always come with document and selfie; of the others one in three does."""
SPREAD = timedelta(days=35)


@dataclass(frozen=True)
class Played:
    """A story as it happened to one customer; `drawn` has what chance decided in it, as low, high and value."""

    case_id: str
    story: Story
    person: Person
    flagged: datetime
    papers: Papers
    copies: tuple[Person, ...]
    what_happened: str
    drawn: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class World:
    """Everybody, everything that is on record, and the cases that came of it."""

    people: tuple[Person, ...]
    tables: Tables
    cases: tuple[Played, ...]


def deal(rng: np.random.Generator, count: int, held_out: bool = False) -> list[Story]:
    """`count` stories, as many honest as fraudulent ones but for one, none a second time before all had their turn."""
    told = [story for story in STORIES.values() if held_out or not story.held_out]
    fraud, honest = (_endless(rng, [story for story in told if story.fraud is kind]) for kind in (True, False))
    dealt = [next(fraud if turn % 2 else honest) for turn in range(count)]
    return [dealt[place] for place in rng.permutation(count)]


def _endless(rng: np.random.Generator, stories: Sequence[Story]) -> Iterator[Story]:
    while True:
        yield from (stories[place] for place in rng.permutation(len(stories)))


def play(seed: int, customers: int, cases: int, stratum: Stratum = WHOLE) -> World:
    """A world of at least `customers` people, more where the cases need them, and `cases` cases."""
    people = populate(np.random.default_rng([seed, 1]), max(customers, 4 * cases + 40), stratum)
    shuffled = [people[place] for place in np.random.default_rng([seed, 2]).permutation(len(people))]
    supply, reserve = iter(shuffled[:-20]), shuffled[-20:]
    tables, rng = Tables(), np.random.default_rng([seed, 3])
    dealt = deal(rng, cases, stratum.held_out)
    moments = sorted(NOW - timedelta(minutes=int(m)) for m in rng.integers(60, SPREAD // timedelta(minutes=1), cases))
    turns = {True: 0, False: 0}
    played = []
    for number, (story, flagged) in enumerate(zip(dealt, moments, strict=True)):
        scene = Scene(np.random.default_rng([seed, 4, number]), tables, next(supply), flagged, supply, reserve, stratum)
        played.append(_perform(scene, story, f"{stratum.letter}-{FIRST_CASE + number}", turns[story.fraud]))
        turns[story.fraud] += 1
    bystanders = list(supply) + reserve
    rng = np.random.default_rng([seed, 5])
    households(rng, bystanders)
    past(rng, bystanders, tables)
    watch(rng, tables)
    live(rng, people, tables)
    return World(tuple(people), tables, tuple(played))


def _perform(scene: Scene, story: Story, case_id: str, turn: int) -> Played:
    _prepare(scene, story.type)
    what_happened = story.tell(scene)
    taint(scene, story.type, turn)
    person = scene.person
    person.active_until = min(person.active_until, scene.flagged)
    scene.papers.attached = story.type in PICTURED or scene.rng.random() < 1 / 3
    return Played(
        case_id, story, person, scene.flagged, scene.papers, tuple(scene.copies), what_happened, tuple(scene.drawn)
    )


def _prepare(scene: Scene, kind: CaseType) -> None:
    """A newcomer for onboarding, somebody known for most of a year for everything else."""
    person = scene.person
    person.trips, person.active_until = False, scene.flagged
    if kind == "kyc":
        person.level, person.deposits_a_week = 0, 0.0
        scene.open_account(person, days=scene.between(1.1, 3))
        person.submitted = scene.ago(hours=scene.between(0.5, 2))
        scene.login(person.submitted - timedelta(minutes=10))
        return
    person.level = max(person.level, 1)
    person.logins_a_week = max(person.logins_a_week, 0.8)
    if scene.flagged - person.created < timedelta(days=300):
        scene.open_account(person, days=scene.between(300, 700))
