"""Both sides of a document as one reading: a card has the portrait in front, its zone or barcode behind. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from vision.document import several
from vision.document.assembled import MIRRORED, Look, Seen, assembled
from vision.types import Barcode, DocumentReading, ReadField


def together(front: DocumentReading, back: DocumentReading, today: date) -> DocumentReading:
    """What both sides say, each source held against each other wherever it stands.

    Of a field that is printed on both the front's counts. Boxes are those of the front, as are quality and turn. Sides
    of two documents, as far as they can be told, are `several`.
    """
    printed, behind = _printed(front), _printed(back)
    named = {field.name for field in printed}
    fields = printed + tuple(field.model_copy(update={"box": None}) for field in behind if field.name not in named)
    codes = tuple(side.barcode for side in (front, back) if side.barcode)
    seen = Seen(
        fields=fields,
        type=front.type if front.type != "unknown" else back.type,
        country=front.country or back.country,
        illegible=front.illegible,
        several=front.several or back.several or _of_two(front, back, codes),
    )
    look = Look(front.quality, front.model, front.turn)
    whole = assembled(seen, front.mrz or back.mrz, codes, look, today)
    mirrored = MIRRORED in (front.reason, back.reason) and not whole.readable and not whole.several
    return whole.model_copy(update={"reason": MIRRORED}) if mirrored else whole


def _of_two(front: DocumentReading, back: DocumentReading, codes: Sequence[Barcode]) -> bool:
    """Whether the sides are of two documents: they bear zones, barcodes or fields that no document has together."""
    zones = front.mrz is not None and back.mrz is not None and several.zones(front.mrz, back.mrz)
    return zones or several.codes(front.mrz or back.mrz, codes) or several.fields(_printed(front), _printed(back))


def _printed(side: DocumentReading) -> tuple[ReadField, ...]:
    """The fields of the visual zone but for the country, which is no field of the holder's."""
    return tuple(field for field in side.fields if field.source == "visual" and field.name != "country")
