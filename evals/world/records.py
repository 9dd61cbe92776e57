"""What the exchange knows beside its customers' doings: lists of watched persons, and cases long closed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evals.world.clock import NOW
from evals.world.names import COUNTRIES, WATCHED_GIVEN, WATCHED_SURNAMES
from evals.world.people import Person, history_start
from evals.world.tables import Tables
from evals.world.traffic import DAY, Array, spans


def watch(rng: np.random.Generator, tables: Tables, count: int = 300) -> None:
    """Add listed persons whom no customer is called like."""
    origin = rng.integers(len(COUNTRIES), size=count)
    given = rng.choice(np.array(WATCHED_GIVEN, dtype=object), count)
    family = rng.choice(np.array(WATCHED_SURNAMES, dtype=object), count)
    names = np.array([f"{first} {last}" for first, last in zip(given, family, strict=True)], dtype=object)
    tables.extend(
        "watchlist",
        {
            "list": np.where(rng.random(count) < 0.6, "sanctions", "pep").astype(object),
            "full_name": names,
            "aliases": np.full(count, "", object),
            "birth_date": np.datetime64("1945-01-01", "us") + rng.integers(18_000, size=count) * DAY,
            "country": np.array([COUNTRIES[o].code for o in origin], dtype=object),
        },
    )


def past(rng: np.random.Generator, people: Sequence[Person], tables: Tables, share: float = 0.05) -> None:
    """Closed cases of people who are in no open one."""
    who = np.flatnonzero(rng.random(len(people)) < share)
    ids, start = np.array([p.customer_id for p in people], dtype=object), [history_start(p) for p in people]
    since: Array = np.array(start, dtype="datetime64[us]")[who]
    now: Array = np.full(len(who), NOW, dtype="datetime64[us]")
    open_for = (now - since) / DAY
    outcomes = np.array(["false_positive", "worth_reviewing", "inconclusive", "confirmed_fraud"], dtype=object)
    kinds = np.array(["kyc", "transactions", "p2p", "account_takeover"], dtype=object)
    tables.extend(
        "earlier_cases",
        {
            "customer_id": ids[who],
            "opened_at": since + spans(rng.random(len(who)) * open_for),
            "type": rng.choice(kinds, len(who)),
            "outcome": rng.choice(outcomes, len(who), p=(0.62, 0.16, 0.12, 0.1)),
        },
    )
