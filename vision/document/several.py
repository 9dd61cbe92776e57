"""Whether a picture shows more than one document, so that what was read is of both. Pure.

Two coded sources of different numbers, or of kinds that no document has together, belong to two documents. So do
fields that stand there twice: one or two may, as a number on top of a page and beside the portrait, more do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from vision import agree
from vision.document.sources import FieldName, agreement, claims
from vision.types import Barcode, Mrz, ReadField

FEWEST = 3
"""Fields that stand twice on a picture of two documents."""
OWN: frozenset[FieldName] = frozenset({"surname", "given_names", "birth_date", "number", "issue_date", "expiry_date"})
"""Fields that count: a state or a sex is printed in more places."""
HELD = frozenset({"number", "birth_date", "expiry_date"})
"""Check digits of which at least one holds in what is a zone and no other print."""


def zones(zone: Mrz, other: Mrz) -> bool:
    """Whether a second zone on a page is that of another document."""
    told = bool(HELD.difference(other.failed_checks))
    return told and (_letter(zone) != _letter(other) or agree.codes(zone.number, other.number) == "mismatch")


def codes(zone: Mrz | None, found: Sequence[Barcode]) -> bool:
    """Whether barcodes are of two documents, or one is a licence's beside the zone of a passport or visa."""
    numbers = [field.text for code in found for field in code.fields if field.name == "number"]
    apart = any(agree.codes(*pair) == "mismatch" for pair in combinations(numbers, 2))
    foreign = any(code.type != "unknown" for code in found) and zone is not None and _letter(zone) != ""
    return apart or foreign


def fields(first: Iterable[ReadField], again: Iterable[ReadField]) -> bool:
    """Whether so many fields stand there twice that they are of two documents: not all of them say the same."""
    once = {field.name: field for field in first if field.name in OWN}
    pairs = [(once[field.name], field) for field in again if field.name in once]
    return len({field.name for field, _ in pairs}) >= FEWEST and any(_differ(*pair) for pair in pairs)


def _differ(left: ReadField, right: ReadField) -> bool:
    name = next(name for name in OWN if name == left.name)
    said = [claims([field], None)[name, field.source] for field in (left, right)]
    return agreement(name, *said) == "mismatch"


def _letter(zone: Mrz) -> str:
    """What kind of document a zone is of: P passport, V visa, else a card's."""
    return zone.lines[0][0] if zone.lines[0][0] in "PV" else ""
