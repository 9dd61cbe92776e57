"""The barcode of a document: PDF417 of a driving licence after AAMVA, or a QR code with a machine readable zone.

A barcode holds what whoever printed it wanted. It is read as text of bounded length; what does not have a known form
is opaque, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import chain

import cv2
import numpy as np
import zxingcpp

from vision import mrz
from vision.image import Pixels
from vision.types import Barcode, Box, DocumentType, ReadField

FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.PDF417, zxingcpp.BarcodeFormat.QRCode])
# Searching takes about 20 ms of CPU time a megapixel; a larger picture is shrunk to this first.
MAX_PIXELS = 4_000_000
MAX_TEXT, MAX_VALUE = 4000, 120
SHOWN = 200

# "ANSI ", the issuer's number, two versions and the count of subfiles; AAMVA DL/ID card design standard, annex D.
HEADER = re.compile(r"ANSI (\d{6})\d{2}(?:\d{2})?(\d{2})(?=(DL|ID))")
# Element ids of the standard's version 1 (DAB) to 10 (DCS) that hold what the project compares.
ELEMENTS = {
    "DCS": "surname", "DAB": "surname", "DAC": "given_names", "DCT": "given_names", "DAD": "given_names",
    "DAQ": "number", "DBB": "birth_date", "DBA": "expiry_date", "DBD": "issue_date", "DBC": "sex", "DCG": "country",
}  # fmt: skip
CLOSER = 1.5
"""How much the lower half of a page is enlarged for a second look."""
SEXES = {"1": "M", "2": "F", "9": "X", "M": "M", "F": "F"}
UNKNOWN = frozenset({"", "NONE", "UNAVL", "UNAVAIL"})


def read(rgb: Pixels, today: date) -> Barcode | None:
    """The barcode in a picture, one of a known form before an opaque one; None where there is none. `today` settles the
    centuries of a machine readable zone."""
    scale = min(1.0, (MAX_PIXELS / (rgb.shape[0] * rgb.shape[1])) ** 0.5)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if whole := _seen(grey):
        barcodes = [_barcode(each, scale, 0, today) for each in whole]
    else:
        # A symbol among print is often missed in the whole page, and found in the part it stands in.
        top = grey.shape[0] // 2
        part = cv2.resize(grey[top:], None, fx=CLOSER, fy=CLOSER, interpolation=cv2.INTER_CUBIC)
        barcodes = [_barcode(each, scale * CLOSER, round(top * CLOSER), today) for each in _seen(part)]
    return min(barcodes, key=lambda barcode: barcode.content == "opaque", default=None)


def _seen(grey: cv2.typing.MatLike) -> Sequence[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(grey, formats=FORMATS, text_mode=zxingcpp.TextMode.Plain, try_invert=False)


def aamva(text: str) -> tuple[ReadField, ...]:
    """The fields of a licence's barcode; () where the text has no AAMVA header."""
    header = HEADER.search(text[:MAX_TEXT])
    if not header:
        return ()
    body = text[header.end() + 10 * int(header[2]) : MAX_TEXT]
    lines = re.split(r"[\r\n\x1e]+", re.sub(r"^(?:DL|ID)", "", body))
    values: dict[str, str] = {}
    raw = {line[:3]: _shown(line[3:], MAX_VALUE) for line in lines if line[:3] in ELEMENTS}
    for element, value in raw.items():
        name = ELEMENTS[element]
        typed = _typed(name, value, raw.get("DCG", ""))
        values[name] = f"{values[name]} {typed}" if typed and name in values else typed
    return tuple(ReadField(name=name, text=value, source="barcode") for name, value in values.items() if value)


def _barcode(found: zxingcpp.Barcode, scale: float, top: int, today: date) -> Barcode:
    place = found.position
    corners = np.array([(p.x, p.y) for p in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)])
    corners[:, 1] += top
    low, high = np.floor(corners.min(axis=0) / scale).astype(int), np.ceil(corners.max(axis=0) / scale).astype(int)
    box = Box(x=int(low[0]), y=int(low[1]), width=int(high[0] - low[0]), height=int(high[1] - low[1]))
    text, kind = found.text[:MAX_TEXT], "QR" if found.format == zxingcpp.BarcodeFormat.QRCode else "PDF417"
    licence, header = aamva(text), HEADER.search(text)
    if licence and header:
        # An identity card of a licensing office has a subfile of its own kind.
        card: DocumentType = "id_card" if header[3] == "ID" else "driving_licence"
        return Barcode(kind=kind, content="aamva", box=box, type=card, fields=licence)
    zone = mrz.parse(text.split(), today) if len(text) <= 100 else None
    if zone:
        return Barcode(kind=kind, content="mrz", box=box, fields=mrz.fields(zone, "barcode"))
    return Barcode(kind=kind, content="opaque", box=box, text=_shown(text, SHOWN))


def _typed(name: str, value: str, country: str) -> str:
    """The value of an element in the form its field has; "" for what it does not say."""
    if value.upper() in UNKNOWN:
        return ""
    if name == "sex":
        return SEXES.get(value.upper(), "")
    if name.endswith("_date"):
        return _date(value, year_first=country == "CAN")
    return " ".join(chain.from_iterable(part.split() for part in value.split(","))) if name == "given_names" else value


def _date(value: str, year_first: bool) -> str:
    """A date as YYYY-MM-DD from MMDDCCYY, or CCYYMMDD as Canada has it; "" for what is none."""
    if not re.fullmatch(r"\d{8}", value, re.ASCII):
        return ""
    year, month, day = (value[:4], value[4:6], value[6:]) if year_first else (value[4:], value[:2], value[2:4])
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _shown(text: str, most: int) -> str:
    """Text in one line, without control characters, cut to `most` characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())[:most]
