"""Reading a document: its visual zone, its machine readable zone, and whether the two say the same.

What could not be read stays empty. Where both zones were read the visual one is reported, since that is what people
look at, and the agreement between them beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import cast, get_args

from rapidfuzz import fuzz

from vision import agree, fields, image, mrz, quality, weights
from vision.ocr import Line, Page, TextReader, crop
from vision.types import Agreement, DocumentReading, DocumentType, ModelVersion, Mrz, ReadField

TITLES: dict[DocumentType, tuple[str, ...]] = {
    "passport": ("passport", "passeport", "pasaporte", "reisepass"),
    "id_card": ("identity card", "id card", "national id", "carte d identite", "personalausweis"),
    "driving_licence": ("driving licence", "driver license", "drivers license", "permis de conduire", "fuhrerschein"),
}
TITLE_LIKENESS = 88.0
ZONE_ALPHABET = "<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHORTEST_ZONE_LINE = 24
# Second looks at a zone whose check digits disagree: how far the crop is widened, in heights of the line.
LOOKS = (0.0, 0.12, -0.06, 0.25)
SURE = 0.8


class DocumentReader:
    """Reads identity documents. Loads its models when made; `read` is safe from several threads.

    `today` settles the century of dates in a machine readable zone; by default it is the day of the call.
    """

    def __init__(self, threads: int = 2, today: date | None = None) -> None:
        self._reader = TextReader(threads)
        self._today = today
        self._model = ModelVersion(name="pp-ocrv6-small", sha256=weights.PINNED["text-read"].sha256)

    def read(self, data: bytes) -> DocumentReading:
        """Read a document image, whichever way up it lies. Raises `BadImage` for what is no picture."""
        page = self._reader.read(image.load(data).rgb)
        visual = fields.visual([line for line in page.lines if not _zone_like(line.text)])
        number = next((field.text for field in visual if field.name == "number"), "")
        return _reading(page, visual, self._zone(page, number), self._model)

    def _zone(self, page: Page, number: str) -> Mrz | None:
        """The machine readable zone, looked at again where its check digits disagree; `number` is the visual zone's."""
        today = self._today or date.today()  # noqa: DTZ011 - a document's dates have no time zone
        best: Mrz | None = None
        for lines in _zones(page.lines):
            for texts in self._looks(page, lines):
                zone = mrz.parse(texts, today, number)
                if zone and (best is None or len(zone.failed_checks) < len(best.failed_checks)):
                    best = zone
                if zone and zone.valid:
                    return zone
        return best

    def _looks(self, page: Page, lines: Sequence[Line]) -> Iterator[list[str]]:
        yield [line.text for line in lines]
        for grow in LOOKS:
            yield [self._reader.transcribe(crop(page.rgb, line.quad, grow), ZONE_ALPHABET)[0] for line in lines]


def _zones(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Neighbouring lines that may be a machine readable zone, the lowest on the page first, three before two."""
    rows = [row for row in _rows(lines) if _zone_like(row.text)]
    for size in (3, 2):
        for end in range(len(rows), size - 1, -1):
            window = rows[end - size : end]
            if all(abs(below.quad[0, 1] - above.quad[0, 1]) < 3 * above.height for above, below in pairwise(window)):
                yield window


def _zone_like(text: str) -> bool:
    fillers = sum(text.count(sign) for sign in "<«‹く")
    plain = mrz.clean(text)
    return len(plain) >= SHORTEST_ZONE_LINE and (fillers >= 2 or (" " not in text and text.isupper()))


def _rows(lines: Sequence[Line]) -> list[Line]:
    """The lines from top to bottom, pieces of one row joined into one line."""
    rows: list[Line] = []
    for line in sorted(lines, key=lambda line: float(line.quad[0, 0])):
        left = next((row for row in rows if _continues(row, line)), None)
        if left is None:
            rows.append(line)
            continue
        quad = left.quad.copy()
        quad[1], quad[2] = line.quad[1], line.quad[2]
        joined = Line(left.text + line.text, min(left.confidence, line.confidence), quad)
        rows = [joined if row is left else row for row in rows]
    return sorted(rows, key=lambda row: float(row.quad[:, 1].mean()))


def _continues(row: Line, line: Line) -> bool:
    """Whether a line goes on where a row with fillers ends."""
    aside = line.quad[[0, 3], 0].mean() - row.quad[[1, 2], 0].mean()
    down = line.quad[[0, 3], 1].mean() - row.quad[[1, 2], 1].mean()
    filled = "<" in row.text or "<" in line.text
    return filled and abs(down) < 0.5 * row.height and -row.height < aside < 3 * row.height


def _reading(page: Page, visual: tuple[ReadField, ...], zone: Mrz | None, model: ModelVersion) -> DocumentReading:
    text = {field.name: field.text for field in visual}
    number_agrees, birth_agrees, expiry_agrees = _zone_agreements(visual, zone)
    birth = fields.day(text.get("birth_date", "")) or (zone.birth_date if zone else None)
    expiry = fields.day(text.get("expiry_date", "")) or (zone.expiry_date if zone else None)
    given, surname = (_name(text.get(part, ""), getattr(zone, part, "")) for part in ("given_names", "surname"))
    name = f"{given} {surname}".strip()
    number = _number(text.get("number", ""), zone, number_agrees)
    unread = [what for what, value in (("name", name), ("number", number), ("birth date", birth)) if not value]
    return DocumentReading(
        type=_type(page, zone),
        country=_country(page, zone),
        fields=visual + (_zone_fields(zone) if zone else ()),
        mrz=zone,
        name=name,
        number=number,
        birth_date=birth,
        expiry_date=expiry,
        name_mrz_visual=_names_agree(visual, zone),
        birth_date_mrz_visual=birth_agrees,
        number_mrz_visual=number_agrees,
        expiry_mrz_visual=expiry_agrees,
        quality=quality.measure(page.rgb),
        readable=not unread,
        model=model,
        reason=f"not read: {', '.join(unread)}" if unread else "",
    )


def _zone_agreements(visual: Sequence[ReadField], zone: Mrz | None) -> tuple[Agreement, Agreement, Agreement]:
    """How number, birth date and expiry date of the visual zone agree with the machine readable one.

    A difference is a mismatch only where both sides were read well; else either reading explains it.
    """
    if zone is None:
        return "absent", "absent", "absent"
    read = {field.name: field for field in visual}
    outcomes: list[Agreement] = []
    for name, value in (("number", zone.number), ("birth_date", zone.birth_date), ("expiry_date", zone.expiry_date)):
        field = read.get(name)
        if field is None:
            outcomes.append("absent")
            continue
        same = agree.codes(field.text, value) if isinstance(value, str) else agree.days(fields.day(field.text), value)
        unsure = field.confidence < SURE or name in zone.failed_checks
        outcomes.append("partial" if same == "mismatch" and unsure else same)
    return outcomes[0], outcomes[1], outcomes[2]


def _names_agree(visual: Sequence[ReadField], zone: Mrz | None) -> Agreement:
    """The worse of how surname and given names agree, of those read in both zones."""
    if zone is None:
        return "absent"
    cut = not zone.lines[mrz.NAME_LINE[zone.kind]].endswith("<")
    found: set[Agreement] = set()
    for field in visual:
        if field.name in ("surname", "given_names"):
            same = agree.names(field.text, getattr(zone, field.name), truncated=cut)
            found.add("partial" if same == "mismatch" and field.confidence < SURE else same)
    order: tuple[Agreement, ...] = ("mismatch", "partial", "match")
    return next((outcome for outcome in order if outcome in found), "absent")


def _name(visual: str, zone: str) -> str:
    """A name as in the visual zone; blanks that the reader lost there are taken from the other."""
    same = visual.replace(" ", "").upper() == zone.replace(" ", "")
    return zone if same or not visual else visual


def _number(visual: str, zone: Mrz | None, agreement: Agreement) -> str:
    """The document number: as in the visual zone, or as check digits settled it where both say the same."""
    if zone and zone.number and "number" not in zone.failed_checks and (not visual or agreement == "match"):
        return zone.number
    return visual


def _zone_fields(zone: Mrz) -> tuple[ReadField, ...]:
    values = {
        "surname": zone.surname,
        "given_names": zone.given_names,
        "nationality": zone.nationality,
        "sex": zone.sex,
        "birth_date": zone.birth_date.isoformat() if zone.birth_date else "",
        "number": zone.number,
        "expiry_date": zone.expiry_date.isoformat() if zone.expiry_date else "",
    }
    return tuple(ReadField(name=name, text=text, source="mrz") for name, text in values.items() if text)


def _type(page: Page, zone: Mrz | None) -> DocumentType:
    """What kind of document it is: by the first letter of its zone, else by a title on it."""
    if zone:
        return "passport" if zone.lines[0][0] == "P" else "id_card"
    best: tuple[float, DocumentType] = (TITLE_LIKENESS, "unknown")
    for kind in (kind for kind in get_args(DocumentType) if kind in TITLES):
        for title in TITLES[kind]:
            likeness = max((fuzz.ratio(line.text.lower(), title) for line in page.lines), default=0.0)
            best = max(best, (likeness, cast(DocumentType, kind)))
    return best[1]


def _country(page: Page, zone: Mrz | None) -> str:
    """The issuing state's code: from the zone, else a code of three capitals near the top of the page."""
    if zone:
        return zone.lines[0][2:5].strip("<")
    top = min((float(line.quad[:, 1].min()) for line in page.lines), default=0.0) + 0.12 * page.rgb.shape[0]
    for line in page.lines:
        code = re.fullmatch(r"(?:[A-Z]{1,2}\s*)?\b([A-Z]{3})", line.text)
        if code and line.quad[:, 1].mean() < top:
            return code[1]
    return ""
