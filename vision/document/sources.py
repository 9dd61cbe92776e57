"""What each source of a document says of each field, and whether two of them say the same: the one comparison of its
zones, its barcode, and of any of them with an application.

A difference is a mismatch only where both sides were read well; else it is unsure: a reading explains it as well as a
forgery does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, get_args

from vision import agree
from vision.document import dates, mrz, nationality
from vision.document.order import Printed, issuer, printed_days
from vision.types import Agreement, Box, Claim, Mrz, ReadField, Source

FieldName = Literal[
    "name", "surname", "given_names", "birth_date", "number", "sex", "nationality", "issue_date", "expiry_date"
]
Claims = Mapping[tuple[str, Source], Claim]

FIELDS: tuple[FieldName, ...] = get_args(FieldName)
SOURCES: tuple[Source, ...] = ("application", "visual", "mrz", "barcode")
ZONES: tuple[Source, ...] = ("visual", "mrz")
PARTS: tuple[FieldName, ...] = ("given_names", "surname")
NO_YEAR = 99
NO_END = re.compile(
    r"\b9999\b|PERMANENT|UNBEGRENZT|UNBEFRISTET|ILLIMIT|UNLIMITED|INDEFINI|NO EXPIRY|SANS LIMITE|BEZTERMINOWO|ONBEPERKT"
)
"""What stands in place of a date of expiry where there is none."""
OTHER_SEXES: Mapping[str, tuple[str, ...]] = {"ESP": ("M",), "HUN": ("F",), "LTU": ("M",), "MEX": ("M",)}
"""Letters of a printed sex that mean the other one in the language of their state: M is mujer or moteris, F is férfi.
Mexico prints H and M, Spain printed V and M."""
MAN = "H"
"""Hombre, homme: no other language has it for a woman."""
VISAS = frozenset({"MRV-A", "MRV-B"})
INCOMPLETE = re.compile(r"\d{4}(-\d\d)?")
"""A date of which the day, or the month too, is not known."""
SURE = 0.8
"""Confidence of a line below which the reading explains a difference as well as a forgery does."""


def claims(read: Iterable[ReadField], zone: Mrz | None) -> Claims:
    """What each source of a document says of each field. A name in one piece is added where surname or given names
    were read, for an application has it so. The number in a visa's zone is left out: it is the visa's, while the one
    that is printed and applied with is mostly that of its holder's passport."""
    every = tuple(read)
    days = printed_days(every, zone)
    named = (field for field in every if field.name in FIELDS and not _visas_own(field, zone))
    found: dict[tuple[str, Source], Claim] = {(field.name, field.source): _claim(field, zone, days) for field in named}
    sex = found.get(("sex", "visual"))
    if sex and sex.text in OTHER_SEXES.get(issuer(every, zone), ()):
        found["sex", "visual"] = sex.model_copy(update={"sure": False})
    for source in SOURCES:
        parts = [found[key] for part in PARTS if (key := (part, source)) in found]
        if parts and ("name", source) not in found:
            found["name", source] = _joined(parts)
    return found


def open_ended(zone: Mrz, printed: Sequence[ReadField], today: date) -> Mrz:
    """The zone without a date of expiry if it gives the year 99 and the print shows that this is not 1999.

    A document without end prints the year 9999 or says so in words, and its zone has room for 99 alone (the Spanish DNI
    of those over 70: 01 01 9999, 990101; others leave fillers). Nor was it issued after it ended: a printed date
    between 1999 and `today` can only be that of issue.
    """
    ends = zone.expiry_date
    if ends is None or ends.year % 100 != NO_YEAR:
        return zone
    texts = [field.text for field in printed if field.source == "visual"]
    said = any(NO_END.search(text.upper()) for text in texts)
    after = any(ends < day <= today for day in _later(printed))
    return zone.model_copy(update={"expiry_date": None}) if said or after else zone


def agreement(name: FieldName, left: Claim, right: Claim) -> Agreement:
    """Whether two sources say the same of a field, "absent" where that cannot be told. An application is the left one
    and may spell otherwise."""
    tolerance: agree.Tolerance = "spelling" if left.source == "application" else "reading"
    if name in ("name", *PARTS):
        # Zones and barcodes are in Latin letters; a name in another script is a second writing, not another name.
        written = tolerance == "spelling" or (_latin(left.value) and _latin(right.value))
        same = agree.names(left.value, right.value, tolerance, truncated=right.cut) if written else "absent"
    elif name.endswith("_date"):
        partly = incomplete(left.value, right.value)
        same = partly or agree.days(_day(left.value), _day(right.value), tolerance)
    elif name == "number":
        same = agree.codes(left.value, right.value, tolerance)
    elif name == "nationality":
        same = nationality.same(left.value, right.value)
    else:
        same = "match" if left.value == right.value else "mismatch"
    return "unsure" if same == "mismatch" and not (left.sure and right.sure) else same


def incomplete(left: str, right: str) -> Agreement | None:
    """Whether two dates of which one is known in part (YYYY, YYYY-MM) may be the same: "absent" where they may, for the
    rest is unknown. Neither tells the other's century. None where both are known whole, or one is not at all."""
    short, long = sorted((left, right), key=len)
    if not INCOMPLETE.fullmatch(short):
        return None
    if short == long:
        return "match"
    return "absent" if long[2:].startswith(short[2:]) else "mismatch"


def zones_agree(said: Claims, *names: FieldName) -> Agreement:
    """How the visual zone agrees with the machine readable one: the worst of the fields that were read in both."""
    both = ((name, said.get((name, "visual")), said.get((name, "mrz"))) for name in names)
    return agree.worst(agreement(name, visual, zone) for name, visual, zone in both if visual and zone)


def barcode_agrees(said: Claims) -> Agreement:
    """How the barcode agrees with the zones of the document: the worst of the fields that were read in both."""
    both = ((name, said.get((name, source)), said.get((name, "barcode"))) for name in FIELDS for source in ZONES)
    return agree.worst(agreement(name, zone, code) for name, zone, code in both if name != "name" and zone and code)


def shortened(read: Iterable[ReadField], zone: Mrz | None) -> bool:
    """Whether the holder's name may well be longer than what was read: of its two parts only one was, or one comes from
    a zone that has no room for more."""
    printed = len({field.name for field in read if field.source == "visual"} & {*PARTS})
    return printed == 1 if zone is None else printed < len(PARTS) and mrz.cut(zone)


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box around some boxes."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.width for box in boxes), max(box.y + box.height for box in boxes)
    return Box(x=left, y=top, width=right - left, height=bottom - top)


def _visas_own(field: ReadField, zone: Mrz | None) -> bool:
    return zone is not None and zone.kind in VISAS and (field.name, field.source) == ("number", "mrz")


def _later(printed: Iterable[ReadField]) -> Iterator[date]:
    """The printed dates that may be that of issue."""
    for field in printed:
        if field.source == "visual" and field.name in ("issue_date", "unlabelled"):
            yield from dates.readings(field.text).values()


def _claim(field: ReadField, zone: Mrz | None, days: Mapping[str, Printed]) -> Claim:
    zone = zone if field.source == "mrz" else None
    failed = zone is not None and field.name in zone.failed_checks
    printed = days.get(field.name) if field.source == "visual" else None
    return Claim(
        source=field.source,
        text=field.text,
        value=printed.day.isoformat() if printed else _value(field),
        box=field.box,
        sure=field.confidence >= SURE and not failed and (printed is None or printed.told),
        cut=field.name in PARTS and zone is not None and mrz.cut(zone),
    )


def _value(field: ReadField) -> str:
    """A field in the form in which it is compared."""
    if field.name.endswith("_date"):
        day = dates.day(field.text)
        return day.isoformat() if day else field.text if INCOMPLETE.fullmatch(field.text) else ""
    if field.name == "sex":
        sex = mrz.clean(field.text).strip("<")
        return "M" if sex == MAN else sex
    return field.text


def _joined(parts: Sequence[Claim]) -> Claim:
    text = " ".join(part.text for part in parts)
    boxes = [part.box for part in parts if part.box]
    return Claim(
        source=parts[0].source,
        text=text,
        value=text,
        box=around(boxes) if boxes else None,
        sure=all(part.sure for part in parts),
        cut=any(part.cut for part in parts) or (parts[0].source == "visual" and len(parts) < len(PARTS)),
    )


def _latin(text: str) -> bool:
    plain = unicodedata.normalize("NFKD", text)
    return any(letter.isascii() and letter.isalpha() for letter in plain)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
