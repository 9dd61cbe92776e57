"""What was seen of a document put together into its reading.

Where both zones were read the visual one is reported, since that is what people look at, and the agreement between them
beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vision import agree
from vision.document import century, dates, mrz, nationality
from vision.document.quads import Turn
from vision.document.sources import Claims, FieldName, barcode_agrees, claims, open_ended, zones_agree
from vision.types import Agreement, Barcode, DocumentReading, DocumentType, ModelVersion, Mrz, Quality, ReadField

# Codes that ISO 3166-1 leaves to its users, and the specimen state of ICAO 9303.
OF_USERS = re.compile("X[A-Z]{2}|UTO")
CODED: Mapping[str, DocumentType] = {"P": "passport", "V": "visa"}
YEAR_ALONE = re.compile(r"(?:[0X*]+\W+)*(?P<year>(?:19|20)\d\d)")
SEVERAL = "the picture shows more than one document"
MIRRORED = "the picture is mirrored, as some cameras save it"


@dataclass(frozen=True)
class Seen:
    """What the visual zone says, whoever read it, and whether it says it of several documents."""

    fields: tuple[ReadField, ...]
    type: DocumentType
    country: str
    illegible: tuple[ReadField, ...] = ()
    several: bool = False


@dataclass(frozen=True)
class Look:
    """How the picture was looked at: its quality, the model that read it, the turn that makes it upright."""

    quality: Quality
    model: ModelVersion
    turn: Turn = 0


def assembled(seen: Seen, zone: Mrz | None, codes: Sequence[Barcode], look: Look, today: date) -> DocumentReading:
    """What the visual zone, the machine readable zone and the barcode of a document say, and whether it is the same.

    The print tells in which century the dates of the others are, and whether a document ends at all."""
    code = _contradicting(codes, seen, zone)
    told = century.whole_years(seen.fields, code)
    zone, code = _zone(seen, zone, told, today), century.of_code(code, told, today)
    printed = seen.fields + _year_alone(seen, zone)
    read = printed + _stated(seen.country) + (mrz.fields(zone) if zone else ()) + (code.fields if code else ())
    said = claims(read, zone)
    text = {field.name: field.text for field in seen.fields}
    number_agrees = zones_agree(said, "number")
    birth = _printed_day(said, "birth_date") or (zone.birth_date if zone else None)
    expiry = _printed_day(said, "expiry_date") or (zone.expiry_date if zone else None)
    given, surname = (_name(text.get(part, ""), getattr(zone, part, "")) for part in ("given_names", "surname"))
    name = f"{given} {surname}".strip()
    number = _number(text.get("number", ""), zone, number_agrees)
    known = birth or (zone is not None and zone.born_in is not None)
    unread = [what for what, value in (("name", name), ("number", number), ("birth date", known)) if not value]
    reason = SEVERAL if seen.several else f"not read: {', '.join(unread)}" if unread else ""
    return DocumentReading(
        type=_coded_type(zone, code) or seen.type,
        country=zone.lines[0][2:5].strip("<") if zone else seen.country or _said("country", code),
        fields=read,
        illegible=seen.illegible,
        mrz=zone,
        barcode=code,
        name=name,
        number=number,
        birth_date=birth,
        expiry_date=expiry,
        name_mrz_visual=zones_agree(said, "surname", "given_names"),
        birth_date_mrz_visual=zones_agree(said, "birth_date"),
        number_mrz_visual=number_agrees,
        expiry_mrz_visual=zones_agree(said, "expiry_date"),
        quality=look.quality,
        readable=not reason,
        several=seen.several,
        model=look.model,
        turn=look.turn,
        reason=reason,
    )


def _zone(seen: Seen, zone: Mrz | None, told: Sequence[ReadField], today: date) -> Mrz | None:
    ended = open_ended(zone, seen.fields + seen.illegible, today) if zone else None
    return century.of_zone(ended, told, today) if ended else None


def _contradicting(codes: Sequence[Barcode], seen: Seen, zone: Mrz | None) -> Barcode | None:
    """Of several barcodes the one that agrees least with the rest of the document, for anybody may print a further one
    that agrees with it; an opaque one last."""
    rest = seen.fields + (mrz.fields(zone) if zone else ())

    def order(code: Barcode) -> tuple[int, bool]:
        agreed = barcode_agrees(claims(rest + code.fields, zone))
        return agree.WORST_FIRST.index(agreed), code.content == "opaque"

    return min(codes, key=order, default=None)


def _stated(country: str) -> tuple[ReadField, ...]:
    """The printed country as a field, where it surely is a state's code: it tells how dates are written."""
    known = nationality.states(country) or OF_USERS.fullmatch(country)
    return (ReadField(name="country", text=country, source="visual"),) if known else ()


def _year_alone(seen: Seen, zone: Mrz | None) -> tuple[ReadField, ...]:
    """The year that is printed in the place of a birth date, where the zone too has no more."""
    if zone is None or zone.born_in is None or any(field.name == "birth_date" for field in seen.fields):
        return ()
    unread = (field for field in seen.illegible if field.name == "birth_date")
    years = ((field, YEAR_ALONE.fullmatch(field.text.strip().upper())) for field in unread)
    return tuple(field.model_copy(update={"text": match["year"]}) for field, match in years if match)[:1]


def _printed_day(said: Claims, name: FieldName) -> date | None:
    claim = said.get((name, "visual"))
    return dates.day(claim.value) if claim else None


def _name(visual: str, zone: str) -> str:
    """A name as in the visual zone; blanks and letters that the reader lacks there are taken from the other."""
    same = visual.replace(" ", "").upper() == zone.replace(" ", "")
    return zone if same or not visual or agree.misread(visual, zone) else visual


def _number(visual: str, zone: Mrz | None, agreement: Agreement) -> str:
    """The document number: as in the visual zone, or as check digits settled it where both say the same."""
    if zone and zone.number and "number" not in zone.failed_checks and (not visual or agreement == "match"):
        return zone.number
    return visual


def _coded_type(zone: Mrz | None, code: Barcode | None) -> DocumentType | None:
    """What kind of document it is by the first letter of its zone, else by its barcode; None where neither tells."""
    if zone:
        return CODED.get(zone.lines[0][0], "id_card")
    return code.type if code and code.type != "unknown" else None


def _said(name: str, code: Barcode | None) -> str:
    return next((field.text for field in code.fields if field.name == name), "") if code else ""
