"""The barcode of a document: PDF417 of a driving licence after AAMVA, or a QR code with a machine readable zone.

A barcode holds what whoever printed it wanted. It is read as text of bounded length; what does not have a known form
is opaque, never an error.
"""

from __future__ import annotations

import math
import re
from datetime import date
from itertools import chain
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

from vision.document import mrz
from vision.image import Pixels
from vision.types import Barcode, Box, DocumentType, ReadField

Grey = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float64]

FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.PDF417, zxingcpp.BarcodeFormat.QRCode])
# Searching takes about 20 ms of CPU time a megapixel; a larger picture is shrunk to this first.
MAX_PIXELS = 4_000_000
MAX_TEXT, MAX_VALUE = 4000, 120
SHOWN = 200

# "ANSI ", the issuer's number, two versions and the count of subfiles; AAMVA DL/ID card design standard, annex D. Its
# version 1 (DL/ID-2000) says "AAMVA" and has one version. EN is an enhanced licence.
HEADER = re.compile(r"(?:ANSI |AAMVA)(\d{6})\d{2}(?:\d{2})?(\d{2})(?=(DL|ID|EN))")
# Element ids of the standard's version 1 (DAA, DAB) to 10 (DCS) that hold what the project compares.
ELEMENTS = {
    "DAA": "name",
    "DCS": "surname", "DAB": "surname", "DAC": "given_names", "DCT": "given_names", "DAD": "given_names",
    "DAQ": "number", "DBB": "birth_date", "DBA": "expiry_date", "DBD": "issue_date", "DBC": "sex", "DCG": "country",
}  # fmt: skip
CLOSER = (1.5, 1.25)
"""How much the lower half of a page is enlarged for a second look and for a third: a symbol that is missed at one size
is mostly found at another."""
SEXES = {"1": "M", "2": "F", "9": "X", "M": "M", "F": "F"}
UNKNOWN = frozenset({"", "NONE", "UNAVL", "UNAVAIL"})


def read(rgb: Pixels, today: date, tilt: float = 0.0) -> tuple[Barcode, ...]:
    """The barcodes in an upright page, those of a known form before opaque ones. `today` settles the centuries of a
    machine readable zone, `tilt` is the angle in radians at which lines fall to the right.
    """
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    height, width = grey.shape
    scale = min(1.0, (MAX_PIXELS / (height * width)) ** 0.5)
    found = _found(grey, np.array([[scale, 0, 0], [0, scale, 0]]), (round(width * scale), round(height * scale)), today)
    for closer in CLOSER:
        if not found:
            found = _in_lower_half(grey, closer * scale, tilt, today)
    return tuple(sorted(found, key=lambda barcode: barcode.content == "opaque"))


def aamva(text: str) -> tuple[ReadField, ...]:
    """The fields of a licence's barcode; () where the text has no AAMVA header."""
    header = HEADER.search(text[:MAX_TEXT])
    if not header:
        return ()
    body = text[header.end() + 10 * int(header[2]) : MAX_TEXT]
    lines = re.split(r"[\r\n\x1c-\x1e]+", re.sub(r"^(?:DL|ID|EN)", "", body))
    values: dict[str, str] = {}
    raw = {line[:3]: _shown(line[3:], MAX_VALUE) for line in lines if line[:3] in ELEMENTS}
    if "DAC" in raw:
        # Given names in one element beside those in several would be told twice.
        raw.pop("DCT", None)
    for element, value in raw.items():
        name = ELEMENTS[element]
        typed = _typed(name, value)
        # A middle name may be empty, or NONE where there is none: the first name stays.
        values[name] = " ".join(part for part in (values.get(name, ""), typed) if part)
    whole = values.pop("name", "")
    if not values.keys() & {"surname", "given_names"}:
        values |= _parted(whole)
    return tuple(ReadField(name=name, text=value, source="barcode") for name, value in values.items() if value)


def _in_lower_half(grey: Grey, zoom: float, tilt: float, today: date) -> list[Barcode]:
    """The barcodes in the lower half of a page, enlarged and laid level: a symbol among print is often missed in the
    whole page, and found in the part it stands in."""
    height, width = grey.shape
    turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), math.degrees(tilt), zoom), np.float64)
    turn[:, 2] += (zoom - 1) * width / 2, (zoom - 1) * height / 2 - zoom * height / 2
    return _found(grey, turn, (round(width * zoom), round(height * zoom / 2)), today)


def _found(grey: Grey, plane: Plane, size: tuple[int, int], today: date) -> list[Barcode]:
    """The barcodes in a view of the picture of this width and height, into which `plane` (2x3) maps it; their boxes are
    those of the picture."""
    if (plane == np.eye(2, 3)).all():
        view = grey
    elif plane[0, 1] or plane[0, 0] > 1:
        view = np.asarray(cv2.warpAffine(grey, plane, size, flags=cv2.INTER_CUBIC), np.uint8)
    else:
        view = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    found = zxingcpp.read_barcodes(view, formats=FORMATS, text_mode=zxingcpp.TextMode.Plain, try_invert=False)
    back = np.asarray(cv2.invertAffineTransform(plane), np.float64)
    return [_barcode(each, _box(each.position, back), today) for each in found]


def _box(place: zxingcpp.Position, back: Plane) -> Box:
    """The box of a barcode in the picture; `back` (2x3) maps the view to that."""
    points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    corners = np.array([(point.x, point.y, 1.0) for point in points]) @ back.T
    low, high = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    return Box(x=int(low[0]), y=int(low[1]), width=int(high[0] - low[0]), height=int(high[1] - low[1]))


def _barcode(found: zxingcpp.Barcode, box: Box, today: date) -> Barcode:
    text = found.text[:MAX_TEXT]
    kind: Literal["PDF417", "QR"] = "QR" if found.format == zxingcpp.BarcodeFormat.QRCode else "PDF417"
    licence, header = aamva(text), HEADER.search(text)
    if licence and header:
        # An identity card of a licensing office has a subfile of its own kind.
        card: DocumentType = "id_card" if header[3] == "ID" else "driving_licence"
        return Barcode(kind=kind, content="aamva", box=box, type=card, fields=licence)
    zone = mrz.parse(text.split(), today) if len(text) <= 100 else None
    if zone:
        return Barcode(kind=kind, content="mrz", box=box, fields=mrz.fields(zone, "barcode"))
    return Barcode(kind=kind, content="opaque", box=box, text=_shown(text, SHOWN))


def _parted(whole: str) -> dict[str, str]:
    """The parts of a name LAST,FIRST,MIDDLE,SUFFIX; one without signs between its parts may begin with either."""
    parts = [" ".join(part.split()) for part in re.split(r"[,@$]", whole)]
    if len(parts) == 1:
        return {"name": whole}
    return {"surname": parts[0], "given_names": " ".join(filter(None, parts[1:3]))}


def _typed(name: str, value: str) -> str:
    """The value of an element in the form its field has; "" for what it does not say."""
    if value.upper() in UNKNOWN:
        return ""
    if name == "sex":
        return SEXES.get(value.upper(), "")
    if name.endswith("_date"):
        return _date(value)
    return " ".join(chain.from_iterable(part.split() for part in value.split(","))) if name == "given_names" else value


def _date(value: str) -> str:
    """A date as YYYY-MM-DD from MMDDCCYY, or CCYYMMDD as Canada and version 1 have it; "" for what is none. No month
    begins as a century does."""
    if not re.fullmatch(r"\d{8}", value, re.ASCII):
        return ""
    year_first = value.startswith(("19", "20"))
    year, month, day = (value[:4], value[4:6], value[6:]) if year_first else (value[4:], value[:2], value[2:4])
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _shown(text: str, most: int) -> str:
    """Text in one line, without control characters, cut to `most` characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())[:most]
