"""One simulated exchange without pictures, in which every story is told at least twice, shared by all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from agent.case import Case
from evals.world.build import Built, build
from evals.world.label import Label
from evals.world.stage import Played, play
from evals.world.stories import STORIES
from evals.world.stratum import Stratum

SEED = 11
CUSTOMERS = 400
SIDES = [sum(story.fraud is kind for story in STORIES.values()) for kind in (True, False)]
CASES = 4 * max(SIDES)
EVERYTHING = Stratum(held_out=True)
"""The whole, with the stories of the locked split."""


@dataclass(frozen=True)
class Told:
    """One case with everything known about it."""

    case: Case
    label: Label
    played: Played


@dataclass(frozen=True)
class Exchange:
    """A finished world and an open connection to its warehouse."""

    built: Built
    told: tuple[Told, ...]
    connection: duckdb.DuckDBPyConnection

    def of(self, *stories: str) -> list[Told]:
        return [told for told in self.told if told.label.story in stories]

    def value(self, told: Told, sql: str) -> object:
        """The one value of a query in which $c is the customer and $t the moment of the flag."""
        asked = {"c": told.case.customer_id, "t": told.played.flagged}
        used = {name: value for name, value in asked.items() if f"${name}" in sql}
        row = self.connection.execute(sql, used).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    out = tmp_path_factory.mktemp("world") / "exchange"
    built = build(out, seed=SEED, customers=CUSTOMERS, cases=CASES, images=False, stratum=EVERYTHING)
    played = play(SEED, CUSTOMERS, CASES, EVERYTHING).cases
    told = tuple(Told(*each) for each in zip(built.cases, built.labels, played, strict=True))
    with duckdb.connect(str(out / "warehouse.duckdb"), read_only=True) as connection:
        yield Exchange(built, told, connection)


@pytest.fixture
def source(exchange: Exchange) -> Path:
    return exchange.built.out
