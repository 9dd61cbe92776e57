"""Enters the customers themselves: accounts, identity submissions, faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from evals.world.people import Person
from evals.world.pictures import Shot, Vector
from evals.world.stage import World

DIMENSIONS = 128


def register(world: World, shots: Mapping[str, Shot], seed: int) -> None:
    """Add customers, kyc_submissions and face_index.

    `shots` go by case id. Who was not drawn gets a hash and a vector drawn by lot, the same vector but for noise where
    two accounts show one face. Hashes by lot are as far from one another as those of genuine pictures of one series."""
    _customers(world)
    hashes = _hashes(world, shots, np.random.default_rng([seed, 6]))
    vectors = _vectors(world, shots, seed)
    people = world.people
    kinds = {played.person.customer_id: played.papers.kind for played in world.cases}
    submissions = [f"S{number:07d}" for number in range(1, len(people) + 1)]
    world.tables.extend(
        "kyc_submissions",
        {
            "submission_id": submissions,
            "customer_id": [p.customer_id for p in people],
            "submitted_at": [p.submitted_at for p in people],
            "document_type": [kinds.get(p.customer_id, p.kind) for p in people],
            "document_country": [p.nationality for p in people],
            "document_number": [p.number for p in people],
            "declared_name": [p.name for p in people],
            "declared_birth_date": [p.birth for p in people],
            "image_hash": hashes,
            "portrait_hash": _portraits(world, shots, np.random.default_rng([seed, 9])),
        },
    )
    seen = [(p.customer_id, number, vectors[p.customer_id]) for p, number in zip(people, submissions, strict=True)]
    world.tables.extend(
        "face_index",
        {
            "customer_id": [customer for customer, _, vector in seen if vector],
            "submission_id": [number for _, number, vector in seen if vector],
            "embedding": [str(list(vector)) for _, _, vector in seen if vector],
        },
    )


def _customers(world: World) -> None:
    people = world.people
    world.tables.extend(
        "customers",
        {
            "customer_id": [p.customer_id for p in people],
            "full_name": [p.name for p in people],
            "birth_date": [p.birth for p in people],
            "sex": [p.sex for p in people],
            "nationality": [p.nationality for p in people],
            "residence_country": [p.city.country for p in people],
            "residence_address": [f"{p.address}, {p.city.name}" for p in people],
            "email": [p.email for p in people],
            "phone": [p.phone for p in people],
            "created_at": [p.created for p in people],
            "kyc_level": [p.level for p in people],
        },
    )


def _hashes(world: World, shots: Mapping[str, Shot], rng: np.random.Generator) -> list[int]:
    """The hash of each picture of a document. Copies with other data are alike where the photograph is told by its
    frame; of a scan nothing tells them, so that theirs stay drawn by lot."""
    drawn = {
        p.customer_id: int(h)
        for p, h in zip(world.people, rng.integers(0, 1 << 64, len(world.people), np.uint64), strict=True)
    }
    for played in world.cases:
        shot = shots.get(played.case_id)
        if shot is not None:
            drawn[played.person.customer_id] = shot.image_hash
        for copy in played.copies:
            low, high = rng.integers(64, size=2).tolist()
            if shot is None or shot.framed:
                drawn[copy.customer_id] = drawn[played.person.customer_id] ^ (1 << low) ^ (1 << high)
    return [drawn[person.customer_id] for person in world.people]


def _portraits(world: World, shots: Mapping[str, Shot], rng: np.random.Generator) -> list[int]:
    """The hash of each portrait; who was not drawn, or shows no face, has one drawn by lot."""
    numbers = rng.integers(0, 1 << 64, len(world.people), np.uint64).tolist()
    drawn = {person.customer_id: int(number) for person, number in zip(world.people, numbers, strict=True)}
    for played in world.cases:
        shot = shots.get(played.case_id)
        if shot is not None and shot.portrait_hash is not None:
            drawn[played.person.customer_id] = shot.portrait_hash
    return [drawn[person.customer_id] for person in world.people]


def _vectors(world: World, shots: Mapping[str, Shot], seed: int) -> dict[str, Vector | None]:
    vectors: dict[str, Vector | None] = {person.customer_id: _drawn(person, seed) for person in world.people}
    for played in world.cases:
        shot = shots.get(played.case_id)
        if shot is not None:
            vectors |= {played.person.customer_id: shot.vector} | dict(shot.companions)
    return vectors


def _drawn(person: Person, seed: int) -> Vector:
    """A unit vector for a face, with a little noise of the account's own."""
    face = np.random.default_rng([seed, 7, person.face]).standard_normal(DIMENSIONS)
    noise = np.random.default_rng([seed, 8, int(person.customer_id[1:])]).standard_normal(DIMENSIONS)
    mixed: npt.NDArray[np.float64] = face + 0.25 * noise
    return tuple(np.round(mixed / np.linalg.norm(mixed), 6).tolist())


def sharing(people: Sequence[Person], person: Person) -> tuple[str, ...]:
    """Other accounts with the same face."""
    return tuple(p.customer_id for p in people if p.face == person.face and p is not person)
