"""Reading a document: its visual zone, its machine readable zone, its barcode, and whether they say the same.

What could not be read stays empty. Only what is needed is read: the zone in its own alphabet, of each label its
beginning, the values, and the title of a page that has no zone to tell what it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from operator import itemgetter
from typing import cast, get_args

from rapidfuzz import fuzz

from vision import decode, quality, weights
from vision.document import barcode, fields, labels, layout, mrz, several
from vision.document.assembled import MIRRORED, Look, Seen, assembled
from vision.document.known import preferred
from vision.document.known import values as known_values
from vision.document.ocr import NARROW, Line, Page, TextReader
from vision.document.quads import Floats, Turn, holds
from vision.document.remote_reader import RemoteReader
from vision.document.sources import FIELDS
from vision.document.zone import Candidate, ZoneReader, zone_like
from vision.types import Barcode, DocumentReading, DocumentType, ModelVersion, ReadField

TITLES: dict[DocumentType, tuple[str, ...]] = {
    "passport": ("passport", "passeport", "pasaporte", "reisepass"),
    "id_card": ("identity card", "id card", "national id", "carte d identite", "personalausweis"),
    "driving_licence": ("driving licence", "driver license", "drivers license", "permis de conduire", "fuhrerschein"),
}
TITLE_LIKENESS = 88.0
# Of the eight fields that the project knows. A page with fewer is looked at again, closer.
ENOUGH = 7
LEGIBLE = 0.9
# Fields without which a page tells nothing, so that it is looked at the other ways up, the likeliest first.
FEWEST = 3
OTHERWISE: tuple[Turn, ...] = (180, 90, 270)
# Labels are in smaller type than values: they bear less narrowing.
SMALL_TYPE = 0.7


class DocumentReader:
    """Reads identity documents. Loads its models when made; `read` is safe from several threads.

    `today` settles the century of dates without one; by default it is the day of the call. With a
    `remote` reader the visual zone is read by that; machine readable zone and barcode are always read here.
    """

    def __init__(self, threads: int = 2, today: date | None = None, remote: RemoteReader | None = None) -> None:
        self._text = TextReader(threads)
        self._zone = ZoneReader(self._text)
        self._today = today
        self._remote = remote
        local = ModelVersion(name="pp-ocrv6-small", sha256=weights.PINNED["text-read"].sha256)
        # Nobody here can tell which weights answer at an endpoint.
        self._model = ModelVersion(name=remote.model, sha256="") if remote else local

    def read(self, data: bytes) -> DocumentReading:
        """Read a document image, whichever way up it lies. Raises `BadImage` for what is no picture, and `ReaderError`
        where a remote reader fails."""
        today = self._today or date.today()  # noqa: DTZ011 - a document's dates have no time zone
        page = self._text.open(decode.still(data).rgb)
        candidate = self._zone.find(page, today)
        if candidate is None and self._text.on_its_head(page):
            page = page.turned(180)
            candidate = self._zone.find(page, today)
        if page.turn:
            page = self._text.upright(page)
            candidate = candidate or self._zone.find(page, today)
        reading = self._page(page, candidate, today)
        if self._remote or reading.readable or reading.several or len(page.quads) < FEWEST:
            return reading
        if self._text.mirrored(page):
            return reading.model_copy(update={"reason": MIRRORED})
        return reading if _tells(reading) else self._turned(page, today) or reading

    def _page(self, page: Page, candidate: Candidate | None, today: date) -> DocumentReading:
        """What an upright page says, in which `candidate` was found."""
        codes = barcode.read(page.rgb, today, layout.tilt(page.quads))
        code = next(iter(codes), None)
        seen = self._asked(page, self._remote) if self._remote else self._seen(page, candidate, code, today)
        lacking = len(seen.fields) < ENOUGH or _untold(seen.fields, _coded(candidate, code))
        if lacking and page.quads and not self._remote:
            page = self._text.closer(page)
            candidate = candidate or self._zone.find(page, today)
            seen = max(seen, self._seen(page, candidate, code, today), key=lambda each: len(each.fields))
        number = next((field.text for field in seen.fields if field.name == "number"), "")
        zone = self._zone.settle(page, candidate, number, today) if candidate else None
        mixed = seen.several or several.codes(zone, codes) or self._zoned_twice(page, candidate, today)
        look = Look(quality.measure(page.rgb), self._model, page.turn)
        return assembled(replace(seen, several=mixed), zone, codes, look, today)

    def _turned(self, page: Page, today: date) -> DocumentReading | None:
        """The reading of a document that lies otherwise than most of the print around it, if it is one. Print on its
        head reads as something too, so that the way up counts in which most is told."""
        closer = self._text.closer(page)
        poor = self._text.poor(closer)
        if len(poor.quads) < FEWEST:
            return None
        told, turn = max(((self._told(poor.turned(turn), today), turn) for turn in OTHERWISE), key=itemgetter(0))
        other = closer.turned(turn)
        return self._page(other, self._zone.find(other, today), today) if told >= FEWEST else None

    def _told(self, page: Page, today: date) -> int:
        """How many fields a page tells this way up, as many as there are where it has a valid zone."""
        candidate = self._zone.find(page, today)
        valid = candidate is not None and candidate.zone.valid
        return len(FIELDS) if valid else _fields(self._seen(page, candidate, None, today).fields)

    def _zoned_twice(self, page: Page, candidate: Candidate | None, today: date) -> bool:
        others = self._zone.others(page, candidate, today) if candidate else ()
        return candidate is not None and any(several.zones(candidate.zone, other) for other in others)

    def _asked(self, page: Page, remote: RemoteReader) -> Seen:
        answer = remote.read(page.rgb)
        return Seen(answer.fields, answer.type, _code(answer.country))

    def _seen(self, page: Page, candidate: Candidate | None, code: Barcode | None, today: date) -> Seen:
        """What the visual zone says. Only the lines that are needed are read: values, and of the label of each the
        beginning. Values that zone or barcode confirm are fields already and need no label; nor is a title read where
        one of these tells the type."""
        quads = layout.outside(page.quads, candidate.rows) if candidate else page.quads
        pairs = layout.labels(quads)
        told = candidate is not None or (code is not None and code.type != "unknown")
        needed = layout.from_top(quads, pairs) if told else set(range(len(quads)))
        values = self._read(page, quads, needed - set(pairs))
        coded = _coded(candidate, code)
        known = known_values(values, coded)
        asked = [label for label, value in pairs.items() if value not in known]
        rest = {place: line for place, line in values.items() if place not in known and line.text}
        lines = self._labels(page, quads, asked) | rest
        labelled = fields.visual(_printed(lines), today)
        confirmed = {field.name for field in known.values()}
        if labels.LABELS.keys() - confirmed - {field.name for field in labelled.fields}:
            lines |= self._sought(page, quads, pairs, _free(labelled, rest))
            labelled = fields.visual(_printed(lines), today)
        if doubted := _doubted(labelled, known):
            own = [label for label, value in pairs.items() if value in doubted]
            lines |= self._labels(page, quads, own) | {place: values[place] for place in doubted}
            labelled = fields.visual(_printed(lines), today)
        said = [line for line in lines.values() if line.text]
        return _whole(preferred(labelled, coded), tuple(known.values()), _type(said), _country(page, said))

    def _labels(self, page: Page, quads: Sequence[Floats], asked: Sequence[int]) -> dict[int, Line]:
        """The labels at some places: the beginning of each, and all of one that does not surely read as a label."""
        cut = self._text.narrow(page, [layout.head(quads[place]) for place in asked], SMALL_TYPE)
        heads = dict(zip(asked, map(_first_language, cut), strict=True))
        doubtful = {
            place
            for place, line in heads.items()
            if not labels.is_label(line.text) and (layout.longer(quads[place]) or line.confidence < LEGIBLE)
        }
        return heads | self._read(page, quads, doubtful, share=1.0)

    def _sought(
        self, page: Page, quads: Sequence[Floats], pairs: Mapping[int, int], values: Sequence[int]
    ) -> dict[int, Line]:
        """Labels where they would stand above some values, though none was found or read there: those that surely are
        some. Each is at the place of the line that it was misread from, or at a new one."""
        above = {value: label for label, value in pairs.items()}
        lines = self._text.narrow(page, layout.expected(quads, pairs, values), share=1.0)
        found: dict[int, Line] = {}
        for value, line in zip(values, map(_first_language, lines), strict=False):
            if labels.is_label(line.text):
                there = value in above and holds(quads[above[value]], line.quad)
                found[above[value] if there else len(quads) + value] = line
        return found

    def _read(self, page: Page, quads: Sequence[Floats], places: set[int], share: float = NARROW) -> dict[int, Line]:
        asked = sorted(places)
        return dict(zip(asked, self._text.read(page, [quads[place] for place in asked], share), strict=True))


def _tells(reading: DocumentReading) -> bool:
    """Whether so much was read that the page does stand upright."""
    coded = reading.mrz is not None or (reading.barcode is not None and reading.barcode.content != "opaque")
    return coded or _fields(reading.fields) >= FEWEST


def _fields(read: Sequence[ReadField]) -> int:
    """How many fields of the holder's were read."""
    return len({field.name for field in read} & set(FIELDS))


def _untold(visual: Sequence[ReadField], coded: Sequence[ReadField]) -> bool:
    """Whether zone or barcode tell a field that was not found in print: if print tells another value, its label was
    missed."""
    return bool({field.name for field in coded} & set(FIELDS) - {field.name for field in visual})


def _doubted(labelled: fields.Values, known: Mapping[int, ReadField]) -> set[int]:
    """The places of known values beside which a label gave another value of their field. Whether they stand under such
    a label too decides between the two: anybody can add a line without one."""
    given = {field.name: field.text for field in labelled.fields}
    return {place for place, field in known.items() if given.get(field.name, field.text) != field.text}


def _whole(labelled: fields.Values, known: Sequence[ReadField], kind: DocumentType, country: str) -> Seen:
    """What a page says: what stands under labels, and known values of fields that do not."""
    named = {field.name for field in labelled.fields}
    visual = labelled.fields + tuple(field for field in known if field.name not in named)
    labelled_at = {field.box for field in (*labelled.fields, *labelled.again)}
    loose = (field for field in known if field.name in named and field.box not in labelled_at)
    confirmed = {field.name for field in known}
    illegible = tuple(field for field in labelled.illegible if field.name not in confirmed or field in labelled.again)
    return Seen(visual, kind, country, illegible, several.fields(labelled.fields, (*labelled.again, *loose)))


def _first_language(line: Line) -> Line:
    """The beginning of a label without the second language, which was cut: half a word may be another label. The stroke
    stays, for it tells a label from a value."""
    first, stroke, _ = line.text.partition("/")
    return replace(line, text=first.strip() + stroke) if labels.is_label(first) else line


def _printed(lines: Mapping[int, Line]) -> list[Line]:
    """The lines of the visual zone."""
    return [line for line in lines.values() if line.text and not zone_like(line.text)]


def _free(labelled: fields.Values, values: Mapping[int, Line]) -> list[int]:
    """The places of values that stand under no label."""
    taken = {field.box for field in labelled.fields + labelled.illegible if field.name != "unlabelled"}
    return [place for place, line in values.items() if line.box not in taken]


def _coded(candidate: Candidate | None, code: Barcode | None) -> tuple[ReadField, ...]:
    """What zone and barcode say, without what a failed check digit makes doubtful."""
    zone = candidate.zone if candidate else None
    sure = (field for field in (mrz.fields(zone) if zone else ()) if zone and field.name not in zone.failed_checks)
    return (*sure, *(code.fields if code else ()))


def _type(lines: Sequence[Line]) -> DocumentType:
    """What kind of document it is by a title on it."""
    best: tuple[float, DocumentType] = (TITLE_LIKENESS, "unknown")
    for kind in (kind for kind in get_args(DocumentType) if kind in TITLES):
        for title in TITLES[kind]:
            likeness = max((fuzz.ratio(line.text.lower(), title) for line in lines), default=0.0)
            best = max(best, (likeness, cast(DocumentType, kind)))
    return best[1]


def _country(page: Page, lines: Sequence[Line]) -> str:
    """The issuing state's code: three capitals near the top of the page, or USA among other words there."""
    top = min((float(line.quad[:, 1].min()) for line in lines), default=0.0) + 0.12 * page.rgb.shape[0]
    upper = (line.text for line in lines if line.quad[:, 1].mean() < top)
    return next((code for text in upper if (code := _code(text) or ("USA" if "USA" in text.split() else ""))), "")


def _code(text: str) -> str:
    code = re.fullmatch(r"(?:[A-Z]{1,2}\s*)?\b([A-Z]{3})", text)
    return code[1] if code else ""
