"""The customers of the simulated exchange: who they are, where they live, and what they usually do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from evals.world.clock import HISTORY, NOW
from evals.world.names import COUNTRIES, SPELLINGS, City, Country
from evals.world.stratum import WHOLE, Stratum

DocumentKind = Literal["passport", "id_card", "driving_licence"]
Sex = Literal["F", "M"]
KINDS: tuple[DocumentKind, ...] = ("passport", "id_card", "driving_licence")
LETTERS = "CFGHJKLMNPRTVWXYZ"
Option = TypeVar("Option")


@dataclass
class Person:
    """One customer, before and while a story changes their life.

    `face` names the head of the person; two accounts of one person share it. Background activity runs from `created` to
    `active_until` at so many logins and deposits a week of about `usual_usd` each; `trips` false keeps one home."""

    customer_id: str
    face: int
    given: str
    surname: str
    birth: date
    sex: Sex
    nationality: str
    city: City
    address: str
    email: str
    phone: str
    created: datetime
    level: int
    kind: DocumentKind
    number: str
    devices: list[str]
    wallet: str
    logins_a_week: float
    deposits_a_week: float
    usual_usd: float
    active_until: datetime = NOW
    trips: bool = True
    declared: str = ""
    submitted: datetime | None = None

    @property
    def name(self) -> str:
        """The name on the account: as declared, which is the real one unless a story says otherwise."""
        return self.declared or f"{self.given} {self.surname}"

    @property
    def submitted_at(self) -> datetime:
        return self.submitted or self.created + timedelta(hours=3)


def populate(rng: np.random.Generator, count: int, stratum: Stratum = WHOLE) -> list[Person]:
    """`count` ordinary customers. Every attribute is drawn for all of them at once."""
    origins = rng.choice(len(COUNTRIES), count, p=_shares())
    abroad = rng.random(count) < 0.12
    homes = np.where(abroad, rng.integers(len(COUNTRIES), size=count), origins)
    picks = rng.integers(1 << 30, size=(count, 5))
    ages = np.clip(18.5 + rng.gamma(2.2, 8.5, count), 18.5, 84) * 365.25
    tenure = np.clip(rng.exponential(420, count), 12, 2200)
    # A device id or wallet must not count upwards with the customer, so all of them are drawn.
    tokens = rng.integers(1 << 60, size=(count, 3))
    draws = zip(
        origins, homes, picks, ages, tenure, tokens, rng.lognormal(0.4, 0.6, count), rng.lognormal(-0.7, 0.6, count),
        rng.lognormal(5.6, 1.0, count), rng.random(count), rng.integers(10**8, size=count), strict=True,
    )  # fmt: skip
    ids = np.sort(rng.choice(900_000 // stratum.of, count, replace=False) * stratum.of + stratum.place + 100_000)
    return [_person(stratum, f"U{number}", *draw) for number, draw in zip(ids, draws, strict=True)]


def _person(
    stratum: Stratum,
    customer_id: str,
    origin: int,
    home: int,
    picks: npt.NDArray[np.int64],
    age: float,
    tenure: float,
    tokens: npt.NDArray[np.int64],
    logins: float,
    deposits: float,
    usual: float,
    luck: float,
    digits: int,
) -> Person:
    country, residence = COUNTRIES[origin], COUNTRIES[home]
    sex: Sex = "F" if picks[0] % 2 else "M"
    given, surname = _pick(country.female if sex == "F" else country.male, picks[1]), _pick(country.surnames, picks[2])
    created = NOW - timedelta(days=float(tenure), hours=float(luck) * 24)
    digits = stratum.number(digits)
    devices = [f"dev-{tokens[0] + extra:015x}" for extra in range(1 + int(luck < 0.45))]
    return Person(
        customer_id=customer_id,
        face=stratum.face(int(tokens[2] % (1 << 31))),
        given=given,
        surname=surname,
        birth=(NOW - timedelta(days=float(age))).date(),
        sex=sex,
        nationality=country.code,
        city=_pick(residence.cities, picks[3]),
        address=street(residence, int(picks[4])),
        email=f"{given}.{surname}{stratum.number(int(picks[4]) % 97)}@mail.example".lower().replace(" ", ""),
        phone=f"{residence.dial} {digits:08d}",
        created=created.replace(microsecond=0),
        level=2 if luck < 0.7 else 1,
        kind=KINDS[int(picks[1] % 3)],
        number=f"{LETTERS[picks[2] % len(LETTERS)]}{digits:08d}",
        devices=devices,
        wallet=f"0x{tokens[1]:015x}",
        logins_a_week=float(logins),
        deposits_a_week=float(deposits),
        usual_usd=float(usual),
    )


def street(country: Country, pick: int) -> str:
    return f"{country.street} {pick % 190 + 1}, flat {pick // 190 % 40 + 1}"


def country_of(code: str) -> Country:
    return next(country for country in COUNTRIES if country.code == code)


def another_spelling(name: str) -> str:
    """The name in another usual transliteration, or with the letters that transliterations differ in."""
    if name in SPELLINGS:
        return SPELLINGS[name]
    for plain, other in (("ch", "tsch"), ("y", "i"), ("k", "c"), ("v", "w"), ("i", "y"), ("z", "s")):
        if plain in name[1:]:
            return name[0] + name[1:].replace(plain, other, 1)
    return name + "h"


def households(rng: np.random.Generator, people: Sequence[Person], share: float = 0.06) -> None:
    """Let some pairs live together and use one another's tablet, as ordinary families do."""
    couples = rng.permutation(len(people))[: 2 * int(share * len(people) / 2)]
    for left, right in zip(couples[::2], couples[1::2], strict=True):
        join(people[left], people[right])
        people[right].devices.append(people[left].devices[0])


def join(head: Person, relative: Person) -> None:
    """Move somebody into another person's home."""
    relative.city, relative.address, relative.surname = head.city, head.address, head.surname


def history_start(person: Person) -> datetime:
    return max(person.created, NOW - HISTORY)


def _pick(options: Sequence[Option], pick: int) -> Option:
    return options[int(pick) % len(options)]


def _shares() -> npt.NDArray[np.float64]:
    shares = np.array([country.share for country in COUNTRIES])
    return np.asarray(shares / shares.sum(), np.float64)
