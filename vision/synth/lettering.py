"""Letters as ink: text drawn to a coverage mask, and masks laid on a picture.

Scripts that need shaping (Arabic, Devanagari) are laid out by raqm, which the wheels of Pillow carry.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from vision.errors import LetteringError

Rgb = npt.NDArray[np.uint8]
Coverage = npt.NDArray[np.float32]
Typeface = Literal[
    "sans", "bold", "serif", "condensed", "mono", "ocrb", "open", "roboto", "clear",
    "slab", "caladea", "sora", "cantarell",
    "noto", "naskh", "devanagari", "georgian", "gothic",
    "noto_serif", "kufi", "hebrew", "armenian", "mincho",
]  # fmt: skip

FOLDER = Path(__file__).parent / "fonts"
FILES: dict[Typeface, str] = {
    "sans": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "serif": "DejaVuSerif.ttf",
    "condensed": "DejaVuSansCondensed-Bold.ttf",
    "mono": "DejaVuSansMono.ttf",
    "ocrb": "OCRB.otf",
    "open": "OpenSans-Semibold.ttf",
    "roboto": "Roboto-Medium.ttf",
    "clear": "ClearSans-Medium.ttf",
    "slab": "RobotoSlab-Bold.otf",
    "caladea": "Caladea-Bold.ttf",
    "sora": "Sora-SemiBold.otf",
    "cantarell": "Cantarell-Bold.otf",
    "noto": "NotoSans-Regular.ttf",
    "naskh": "NotoNaskhArabic-Bold.ttf",
    "devanagari": "NotoSansDevanagari-Regular.ttf",
    "georgian": "NotoSerifGeorgian-Regular.ttf",
    "gothic": "BIZUDPGothic-Regular.ttf",
    "noto_serif": "NotoSerif-Bold.ttf",
    "kufi": "NotoKufiArabic-Regular.ttf",
    "hebrew": "NotoSerifHebrew-Regular.ttf",
    "armenian": "NotoSerifArmenian-Regular.ttf",
    "mincho": "BIZUDPMincho-Regular.ttf",
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


@lru_cache(maxsize=4096)
def lacks(typeface: Typeface, letter: str) -> bool:
    """Whether a typeface has no picture of its own for a letter, and would draw the one for unknown letters."""
    unknown = font(typeface, 24).getmask("\uffff")
    drawn = font(typeface, 24).getmask(letter)
    return not letter.isspace() and (drawn.size, bytes(drawn)) == (unknown.size, bytes(unknown))


def write(
    coverage: Coverage, text: str, at: tuple[float, float], typeface: Typeface, px: int, pitch: float = 0.0
) -> tuple[int, int, int, int]:
    """Ink text into a coverage mask in [0, 1] from the left end of its baseline; the ink's box (x0, y0, x1, y1).

    With a `pitch` every character takes that many pixels, as in a machine readable zone. Raises `LetteringError` for
    a letter that the typeface lacks."""
    missing = {letter for letter in text if lacks(typeface, letter)}
    if missing:
        raise LetteringError(f"typeface {typeface!r} lacks {len(missing)} of the letters", "choose one that has them")
    height, width = coverage.shape
    face, wide = font(typeface, px), pitch * len(text)
    left, top, right, bottom = face.getbbox(text, anchor="ls")
    x0, y0 = max(int(at[0] + left) - 4, 0), max(int(at[1] + top) - 4, 0)
    x1, y1 = min(int(at[0] + max(right, wide + px)) + 5, width), min(int(at[1] + bottom) + 5, height)
    if x1 <= x0 or y1 <= y0:
        return _nothing(at)
    layer = Image.new("L", (x1 - x0, y1 - y0))
    draw = ImageDraw.Draw(layer)
    pieces = [(text, at)] if not pitch else [(letter, (at[0] + i * pitch, at[1])) for i, letter in enumerate(text)]
    for piece, (x, y) in pieces:
        draw.text((x - x0, y - y0), piece, fill=255, font=face, anchor="ls")
    window = coverage[y0:y1, x0:x1]
    np.maximum(window, np.asarray(layer, dtype=np.float32) / 255, out=window)
    box = layer.getbbox()
    return (box[0] + x0, box[1] + y0, box[2] + x0, box[3] + y0) if box else _nothing(at)


def _nothing(at: tuple[float, float]) -> tuple[int, int, int, int]:
    return int(at[0]), int(at[1]), int(at[0]) + 1, int(at[1]) + 1


def lay(picture: Rgb, coverage: Coverage, colour: tuple[int, int, int] | Rgb, strength: float = 1.0) -> None:
    """Blend a colour, or another picture of the same shape, over a picture in place, as far as coverage says."""
    rows, columns = np.nonzero(coverage.max(axis=1))[0], np.nonzero(coverage.max(axis=0))[0]
    if not len(rows):
        return
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    share = coverage[window][..., None] * strength
    over = np.asarray(colour, dtype=np.float32) if isinstance(colour, tuple) else colour[window].astype(np.float32)
    picture[window] = np.rint(picture[window] * (1 - share) + over * share).astype(np.uint8)
