"""What a customer hands in: the document as it was issued, what was done to it, how it was captured, and the selfie."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np

from evals.world.clock import years_before
from evals.world.people import DocumentKind, Person, Sex
from evals.world.stratum import WHOLE, Stratum

Capture = Literal["scan", "phone", "screen", "print", "blurred"]
Forgery = Literal["none", "portrait", "text", "mrz"]
ClipKind = Literal["genuine", "converted", "replayed", "looped", "swapped"]
Movement = Literal["turn_left", "turn_right", "nod", "blink"]


@dataclass(frozen=True)
class Recording:
    """A selfie clip: how it came to be, the movement the app asked for, and who takes over in a swapped one."""

    kind: ClipKind
    asked: Movement
    other_face: int = 0


@dataclass
class Papers:
    """The plan of one document and one selfie; `pictures` draws it.

    `edits` are fields that were overwritten on the page; `resaves` counts how often a messenger squeezed the file;
    `selfie_years` is how much older the selfie is than the portrait, `selfie_light` how much of the light there was.
    `attached` says whether the pictures come with the case, `clip` what selfie clip does."""

    surname: str
    given: str
    birth: date
    sex: Sex
    nationality: str
    number: str
    kind: DocumentKind
    template: int
    issued: date
    expires: date
    portrait_face: int
    selfie_face: int
    seed: int
    capture: Capture = "phone"
    forgery: Forgery = "none"
    edits: dict[str, str | date] = field(default_factory=dict)
    pasted_face: int = 0
    selfie_years: float = 0.0
    selfie_light: float = 1.0
    resaves: int = 0
    clip: Recording | None = None
    attached: bool = True

    def issue(self, day: date, years_good: int) -> None:
        """Issue the document on a day, for so many years."""
        self.issued = day
        self.expires = day.replace(year=day.year + years_good, day=min(day.day, 28))


def genuine(person: Person, flagged: datetime, rng: np.random.Generator, stratum: Stratum = WHOLE) -> Papers:
    """A sound document of the person on the account, issued in the last years and photographed or scanned."""
    today = flagged.date()
    papers = Papers(
        surname=person.surname,
        given=person.given,
        birth=person.birth,
        sex=person.sex,
        nationality=person.nationality,
        number=person.number,
        kind=person.kind,
        template=stratum.number(int(rng.integers(10_000))),
        issued=today,
        expires=today,
        portrait_face=person.face,
        selfie_face=person.face,
        seed=int(rng.integers(1 << 31)),
        capture="scan" if rng.random() < 0.4 else "phone",
    )
    papers.issue(today - timedelta(days=int(rng.integers(60, 3 * 365))), 10 if person.kind == "passport" else 8)
    grown = years_before(today, 18)
    if person.birth > grown - timedelta(days=3 * 365):
        papers.issue(max(person.birth.replace(year=person.birth.year + 16, day=1), today - timedelta(days=500)), 5)
    return papers
