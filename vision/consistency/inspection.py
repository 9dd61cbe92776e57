"""A document held against itself: its sources against each other, its numbers and dates, its letters and its colour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from vision import decode
from vision.consistency import dates, lettering, numbers, picture
from vision.consistency.crosscheck import compare
from vision.consistency.report import Check, ConsistencyReport
from vision.document.sources import Claims, around, claims
from vision.image import Pixels
from vision.types import DocumentReading


def inspect(document: bytes, reading: DocumentReading, on: date) -> ConsistencyReport:
    """Check a document of which `reading` is the reading, handed in by the day `on`. Raises `BadImage`."""
    rgb = decode.still(document).rgb
    upright = np.ascontiguousarray(np.rot90(rgb, -reading.turn // 90))
    said = claims(reading.fields, reading.mrz)
    return ConsistencyReport(crosschecks=compare(said), checks=tuple(_checks(upright, reading, said, on)))


def _checks(upright: Pixels, reading: DocumentReading, said: Claims, on: date) -> Iterator[Check]:
    yield numbers.checksum(reading)
    yield numbers.holder(reading, said)
    yield numbers.specimen(reading)
    yield dates.validity(reading, said, on)
    yield lettering.check(upright, reading.fields + reading.illegible)
    boxes = [field.box for field in reading.fields if field.box]
    yield picture.grey_copy(upright, around(boxes) if boxes else None)
    yield picture.moire(upright)
