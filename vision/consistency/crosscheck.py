"""Field by field, what each source of a document says, and whether any two of them agree.

Sources are the visual zone, the machine readable zone, the barcode, and, where the caller knows it, the application.
Every pair is compared, so that a table shows which source stands alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Literal

from vision import agree
from vision.consistency.report import Claim, CrossCheck, Outcome, Source
from vision.document import mrz
from vision.types import Agreement, Box, DocumentReading, ReadField

FieldName = Literal[
    "name", "surname", "given_names", "sex", "nationality", "birth_date", "number", "issue_date", "expiry_date"
]
Claims = Mapping[tuple[str, Source], Claim]

FIELDS: tuple[FieldName, ...] = (
    "name", "surname", "given_names", "birth_date", "number", "sex", "nationality", "issue_date", "expiry_date",
)  # fmt: skip
SOURCES: tuple[Source, ...] = ("application", "visual", "mrz", "barcode")
OUTCOMES: Mapping[Agreement, Outcome] = {"match": "MATCH", "partial": "PARTIAL", "mismatch": "NO_MATCH"}
WORST_FIRST: tuple[Outcome, ...] = ("NO_MATCH", "PARTIAL", "MATCH")
SURE = 0.8
"""Confidence of a line below which the reading explains a difference as well as a forgery does."""


def claims(reading: DocumentReading) -> Claims:
    """What each source of a document says of each field. A name in one piece is added where surname or given names
    were read, for an application has it so."""
    named = (field for field in reading.fields if field.name in FIELDS)
    found: dict[tuple[str, Source], Claim] = {(field.name, field.source): _claim(field, reading) for field in named}
    for source in SOURCES:
        parts = [found[key] for part in ("given_names", "surname") if (key := (part, source)) in found]
        if parts and ("name", source) not in found:
            found["name", source] = _joined(parts)
    return found


def declared(texts: Mapping[FieldName, str]) -> Claims:
    """What an application says; fields it leaves empty are left out. Dates are ISO 8601."""
    source: Source = "application"
    return {(name, source): Claim(source=source, text=text, value=text) for name, text in texts.items() if text}


def compare(claims: Claims) -> tuple[CrossCheck, ...]:
    """Every pair of sources of every field. The name in one piece is compared with the application alone: within the
    document its parts are."""
    checks = []
    for name in FIELDS:
        present = [claims[name, source] for source in SOURCES if (name, source) in claims]
        for left, right in combinations(present, 2):
            if name == "name" and left.source != "application":
                continue
            same = _agreement(name, left, right)
            if same != "absent":
                checks.append(CrossCheck(field=name, left=left, right=right, outcome=OUTCOMES[same]))
    return tuple(checks)


def worst(checks: Iterable[CrossCheck], source: Source) -> Outcome | None:
    """The worst outcome of the pairs in which a source stands against another of the document, None without any."""
    found = {check.outcome for check in within(checks) if source in (check.left.source, check.right.source)}
    return next((outcome for outcome in WORST_FIRST if outcome in found), None)


def within(checks: Iterable[CrossCheck]) -> tuple[CrossCheck, ...]:
    """The pairs of two sources of the document itself."""
    return tuple(check for check in checks if check.left.source != "application")


def conflicts(checks: Sequence[CrossCheck]) -> tuple[str, ...]:
    """The fields of which two sources of the document say different things, each once."""
    return tuple(dict.fromkeys(check.field for check in within(checks) if check.outcome == "NO_MATCH"))


def _agreement(name: FieldName, left: Claim, right: Claim) -> Agreement:
    tolerance: agree.Tolerance = "spelling" if left.source == "application" else "reading"
    if name in ("name", "surname", "given_names"):
        # Zones and barcodes are in Latin letters; a name in another script is a second writing, not another name.
        written = tolerance == "spelling" or (_latin(left.value) and _latin(right.value))
        same = agree.names(left.value, right.value, tolerance, truncated=right.cut) if written else "absent"
    elif name.endswith("_date"):
        same = agree.days(_day(left.value), _day(right.value), tolerance)
    elif name == "number":
        same = agree.codes(left.value, right.value, tolerance)
    else:
        same = "match" if left.value == right.value else "mismatch"
    return "partial" if same == "mismatch" and not (left.sure and right.sure) else same


def _latin(text: str) -> bool:
    plain = unicodedata.normalize("NFKD", text)
    return any(letter.isascii() and letter.isalpha() for letter in plain)


def _claim(field: ReadField, reading: DocumentReading) -> Claim:
    zone = reading.mrz if field.source == "mrz" else None
    failed = zone is not None and field.name in zone.failed_checks
    named = field.name in ("surname", "given_names")
    return Claim(
        source=field.source,
        text=field.text,
        value=_value(field),
        box=field.box,
        sure=field.confidence >= SURE and not failed,
        cut=named and zone is not None and not zone.lines[mrz.NAME_LINE[zone.kind]].endswith("<"),
    )


def _value(field: ReadField) -> str:
    """A field in the form in which it is compared."""
    if field.name.endswith("_date"):
        # Loaded here: the reader of dates brings the text recogniser along, and declared dates need none.
        from vision.document import fields

        day = fields.day(field.text)
        return day.isoformat() if day else ""
    return mrz.clean(field.text).strip("<") if field.name in ("sex", "nationality") else field.text


def _joined(parts: Sequence[Claim]) -> Claim:
    first = parts[0]
    text = " ".join(part.text for part in parts)
    boxes = [part.box for part in parts if part.box]
    return Claim(
        source=first.source,
        text=text,
        value=text,
        box=around(boxes) if boxes else None,
        sure=all(part.sure for part in parts),
        cut=any(part.cut for part in parts),
    )


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box around some boxes."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.width for box in boxes), max(box.y + box.height for box in boxes)
    return Box(x=left, y=top, width=right - left, height=bottom - top)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
