"""The parts of files beside their pixels, on files made here: what was packed to cost memory, and what was cut off."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zlib
from datetime import date

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from vision.bench.badpictures import absurd_pictures
from vision.consistency import files
from vision.consistency.container import MOST_BOXES, MOST_SEGMENTS, MOST_TEXT, opened

GREY = Image.fromarray(np.full((40, 60, 3), 128, np.uint8))
MEGABYTE = zlib.compress(b"a" * (1 << 20), 9)
XMP = b"http://ns.adobe.com/xap/1.0/\0"
ADOBE_XMP = b"XML:com.adobe.xmp\0\0\0\0\0"


def saved(kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    GREY.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*chunks: bytes) -> bytes:
    plain = saved("PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def jpeg(*bodies: bytes, marker: int = 0xE1) -> bytes:
    segments = (bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body for body in bodies)
    plain = saved("JPEG")
    return plain[:2] + b"".join(segments) + plain[2:]


@pytest.mark.parametrize("keyword", [b"Software", b"Comment", b"parameters"])
@pytest.mark.parametrize("start", [b"\0\0", b"\0\1\0\0\0"])
def test_texts_packed_to_gigabytes_cost_neither_memory_nor_time(keyword: bytes, start: bytes) -> None:
    data = png(*[chunk(b"zTXt" if start == b"\0\0" else b"iTXt", keyword + start + MEGABYTE)] * (MOST_SEGMENTS - 100))
    tracemalloc.start()
    began = time.process_time()
    report = files.inspect(data, date(2026, 6, 1))
    spent, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert spent < 1
    assert peak < 30_000_000
    assert "passed" not in {check.result for check in report.checks}


def test_every_absurd_picture_is_looked_through_in_a_second() -> None:
    for name, data in absurd_pictures().items():
        began = time.process_time()
        files.inspect(data, date(2026, 6, 1))
        assert time.process_time() - began < 1, name


def test_what_finds_no_room_is_told_and_the_rest_is_kept() -> None:
    first, last = chunk(b"tEXt", b"Software\0HDR+ 1.0"), chunk(b"tEXt", b"Software\0GIMP")
    full = opened(png(first, chunk(b"zTXt", b"Software\0\0" + MEGABYTE), last))
    assert (full.programs[0], len(full.programs[1]), full.whole) == ("HDR+ 1.0", MOST_TEXT - 8, False)
    assert opened(png(first, last)).programs == ("HDR+ 1.0", "GIMP")


def test_of_a_recipe_the_keyword_is_kept_alone() -> None:
    recipe = chunk(b"tEXt", b"parameters\0Anna Example, passport, Steps: 20")
    found = opened(png(recipe, recipe, chunk(b"zTXt", b"workflow\0\0" + MEGABYTE)))
    assert (found.recipes, found.programs, found.whole) == (("parameters", "workflow"), (), True)
    assert "Anna" not in repr(found)


@pytest.mark.parametrize("packed", [b"no zlib", MEGABYTE[: len(MEGABYTE) // 2]])
def test_a_text_that_cannot_be_unpacked_is_told(packed: bytes) -> None:
    assert not opened(png(chunk(b"zTXt", b"Software\0\0" + packed))).whole
    assert opened(png(chunk(b"zTXt", b"Title\0\0" + packed))).whole


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_is_whole_until_it_is_cut(kind: str) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "<x/>", zip=True)
    data = saved(kind, **({"pnginfo": info} if kind == "PNG" else {"xmp": b"<x/>"}))
    assert (opened(data).xmp, opened(data).whole) == (b"<x/>", True)
    cut = data.index(b"http://ns.adobe.com" if kind == "JPEG" else b"iTXt" if kind == "PNG" else b"XMP ")
    assert not opened(data[: cut + 10]).whole


def test_a_file_of_more_parts_than_are_looked_at_is_not_whole() -> None:
    assert not opened(png(*[chunk(b"teXt", b"")] * MOST_SEGMENTS)).whole
    assert not opened(jpeg(*[b""] * MOST_SEGMENTS, marker=0xE5)).whole
    many = b"".join(b"abcd" + bytes(4) for _ in range(MOST_SEGMENTS))
    assert not opened(b"RIFF\0\0\0\0WEBP" + many + b"XMP " + bytes(4) + bytes(9)).whole


def test_packets_of_xmp_are_joined_as_far_as_there_is_room() -> None:
    assert opened(jpeg(XMP + b"<a/>", XMP + b"<b/>")).xmp == b"<a/><b/>"
    found = opened(jpeg(*[XMP + b" " * 60_000] * 40))
    assert (len(found.xmp), found.whole) == (MOST_TEXT, False)
    assert not opened(png(chunk(b"iTXt", ADOBE_XMP + b" " * (MOST_TEXT + 1)))).whole


def test_boxes_are_kept_up_to_a_limit() -> None:
    found = opened(jpeg(*[b"JP" + bytes(60_000)] * 150, marker=0xEB))
    assert (len(found.jumbf), found.whole) == (MOST_BOXES, False)


def test_tables_written_again_and_again_cost_little_and_the_last_ones_count() -> None:
    tables = [bytes(range(64)), bytes(range(1, 65))]
    data = jpeg(*[b"".join(b"\0" + table for table in tables) * 500] * 300, marker=0xDB)
    began = time.process_time()
    opened(data[: data.index(b"\xff\xc0")])
    assert time.process_time() - began < 1
    assert opened(data).tables == opened(saved("JPEG")).tables
