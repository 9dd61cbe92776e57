"""Whether the dates of a document can all be true: how long it is good, and how old its holder was. Pure.

The limits are generous, for states differ: passports run ten years and at most nine months carried over from the one
before, identity cards up to fifteen and a birthday, except for the old, licences up to fifteen since Directive
2006/126/EC; none of them is given to somebody unborn, and no licence under fourteen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from vision.consistency.report import Check
from vision.document.sources import Claims
from vision.types import DocumentReading, DocumentType

YEAR = 365.25
LONGEST: Mapping[DocumentType, float] = {"passport": 10.8, "id_card": 16.0, "driving_licence": 16.0}
"""Years from issue to expiry that no state exceeds, but for holders over `OLD`."""
OLD, LONGEST_OLD = 60, 31.0
"""Holders from this age on may have cards for so many years: Belgium's run thirty."""
YOUNGEST: Mapping[DocumentType, float] = {"passport": 0.0, "id_card": 0.0, "driving_licence": 14.0}
CLOCKS = timedelta(days=1)
"""Time zones: a document issued today elsewhere may bear tomorrow's date."""


def validity(reading: DocumentReading, claims: Claims, on: date) -> Check:
    """Whether birth, issue and expiry are in a possible order and at possible distances, as of the day `on`."""
    issued = issue_day(claims)
    if issued is None or (reading.expiry_date is None and reading.birth_date is None):
        return Check(name="validity", result="not_assessed", meaning="the document shows no date of issue")
    problems = list(_problems(reading, issued, on))
    years = (reading.expiry_date - issued).days / YEAR if reading.expiry_date else None
    unsure = any(not claim.sure for (field, _), claim in claims.items() if field.endswith("_date"))
    if problems and unsure:
        why = f"{'; '.join(problems)}, but a date was read badly"
        return Check(name="validity", result="not_assessed", meaning=why)
    return Check(
        name="validity",
        result="failed" if problems else "passed",
        meaning="; ".join(problems) or "birth, issue and expiry go together",
        value=None if years is None else round(years, 2),
        limit=LONGEST.get(reading.type),
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
    age = (issued - born).days / YEAR if born else None
    longest = LONGEST.get(reading.type)
    if longest and age is not None and age > OLD:
        longest = LONGEST_OLD
    if expires and longest and (expires - issued).days / YEAR > longest:
        problems.append(f"good for {(expires - issued).days / YEAR:.1f} years, where {longest:g} is the most")
    if age is not None and age < 0:
        problems.append("issued before its holder was born")
    elif age is not None and age < YOUNGEST.get(reading.type, 0.0):
        problems.append(f"its holder was {age:.0f} at issue, under {YOUNGEST[reading.type]:g}")
    return problems
