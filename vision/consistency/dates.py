"""Whether the dates of a document can all be true: how long it is good, and how old its holder was. Pure.

The limits are those that no state exceeds, for a document that breaks one is called impossible. Passports run ten years
and at most nine months carried over from the one before. Identity cards run up to twenty years in China, and in Vietnam
to the birthday after next, at most twenty-two; those of older people run thirty in Belgium and sixty in Hungary.
Licences run fifteen years under Directive 2006/126/EC, but elsewhere and before to a birthday: the 65th in Arizona, the
70th in the United Kingdom and Denmark, the 100th in Norway. A year may stand for no end at all. None of them is given
to somebody unborn, and no licence under fourteen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from vision.consistency.report import Check
from vision.document.sources import Claims
from vision.types import DocumentReading, DocumentType

YEAR = 365.25
LONGEST: Mapping[DocumentType, float] = {"passport": 10.8, "id_card": 23.0, "driving_licence": 16.0}
"""Years from issue to expiry that no state exceeds, but for cards of the old and licences that run to a birthday."""
OLD, LONGEST_OLD = 55, 61.0
"""Holders of an identity card from this age on may have it for so many years."""
LAST_BIRTHDAY = 100.1
"""Age up to which a licence may run; the tenth is for licences that run to the end of a month."""
NO_END = frozenset({2099, 9999})
"""Years that stand in a date of expiry for none."""
YOUNGEST: Mapping[DocumentType, float] = {"passport": 0.0, "id_card": 0.0, "driving_licence": 14.0}
CLOCKS = timedelta(days=1)
"""Time zones: a document issued today elsewhere may bear tomorrow's date."""


def validity(reading: DocumentReading, claims: Claims, on: date) -> Check:
    """Whether birth, issue and expiry are in a possible order and at possible distances, as of the day `on`."""
    issued = issue_day(claims)
    if issued is None or (reading.expiry_date is None and reading.birth_date is None):
        return Check(name="validity", result="not_assessed", meaning="the document shows no date of issue")
    problems = list(_problems(reading, issued, on))
    years = _years(issued, reading.expiry_date)
    unsure = any(not claim.sure for (field, _), claim in claims.items() if field.endswith("_date"))
    if problems and unsure:
        why = f"{'; '.join(problems)}, but a date was read badly"
        return Check(name="validity", result="not_assessed", meaning=why)
    return Check(
        name="validity",
        result="failed" if problems else "passed",
        meaning="; ".join(problems) or "birth, issue and expiry go together",
        value=None if years is None else round(years, 2),
        limit=_longest(reading.type, _years(reading.birth_date, issued)),
    )


def issue_day(claims: Claims) -> date | None:
    """The date of issue, as the visual zone has it, else the barcode."""
    found = (claims.get(("issue_date", source)) for source in ("visual", "barcode"))
    return next((date.fromisoformat(claim.value) for claim in found if claim and claim.value), None)


def _problems(reading: DocumentReading, issued: date, on: date) -> list[str]:
    born, expires = reading.birth_date, reading.expiry_date
    problems = []
    if issued > on + CLOCKS:
        problems.append("issued in the future")
    if expires and expires <= issued:
        problems.append("expires before it was issued")
    age, years = _years(born, issued), _years(issued, expires)
    longest = _longest(reading.type, age)
    if expires and expires.year not in NO_END and longest and years and years > longest:
        problems.append(f"good for {years:.1f} years, where {longest:g} is the most")
    if age is not None and age < 0:
        problems.append("issued before its holder was born")
    elif age is not None and age < YOUNGEST.get(reading.type, 0.0):
        problems.append(f"its holder was {age:.0f} at issue, under {YOUNGEST[reading.type]:g}")
    return problems


def _years(start: date | None, stop: date | None) -> float | None:
    return (stop - start).days / YEAR if start and stop else None


def _longest(kind: DocumentType, age: float | None) -> float | None:
    """The most years for which such a document is given to somebody of this age, where there is a limit. Where the
    holder's age is not known it is that of the youngest holder of a licence, and of an old one of a card."""
    usual = LONGEST.get(kind)
    if kind == "driving_licence":
        return round(max(LONGEST[kind], LAST_BIRTHDAY - (YOUNGEST[kind] if age is None else age)), 1)
    return LONGEST_OLD if kind == "id_card" and (age is None or age > OLD) else usual
