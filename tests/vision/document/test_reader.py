"""Reading rendered documents as customers hand them in: any way up, tampered with, or unreadable."""

import io
from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from vision import decode
from vision.document import layout
from vision.document.mrz_format import check_digit
from vision.document.ocr import Page
from vision.document.reader import DocumentReader
from vision.document.remote_reader import Answer, RemoteReader
from vision.errors import BadImage
from vision.synth.capture import CaptureKind, capture, messenger
from vision.synth.documents import Holder, Issue, Rendered, printed, render
from vision.synth.lettering import font
from vision.synth.portraits import stand_in
from vision.synth.template import DocumentKind, template
from vision.types import DocumentReading, ModelVersion
from vision.weights import PINNED


@pytest.fixture(scope="module")
def reader() -> DocumentReader:
    return DocumentReader(threads=1, today=date(2026, 11, 1))


def page(kind: DocumentKind = "passport", series: int = 4, **changes: object) -> Rendered:
    """A document of one series; `changes` replace what stands on it."""
    fields: dict[str, object] = {
        "surname": "MÜLLER",
        "given_names": "ANNA MARIA",
        "birth_date": date(1984, 7, 9),
        "sex": "F",
        "nationality": "UTO",
        "number": "XK4701936",
    }
    holder = Holder(**(fields | changes))  # type: ignore[arg-type]
    return render(holder, Issue(kind, series, date(2021, 3, 4), date(2031, 3, 3)), stand_in(3), seed=series)


def turned(data: bytes, degrees: int) -> bytes:
    """A picture turned clockwise."""
    return jpeg(np.rot90(decode.still(data).rgb, -degrees // 90))


def jpeg(rgb: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(buffer, "JPEG", quality=93)
    return buffer.getvalue()


def unspaced(texts: dict[str, str]) -> dict[str, str]:
    """Without blanks, which the reader loses in narrow type."""
    return {name: text.replace(" ", "") for name, text in texts.items()}


def visual(reading: DocumentReading) -> dict[str, str]:
    """The labelled fields of the visual zone."""
    own = (field for field in reading.fields if field.source == "visual" and field.name != "country")
    return {field.name: field.text for field in own}


def assert_read_whole(reading: DocumentReading, wanted: Rendered) -> None:
    """Every field of both zones as printed, and everything derived from them."""
    holder, issue = wanted.holder, wanted.issue
    assert unspaced(visual(reading)) == unspaced(printed(holder, issue))
    assert (reading.mrz.lines if reading.mrz else ()) == wanted.lines
    assert (reading.type, reading.country) == (issue.kind, template(issue.kind, issue.template).state)
    assert (reading.birth_date, reading.expiry_date) == (holder.birth_date, issue.expires)
    assert (reading.name, reading.number) == (f"{holder.given_names} {holder.surname}", holder.number)
    assert (reading.readable, reading.reason) == (True, "")


@pytest.mark.parametrize(
    ("kind", "taken", "degrees"),
    [("passport", "scan", 0), ("id_card", "phone", 90), ("driving_licence", "phone", 180), ("passport", "print", 270)],
)
def test_a_document_is_read_whole_whichever_way_up(
    reader: DocumentReader, kind: DocumentKind, taken: CaptureKind, degrees: int
) -> None:
    wanted = page(kind, 8)
    reading = reader.read(turned(capture(wanted.rgb, taken, 11), degrees))
    assert_read_whole(reading, wanted)
    assert not reading.several
    agreed = "match" if wanted.lines else "absent"
    assert {reading.name_mrz_visual, reading.birth_date_mrz_visual} == {agreed}
    assert {reading.number_mrz_visual, reading.expiry_mrz_visual} == {agreed}
    assert reading.quality.score > 0.4
    assert reading.model.sha256 == PINNED["text-read"].sha256


def test_what_was_edited_in_the_visual_zone_disagrees_with_the_other(reader: DocumentReader) -> None:
    honest, edited = page(), page(surname="BRANDT", birth_date=date(1994, 7, 9), number="XK4701938")
    rgb = edited.rgb.copy()
    zone = honest.boxes["mrz"]
    rgb[zone.y - 8 :] = honest.rgb[zone.y - 8 :]
    reading = reader.read(capture(rgb, "scan", 2))
    assert reading.mrz is not None
    assert reading.mrz.valid
    assert (reading.name, reading.number) == ("ANNA MARIA BRANDT", "XK4701938")
    assert (reading.birth_date, reading.mrz.birth_date) == (date(1994, 7, 9), date(1984, 7, 9))
    assert reading.name_mrz_visual == "mismatch"
    assert reading.birth_date_mrz_visual == "mismatch"
    assert reading.number_mrz_visual == "mismatch"
    assert reading.expiry_mrz_visual == "match"


def beside(rgb: np.ndarray, *lines: tuple[str, int]) -> np.ndarray:
    """A page below a further one, on which some lines stand in sizes of their own."""
    page = Image.new("RGB", (rgb.shape[1], 200), (236, 232, 224))
    for place, (text, size) in enumerate(lines):
        ImageDraw.Draw(page).text((80, 50 + 40 * place), text, (25, 25, 30), font("bold", size))
    return np.concatenate([np.asarray(page), rgb])


def test_of_two_numbers_under_labels_the_one_that_the_zone_confirms_is_the_document_s(reader: DocumentReader) -> None:
    reading = reader.read(jpeg(beside(page().rgb, ("Passport No.", 16), ("FA2039485", 24))))
    assert (reading.number, reading.number_mrz_visual, reading.several) == ("XK4701936", "match", False)
    assert ("number", "FA2039485") in [(field.name, field.text) for field in reading.illegible]


def test_a_number_that_the_zone_confirms_is_none_of_the_print_without_a_label(reader: DocumentReader) -> None:
    honest, edited = page(), page(number="XK4701938")
    rgb = edited.rgb.copy()
    zone = honest.boxes["mrz"]
    rgb[zone.y - 8 :] = honest.rgb[zone.y - 8 :]
    reading = reader.read(jpeg(beside(rgb, ("XK4701936", 24))))
    assert (reading.number, reading.number_mrz_visual) == ("XK4701938", "mismatch")


@pytest.mark.parametrize(
    ("kind", "series", "field"),
    [
        ("driving_licence", 0, "number"),
        ("driving_licence", 1, "number"),
        ("driving_licence", 10, "number"),
        ("id_card", 6, "issue_date"),
        ("id_card", 7, "birth_date"),
        ("id_card", 10, "expiry_date"),
        ("id_card", 11, "number"),
    ],
)
def test_a_label_that_was_not_found_is_looked_for_above_its_value_and_costs_no_other(
    reader: DocumentReader, monkeypatch: pytest.MonkeyPatch, kind: DocumentKind, series: int, field: str
) -> None:
    wanted = page(kind, series, birth_date=date(1994, 7, 9), number="XK4701938")
    slot, opened = template(kind, series).slots[field], reader._text.open
    rgb = wanted.rgb.copy()
    if zone := wanted.boxes.get("mrz"):
        # What a zone confirms needs no label: this one is another holder's.
        rgb[zone.y - 8 :] = page(kind, series).rgb[zone.y - 8 :]

    def without_label(rgb: np.ndarray) -> Page:
        """The page and its lines but the label of the field."""
        whole = opened(rgb)
        x, y = slot.x + 20, slot.label_y - 6
        quads = tuple(quad for quad in whole.quads if cv2.pointPolygonTest(quad, (x, y), measureDist=False) < 0)
        assert len(quads) == len(whole.quads) - 1
        return replace(whole, quads=quads)

    monkeypatch.setattr(reader._text, "open", without_label)
    read, printed_there = visual(reader.read(jpeg(rgb))), printed(wanted.holder, wanted.issue)
    for name in ("birth_date", "number", "issue_date", "expiry_date"):
        assert read[name] == printed_there[name], name


def test_where_print_lacks_a_field_of_the_zone_its_labels_are_looked_for_closer_up(
    reader: DocumentReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, opened = page(surname="BRANDT"), reader._text.open
    rgb, zone = wanted.rgb.copy(), wanted.boxes["mrz"]
    rgb[zone.y - 8 :] = page().rgb[zone.y - 8 :]
    slot = template("passport", 4).slots["surname"]

    def without_label(rgb: np.ndarray) -> Page:
        """The page and its lines but the label of the surname."""
        whole = opened(rgb)
        place = slot.x + 20, slot.label_y - 6
        quads = tuple(quad for quad in whole.quads if cv2.pointPolygonTest(quad, place, measureDist=False) < 0)
        assert len(quads) == len(whole.quads) - 1
        return replace(whole, quads=quads)

    monkeypatch.setattr(reader._text, "open", without_label)
    monkeypatch.setattr(layout, "expected", lambda *_: [])
    reading = reader.read(jpeg(rgb))
    assert (visual(reading)["surname"], reading.name_mrz_visual) == ("BRANDT", "mismatch")


def test_a_wrong_check_digit_on_paper_is_reported(reader: DocumentReader) -> None:
    wanted = page()
    first, second = wanted.lines
    wrong = second[:19] + str((int(second[19]) + 1) % 10) + second[20:]
    reading = reader.read(capture(with_zone(wanted, (first, wrong)), "scan", 3))
    assert reading.mrz is not None
    assert (reading.mrz.lines, reading.mrz.valid) == ((first, wrong), False)
    assert set(reading.mrz.failed_checks) == {"birth_date", "composite"}
    assert reading.birth_date_mrz_visual == "match"


def with_zone(wanted: Rendered, lines: tuple[str, ...]) -> np.ndarray:
    """The page with another machine readable zone inked into the empty strip of its series."""
    from vision.synth.documents import blank, zone_ink
    from vision.synth.lettering import lay

    style = template(wanted.issue.kind, wanted.issue.template)
    assert style.mrz is not None
    rgb, box = wanted.rgb.copy(), wanted.boxes["mrz"]
    strip = np.s_[box.y : box.y + box.height]
    rgb[strip] = blank(style.kind, style.number)[strip]
    ink = np.zeros(rgb.shape[:2], np.float32)
    zone_ink(style, lines, ink)
    lay(rgb, ink, style.ink, 0.95)
    return rgb


def test_who_is_a_hundred_years_old_has_a_zone_that_agrees_with_the_print(reader: DocumentReader) -> None:
    born = date(1922, 7, 9)
    reading = reader.read(capture(page(birth_date=born).rgb, "scan", 3))
    assert reading.mrz is not None
    assert (reading.mrz.birth_date, reading.birth_date, reading.birth_date_mrz_visual) == (born, born, "match")


def test_a_document_is_read_whose_issuer_does_not_know_the_birth_date(reader: DocumentReader) -> None:
    wanted = page()
    first, second = wanted.lines
    start = second[:13] + f"84<<<<{check_digit('84<<<<')}" + second[20:43]
    unknown = start + check_digit(start[:10] + start[13:20] + start[21:])
    rgb, box = with_zone(wanted, (first, unknown)), wanted.boxes["birth_date"]
    place = np.s_[box.y - 4 : box.y + box.height + 4, box.x - 4 : box.x + box.width + 4]
    rgb[place] = np.median(rgb[place], axis=(0, 1))
    reading = reader.read(capture(rgb, "scan", 3))
    assert (reading.readable, reading.birth_date, reading.birth_date_mrz_visual) == (True, None, "absent")
    assert reading.mrz is not None
    assert (reading.mrz.valid, reading.mrz.born_in) == (True, "1984")


def test_a_visa_is_named_as_one(reader: DocumentReader) -> None:
    wanted = page()
    first, second = wanted.lines
    reading = reader.read(capture(with_zone(wanted, (f"V{first[1:]}", second[:28].ljust(44, "<"))), "scan", 3))
    assert (reading.type, reading.readable) == ("visa", True)
    assert reading.mrz is not None
    assert (reading.mrz.kind, reading.mrz.valid) == ("MRV-A", True)


def first_with(barcode: str) -> Rendered:
    """A page of the first series with such a barcode."""
    kind: DocumentKind = "id_card" if barcode == "qr" else "driving_licence"
    return page(kind, next(number for number in range(60) if template(kind, number).barcode_kind == barcode))


@pytest.mark.parametrize(("kind", "content"), [("pdf417", "aamva"), ("qr", "mrz")])
def test_a_barcode_is_read_beside_the_zones(reader: DocumentReader, kind: str, content: str) -> None:
    wanted = first_with(kind)
    reading = reader.read(capture(wanted.rgb, "scan", 4))
    assert reading.barcode is not None
    assert reading.barcode.content == content
    coded = {field.name: field.text for field in reading.fields if field.source == "barcode"}
    assert (coded["number"], coded["birth_date"]) == ("XK4701936", "1984-07-09")
    assert coded["surname"] in ("MÜLLER", "MUELLER")


class Elsewhere(RemoteReader):
    """A reader whose answer is given beforehand."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("http://127.0.0.1:1/v1", "reader-1")
        self.answer = answer

    def read(self, rgb: np.ndarray) -> Answer:
        assert rgb.shape[1] > rgb.shape[0], "the picture is turned upright before it is sent"
        return self.answer


def test_a_remote_reader_is_held_against_the_zone_that_is_read_here() -> None:
    answer = Answer(
        type="driving_licence",
        country="ZZZ",
        surname="BRANDT",
        given_names="ANNA MARIA",
        nationality="UTO",
        sex="F",
        birth_date="1984-07-09",
        number="XK4701936",
        issue_date="",
        expiry_date="2031-03-03",
    )
    asking = DocumentReader(threads=1, today=date(2026, 11, 1), remote=Elsewhere(answer))
    wanted = page()
    reading = asking.read(turned(capture(wanted.rgb, "scan", 2), 90))
    assert (reading.mrz.lines if reading.mrz else ()) == wanted.lines
    assert (reading.type, reading.country) == ("passport", template("passport", 4).state)
    assert (reading.name_mrz_visual, reading.number_mrz_visual, reading.expiry_mrz_visual) == (
        "unsure", "match", "match"
    )  # fmt: skip
    assert reading.model == ModelVersion(name="reader-1", sha256="")
    assert visual(reading)["surname"] == "BRANDT"


def test_an_unreadable_capture_reads_as_nothing(reader: DocumentReader) -> None:
    reading = reader.read(capture(page().rgb, "blurred", 5))
    assert not reading.readable
    assert reading.reason == "not read: name, number, birth date"
    assert (reading.name, reading.number, reading.birth_date, reading.mrz) == ("", "", None, None)
    assert reading.name_mrz_visual == "absent"
    assert (reading.quality.note, reading.quality.score < 0.2) == ("blurred", True)


def test_a_picture_of_something_else_is_an_unknown_document(reader: DocumentReader) -> None:
    reading = reader.read(jpeg(stand_in(7, 600)))
    assert (reading.type, reading.country, reading.fields, reading.readable) == ("unknown", "", (), False)


def test_no_picture_is_refused(reader: DocumentReader) -> None:
    with pytest.raises(BadImage):
        reader.read(b"\xff\xd8 no picture")


def test_a_small_document_in_a_large_photograph_is_found(reader: DocumentReader) -> None:
    wanted = page("id_card", 2)
    table = np.full((2000, 2900, 3), 96, np.uint8)
    table[700 : 700 + wanted.rgb.shape[0], 300 : 300 + wanted.rgb.shape[1]] = wanted.rgb
    assert_read_whole(reader.read(jpeg(table)), wanted)


def test_a_document_that_lies_otherwise_than_the_print_around_it_is_read(reader: DocumentReader) -> None:
    wanted = page("id_card", 2)
    table = Image.fromarray(np.full((1300, 1600, 3), 96, np.uint8))
    for row in range(4):
        ImageDraw.Draw(table).text((60, 40 + 60 * row), "Summer sale ends", (240, 240, 236), font("bold", 48))
    paper = np.asarray(table).copy()
    paper[400 : 400 + wanted.rgb.shape[0], 100 : 100 + wanted.rgb.shape[1]] = wanted.rgb[::-1, ::-1]
    reading = reader.read(jpeg(paper))
    assert reading.turn == 180
    assert_read_whole(reading, wanted)


def test_a_mirrored_picture_is_called_so_and_nothing_is_read_off_it(reader: DocumentReader) -> None:
    reading = reader.read(jpeg(page("driving_licence").rgb[:, ::-1]))
    assert (reading.readable, reading.number, reading.birth_date) == (False, "", None)
    assert reading.reason == "the picture is mirrored, as some cameras save it"


def one_above_the_other(*pages: Rendered) -> np.ndarray:
    """Pages on one table."""
    width = max(each.rgb.shape[1] for each in pages) + 80
    rows = [
        np.pad(each.rgb, ((40, 40), (40, width - 40 - each.rgb.shape[1]), (0, 0)), constant_values=96) for each in pages
    ]
    return np.vstack(rows)


OTHER = {"surname": "BRANDT", "given_names": "JONAS", "birth_date": date(1991, 2, 18), "number": "ZC8813520"}


@pytest.mark.parametrize(
    ("first", "second", "changes"),
    [
        ("passport", "id_card", OTHER),
        ("passport", "driving_licence", {"number": "ZC8813520"}),
        ("driving_licence", "driving_licence", OTHER),
    ],
)
def test_of_two_documents_in_one_picture_nothing_is_said(
    reader: DocumentReader, first: DocumentKind, second: DocumentKind, changes: dict[str, object]
) -> None:
    reading = reader.read(jpeg(one_above_the_other(page(first), page(second, 6, **changes))))
    assert (reading.several, reading.readable) == (True, False)
    assert reading.reason == "the picture shows more than one document"


@pytest.mark.slow
def test_thirty_documents_of_many_series(reader: DocumentReader) -> None:
    """The floor under the measured figures: fields and zones exact on captures that were not looked at one by one."""
    fields = exact = zones = zones_exact = 0
    for number in range(30):
        kind: DocumentKind = ("passport", "id_card", "driving_licence")[number % 3]  # type: ignore[assignment]
        wanted = page(kind, number + 40, number=f"{'ABCDEFGHJK'[number % 10]}O{4_000_017 + 98_731 * number}")
        taken: CaptureKind = ("scan", "phone", "screen", "print")[number % 4]  # type: ignore[assignment]
        reading = reader.read(messenger(capture(wanted.rgb, taken, number), number))
        said = printed(wanted.holder, wanted.issue)
        fields += len(said)
        exact += sum(unspaced(visual(reading)).get(name) == text for name, text in unspaced(said).items())
        zones += bool(wanted.lines)
        zones_exact += bool(wanted.lines) and reading.mrz is not None and reading.mrz.lines == wanted.lines
    # Measured after a messenger: 0.91 of the fields (the rest: labels of a screen not found, O read as 0), all zones.
    assert exact / fields > 0.88
    assert zones_exact / zones > 0.9
