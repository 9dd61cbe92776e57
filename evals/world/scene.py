"""What a story has at hand: one customer, the moment of the flag, and all that can be made to happen before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from agent.case import CaseType, Disposition, Outcome
from evals.world.clock import HISTORY, NOW
from evals.world.names import COUNTRIES, City
from evals.world.papers import Papers, genuine
from evals.world.people import Person, join, populate
from evals.world.stratum import WHOLE, Stratum
from evals.world.tables import Tables


@dataclass(frozen=True)
class Story:
    """One thing customers do, and what should come of it. `proof` are facts that show it, empty where nothing can;
    `doubt` in [0, 1] is how far careful people disagree about it. `tell` plants it and says what happened. A story that
    is `held_out` is told in no world but one that asks for such."""

    name: str
    type: CaseType
    flags: tuple[str, ...]
    fraud: bool
    ideal: Disposition
    proof: tuple[str, ...]
    doubt: float
    intolerable: bool
    held_out: bool
    tell: Callable[[Scene], str]

    @property
    def subject(self) -> str:
        """What it is about: the module of `evals.world.stories` that tells it."""
        return self.tell.__module__.rpartition(".")[2]


def story(
    kind: CaseType,
    *flags: str,
    ideal: Disposition,
    fraud: bool = False,
    proof: tuple[str, ...] = (),
    doubt: float = 0.1,
    intolerable: bool = False,
    held_out: bool = False,
) -> Callable[[Callable[[Scene], str]], Story]:
    """Make a story of the function below, under its own name."""

    def wrap(tell: Callable[[Scene], str]) -> Story:
        return Story(tell.__name__, kind, flags, fraud, ideal, proof, doubt, intolerable, held_out, tell)

    return wrap


@dataclass
class Scene:
    """Everything a story may touch. Times are given as hours or days before the flag. What it draws lies in its stratum
    and is kept in `drawn`: low, high and value."""

    rng: np.random.Generator
    tables: Tables
    person: Person
    flagged: datetime
    supply: Iterator[Person]
    crowd: Sequence[Person]
    stratum: Stratum = WHOLE
    papers: Papers = field(init=False)
    copies: list[Person] = field(default_factory=list)
    """Accounts that handed in the very same document image."""
    drawn: list[tuple[float, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.papers = genuine(self.person, self.flagged, self.rng, self.stratum)

    # Time and chance

    def ago(self, hours: float = 0.0, days: float = 0.0) -> datetime:
        return (self.flagged - timedelta(hours=hours, days=days)).replace(microsecond=0)

    def between(self, low: float, high: float) -> float:
        value = self.stratum.measure(float(self.rng.uniform(low, high)), low, high)
        self.drawn.append((low, high, value))
        return value

    def count(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        value = self.stratum.count(int(self.rng.integers(low, high + 1)), low, high)
        self.drawn.append((low, high, value))
        return value

    def usd(self, low: float, high: float) -> float:
        return round(self.between(low, high), 2)

    # People and things

    def another(self, *, aged_days: float | None = None, home: bool = False) -> Person:
        """Bring in a customer of nobody else's story, with an account as old, and in the same home, if asked."""
        person = next(self.supply)
        person.trips = False
        if aged_days is not None:
            self.open_account(person, days=aged_days)
        if home:
            join(self.person, person)
        return person

    def open_account(self, person: Person, days: float) -> None:
        person.created = self.ago(days=days)
        person.submitted = None

    def outsider(self) -> Person:
        """Somebody of the customer's sex who has no account here, and no surname in common with the customer."""
        while True:
            person = populate(self.rng, 1, self.stratum)[0]
            if person.sex == self.person.sex and person.surname != self.person.surname:
                return person

    def stranger(self) -> Person:
        """Some ordinary customer to trade with."""
        return self.crowd[int(self.rng.integers(len(self.crowd)))]

    def quiet(self, person: Person | None = None) -> None:
        """No ordinary deposits: the story alone moves money."""
        (person or self.person).deposits_a_week = 0.0

    def device(self, platform: str = "android", emulator: bool = False) -> str:
        name = f"dev-{int(self.rng.integers(1 << 60)):015x}"
        self.tables.row("devices", device_id=name, platform=platform, is_emulator=emulator)
        return name

    def address(self, category: str = "self_hosted", risk: float = 0.05) -> str:
        name = f"0x{int(self.rng.integers(1 << 60)):015x}"
        self.tables.row("chain_addresses", chain_address=name, risk_score=round(risk, 3), category=category)
        return name

    def far_city(self) -> City:
        """A city on another side of the world."""
        here = self.person.city
        cities = [city for country in COUNTRIES for city in country.cities]
        far = [
            city for city in cities if abs(city.longitude - here.longitude) + abs(city.latitude - here.latitude) > 45
        ]
        return far[int(self.rng.integers(len(far)))]

    # Happenings

    def login(
        self, at: datetime, device: str = "", city: City | None = None, who: Person | None = None, success: bool = True
    ) -> None:
        person = who or self.person
        place = city or person.city
        self.tables.row(
            "logins",
            customer_id=person.customer_id,
            at=at,
            device_id=device or person.devices[0],
            ip=f"198.19.{int(self.rng.integers(256))}.{int(self.rng.integers(256))}",
            country=place.country,
            city=place.name,
            latitude=place.latitude,
            longitude=place.longitude,
            success=success,
        )

    def event(self, kind: str, at: datetime, device: str = "") -> None:
        person = self.person
        self.tables.row(
            "account_events",
            customer_id=person.customer_id,
            at=at,
            kind=kind,
            device_id=device or person.devices[0],
        )

    def deposit(
        self,
        at: datetime,
        usd: float,
        method: str = "bank",
        *,
        address: str | None = None,
        sender: str | None = None,
        asset: str = "USDT",
        who: Person | None = None,
    ) -> None:
        person = who or self.person
        named = sender or (person.name if method == "bank" else None)
        self.tables.row(
            "deposits",
            customer_id=person.customer_id,
            at=at,
            asset=asset,
            amount_usd=round(usd, 2),
            method=method,
            chain_address=address,
            sender_name=named,
        )

    def withdraw(
        self,
        at: datetime,
        usd: float,
        address: str | None = None,
        *,
        method: str = "chain",
        device: str = "",
        status: str = "completed",
        asset: str = "USDT",
        who: Person | None = None,
    ) -> None:
        person = who or self.person
        self.tables.row(
            "withdrawals",
            customer_id=person.customer_id,
            at=at,
            asset=asset,
            amount_usd=round(usd, 2),
            method=method,
            chain_address=address if method == "chain" else None,
            device_id=device or person.devices[0],
            status=status,
        )

    def savings(self, total: float) -> None:
        """Put money aside by bank, monthly since the account was opened, the last time 30 days before the flag."""
        self.quiet()
        for days in self.months():
            self.deposit(self.ago(days=days, hours=-self.between(0, 40)), total / len(self.months()))

    def months(self) -> list[float]:
        """Days before the flag at which a month of the account's recorded life begins, the latest 30 days ago."""
        since = max(self.person.created, NOW - HISTORY)
        count = max(int((self.flagged - since) / timedelta(days=30.4)), 1)
        return [30 + 30.4 * month for month in range(count)]

    def order(
        self,
        at: datetime,
        usd: float,
        *,
        buys: bool,
        name_matches: bool = True,
        disputed: bool = False,
        lost: bool = False,
        reason: str = "",
        method: str = "bank_transfer",
    ) -> None:
        """One person-to-person order with a stranger; `lost` says that the dispute was decided against our customer."""
        other, mine = self.stranger().customer_id, self.person.customer_id
        self.tables.row(
            "p2p_orders",
            buyer_id=mine if buys else other,
            seller_id=other if buys else mine,
            at=at,
            amount_usd=round(usd, 2),
            payment_method=method,
            payer_name_matches=name_matches,
            status="disputed" if disputed else "completed",
            dispute_opened_at=at + timedelta(hours=self.between(2, 30)) if disputed else None,
            dispute_reason=reason if disputed else None,
            lost_by=(mine if lost else other) if disputed else None,
        )

    def says(self, at: datetime, body: str) -> None:
        """The customer writes to support."""
        self.tables.row("support_messages", customer_id=self.person.customer_id, at=at, direction="customer", body=body)

    def answer(self, at: datetime, body: str) -> None:
        """Support writes to the customer."""
        self.tables.row("support_messages", customer_id=self.person.customer_id, at=at, direction="agent", body=body)

    def listed(
        self, name: str, birth: date, country: str, aliases: Sequence[str] = (), kind: str = "sanctions"
    ) -> None:
        """Put somebody on the watchlist."""
        self.tables.row(
            "watchlist", list=kind, full_name=name, aliases="|".join(aliases), birth_date=birth, country=country
        )

    def earlier(
        self, outcome: Outcome, days: float, kind: CaseType = "transactions", who: Person | None = None
    ) -> None:
        """A case of the past."""
        person = who or self.person
        self.tables.row(
            "earlier_cases", customer_id=person.customer_id, opened_at=self.ago(days=days), type=kind, outcome=outcome
        )
