"""The machine readable zone of a page: found by its shape, read in its own alphabet, looked at again where its check
digits disagree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from vision.document import layout, mrz
from vision.document.layout import Rows
from vision.document.ocr import Page, TextReader
from vision.document.quads import crop
from vision.types import Mrz

ALPHABET = "<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# A line is laid this wide before the model, by how many lines the zone has: 17 pixels a character. Wider, the model
# doubles characters; narrower, it drops them.
WIDTHS = {3: 512, 2: 752}
# Second looks: how far the crop is widened, in heights of the line, and the width as a share of the usual.
LOOKS = ((0.0, 1.0), (0.12, 1.0), (0.0, 1.25), (-0.06, 1.1), (0.12, 1.5), (0.25, 1.0))
MAX_CANDIDATES = 4
SHORTEST = 24


@dataclass(frozen=True, eq=False)
class Candidate:
    """Rows of a page that read as a zone, and what they say at first sight."""

    rows: Rows
    texts: tuple[str, ...]
    zone: Mrz


class ZoneReader:
    """Finds and reads machine readable zones. `today` settles centuries."""

    def __init__(self, text: TextReader) -> None:
        self._text = text

    def find(self, page: Page, today: date) -> Candidate | None:
        """The rows that are a zone, if any: the best of a few that have its shape."""
        found: list[Candidate] = []
        for rows in islice(layout.zones(page.quads), MAX_CANDIDATES):
            texts = self._texts(page, rows, *LOOKS[0])
            zone = mrz.parse(texts, today)
            if zone:
                found.append(Candidate(rows, texts, zone))
            if zone and zone.valid:
                break
        return min(found, key=lambda each: _doubts(each.zone), default=None)

    def others(self, page: Page, candidate: Candidate, today: date) -> Iterator[Mrz]:
        """Further zones on a page, at first sight."""
        rest = layout.outside(page.quads, candidate.rows)
        for rows in islice(layout.zones(rest), MAX_CANDIDATES):
            zone = mrz.parse(self._texts(page, rows, *LOOKS[0]), today)
            if zone:
                yield zone

    def settle(self, page: Page, candidate: Candidate, number: str, today: date) -> Mrz | None:
        """The zone as corrected; `number` is the document number of the visual zone, which settles look-alikes."""
        best: Mrz | None = None
        for texts in self._looks(page, candidate):
            zone = mrz.parse(texts, today, number)
            if zone and (best is None or _doubts(zone) < _doubts(best)):
                best = zone
            if zone and zone.valid:
                return zone
        return best

    def _looks(self, page: Page, candidate: Candidate) -> Iterator[tuple[str, ...]]:
        yield candidate.texts
        for grow, share in LOOKS[1:]:
            yield self._texts(page, candidate.rows, grow, share)

    def _texts(self, page: Page, rows: Rows, grow: float, share: float) -> tuple[str, ...]:
        width = round(WIDTHS[len(rows)] * share)
        said = self._text.transcribe([crop(page.rgb, row, grow) for row in rows], width, ALPHABET)
        return tuple(text for text, _ in said)


def _doubts(zone: Mrz) -> int:
    return len(zone.failed_checks + zone.unread_checks)


def zone_like(text: str) -> bool:
    """Whether a line of text looks like one of a zone."""
    fillers = sum(text.count(sign) for sign in "<«‹く")
    return len(mrz.clean(text)) >= SHORTEST and (fillers >= 2 or (" " not in text and text.isupper()))
