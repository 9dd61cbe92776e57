"""dev, val and test as they were played: no customer, head, series of documents or shared-out parameter in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from itertools import combinations

import pytest

from agent.errors import AgentError
from evals.cases.splits import load_splits, split
from evals.world.pictures import CANDIDATES
from evals.world.stage import World, play
from evals.world.stories import STORIES
from evals.world.stratum import ENOUGH
from vision.synth.template import SERIES

WORLDS = {each.name: play(each.seed, each.customers, each.cases, each.stratum) for each in load_splits().values()}
HELD_OUT = {name for name, story in STORIES.items() if story.held_out}


def identities(world: World) -> set[Hashable]:
    """Names with birth dates, on accounts and on paper."""
    accounts = {(person.given, person.surname, person.birth) for person in world.people}
    return accounts | {(p.papers.given, p.papers.surname, p.papers.birth) for p in world.cases}


def heads(world: World) -> set[Hashable]:
    """Every head that could stand for a face: of accounts, companions, portraits, selfies, pasted ones and clips."""
    faces = {person.face for person in world.people}
    for played in world.cases:
        papers = played.papers
        faces |= {papers.portrait_face, papers.selfie_face, papers.pasted_face}
        faces.add(papers.clip.other_face if papers.clip else 0)
    return {head for face in faces - {0} for head in range(face, face + CANDIDATES)}


def parameters(world: World) -> set[Hashable]:
    """What chance decided in the stories, in the ranges that are wide enough to be shared out, to a cent or finer."""
    drawn = [
        (played.story.name, low, high, value if isinstance(value, int) else round(value, 2 if high - low > 1 else 4))
        for played in world.cases
        for low, high, value in played.drawn
        if not isinstance(value, int) or high - low + 1 >= ENOUGH * len(WORLDS)
    ]
    assert len(set(drawn)) > len(world.cases)
    return set(drawn)


APART: dict[str, Callable[[World], set[Hashable]]] = {
    "case ids": lambda w: {played.case_id for played in w.cases},
    "customer ids": lambda w: {person.customer_id for person in w.people},
    "identities": identities,
    "document numbers": lambda w: {p.number for p in w.people} | {p.papers.number for p in w.cases},
    "e-mail addresses": lambda w: {person.email for person in w.people},
    "phone numbers": lambda w: {person.phone for person in w.people},
    "devices": lambda w: {d for person in w.people for d in person.devices},
    "wallets": lambda w: {person.wallet for person in w.people},
    "chain addresses": lambda w: {row["chain_address"] for row in w.tables.rows("chain_addresses")},
    "heads": heads,
    "series of documents": lambda w: {(p.papers.kind, p.papers.template) for p in w.cases},
    "parameters": parameters,
}


@pytest.mark.parametrize("what", sorted(APART))
def test_the_splits_have_none_in_common(what):
    found = {name: APART[what](world) for name, world in WORLDS.items()}
    assert all(found.values())
    for left, right in combinations(found, 2):
        assert not found[left] & found[right], (left, right)


def test_no_split_has_a_series_that_detectors_are_trained_on():
    for world in WORLDS.values():
        assert not APART["series of documents"](world) & set(SERIES["common"])


def test_the_sizes_are_those_promised():
    assert {name: len(world.cases) for name, world in WORLDS.items()} == {"dev": 200, "val": 200, "test": 600}


def test_six_stories_and_more_are_told_in_the_test_split_alone_frauds_and_look_alikes():
    told = {name: {played.story.name for played in world.cases} for name, world in WORLDS.items()}
    assert told["test"] - told["dev"] - told["val"] == HELD_OUT
    assert len(HELD_OUT) >= 6
    assert told["dev"] == told["val"] == set(STORIES) - HELD_OUT


def test_half_of_every_split_is_fraud_and_every_type_is_in_it():
    for world in WORLDS.values():
        assert 2 * sum(played.story.fraud for played in world.cases) == len(world.cases)
        assert len({played.story.type for played in world.cases}) == 6


def test_parameters_of_every_split_cover_the_range_of_every_other():
    """Apart in values, alike in what is usual: amounts have the same mean within a few per cent of their range."""
    means = defaultdict(list)
    for world in WORLDS.values():
        shares = [
            (value - low) / (high - low)
            for played in world.cases
            for low, high, value in played.drawn
            if high > low and isinstance(value, float)
        ]
        means["share"].append(sum(shares) / len(shares))
    assert all(0.47 < mean < 0.53 for mean in means["share"])


def test_only_the_test_split_is_locked():
    assert [name for name, each in load_splits().items() if each.locked] == ["test"]


def test_an_unknown_split_is_named_with_those_there_are():
    with pytest.raises(AgentError, match="'train'") as caught:
        split("train")
    assert "dev, val, test" in caught.value.remedy
