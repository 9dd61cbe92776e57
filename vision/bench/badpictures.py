"""Good small pictures to damage, and pictures no camera would write: bombs, loops, lies about sizes, other files."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from functools import cache

import numpy as np
from PIL import Image

from vision.bench.mutate import PNG_MAGIC, Chunk, png, png_chunks, segment

SIDE = 64


def picture_seeds() -> Mapping[str, bytes]:
    """Pictures that decode, by name: every format and mode that is read, most of them 64 x 48 noise."""
    noise = np.random.default_rng(0).integers(0, 256, (48, SIDE, 3), dtype=np.uint8)
    plain = Image.fromarray(noise)
    large = Image.fromarray(noise).resize((1200, 850), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112], exif[0x0131] = 6, "Editor 1.0"
    return {
        "jpeg": encoded(plain, "JPEG", exif=exif, comment="a comment", icc_profile=bytes(300)),
        "jpeg progressive": encoded(plain, "JPEG", progressive=True),
        "jpeg grey": encoded(plain.convert("L"), "JPEG", restart_marker_blocks=1),
        "jpeg cmyk": encoded(plain.convert("CMYK"), "JPEG"),
        "jpeg large": encoded(large, "JPEG", quality=85),
        "jpeg mpo": encoded(plain, "MPO", save_all=True, append_images=[plain]),
        "png": encoded(plain, "PNG", exif=exif),
        "png alpha": encoded(plain.convert("RGBA"), "PNG"),
        "png palette": encoded(plain.convert("P"), "PNG", transparency=3),
        "png 16 bit": encoded(Image.fromarray(noise[..., 0].astype(np.uint16) * 257), "PNG"),
        "png 1 bit": encoded(plain.convert("1"), "PNG"),
        "png interlaced": interlaced(noise),
        "webp": encoded(plain, "WEBP", exif=exif),
        "webp lossless": encoded(plain.convert("RGBA"), "WEBP", lossless=True),
    }


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """A picture as a file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def interlaced(rgb: np.ndarray) -> bytes:
    """A PNG stored in the seven passes of Adam7 (PNG specification, 8.2), which Pillow reads but does not write."""
    height, width = rgb.shape[:2]
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    rows = b"".join(
        b"\0" + row.tobytes() for top, left, down, right in passes for row in rgb[top::down, left::right] if row.size
    )
    return png([header(width, height, interlace=1), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")])


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlace: int = 0) -> Chunk:
    """The first chunk of a PNG."""
    return b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)


@cache
def absurd_pictures() -> Mapping[str, bytes]:
    """Files made by hand, by name. Each of them is to be refused, or decoded within the limits."""
    return {**_jpegs(), **_pngs(), **_webps(), **_others()}


def _jpegs() -> Mapping[str, bytes]:
    plain = Image.new("RGB", (SIDE, SIDE), (90, 120, 200))
    data = encoded(plain, "JPEG")
    head, rest = data[:2], data[2:]
    frame = data.find(b"\xff\xc0")
    sized = {
        name: data[: frame + 5] + struct.pack(">HH", *size) + data[frame + 9 :]
        for name, size in {
            "no height": (0, 64),
            "no width": (64, 0),
            "huge": (65535, 65535),
            "tall": (60000, 400),
        }.items()
    }
    kinds = {f"frame {kind:x}": data[: frame + 1] + bytes([kind]) + data[frame + 2 :] for kind in (0xC3, 0xC9, 0xCB)}
    scans = encoded(Image.new("RGB", (5000, 5000)), "JPEG", progressive=True)
    last = scans[scans.rfind(b"\xff\xda") : -2]
    loop = b"Exif\0\0MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x8769, 4, 1, 8, 8)
    count = b"Exif\0\0MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x0131, 2, 0xFFFFFFFF, 8, 8)
    many = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 5400) + struct.pack(">HHII", 0x0131, 2, 65_000, 8) * 5400
    made = {
        **sized,
        **kinds,
        "many scans": scans[:-2] + last * 500 + scans[-2:],
        "many scans behind an end": head + segment(b"\xff\xfe", b"\xff\xd9") + scans[2:-2] + last * 500 + scans[-2:],
        "scans behind the end": data + last * 500,
        "most scans allowed": scans[:-2] + last * 13 + scans[-2:],
        "padding": head + b"\xff" * 20_000_000 + rest,
        "tiny segments": head + segment(b"\xff\xfe", b"") * 5_000_000 + rest,
        "comments": head + segment(b"\xff\xfe", bytes(65_000)) * 350 + rest,
        "profiles": head + segment(b"\xff\xe2", b"ICC_PROFILE\0\1\xff" + bytes(65_000)) * 255 + rest,
        "many exif": head + segment(b"\xff\xe1", b"Exif\0\0" + bytes(65_000)) * 350 + rest,
        "exif loop": head + segment(b"\xff\xe1", loop) + rest,
        "exif count": head + segment(b"\xff\xe1", count) + rest,
        "exif entries": head + segment(b"\xff\xe1", many[:65_000]) + rest,
        "xmp": head + segment(b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\0" + b"<a>" * 20_000) * 300 + rest,
        "photoshop": head + segment(b"\xff\xed", b"Photoshop 3.0\0" + b"8BIM\4\4\0\0\0\0\0\0" * 5_000) * 300 + rest,
        "no tables": data.replace(b"\xff\xc4", b"\xff\xfe").replace(b"\xff\xdb", b"\xff\xfe"),
        "table of ones": _with_table(data, b"\x10" + bytes([255] * 16) + bytes(64)),
        "no end": encoded(plain, "JPEG")[:-2],
        "behind a page": b"<html><script>alert(1)</script>" + data,
        "before an archive": data + b"PK\3\4" + bytes(2000),
        "indexes": head
        + segment(b"\xff\xe2", b"MPF\0MM\0*" + struct.pack(">IHHHII", 8, 1, 0xB001, 4, 1, 2**31))
        + rest,
    }
    return {f"jpeg {name}": each for name, each in made.items()}


def _with_table(data: bytes, table: bytes) -> bytes:
    at = data.find(b"\xff\xc4")
    return data[:at] + segment(b"\xff\xc4", table) + data[at:]


def _pngs() -> Mapping[str, bytes]:
    parts = png_chunks(encoded(Image.new("RGB", (SIDE, SIDE), (90, 120, 200)), "PNG"))
    first, rest = parts[0], parts[1:]
    end = (b"IEND", b"")
    megabyte = zlib.compress(bytes(1_000_000), 9)
    moving = struct.pack(">II", 2**31 - 1, 0)
    rows = zlib.compress(bytes(SIDE * (SIDE * 3 + 1)) + bytes(100_000_000), 1)
    sizes = {"no width": (0, 64), "huge": (2**31 - 1, 2**31 - 1), "wide": (2**24, 16), "just too large": (4001, 4000)}
    made = {
        **{name: [header(*size), *rest] for name, size in sizes.items()},
        "bomb": png_chunks(encoded(Image.new("1", (20_000, 20_000)), "PNG", compress_level=1)),
        "no bits": [header(64, 64, depth=0), *rest],
        "colour 7": [header(64, 64, colour=7), *rest],
        "no palette": [header(64, 64, colour=3), *rest],
        "half": [header(64, 640), *rest],
        "more rows": [first, (b"IDAT", rows), end],
        "text bombs": [first, *[(b"zTXt", b"k\0\0" + megabyte)] * 200, *rest],
        "text": [first, *[(b"tEXt", b"k\0" + b"x" * 65_000)] * 300, *rest],
        "unicode bombs": [first, *[(b"iTXt", b"k\0\1\0\0\0" + megabyte)] * 200, *rest],
        "profile bomb": [first, (b"iCCP", b"p\0\0" + zlib.compress(bytes(100_000_000), 1)), *rest],
        "two headers": [first, header(3000, 3000), *rest],
        "animation": [first, (b"acTL", moving), *rest],
        "long transparency": [first, (b"tRNS", bytes(60_000)), *rest],
        "empty rows": [first, *[(b"IDAT", b"")] * 200_000, *rest],
        "exif loop": [first, (b"eXIf", b"MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x8769, 4, 1, 8, 8)), *rest],
        "no rows": [first, end],
        "largest": png_chunks(encoded(Image.new("RGBA", (4000, 4000), (3, 4, 5, 6)), "PNG", compress_level=1)),
    }
    tiny = png([first]) + png([(b"prVt", b"")])[len(PNG_MAGIC) :] * 1_000_000 + png(rest)[len(PNG_MAGIC) :]
    return {**{f"png {name}": png(each) for name, each in made.items()}, "png tiny chunks": tiny}


def _webps() -> Mapping[str, bytes]:
    data = encoded(Image.new("RGB", (SIDE, SIDE), (90, 120, 200)), "WEBP", lossless=True)
    plain = Image.new("RGB", (SIDE, SIDE))
    frames = [Image.new("RGB", (SIDE, SIDE), (each, 0, 0)) for each in range(200)]
    wide = struct.pack("<I", 16383)[:3] * 2
    extended = b"VP8X" + struct.pack("<IBBBB", 10, 0x10, 0, 0, 0) + wide
    made = {
        "animation": encoded(plain, "WEBP", save_all=True, append_images=frames),
        "canvas": b"RIFF" + struct.pack("<I", len(extended) + len(data) - 8) + b"WEBP" + extended + data[12:],
        "short": data[:4] + struct.pack("<I", 8) + data[8:],
        "long": data[:4] + struct.pack("<I", 2**32 - 2) + data[8:],
        "profile": encoded(plain, "WEBP", icc_profile=bytes(20_000_000)),
        "largest": encoded(Image.new("RGB", (4000, 4000), (3, 4, 5)), "WEBP", lossless=True),
    }
    return {f"webp {name}": each for name, each in made.items()}


def _others() -> Mapping[str, bytes]:
    plain = Image.new("RGB", (SIDE, SIDE))
    pillow = {kind.lower(): encoded(plain, kind) for kind in ("PPM", "ICO", "TGA", "BMP", "GIF", "TIFF", "PCX", "EPS")}
    entity = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>'
    made = {
        **pillow,
        "nothing": b"",
        "one byte": b"\xff",
        "zeros": bytes(1_000_000),
        "svg": entity,
        "playlist": b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\nfile:///etc/passwd\n",
        "archive": b"PK\3\4" + bytes(100),
        "program": b"\x7fELF" + bytes(100),
        "page": b"%PDF-1.7\n" + bytes(100),
        "too long": bytes(25_000_001),
        "heic": b"\0\0\0\x18ftypheic" + bytes(100),
    }
    return {f"other {name}": each for name, each in made.items()}
