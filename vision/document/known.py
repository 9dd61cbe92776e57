"""Values of the visual zone that need no label, because another source of the document says the same.

What differs from the machine readable zone and from the barcode is not known by them: its label is read, and the label
decides; of several values under labels of one field, the one that they say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from vision import agree
from vision.document import dates, fields, labels
from vision.document.fields import Values
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


def preferred(labelled: Values, coded: Iterable[ReadField]) -> Values:
    """What stands under labels, of each field that stands there more than once the value that a `coded` one confirms.
    What else stands there of such a field is kept among the further values and shown as well."""
    texts = [(field.name, field.text) for field in coded]

    def confirmed(field: ReadField) -> bool:
        return any(name == field.name and _same(name, field.text, text) for name, text in texts)

    found = (*labelled.fields, *labelled.again)
    best = {first.name: next(filter(confirmed, _named(first.name, found)), first) for first in labelled.fields}
    again = tuple(field for field in found if field is not best[field.name])
    others = (field for field in again if confirmed(best[field.name]) and not confirmed(field))
    return Values(tuple(best.values()), (*labelled.illegible, *others), again)


def _named(name: str, found: Iterable[ReadField]) -> Iterator[ReadField]:
    return (field for field in found if field.name == name)


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
