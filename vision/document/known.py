"""Values of the visual zone that need no label, because another source of the document says the same.

What differs from the machine readable zone and from the barcode is not known by them: its label is read, and the label
decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vision import agree
from vision.document import dates, fields, labels
from vision.document.ocr import Line
from vision.types import ReadField


def values(lines: Mapping[int, Line], coded: Iterable[ReadField]) -> dict[int, ReadField]:
    """The fields among some lines of an upright page that the `coded` ones confirm, by the place of their line. Each
    field is found once."""
    free: dict[str, list[str]] = {}
    for field in coded:
        if field.name in labels.LABELS:
            free.setdefault(field.name, []).append(field.text)
    found: dict[int, ReadField] = {}
    for place, line in lines.items():
        name = next((name for name in free if any(_same(name, line.text, text) for text in free[name])), None)
        if name:
            del free[name]
            text = fields.typed(name, line.text)
            found[place] = ReadField(name=name, text=text, source="visual", box=line.box, confidence=line.confidence)
    return found


def _same(name: str, printed: str, coded: str) -> bool:
    typed = fields.typed(name, printed)
    if not typed:
        return False
    if name.endswith("_date"):
        return dates.day(coded) in dates.readings(typed).values()
    if name == "number":
        return agree.codes(typed, coded) == "match"
    if name == "sex":
        return len(printed) == 1 and typed == coded
    if name == "nationality":
        return typed == coded
    return agree.names(typed, coded) == "match"
