"""What files say of themselves: editors, times, tables, manifests, on files made here byte by byte."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from vision.consistency import files, provenance, quantisation
from vision.consistency.container import opened
from vision.consistency.report import FileCheckName, FileReport, Result

TODAY = date(2026, 6, 1)
SOFTWARE, CHANGED, TAKEN, EXIF_IFD = 0x0131, 0x0132, 0x9003, 0x8769
XMP = b'<x:xmpmeta><rdf:Description xmp:CreatorTool="%s" xmp:ModifyDate="%s"/></x:xmpmeta>'
GREY = Image.fromarray(np.full((40, 60, 3), 128, np.uint8))


def jpeg(**options: object) -> bytes:
    buffer = io.BytesIO()
    GREY.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def exif(software: str = "", taken: str = "", changed: str = "") -> Image.Exif:
    made = Image.Exif()
    for tag, text in ((SOFTWARE, software), (CHANGED, changed)):
        if text:
            made[tag] = text
    if taken:
        made.get_ifd(EXIF_IFD)[TAKEN] = taken
    return made


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def text(value: str) -> bytes:
    encoded = value.encode()
    return (bytes((0x60 + len(encoded),)) if len(encoded) < 24 else bytes((0x78, len(encoded)))) + encoded


def c2pa(generator: bytes) -> bytes:
    description = box(b"jumd", bytes(16) + b"\x03c2pa\0")
    return box(b"jumb", description + box(b"cbor", generator))


def with_manifest(manifest: bytes, pieces: int = 1) -> bytes:
    """A JPEG whose manifest lies in APP11 segments, each after the first with the box's header repeated."""
    plain, size = jpeg(), len(manifest) // pieces + 1
    header = manifest[:8]
    parts = [manifest[at : at + size] for at in range(0, len(manifest), size)]
    bodies = [
        b"JP\0\1" + struct.pack(">I", place + 1) + (part if place == 0 else header + part)
        for place, part in enumerate(parts)
    ]
    return plain[:2] + b"".join(segment(0xEB, body) for body in bodies) + plain[2:]


def result(report: FileReport, name: FileCheckName) -> Result:
    return next(check.result for check in report.checks if check.name == name)


def looked(data: bytes) -> FileReport:
    return files.inspect(data, TODAY)


@pytest.mark.parametrize("program", ["Adobe Photoshop 25.4 (Windows)", "GIMP 2.10", "LuminarAI", "ChatGPT"])
def test_an_editor_in_exif_is_named(program: str) -> None:
    report = looked(jpeg(exif=exif(program)))
    assert (report.format, report.editor, result(report, "editor")) == ("JPEG", program, "failed")


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("HDR+ 1.0.5", "passed"),
        ("17.4.1", "passed"),
        ("SM-G991B firmware", "passed"),
        ("Adobe Acrobat Scan iOS", "passed"),
        ("Canvas 3", "not_assessed"),
        ("Mejor imagen", "not_assessed"),
    ],
)
def test_a_phones_own_software_is_no_editor_and_an_unknown_one_tells_nothing(program: str, expected: str) -> None:
    report = looked(jpeg(exif=exif(program)))
    assert (report.software, report.editor, result(report, "editor")) == ((program,), "", expected)


def test_an_editor_in_xmp_is_named_in_every_kind_of_picture() -> None:
    packet = XMP % (b"Adobe Lightroom 7.1", b"2026-05-01T10:00:00")
    pictures = [jpeg(xmp=packet)]
    for kind in ("WEBP", "PNG"):
        buffer = io.BytesIO()
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode(), zip=True)
        GREY.save(buffer, kind, **({"xmp": packet} if kind == "WEBP" else {"pnginfo": info}))
        pictures.append(buffer.getvalue())
    for data in pictures:
        report = looked(data)
        assert report.editor == "Adobe Lightroom 7.1"
        assert report.taken == ("2026-05-01T10:00:00",)


def test_a_png_names_its_program_in_a_text() -> None:
    buffer, info = io.BytesIO(), PngImagePlugin.PngInfo()
    info.add_text("Software", "GIMP 3.0", zip=True)
    GREY.save(buffer, "PNG", pnginfo=info, exif=exif(taken="2026:01:01 00:00:00").tobytes())
    report = looked(buffer.getvalue())
    assert (report.format, report.editor, report.taken) == ("PNG", "GIMP 3.0", ("2026-01-01T00:00:00",))


def test_photoshop_is_known_by_the_segment_of_its_export() -> None:
    plain = jpeg()
    assert looked(plain[:2] + segment(0xEC, b"Ducky\0\1\0\4\0\0\0\x3c") + plain[2:]).editor == "Photoshop"


def test_a_picture_that_was_created_by_an_editor_says_so_in_its_comment() -> None:
    plain, buffer, info = jpeg(), io.BytesIO(), PngImagePlugin.PngInfo()
    info.add_text("Comment", "Created with GIMP")
    GREY.save(buffer, "PNG", pnginfo=info)
    commented = [plain[:2] + segment(0xFE, said) + plain[2:] for said in (b"Created with GIMP\0", b"My GIMP course")]
    assert [looked(data).editor for data in (*commented, buffer.getvalue())] == ["GIMP", "", "GIMP"]


NEWSCODE = b"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.mark.parametrize(
    ("keyword", "asked", "generator"),
    [
        ("parameters", "Anna Example, passport, Steps: 20, Sampler: Euler a, Model: sd_xl", "Stable Diffusion"),
        ("prompt", '{"3": {"class_type": "KSampler", "text": "Anna Example"}}', "ComfyUI"),
    ],
)
def test_a_generator_is_known_by_what_it_was_asked_and_that_is_not_shown(
    keyword: str, asked: str, generator: str
) -> None:
    buffer, info = io.BytesIO(), PngImagePlugin.PngInfo()
    info.add_text(keyword, asked)
    GREY.save(buffer, "PNG", pnginfo=info)
    report = looked(buffer.getvalue())
    assert (report.editor, result(report, "editor")) == (generator, "failed")
    assert "Example" not in report.model_dump_json()


def test_a_picture_that_calls_itself_made_by_a_model_is_told() -> None:
    packet = b"<rdf:Description Iptc4xmpExt:DigitalSourceType='%s'/>" % NEWSCODE
    action = c2pa(text("digitalSourceType") + text(NEWSCODE.decode()) + bytes(60))
    for data in (jpeg(xmp=packet), with_manifest(action)):
        assert (looked(data).editor, result(looked(data), "editor")) == ("trainedAlgorithmicMedia", "failed")


@pytest.mark.parametrize(
    ("maker", "expected"), [("Adobe_Firefly", "failed"), ("Adobe_Photoshop/25.0", "failed"), ("Leica", "not_assessed")]
)
def test_the_maker_that_a_manifest_names_counts_against_a_picture_alone(maker: str, expected: Result) -> None:
    data = with_manifest(c2pa(text("claim_generator") + text(maker) + bytes(60)))
    assert result(looked(data), "editor") == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("c2pa.edited", "failed"),
        ("c2pa.drawing", "failed"),
        ("c2pa.cropped", "passed"),
        ("c2pa.edited.metadata", "passed"),
    ],
)
def test_a_step_that_changed_the_picture_is_told_whoever_took_it(step: str, expected: Result) -> None:
    taken, manifest = (
        jpeg(exif=exif("HDR+ 1.0")),
        c2pa(text("claim_generator") + text("Acme") + text("action") + text(step)),
    )
    report = looked(taken[:2] + segment(0xEB, b"JP\0\1\0\0\0\1" + manifest) + taken[2:])
    assert (result(report, "editor"), report.editor) == (expected, step if expected == "failed" else "")


def test_of_a_manifest_that_was_cut_off_nothing_passes() -> None:
    manifest = c2pa(text("claim_generator") + text("Leica") + bytes(300))
    taken = jpeg(exif=exif("HDR+ 1.0"))
    for kept, expected in ((len(manifest), "passed"), (len(manifest) - 1, "not_assessed"), (50, "not_assessed")):
        report = looked(taken[:2] + segment(0xEB, b"JP\0\1\0\0\0\1" + manifest[:kept]) + taken[2:])
        assert result(report, "editor") == expected


@pytest.mark.parametrize(("program", "expected"), [("HDR+ 1.0", "not_assessed"), ("GIMP 2.10", "failed")])
def test_of_a_file_that_says_more_than_is_read_nothing_passes(program: str, expected: Result) -> None:
    plain, packet = jpeg(exif=exif(program, "2026:05:20 10:00:00")), b"http://ns.adobe.com/xap/1.0/\0" + b" " * 60_000
    report = looked(plain[:2] + segment(0xE1, packet) * 20 + plain[2:])
    assert (result(report, "editor"), result(report, "dates")) == (expected, "not_assessed")


@pytest.mark.parametrize(
    "recipe", ["Anna Example\nSteps: 20, Sampler: Euler a, Seed: 1", 'prompt:{"3": {"class_type": "KSampler"}}']
)
def test_a_recipe_in_the_exif_block_is_told_and_not_shown(recipe: str) -> None:
    made = Image.Exif()
    made.get_ifd(EXIF_IFD)[0x9286] = b"UNICODE\0" + recipe.encode("utf-16-le")
    report = looked(jpeg(exif=made))
    assert (report.editor, result(report, "editor")) == ("Stable Diffusion or ComfyUI", "failed")
    assert "Example" not in report.model_dump_json()


@pytest.mark.parametrize(
    "form",
    [
        b"xmp:CreatorTool='%s'", b'xmp:CreatorTool = "%s"', b"<xmp:CreatorTool>%s</xmp:CreatorTool>",
        b"<xap:CreatorTool >\n %s\n</xap:CreatorTool>", b"<stEvt:softwareAgent>%s<", b"tiff:Software='%s'",
    ],
)  # fmt: skip
def test_a_program_is_found_in_every_form_of_xmp(form: bytes) -> None:
    assert looked(jpeg(xmp=form % b"Adobe Photoshop 25.0")).editor == "Adobe Photoshop 25.0"
    assert looked(jpeg(xmp=form % b"HDR+ 1.0")).software == ("HDR+ 1.0",)


def test_a_plain_file_says_nothing_and_nothing_is_assessed() -> None:
    report = looked(jpeg())
    assert report.software == report.taken == ()
    assert {result(report, name) for name in ("editor", "dates", "provenance")} == {"not_assessed"}


@pytest.mark.parametrize(
    ("taken", "changed", "expected"),
    [
        ("2026:05:20 10:00:00", "2026:05:20 10:00:02", "passed"),
        ("2026:05:20 23:30:00", "2026:05:21 07:30:00", "passed"),
        ("2026:05:20 10:00:00", "", "passed"),
        ("2026:06:02 00:10:00", "", "passed"),
        ("2026:06:09 10:00:00", "", "failed"),
        ("2025:11:02 08:30:00", "2026:05:20 10:00:00", "passed"),
        ("2026:05:20 10:00:00", "2025:11:02 08:30:00", "failed"),
        ("2026:05:20 10:00:00", "2026:05:19 12:00:00", "passed"),
        ("2026:05:20 10:00:00", "2099:01:01 00:00:00", "failed"),
        ("1970:01:01 00:00:00", "2026:05:20 10:00:00", "not_assessed"),
        ("2026:05:20 10:00:00", "1970:01:01 00:00:00", "passed"),
        ("0000:00:00 00:00:00", "", "not_assessed"),
        ("yesterday", "", "not_assessed"),
    ],
)
def test_times_that_cannot_all_be_true_are_told(taken: str, changed: str, expected: Result) -> None:
    assert result(looked(jpeg(exif=exif(taken=taken, changed=changed))), "dates") == expected


def test_a_later_change_is_told_though_it_is_no_fault() -> None:
    report = looked(jpeg(exif=exif(taken="2026:05:20 10:00:00", changed="2026:05:27 11:00:00")))
    assert "saved again 7 days after" in next(check for check in report.checks if check.name == "dates").meaning


def test_two_days_on_which_a_picture_was_taken_are_one_too_many() -> None:
    packet = b"<rdf:Description exif:DateTimeOriginal = '%s' xmp:CreateDate='2024-01-01'/>"
    for day, expected in ((b"2026-05-20T09:00:00", "passed"), (b"2026-03-01T09:00:00", "failed")):
        assert result(looked(jpeg(exif=exif(taken="2026:05:20 10:00:00"), xmp=packet % day)), "dates") == expected


@pytest.mark.parametrize("quality", [1, 30, 49, 50, 75, 88, 95, 100])
def test_the_usual_library_is_known_by_its_tables(quality: int) -> None:
    assert looked(jpeg(quality=quality)).encoder == f"libjpeg quality {quality}"


def test_other_tables_are_known_or_called_own() -> None:
    table = list(quantisation._scaled(quantisation.MOZJPEG, 80))
    assert looked(jpeg(qtables=[table, table])).encoder == "mozjpeg quality 80"
    assert looked(jpeg(qtables=[[7] * 64, [9] * 64])).encoder == "own tables"
    assert quantisation.encoder((), adobe=True) == ""
    assert quantisation.encoder(((7,) * 64,), adobe=True) == "Adobe"


@pytest.mark.parametrize("pieces", [1, 2, 3])
@pytest.mark.parametrize(
    ("claim", "maker"),
    [
        (text("claim_generator") + text("Leica_M11-P/2.0 c2pa-rs/0.28"), "Leica_M11-P/2.0 c2pa-rs/0.28"),
        (text("claim_generator_info") + b"\x81\xa1" + text("name") + text("DALL-E"), "DALL-E"),
        (text("assertions"), ""),
    ],
)
def test_a_manifest_is_found_with_its_maker_and_never_believed(claim: bytes, maker: str, pieces: int) -> None:
    report = looked(with_manifest(c2pa(claim + bytes(60)), pieces))
    assert report.claimed_by == maker
    check = next(check for check in report.checks if check.name == "provenance")
    assert check.result == "not_assessed"
    assert "not verified" in check.meaning


def test_a_manifest_in_a_png_chunk_is_found_and_other_boxes_are_none() -> None:
    buffer = io.BytesIO()
    GREY.save(buffer, "PNG")
    body = c2pa(text("claim_generator") + text("Firefly"))
    chunk = struct.pack(">I", len(body)) + b"caBX" + body + struct.pack(">I", zlib.crc32(b"caBX" + body))
    data = buffer.getvalue()
    assert looked(data[:33] + chunk + data[33:]).claimed_by == "Firefly"
    assert not provenance.manifest(box(b"jumb", box(b"jumd", bytes(16) + b"\x03other\0")))


TWICE = b"\xef\xbb\xbf%PDF-1.7\n" + 2 * b"2 0 obj<<>>endobj\nstartxref\n9\n%%EOF\n"


def test_of_a_pdf_the_saves_alone_are_looked_at() -> None:
    report = looked(TWICE)
    assert (report.format, report.revisions) == ("PDF", 2)
    assert [(check.name, check.result) for check in report.checks] == [("revisions", "failed")]
    assert looked(b"%PDF-1.4 cut off").revisions is None


def test_a_file_of_no_known_kind_says_nothing() -> None:
    report = looked(b"GIF89a")
    assert (report.format, report.software, report.revisions) == ("", (), None)


def test_hostile_texts_are_cut_and_cleaned() -> None:
    report = looked(jpeg(exif=exif("\x1b[31mGIMP " + "A" * 500)))
    assert report.editor.startswith("[31mGIMP")
    assert len(report.editor) <= 100
    assert report.editor.isprintable()


def test_a_directory_that_points_at_itself_ends() -> None:
    """An EXIF block whose sub-directory is the directory itself."""
    entry = struct.pack("<HHII", EXIF_IFD, 4, 1, 8)
    block = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + bytes(4)
    plain = jpeg()
    assert looked(plain[:2] + segment(0xE1, b"Exif\0\0" + block) + plain[2:]).software == ()


SEEDS = [
    jpeg(exif=exif("GIMP 2.10", "2026:05:20 10:00:00", "2026:05:20 10:00:02")),
    with_manifest(c2pa(text("claim_generator") + text("Camera"))),
    TWICE,
]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=20),
    st.integers(0, 800),
)
def test_no_mutation_raises(seed: bytes, changes: list[tuple[int, int]], keep: int) -> None:
    data = bytearray(seed)
    for place, value in changes:
        data[place % len(data)] = value
    assert looked(bytes(data[: keep or None])).format in ("JPEG", "PNG", "WEBP", "PDF", "")


@given(st.binary(max_size=200), st.sampled_from([b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF____WEBP", b"%PDF-1.7", b""]))
def test_no_bytes_raise(tail: bytes, magic: bytes) -> None:
    assert opened(magic + tail).kind in ("JPEG", "PNG", "WEBP", "PDF", "")
