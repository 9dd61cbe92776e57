"""The parts of a picture file beside its pixels, from its bytes alone: metadata, tables, manifests.

Nothing is decoded and nothing raises: a damaged file yields what stands before the damage, and says so. Segments are
those of JPEG (ITU-T T.81), PNG (ISO/IEC 15948) and WebP (RFC 9649). Only a PNG's texts are packed. Those that are used
are unpacked, up to a megabyte over the whole file; of the recipes that generators of pictures write the keyword is
enough, and what a person asked them for is not read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["JPEG", "PNG", "WEBP", "PDF", ""]
Table = tuple[int, ...]

PNG_MAGIC, EXIF_MAGIC, XMP_MAGIC = b"\x89PNG\r\n\x1a\n", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
PNG_XMP = "XML:com.adobe.xmp"
SOFTWARE, COMMENT = "Software", "Comment"
CREATED = re.compile(rb"\s*Created with (.{1,100})")
"""The comment of GIMP and of others on pictures that they made, and did not only open."""
RECIPES: Mapping[str, str] = {
    "parameters": "Stable Diffusion", "prompt": "ComfyUI", "workflow": "ComfyUI", "invokeai_metadata": "InvokeAI",
    "invokeai_graph": "InvokeAI", "sd-metadata": "InvokeAI", "Dream": "InvokeAI", "fooocus_scheme": "Fooocus",
}  # fmt: skip
"""Keywords of the PNG texts in which generators of pictures keep what they were asked for, and which one it is."""
MOST_SEGMENTS = 4000
MOST_TEXT = 1 << 20
MOST_BOXES = 8 << 20
LAST = (0xD9, 0xDA)
"""A JPEG's markers of its end and of its first scan, behind which no segment tells anything of a file."""
ZIGZAG = (
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
)  # fmt: skip


@dataclass(frozen=True)
class Container:
    """What a file carries beside its pixels: an EXIF block (TIFF), XMP (XML), boxes of JUMBF, the programs in comments
    and in a PNG's texts, keywords of recipes there, and a JPEG's quantisation tables of 64 steps, row by row. `adobe`
    is the segment that Photoshop's export writes. Where a file is not `whole`, there is more that was not read: it is
    damaged, or too much."""

    kind: Kind
    exif: bytes = b""
    xmp: bytes = b""
    jumbf: bytes = b""
    programs: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    adobe: bool = False
    whole: bool = True


@dataclass
class _Room:
    """How many bytes may still be kept of a file, and whether all that were to be kept found room."""

    left: int
    whole: bool = True

    def take(self, stored: bytes, packed: bool = False) -> bytes:
        """As much as there is room for, unpacked where it is `packed`."""
        taken, ended = _unpacked(stored, self.left) if packed else (stored[: self.left], len(stored) <= self.left)
        self.left -= len(taken)
        self.whole = self.whole and ended
        return taken


def opened(data: bytes) -> Container:
    """The parts of a JPEG, PNG, WebP or PDF; the kind is "" for anything else."""
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    if data[:8] == PNG_MAGIC:
        return _png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return Container("PDF" if b"%PDF-" in data[:1024] else "")


def _jpeg(data: bytes) -> Container:
    exif = b""
    xmp: list[bytes] = []
    boxes: list[bytes] = []
    programs: list[str] = []
    texts, room = _Room(MOST_TEXT), _Room(MOST_BOXES)
    tables: dict[int, bytes] = {}
    adobe, marker = False, 0
    for marker, body in _segments(data):
        if marker == 0xE1 and body.startswith(EXIF_MAGIC):
            exif = exif or body[len(EXIF_MAGIC) :]
        elif marker == 0xE1 and body.startswith(XMP_MAGIC):
            xmp.append(texts.take(body[len(XMP_MAGIC) :]))
        elif marker == 0xEB and body[:2] == b"JP":
            # Later pieces of one box repeat its length and type (ISO 19566-5, B.1).
            boxes.append(room.take(body[16:] if boxes else body[8:]))
        elif marker == 0xFE:
            programs += _creator(body)
        elif marker == 0xEC:
            adobe = adobe or body.startswith(b"Ducky")
        elif marker == 0xDB:
            tables |= _tables(body)
    rows = tuple(_rows(tables[number]) for number in sorted(tables))
    whole = texts.whole and room.whole and marker in LAST
    return Container("JPEG", exif, b"".join(xmp), b"".join(boxes), tuple(programs), (), rows, adobe, whole)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker segments up to the first scan, or the end of the picture."""
    at = 2
    for _ in range(MOST_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF:
            return
        if data[at + 1] == 0xFF:
            at += 1
            continue
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at + 1], data[at + 4 : at + 2 + size]
        if data[at + 1] in LAST:
            return
        at += 2 + max(size, 2)


def _tables(body: bytes) -> dict[int, bytes]:
    """Quantisation tables as stored, of 64 or 128 bytes, by their number."""
    tables: dict[int, bytes] = {}
    at = 0
    while at < len(body):
        size = 128 if body[at] >> 4 else 64
        stored = body[at + 1 : at + 1 + size]
        if len(stored) < size:
            break
        tables[body[at] & 15] = stored
        at += 1 + size
    return tables


def _rows(stored: bytes) -> Table:
    """The steps of a table row by row, out of the zigzag order in which they are stored."""
    wide = len(stored) // 64
    plain = [0] * 64
    for place, row in enumerate(ZIGZAG):
        plain[row] = int.from_bytes(stored[wide * place : wide * (place + 1)], "big")
    return tuple(plain)


def _png(data: bytes) -> Container:
    exif = jumbf = name = b""
    xmp: list[bytes] = []
    programs: list[str] = []
    recipes: list[str] = []
    texts, room = _Room(MOST_TEXT), _Room(MOST_BOXES)
    for name, body in _chunks(data):
        if name == b"eXIf":
            exif = body
        elif name == b"caBX":
            jumbf = jumbf or room.take(body)
        elif name in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, packed, text = _text(name, body)
            if keyword == PNG_XMP:
                xmp.append(texts.take(text, packed))
            elif keyword == SOFTWARE:
                programs.append(texts.take(text, packed).decode("utf-8", "replace"))
            elif keyword == COMMENT:
                programs += _creator(texts.take(text, packed))
            elif keyword in RECIPES:
                recipes.append(keyword)
    whole = texts.whole and room.whole and name == b"IEND"
    once = tuple(dict.fromkeys(recipes))
    return Container("PNG", exif, b"".join(xmp), jumbf, tuple(programs), once, whole=whole)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG up to its end."""
    at = len(PNG_MAGIC)
    for _ in range(MOST_SEGMENTS):
        if at + 12 > len(data):
            return
        size = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        yield name, data[at + 8 : at + 8 + size]
        if name == b"IEND":
            return
        at += 12 + size


def _text(name: bytes, body: bytes) -> tuple[str, bool, bytes]:
    """Keyword of a PNG's textual chunk, whether its text is packed, and the text as stored."""
    keyword, _, rest = body.partition(b"\0")
    packed = name == b"zTXt"
    if name == b"zTXt":
        rest = rest[1:]
    elif name == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    return keyword.decode("latin-1"), packed, rest


def _creator(comment: bytes) -> list[str]:
    """The program that a comment says the picture was created with, if it says so."""
    found = CREATED.match(comment)
    return [found[1].decode("utf-8", "replace")] if found else []


def _unpacked(text: bytes, most: int) -> tuple[bytes, bool]:
    """Up to `most` bytes out of a zlib stream, and whether that is all of it."""
    stream = zlib.decompressobj()
    try:
        # One more than fits tells a text that ends here; a limit of 0 would be none.
        taken = stream.decompress(text, most + 1)
    except zlib.error:
        return b"", False
    return taken[:most], stream.eof and len(taken) <= most


def _webp(data: bytes) -> Container:
    found = list(_riff(data))
    chunks = {name: body for name, body, _ in reversed(found)}
    end = found[-1][2] if found else 0
    texts, room = _Room(MOST_TEXT), _Room(MOST_BOXES)
    xmp, jumbf = texts.take(chunks.get(b"XMP ", b"")), room.take(chunks.get(b"C2PA", b""))
    whole = texts.whole and room.whole and end - 1 <= len(data) < end + 8
    return Container("WEBP", chunks.get(b"EXIF", b"").removeprefix(EXIF_MAGIC), xmp, jumbf, whole=whole)


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """The chunks of a WebP, each with where the next one begins."""
    at = 12
    for _ in range(MOST_SEGMENTS):
        if at + 8 > len(data):
            return
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        name, body = data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
        yield name, body, at
