"""How often a PDF was saved: honest files of every kind, edits that hide, signatures. Files are made byte by byte."""

from __future__ import annotations

import io
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from vision.consistency import pdf
from vision.consistency.report import Result

Objects = dict[int, bytes]
CATALOGUE, PAGE = b"<</Type/Catalog/Pages 2 0 R%s>>", b"<</Type/Page/Parent 2 0 R/Contents %d 0 R/Resources<<>>%s>>"


def stream(content: bytes, keys: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), keys, content)


def amount(text: bytes) -> bytes:
    return stream(b"BT (BALANCE %s) Tj ET" % text)


PAGES: Objects = {
    1: CATALOGUE % b"",
    2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    3: PAGE % (4, b""),
    4: amount(b"1,204.00"),
}
EDIT: Objects = {4: amount(b"91,204.00")}


def saved(objects: Objects, data: bytes = b"%PDF-1.7\n", trailer: bytes = b"", size: int = 5) -> bytes:
    """Objects and the table of where they are, behind the bytes given."""
    places = {}
    for number, body in objects.items():
        places[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % each for each in places.items())
    if b"/Prev" not in trailer:
        table = b"0 1\n0000000000 65535 f \n" + table
    size = max(size, *objects) + 1
    end = b"xref\n%strailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (table, size, trailer, len(data))
    return data + end


def edited(data: bytes, objects: Objects = EDIT, size: int = 5) -> bytes:
    """An incremental update: its section points back at the last."""
    last = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    return saved(objects, data, b"/Prev %d" % last, size)


def word_export() -> bytes:
    """One save of Word's: an empty second table names a cross-reference stream that older readers do not know."""
    data = saved({**PAGES, 5: stream(b"\0" * 8, b"/Type/XRef/Size 6/W[1 2 1]")})
    at, first, hidden = len(data), data.rindex(b"xref\n0 1"), data.index(b"5 0 obj")
    trailer = b"xref\n0 0\ntrailer\n<</Size 7/Root 1 0 R/Prev %d/XRefStm %d>>\n" % (first, hidden)
    return data + trailer + b"startxref\n%d\n%%%%EOF" % at


def stream_table() -> bytes:
    """A file whose one section is a stream."""
    data = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in PAGES.items())
    section = stream(b"\0" * 8, b"/Type/XRef/Size 6/W[1 2 1]/Root 1 0 R")
    return data + b"5 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (section, len(data))


def linearised() -> bytes:
    """The first page, its section and a closing part come first; the other section stands at the end."""
    head = b"%PDF-1.7\n5 0 obj\n<</Linearized 1/L 999/N 1>>\nendobj\n"
    table = b"xref\n3 2\n0000000000 00000 n \n0000000000 00000 n \ntrailer\n<</Size 6/Root 1 0 R/Prev %010d>>\n"
    body = b"startxref\n0\n%%EOF\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in PAGES.items())
    first = table % (len(head) + len(table % 0) + len(body))
    last = b"xref\n0 3\n%strailer\n<</Size 3>>\nstartxref\n%d\n%%%%EOF\n" % (b"0000000000 00000 n \n" * 3, len(head))
    return head + first + body + last


def drawn(**options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (30, 20), "white").save(buffer, "PDF", **options)
    return buffer.getvalue()


INDIRECT = b"<</Length 6 0 R>>\nstream\n%s\nendstream" % saved(PAGES)
HONEST = {
    "tables": saved(PAGES),
    "pillow": drawn(),
    "pages": drawn(save_all=True, append_images=[Image.new("CMYK", (30, 20))]),
    "stream": stream_table(),
    "word": word_export(),
    "linearised": linearised(),
    "attached": saved({**PAGES, 5: stream(edited(saved(PAGES)), b"/Type/EmbeddedFile")}),
    "attached, its length elsewhere": saved({**PAGES, 5: INDIRECT, 6: b"%d" % len(saved(PAGES))}),
    "a mark first": b"\xef\xbb\xbf" + saved(PAGES),
    "padded": saved(PAGES) + b"\r\n\0\0",
}


def told(data: bytes) -> tuple[int | None, Result]:
    found = pdf.saves(data)
    return found and found.count, pdf.check(found).result


@pytest.mark.parametrize("kind", HONEST)
def test_an_honest_file_was_saved_once_and_an_update_is_counted(kind: str) -> None:
    once = HONEST[kind].rstrip(b"\0")
    assert told(HONEST[kind]) == (1, "passed")
    assert told(edited(once + b"\n")) == (2, "failed")
    assert told(edited(edited(once + b"\n"))) == (3, "failed")


def test_pillow_saves_on_top() -> None:
    buffer = io.BytesIO(drawn())
    Image.new("RGB", (30, 20), "blue").save(buffer, "PDF", append=True)
    assert told(buffer.getvalue()) == (2, "failed")


UPDATED, ORIGINAL = edited(saved(PAGES)), saved(PAGES)
CLAIM = b"%PDF-1.7\n%/Linearized 1\n"


@pytest.mark.parametrize(
    "data",
    [
        UPDATED.removesuffix(b"%%EOF\n") + b"%\n%%EOF\n",
        UPDATED.removesuffix(b"%%EOF\n"),
        edited(saved(PAGES, CLAIM)),
        edited(saved({**PAGES, 5: b"<</Linearized 1>>"})),
        UPDATED.replace(b"startxref", b"startxrfe", 1),
        edited(word_export()[: word_export().rindex(b"XRefStm")] + b"XRefStm 999999>>\nstartxref\n9\n"),
        ORIGINAL + b"xref\n0 0\ntrailer\n<</Size 5/Root 1 0 R/Prev 9>>\nstartxref\n%d\n" % len(ORIGINAL),
    ],
    ids=["comment", "no end", "claim in a comment", "claim", "no first end", "other stream", "no stream"],
)
def test_an_update_does_not_hide(data: bytes) -> None:
    count, result = told(data)
    assert count is not None
    assert (count >= 2, result) == (True, "failed")


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        ORIGINAL[:200],
        ORIGINAL + b"4 0 obj\n" + EDIT[4] + b"\nendobj\n" + b" " * 8000,
        UPDATED[: len(ORIGINAL) + 150],
        word_export() + b"\n4 0 obj\n" + EDIT[4],
        linearised()[:-40],
        ORIGINAL.replace(b"/Size", b"/Sise"),
        UPDATED.replace(b"startxref", b"startxrfe", 1).replace(b"/Prev", b"/Prov"),
        ORIGINAL[: ORIGINAL.rindex(b"startxref")] + b"startxref\n0\n%%EOF\n",
    ],
)
def test_what_is_damaged_or_goes_on_is_not_told(data: bytes) -> None:
    assert told(data) == (None, "not_assessed")


def test_a_file_over_the_limit_is_not_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_BYTES", 40)
    assert told(UPDATED) == (None, "not_assessed")


FORM, FIELD = CATALOGUE % b"/AcroForm<</Fields[6 0 R]/SigFlags 3>>", b"<</FT/Sig/T(Seal)/V 7 0 R/Type/Annot/P 3 0 R>>"
SIGNATURE = b"<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 9 99 9]/Contents<00>>>"
SIGN: Objects = {1: FORM, 6: FIELD, 7: SIGNATURE}
PROOF: Objects = {1: CATALOGUE % b"/DSS 8 0 R", 8: b"<</Certs[9 0 R]>>", 9: stream(b"certificate")}
FOUR: Objects = {4: b"<</Length 9/SigFlags 3>>\nstream\n(91,204)\nendstream"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([SIGN], "not_assessed"),
        ([{**SIGN, 3: PAGE % (4, b"/Annots[6 0 R]")}], "not_assessed"),
        ([SIGN, PROOF], "not_assessed"),
        ([{**SIGN, **EDIT}], "failed"),
        ([{**SIGN, **FOUR}], "failed"),
        ([{**SIGN, 3: PAGE.replace(b"%d 0 R", b"[%%[\n%d 0 R]") % (8, b""), 8: EDIT[4]}], "failed"),
        ([{**SIGN, 3: PAGE.replace(b"%d 0 R", b"[" + b"8 0 R " * 400 + b"%d 0 R]") % (8, b""), 8: EDIT[4]}], "failed"),
        ([{**SIGN, 3: PAGE % (8, b"/Annots[6 0 R]"), 8: EDIT[4]}], "failed"),
        ([EDIT, SIGN], "failed"),
        ([SIGN, EDIT], "failed"),
        ([SIGN, {**PROOF, **EDIT}], "failed"),
    ],
)
@pytest.mark.parametrize("kind", ["tables", "word", "linearised", "stream"])
def test_a_save_that_only_signs_is_no_edit_and_proves_nothing(
    kind: str, changes: list[Objects], expected: Result
) -> None:
    data = HONEST[kind] + b"\n"
    for turn, objects in enumerate(changes):
        data = edited(data, objects, 5 + 3 * turn)
    assert told(data) == (1 + len(changes), expected)
    assert (expected == "failed") or "no signature was verified" in pdf.check(pdf.saves(data)).meaning


HOSTILE_BYTES = 6_000_000
FAR = b"%%PDF-1.7\nxref\n0 1\n%strailer\n<</Size 9>>\nstartxref\n9\n"
SIGNING = b"9 0 obj /ByteRange /Type/Page endobj\nstartxref\n9\n"


@pytest.mark.parametrize(
    "data",
    [
        ORIGINAL + b"/ByteRange" + b"/Contents[" * (HOSTILE_BYTES // 10) + b"startxref\n9\n",
        edited(ORIGINAL, {**SIGN, 9: b"/Contents[" * (HOSTILE_BYTES // 10)}),
        edited(ORIGINAL, {**SIGN, 9: b"1 0 obj " * (HOSTILE_BYTES // 8)}),
        ORIGINAL + b">>stream\nendstream" * (HOSTILE_BYTES // 18) + b"startxref\n9\n",
        FAR % (b"traile" * (HOSTILE_BYTES // 6)) + SIGNING * 499,
        b"%PDF-1.7\n" + b" " * HOSTILE_BYTES + (b"startxref\n9\n" + SIGNING * 499),
    ],
    ids=["lists", "lists in an object", "objects", "streams", "far trailer", "blanks"],
)
def test_a_hostile_file_is_looked_through_once(data: bytes) -> None:
    started = time.process_time()
    assert told(data)[1] != "passed"
    assert time.process_time() - started < 1


WORDS = [b"startxref\n", b"%%EOF\n", b"xref\n0 0\n", b"trailer\n<</Size 7/Prev 9/XRefStm 9>>\n", b"4 0 obj\n", EDIT[4]]
WORDS += [b">>stream\n", b"endstream\n", b"endobj\n", b"/Linearized 1", b"<<", b">>", b"(", b"%\n", b"\n", b"9"]
TAILS = st.lists(st.sampled_from(WORDS) | st.binary(max_size=12), min_size=1, max_size=9).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(list(HONEST.values())), TAILS)
def test_whatever_is_appended_was_not_saved_once(honest: bytes, tail: bytes) -> None:
    assert told(honest + b"\n" + tail)[1] != "passed" or not tail.strip(pdf.BLANK)


@settings(max_examples=400, deadline=None)
@given(st.integers(ORIGINAL.rindex(b"startxref"), len(ORIGINAL) - 1), st.integers(0, 30), TAILS)
@example(ORIGINAL.rindex(b"startxref"), 9, b"startxrefx")
def test_the_first_closing_part_cannot_be_damaged_away(at: int, size: int, other: bytes) -> None:
    data = UPDATED[:at] + other + UPDATED[min(at + size, len(ORIGINAL)) :]
    assert told(data)[1] != "passed"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([UPDATED, edited(saved(PAGES), SIGN), *HONEST.values()]), st.data())
def test_whatever_the_damage_there_is_an_answer(seed: bytes, data: st.DataObject) -> None:
    place, other = data.draw(st.integers(0, len(seed))), data.draw(TAILS)
    for damaged in (seed[:place] + other + seed[place + data.draw(st.integers(0, 60)) :], other):
        assert told(damaged)[1] in ("passed", "failed", "not_assessed")
