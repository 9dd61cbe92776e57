"""Bytes to one checked picture. Nothing else in the project decodes an image, so every limit stands here.

A picture that is refused raises `BadImage`, whatever the decoder stumbled over. The message never repeats a file's
content: an image comes from a customer, and its text may be written for whoever reads the error.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError
from pydantic import with_config

from vision.errors import BadImage

Pixels = npt.NDArray[np.uint8]
Format = Literal["JPEG", "PNG", "WEBP"]

MAX_BYTES = 25_000_000
# Within these an honest picture needs about half of the CPU time it is given: measured, 15 to 22 ns a pixel of a JPEG
# and 20 to 38 of PNG and WebP. Phones write JPEG of 12 to 24 megapixels; a page scanned at 400 dpi has 15.5.
MAX_PIXELS = 25_000_000
MAX_PIXELS_OF_PNG_OR_WEBP = 16_000_000
MIN_SIDE = 16
MOST_DRAWN_OUT = 32
"""The longer side over the shorter one. No document is a ribbon, and enlarged such a one outgrows what readers take."""
# A progressive JPEG repeats a pass over all its pixels for every scan: honest ones have about ten.
MAX_SCANS = 24
MAX_MARKS = 200_000
"""Bytes FF of a JPEG over which its end is looked for. Of coded data one byte in 256 is one."""
MAX_TEXT = 100

# Pillow and the codecs under it raise all of these on damaged input; measured over mutated files.
DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    EOFError,
    MemoryError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
)

# What else people send, by the first bytes, and what to do about it.
OTHER_KINDS: tuple[tuple[int, bytes, str, str], ...] = (
    *(
        (4, b"ftyp" + brand, "a HEIC picture", "save it as JPEG or PNG")
        for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1")
    ),
    *((4, b"ftyp" + brand, "an AVIF picture", "save it as JPEG or PNG") for brand in (b"avif", b"avis")),
    (4, b"ftyp", "a video clip", "send one still picture"),
    (0, b"\x1a\x45\xdf\xa3", "a video clip", "send one still picture"),
    (8, b"AVI ", "a video clip", "send one still picture"),
    (0, b"GIF8", "a GIF", "send one still picture as JPEG or PNG"),
    (0, b"%PDF", "a PDF", "send the page as a JPEG or PNG picture"),
    (0, b"II*\x00", "a TIFF picture", "save it as JPEG or PNG"),
    (0, b"MM\x00*", "a TIFF picture", "save it as JPEG or PNG"),
    (0, b"BM", "a BMP picture", "save it as JPEG or PNG"),
)

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What ends or interrupts the coded data of a JPEG, of which FF 00 and the restarts D0 to D7 are parts.
MARKER = re.compile(rb"\xff([\xc0-\xcf\xd8-\xfe])", re.DOTALL)
END = b"\xd9"
ORIENTATION, SOFTWARE, CHANGED, EXIF_IFD, TAKEN = 0x0112, 0x0131, 0x0132, 0x8769, 0x9003


@with_config(arbitrary_types_allowed=True)
@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture: `rgb` is uint8, height x width x 3, upright after its EXIF orientation.

    `stored_size` is (width, height) as stored. `quantisation` holds a JPEG's tables of 64 steps each, () for other
    formats. `software` and `taken` are what the file claims of itself: hints for a reviewer, easily forged, cleaned of
    control characters and cut to 100 characters.
    """

    rgb: Pixels
    format: Format
    stored_size: tuple[int, int]
    quantisation: tuple[tuple[int, ...], ...] = ()
    software: str = ""
    taken: str = ""


def decode(data: bytes) -> Picture:
    """Decode a JPEG, PNG or WebP in this process: bytes that were made here. A customer's go to `vision.decode.still`.

    Raises `BadImage` for anything but a picture within the limits above: another kind of file, a clip or animation, a
    truncated or damaged picture, or a decompression bomb. Transparency is laid on white; palettes, grey, CMYK and 16
    bits become plain RGB.
    """
    check(data)
    data = first(data)
    # Damaged files make Pillow warn before it raises; the refusal below is the message that counts.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL(\..*)?$")
        try:
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
                _check_header(opened)
                opened.load()
                return _picture(opened)
        except UnidentifiedImageError:
            raise BadImage("the file is not a JPEG, PNG or WebP picture", "send one of these formats") from None
        except Image.DecompressionBombError:
            raise _too_many_pixels("", MAX_PIXELS) from None
        except DECODER_ERRORS as error:
            what = f"the picture is truncated or damaged ({type(error).__name__})"
            raise BadImage(what, "send the original file again") from None


def check(data: bytes) -> None:
    """Raise `BadImage` for bytes that no decoder needs to see: none, too many, or another kind's."""
    if not data:
        raise BadImage("the file is empty", "send the picture again")
    if len(data) > MAX_BYTES:
        raise BadImage(f"the file has more than {MAX_BYTES // 10**6} MB", "send a smaller picture")
    for offset, magic, kind, remedy in OTHER_KINDS:
        if data[offset : offset + len(magic)] == magic:
            raise BadImage(f"the file is {kind}, not a JPEG, PNG or WebP picture", remedy)
    if data[:2] == b"\xff\xd8" and (scans := first(data).count(b"\xff\xda")) > MAX_SCANS:
        raise BadImage(f"the JPEG has {scans} scans, more than {MAX_SCANS}", "save it again as a plain JPEG")


def first(data: bytes) -> bytes:
    """A JPEG without what stands behind its first picture, as the clip of a phone's motion photo does; other bytes as
    they are. No decoder gets more, so that what is counted here is all that it may meet."""
    if data[:2] != b"\xff\xd8" or data.count(b"\xff") > MAX_MARKS:
        return data
    marker = MARKER.search(data, 2)
    while marker and marker[1] != END:
        size = int.from_bytes(data[marker.end() : marker.end() + 2], "big")
        marker = MARKER.search(data, marker.end() + max(size, 2))
    return data[: marker.end()] if marker else data


def _check_header(opened: Image.Image) -> None:
    width, height = opened.size
    most = MAX_PIXELS_OF_PNG_OR_WEBP if opened.format in {"PNG", "WEBP"} else MAX_PIXELS
    if width * height > most:
        raise _too_many_pixels(f"{width} x {height} pixels, ", most)
    if min(width, height) < MIN_SIDE:
        raise BadImage(f"the picture has {width} x {height} pixels", f"send one of at least {MIN_SIDE} pixels a side")
    if max(width, height) > MOST_DRAWN_OUT * min(width, height):
        raise BadImage(f"the picture has {width} x {height} pixels", "send a picture of the whole document")
    # A JPEG may carry a second picture (a depth map, a preview); only PNG and WebP move.
    if opened.format in {"PNG", "WEBP"} and getattr(opened, "n_frames", 1) > 1:
        raise BadImage("the picture is an animation", "send one still picture")


def _too_many_pixels(size: str, most: int) -> BadImage:
    return BadImage(f"the picture has {size}more than {most // 10**6} megapixels", "send a smaller picture")


def _picture(opened: Image.Image) -> Picture:
    tags, taken = _exif(opened)
    rgb = _rgb(opened)
    turn = TURNS.get(cast(int, tags.get(ORIENTATION, 1)))
    if turn is not None:
        rgb = rgb.transpose(turn)
    tables = getattr(opened, "quantization", None) or {}
    return Picture(
        rgb=np.array(rgb, dtype=np.uint8),
        format="JPEG" if opened.format == "MPO" else cast(Format, opened.format),
        stored_size=opened.size,
        quantisation=tuple(tuple(int(step) for step in tables[key]) for key in sorted(tables)),
        software=_clean(tags.get(SOFTWARE)),
        taken=_clean(taken or tags.get(CHANGED)),
    )


def _exif(opened: Image.Image) -> tuple[dict[int, object], object]:
    """Tags of the picture and when it was taken. Damaged metadata is no damaged picture: it counts as none."""
    try:
        exif = opened.getexif()
        tags = {tag: exif.get(tag) for tag in (ORIENTATION, SOFTWARE, CHANGED)}
        tags = {tag: value for tag, value in tags.items() if isinstance(value, int | str)}
        return tags, exif.get_ifd(EXIF_IFD).get(TAKEN)
    except DECODER_ERRORS:
        return {}, None


def _rgb(opened: Image.Image) -> Image.Image:
    if opened.mode.startswith("I"):
        # 16-bit grey: Pillow's own conversion clips at 255 instead of scaling.
        return Image.fromarray((np.asarray(opened).astype(np.uint16) >> 8).astype(np.uint8)).convert("RGB")
    if opened.has_transparency_data:
        seen = opened.convert("RGBA")
        paper = Image.new("RGB", seen.size, (255, 255, 255))
        paper.paste(seen, mask=seen.getchannel("A"))
        return paper
    return opened.convert("RGB")


def _clean(value: object) -> str:
    """A string of the file's metadata without control characters, cut to 100 characters."""
    if not isinstance(value, str):
        return ""
    return "".join(character for character in value if character.isprintable()).strip()[:MAX_TEXT]
