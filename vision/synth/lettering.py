"""Letters as ink: text drawn to a coverage mask, and masks laid on a picture."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Rgb = npt.NDArray[np.uint8]
Coverage = npt.NDArray[np.float32]
Typeface = Literal["sans", "bold", "serif", "condensed", "mono", "ocrb"]

FOLDER = Path(__file__).parent / "fonts"
FILES: dict[Typeface, str] = {
    "sans": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "serif": "DejaVuSerif.ttf",
    "condensed": "DejaVuSansCondensed-Bold.ttf",
    "mono": "DejaVuSansMono.ttf",
    "ocrb": "OCRB.otf",
}


@lru_cache(maxsize=128)
def font(typeface: Typeface, px: int) -> ImageFont.FreeTypeFont:
    """A typeface at a size in pixels."""
    return ImageFont.truetype(str(FOLDER / FILES[typeface]), px)


def fitting(text: str, typeface: Typeface, px: int, width: int) -> int:
    """The largest size up to `px`, and not below 12, at which the text is no wider than `width` pixels."""
    while px > 12 and font(typeface, px).getlength(text) > width:
        px -= 1
    return px


def write(
    coverage: Coverage, text: str, at: tuple[float, float], typeface: Typeface, px: int, pitch: float = 0.0
) -> tuple[int, int, int, int]:
    """Ink text into a coverage mask in [0, 1] from the left end of its baseline; the ink's box (x0, y0, x1, y1).

    With a `pitch` every character takes that many pixels, as in a machine readable zone."""
    layer = Image.new("L", (coverage.shape[1], coverage.shape[0]))
    draw = ImageDraw.Draw(layer)
    pieces = [(text, at)] if not pitch else [(letter, (at[0] + i * pitch, at[1])) for i, letter in enumerate(text)]
    for piece, place in pieces:
        draw.text(place, piece, fill=255, font=font(typeface, px), anchor="ls")
    inked = np.asarray(layer, dtype=np.float32) / 255
    np.maximum(coverage, inked, out=coverage)
    left, top, right, bottom = layer.getbbox() or (int(at[0]), int(at[1]), int(at[0]) + 1, int(at[1]) + 1)
    return int(left), int(top), int(right), int(bottom)


def lay(picture: Rgb, coverage: Coverage, colour: tuple[int, int, int] | Rgb, strength: float = 1.0) -> None:
    """Blend a colour, or another picture of the same shape, over a picture in place, as far as coverage says."""
    rows, columns = np.nonzero(coverage.max(axis=1))[0], np.nonzero(coverage.max(axis=0))[0]
    if not len(rows):
        return
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    share = coverage[window][..., None] * strength
    over = np.asarray(colour, dtype=np.float32) if isinstance(colour, tuple) else colour[window].astype(np.float32)
    picture[window] = np.rint(picture[window] * (1 - share) + over * share).astype(np.uint8)
