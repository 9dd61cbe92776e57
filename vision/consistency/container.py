"""The parts of a picture file beside its pixels, from its bytes alone: metadata, tables, manifests.

Nothing is decoded and nothing raises: a damaged file yields what stands before the damage. Segments are those of
JPEG (ITU-T T.81), PNG (ISO/IEC 15948) and WebP (RFC 9649).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["JPEG", "PNG", "WEBP", "PDF", ""]
Table = tuple[int, ...]

PNG_MAGIC, EXIF_MAGIC, XMP_MAGIC = b"\x89PNG\r\n\x1a\n", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
MOST_SEGMENTS = 4000
MOST_TEXT = 1 << 20
ZIGZAG = (
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
)  # fmt: skip


@dataclass(frozen=True)
class Container:
    """What a file carries beside its pixels: an EXIF block (TIFF), XMP (XML), boxes of JUMBF, plain texts by keyword,
    and a JPEG's quantisation tables of 64 steps, row by row. `adobe` is the segment that Photoshop's export writes."""

    kind: Kind
    exif: bytes = b""
    xmp: bytes = b""
    jumbf: bytes = b""
    texts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    adobe: bool = False


def opened(data: bytes) -> Container:
    """The parts of a JPEG, PNG, WebP or PDF; the kind is "" for anything else."""
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    if data[:8] == PNG_MAGIC:
        return _png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        chunks = dict(_riff(data))
        exif = chunks.get(b"EXIF", b"").removeprefix(EXIF_MAGIC)
        return Container("WEBP", exif, chunks.get(b"XMP ", b""), chunks.get(b"C2PA", b""))
    return Container("PDF" if b"%PDF-" in data[:1024] else "")


def _jpeg(data: bytes) -> Container:
    exif = xmp = b""
    boxes: list[bytes] = []
    tables: dict[int, Table] = {}
    adobe = False
    for marker, body in _segments(data):
        if marker == 0xE1 and body.startswith(EXIF_MAGIC):
            exif = exif or body[len(EXIF_MAGIC) :]
        elif marker == 0xE1 and body.startswith(XMP_MAGIC):
            xmp = xmp or body[len(XMP_MAGIC) :]
        elif marker == 0xEB and body[:2] == b"JP":
            # Later pieces of one box repeat its length and type (ISO 19566-5, B.1).
            boxes.append(body[8:] if not boxes else body[16:])
        elif marker == 0xEC:
            adobe = adobe or body.startswith(b"Ducky")
        elif marker == 0xDB:
            tables |= _tables(body)
    return Container("JPEG", exif, xmp, b"".join(boxes), (), tuple(tables[key] for key in sorted(tables)), adobe)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker segments before the first scan."""
    at = 2
    for _ in range(MOST_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] in (0xD9, 0xDA):
            return
        if data[at + 1] == 0xFF:
            at += 1
            continue
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at + 1], data[at + 4 : at + 2 + size]
        at += 2 + max(size, 2)


def _tables(body: bytes) -> dict[int, Table]:
    """Quantisation tables by their number, out of the zigzag order in which they are stored."""
    tables: dict[int, Table] = {}
    at = 0
    while at < len(body):
        wide, number = body[at] >> 4, body[at] & 15
        size = 128 if wide else 64
        stored = body[at + 1 : at + 1 + size]
        if len(stored) < size:
            break
        steps = [
            int.from_bytes(stored[2 * place : 2 * place + 2], "big") if wide else stored[place] for place in range(64)
        ]
        plain = [0] * 64
        for place, step in zip(ZIGZAG, steps, strict=True):
            plain[place] = step
        tables[number] = tuple(plain)
        at += 1 + size
    return tables


def _png(data: bytes) -> Container:
    exif = xmp = jumbf = b""
    texts: list[tuple[str, str]] = []
    for name, body in _chunks(data):
        if name == b"eXIf":
            exif = body
        elif name == b"caBX":
            jumbf = body
        elif name in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, text = _text(name, body)
            if keyword == "XML:com.adobe.xmp":
                xmp = text
            else:
                texts.append((keyword, text.decode("utf-8", "replace")))
    return Container("PNG", exif, xmp, jumbf, tuple(texts))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG_MAGIC)
    for _ in range(MOST_SEGMENTS):
        if at + 12 > len(data):
            return
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size


def _text(name: bytes, body: bytes) -> tuple[str, bytes]:
    """Keyword and text of a PNG's textual chunk, unpacked up to a megabyte."""
    keyword, _, rest = body.partition(b"\0")
    packed = name == b"zTXt"
    if name == b"zTXt":
        rest = rest[1:]
    elif name == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    if packed:
        try:
            rest = zlib.decompressobj().decompress(rest, MOST_TEXT)
        except zlib.error:
            rest = b""
    return keyword.decode("latin-1"), rest[:MOST_TEXT]


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    for _ in range(MOST_SEGMENTS):
        if at + 8 > len(data):
            return
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
