"""What ordinary customers do all year: logins, trips, deposits, withdrawals, trades with one another, questions.

Everything is drawn for all customers at once. A withdrawal always follows a deposit and takes only part of it, so no
balance is ever negative; a trip leaves a day for the journey at both ends, so nobody travels faster than an airliner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.world.clock import NOW
from evals.world.names import COUNTRIES
from evals.world.people import Person, history_start
from evals.world.tables import Tables

DAY = np.timedelta64(86_400_000_000, "us")
ASSETS = np.array(["USDT", "BTC", "ETH", "SOL"], dtype=object)
PLATFORMS = np.array(["android", "ios", "windows", "macos"], dtype=object)
PAYMENTS = np.array(["bank_transfer", "wallet_app", "cash_deposit"], dtype=object)
QUESTIONS = np.array(
    [
        "How long does a bank deposit usually take?",
        "Where can I download my statement for last year?",
        "The app asks me to update, is that really from you?",
        "Which networks do you support for withdrawals?",
        "Thank you, the issue is solved.",
        "Can I change the language of the notifications?",
    ],
    dtype=object,
)
EXCHANGES = tuple(f"0xe{number:014x}" for number in range(0x51C3A, 0x51C3A + 12 * 7919, 7919))
"""Deposit addresses of other exchanges; thousands of people send there."""

Array = npt.NDArray[Any]


def live(rng: np.random.Generator, people: Sequence[Person], tables: Tables) -> None:
    """Add a year of everybody's ordinary activity."""
    crowd = _Crowd(people)
    _devices(rng, crowd, tables)
    _logins(rng, crowd, tables)
    _money(rng, crowd, tables)
    _trades(rng, crowd, tables)
    _questions(rng, crowd, tables)
    _security(rng, crowd, tables)
    _addresses(rng, crowd, tables)


class _Crowd:
    """The customers as columns, with helpers that repeat them by a random count."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = people
        self.ids = np.array([p.customer_id for p in people], dtype=object)
        self.start = np.array([history_start(p) for p in people], dtype="datetime64[us]")
        self.end = np.array([max(p.active_until, history_start(p)) for p in people], dtype="datetime64[us]")
        self.weeks = (self.end - self.start) / (7 * DAY)
        self.main = np.array([p.devices[0] for p in people], dtype=object)
        self.second = np.array([p.devices[-1] for p in people], dtype=object)
        self.wallets = np.array([p.wallet for p in people], dtype=object)
        self.usual = np.array([p.usual_usd for p in people])
        self.home = np.array([p.city for p in people], dtype=object)

    def often(self, rng: np.random.Generator, a_week: Array | float) -> Array:
        """Indices of customers, each as often as they do a thing at that rate."""
        return np.repeat(np.arange(len(self.people)), rng.poisson(a_week * self.weeks))

    def moments(self, rng: np.random.Generator, who: Array) -> Array:
        """A moment within each one's active time, rarely at night."""
        days = np.floor(rng.random(len(who)) * (self.end - self.start)[who] / DAY)
        hours = (8 + 15 * rng.beta(1.6, 1.4, len(who))) / 24
        drawn = self.start[who].astype("datetime64[D]").astype("datetime64[us]") + spans(days + hours)
        return np.asarray(np.clip(drawn, self.start[who], self.end[who]))


def spans(count: Array) -> Array:
    """A duration to the second."""
    return np.asarray(np.rint(count * 86_400) * 1e6).astype("timedelta64[us]")


def _devices(rng: np.random.Generator, crowd: _Crowd, tables: Tables) -> None:
    known = {row["device_id"] for row in tables.rows("devices")}
    names = sorted({device for person in crowd.people for device in person.devices} - known)
    tables.extend(
        "devices",
        {
            "device_id": np.array(names, dtype=object),
            "platform": rng.choice(PLATFORMS, len(names), p=(0.42, 0.3, 0.18, 0.1)),
            "is_emulator": rng.random(len(names)) < 0.004,
        },
    )


def _logins(rng: np.random.Generator, crowd: _Crowd, tables: Tables) -> None:
    who = crowd.often(rng, np.array([p.logins_a_week for p in crowd.people]))
    at = crowd.moments(rng, who)
    cities, journey = _whereabouts(rng, crowd, who, at)
    second = rng.random(len(who)) < 0.15
    columns = {
        "customer_id": crowd.ids[who],
        "at": at,
        "device_id": np.where(second, crowd.second[who], crowd.main[who]),
        "ip": _addresses_of(rng, len(who)),
        "country": np.array([city.country for city in cities], dtype=object),
        "city": np.array([city.name for city in cities], dtype=object),
        "latitude": np.array([city.latitude for city in cities]),
        "longitude": np.array([city.longitude for city in cities]),
        "success": rng.random(len(who)) > 0.03,
    }
    tables.extend("logins", {name: column[~journey] for name, column in columns.items()})


def _whereabouts(rng: np.random.Generator, crowd: _Crowd, who: Array, at: Array) -> tuple[Array, Array]:
    """The city of each login, and which of them fall on the day of a journey and must not be."""
    every = np.array([city for country in COUNTRIES for city in country.cities], dtype=object)
    count = len(crowd.people)
    away = rng.choice(every, count)
    travels = (rng.random(count) < 0.3) & np.array([p.trips for p in crowd.people])
    leaves = crowd.start + spans(rng.random(count) * (crowd.end - crowd.start) / DAY)
    stays = spans(3 + 9 * rng.random(count))
    since = at - leaves[who]
    there = travels[who] & (since > DAY) & (since < stays[who])
    journey = travels[who] & (
        ((since >= 0 * DAY) & (since <= DAY)) | ((since >= stays[who]) & (since <= stays[who] + DAY))
    )
    return np.where(there, away[who], crowd.home[who]), journey


def _only(where: Array, cells: Array | str) -> Array:
    """The cells where the condition holds, elsewhere nothing."""
    kept = np.full(len(where), None, object)
    kept[where] = cells if isinstance(cells, str) else cells[where]
    return kept


def _addresses_of(rng: np.random.Generator, count: int) -> Array:
    """IP addresses of the block reserved for benchmarks, 198.18.0.0/15."""
    parts = rng.integers(256, size=(count, 2))
    return np.array([f"198.18.{high}.{low}" for high, low in parts.tolist()], dtype=object)


def _money(rng: np.random.Generator, crowd: _Crowd, tables: Tables) -> None:
    who = crowd.often(rng, np.array([p.deposits_a_week for p in crowd.people]))
    at, usd = crowd.moments(rng, who), np.round(crowd.usual[who] * rng.lognormal(0, 0.5, len(who)), 2)
    method = rng.choice(np.array(["bank", "card", "chain", "p2p"], dtype=object), len(who), p=(0.58, 0.2, 0.16, 0.06))
    sender = np.array([p.name for p in crowd.people], dtype=object)
    tables.extend(
        "deposits",
        {
            "customer_id": crowd.ids[who],
            "at": at,
            "asset": rng.choice(ASSETS, len(who)),
            "amount_usd": usd,
            "method": method,
            "chain_address": _only(method == "chain", _wallet(rng, crowd, who)),
            "sender_name": _only(method == "bank", sender[who]),
        },
    )
    _outflow(rng, crowd, tables, who, at, usd)


def _outflow(rng: np.random.Generator, crowd: _Crowd, tables: Tables, who: Array, at: Array, usd: Array) -> None:
    later = at + spans(1.5 + rng.exponential(18, len(who)))
    goes = (rng.random(len(who)) < 0.45) & (later < crowd.end[who])
    who, later, usd = who[goes], later[goes], np.round(usd[goes] * rng.uniform(0.3, 0.95, int(goes.sum())), 2)
    method = rng.choice(np.array(["chain", "bank", "p2p"], dtype=object), len(who), p=(0.55, 0.38, 0.07))
    tables.extend(
        "withdrawals",
        {
            "customer_id": crowd.ids[who],
            "at": later,
            "asset": rng.choice(ASSETS, len(who)),
            "amount_usd": usd,
            "method": method,
            "chain_address": _only(method == "chain", _wallet(rng, crowd, who)),
            "device_id": crowd.main[who],
            "status": np.full(len(who), "completed", object),
        },
    )


def _wallet(rng: np.random.Generator, crowd: _Crowd, who: Array) -> Array:
    """One's own address mostly, else one at another exchange."""
    elsewhere = rng.choice(np.array(EXCHANGES, dtype=object), len(who))
    return np.where(rng.random(len(who)) < 0.6, crowd.wallets[who], elsewhere)


def _trades(rng: np.random.Generator, crowd: _Crowd, tables: Tables) -> None:
    taking_part = np.flatnonzero((rng.random(len(crowd.people)) < 0.2) & (crowd.end >= np.datetime64(NOW)))
    count = 9 * len(taking_part)
    if count == 0:
        return
    buyer, seller = rng.choice(taking_part, count), rng.choice(taking_part, count)
    at = np.maximum(crowd.moments(rng, seller), crowd.start[buyer])
    luck = rng.random(count)
    disputed = luck > 0.975
    loser = np.where(rng.random(count) < 0.5, crowd.ids[buyer], crowd.ids[seller])
    columns = {
        "buyer_id": crowd.ids[buyer],
        "seller_id": crowd.ids[seller],
        "at": at,
        "amount_usd": np.round(crowd.usual[seller] * rng.lognormal(0, 0.4, count), 2),
        "payment_method": rng.choice(PAYMENTS, count),
        "payer_name_matches": rng.random(count) > 0.02,
        "status": np.where(disputed, "disputed", np.where(luck > 0.93, "cancelled", "completed")).astype(object),
        "dispute_opened_at": np.where(disputed, at + spans(rng.random(count) * 2), np.datetime64("NaT")),
        "dispute_reason": _only(disputed, "payment not received"),
        "lost_by": _only(disputed, loser),
    }
    apart = (buyer != seller) & (at + 3 * DAY < np.datetime64(NOW))
    tables.extend("p2p_orders", {name: column[apart] for name, column in columns.items()})


def _questions(rng: np.random.Generator, crowd: _Crowd, tables: Tables) -> None:
    who = crowd.often(rng, 0.012)
    tables.extend(
        "support_messages",
        {
            "customer_id": crowd.ids[who],
            "at": crowd.moments(rng, who),
            "direction": np.full(len(who), "customer", object),
            "body": rng.choice(QUESTIONS, len(who)),
        },
    )


def _security(rng: np.random.Generator, crowd: _Crowd, tables: Tables) -> None:
    """Ordinary resets and changes, none in the last fortnight of anybody's active time."""
    who = crowd.often(rng, 0.006)
    at = crowd.moments(rng, who)
    calm = at < crowd.end[who] - 14 * DAY
    kinds = np.array(["password_reset", "second_factor_reset", "email_change", "limit_change"], dtype=object)
    columns = {
        "customer_id": crowd.ids[who],
        "at": at,
        "kind": rng.choice(kinds, len(who), p=(0.6, 0.15, 0.1, 0.15)),
        "device_id": crowd.main[who],
    }
    tables.extend("account_events", {name: column[calm] for name, column in columns.items()})


def _addresses(rng: np.random.Generator, crowd: _Crowd, tables: Tables) -> None:
    own = sorted(set(crowd.wallets.tolist()) - {row["chain_address"] for row in tables.rows("chain_addresses")})
    tables.extend(
        "chain_addresses",
        {
            "chain_address": np.array([*own, *EXCHANGES], dtype=object),
            "risk_score": np.round(np.concatenate([rng.beta(1.3, 14, len(own)), np.full(len(EXCHANGES), 0.02)]), 3),
            "category": np.array(["self_hosted"] * len(own) + ["exchange"] * len(EXCHANGES), dtype=object),
        },
    )
