"""Barcodes of documents: what they say, and their modules painted on a page.

A driving licence carries PDF417 with the fields of the AAMVA card design standard (2020, annex D), an identity card a
QR code with the lines of its machine readable zone.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from vision.synth.lettering import Rgb
from vision.synth.template import BarcodeKind
from vision.types import Box

SEXES = {"M": "1", "F": "2"}
ISSUER = "636999"
"""An issuer identification number that no jurisdiction has."""
PDF417_ROW = 3
"""How many rows of pixels the writer makes of a row of the symbol."""
PDF417_ROWS = 10
"""So few rows that each is more than twice as high as a module is wide, without which readers take rows for others."""
QUIET = 8
"""Width of the quiet zone in pixels."""


def aamva(
    *,
    surname: str,
    given_names: str,
    birth_date: date,
    issued: date,
    expires: date,
    sex: str,
    number: str,
    country: str,
) -> str:
    """The data of a licence as its barcode holds them; dates as month, day, century and year."""
    elements = {
        "DAQ": number,
        "DCS": surname.upper(),
        "DAC": given_names.upper(),
        "DBB": f"{birth_date:%m%d%Y}",
        "DBD": f"{issued:%m%d%Y}",
        "DBA": f"{expires:%m%d%Y}",
        "DBC": SEXES.get(sex, "9"),
        "DCG": country,
    }
    subfile = "DL" + "\n".join(key + value for key, value in elements.items()) + "\r"
    header = f"@\n\x1e\rANSI {ISSUER}100001"
    return f"{header}DL{len(header) + 10:04d}{len(subfile.encode()):04d}{subfile}"


@lru_cache(maxsize=64)
def _modules(text: str, kind: BarcodeKind) -> npt.NDArray[np.uint8]:
    """The bars as 0 and 255: a column a module, and a row for each row of modules that differs from the one above."""
    import zxingcpp

    if kind == "qr":
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        return np.asarray(code.to_image(scale=1, add_quiet_zones=False), np.uint8)
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.PDF417, rows=PDF417_ROWS)
    return np.asarray(code.to_image(scale=1, add_quiet_zones=False), np.uint8)[::PDF417_ROW]


def paint(page: Rgb, place: Box, text: str, kind: BarcodeKind) -> Box:
    """Paint a barcode as large as a place on the page allows, in whole pixels a module and on white; the box it takes,
    quiet zone included."""
    modules = _modules(text, kind)
    tall, wide = modules.shape
    across = (place.width - 2 * QUIET) // wide
    down = across if kind == "qr" else (place.height - 2 * QUIET) // tall
    bars = np.pad(modules.repeat(down, axis=0).repeat(across, axis=1), QUIET, constant_values=255)
    box = Box(x=place.x, y=place.y, width=bars.shape[1], height=bars.shape[0])
    page[box.y : box.y + box.height, box.x : box.x + box.width] = np.clip(bars, 24, 248)[..., None]
    return box
