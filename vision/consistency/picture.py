"""Whether a picture shows a copy: one without colour, or one in which a screen or print beats against the sensor."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from vision.consistency.report import Check
from vision.image import Pixels
from vision.types import Box

Floats = npt.NDArray[np.float32]

SIDE = 400
EDGE = 0.08
"""Share of the picture on each side that may show what the page lies on."""
GREY = 8.5
"""Colourfulness in steps of 255 below which a page counts as grey: of 34 grey copies, of other seeds than the bench's,
none exceeds 5.5, and of 36 pages in colour none is below 13.6."""
SMOOTH = 2.0
"""Blur in pixels of a picture of `SIDE` that evens out the colours of noise along black edges."""
BURNT, MOSTLY, TOLD = 254, 0.1, 0.05
"""Level from which a channel is burnt out, so that white under coloured light takes a colour that the rest has not;
share of such pixels from which a place is not looked at; share of the places that are needed."""
TILE, DOWN, ACROSS = 128, 5, 7
"""Side in pixels of the squares that are looked at for moire, and how many of them lie below and beside each other."""
MOIRE = 1.45
"""Excess of colours that turn one way, over what surrounds them in the spectrum, from which it is moire. Of 127 clean
captures, of other seeds than the bench's, none exceeds 1.22; logarithms scatter by 0.19 around that of 0.72."""
THIRD = np.exp(2j * np.pi / 3)
LOWEST, NEAR, SHARE = 3, 4, 0.35
"""Bins of the spectrum below which colour is that of print and light; bins by which perspective moves a pattern from
square to square; share of the squares that show it."""
FLOOR = 0.3
"""Levels below which a spectrum is that of rounding."""


def grey_copy(rgb: Pixels, fields: Box | None) -> Check:
    """Whether the part of an upright picture between its first and last field has no colour but that of the light.

    The light is taken out by scaling each channel until paper is white; what is left on a grey copy is noise. The value
    is the colourfulness that one place in fifty exceeds of those not burnt out, in steps of 255."""
    part = _across(rgb, fields)
    if min(part.shape[:2]) < 32:
        return Check(name="grey_copy", result="not_assessed", meaning="the page is too small in the picture")
    scale = min(1.0, SIDE / max(part.shape[:2]))
    small, burnt = (_even(each, scale) for each in (part.astype(np.float32), _burnt(part)))
    told = small[burnt < MOSTLY]
    if len(told) < TOLD * burnt.size:
        return Check(name="grey_copy", result="not_assessed", meaning="the picture is burnt out")
    bright = told[told.mean(axis=1) >= np.median(told.mean(axis=1))]
    white = told / np.maximum(np.median(bright, axis=0), 1) * 230
    value = float(np.quantile(white.max(axis=1) - white.min(axis=1), 0.98))
    found = value < GREY
    return Check(
        name="grey_copy",
        result="failed" if found else "passed",
        meaning="the page has no colour: a copy" if found else "the page has colour",
        value=round(value, 2),
        limit=GREY,
    )


def _burnt(rgb: Pixels) -> Floats:
    """1 where a channel is burnt out, else 0."""
    return np.asarray(rgb.max(axis=2) >= BURNT, np.float32)


def _even(values: Floats, scale: float) -> Floats:
    shrunk = cv2.resize(values, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(shrunk, (0, 0), SMOOTH), np.float32)


def moire(rgb: Pixels) -> Check:
    """Whether colours turn through red, green and blue along the picture, as over the stripes of a display.

    In a pixel of a display the three stripes stand side by side, so that their beat against the sensor reaches the
    channels a third of a period apart: R + wG + w2B, w being a third of a turn, has power at its frequency and none at
    the opposite one. Ink, light and edges change the channels together, and such a spectrum is even. The value is the
    excess of one over the other. Many recaptures show none, for camera and JPEG average narrow stripes away, so that
    its absence is "not_assessed": recapture is the forgery model's to judge.
    """
    if min(rgb.shape[:2]) < 2 * TILE:
        return Check(name="moire", result="not_assessed", meaning=f"the picture is smaller than {2 * TILE} pixels")
    value = float(np.quantile([_turning(square) for square in _squares(rgb)], 1 - SHARE, axis=0).max())
    found = value >= MOIRE
    return Check(
        name="moire",
        result="failed" if found else "not_assessed",
        meaning=f"{'a' if found else 'no'} pattern of turning colours lies over the picture",
        value=round(value, 2),
        limit=MOIRE,
    )


def _squares(rgb: Pixels) -> Iterator[Pixels]:
    """Squares spread evenly over the picture."""
    height, width = rgb.shape[:2]
    for y in np.linspace(0, height - TILE, DOWN).astype(int):
        for x in np.linspace(0, width - TILE, ACROSS).astype(int):
            yield rgb[y : y + TILE, x : x + TILE]


def _turning(square: Pixels) -> Floats:
    """For each frequency of a square how much more its colours turn one way than the other, over what surrounds it;
    the highest within `NEAR` bins."""
    fade = np.outer(np.hanning(TILE), np.hanning(TILE))
    colour = square @ np.array([1, THIRD, THIRD**2])
    # Stripes of one level in each channel have the height 1.
    waves = np.abs(np.fft.fft2((colour - colour.mean()) * fade)) / (0.75 * fade.sum())
    one = np.fft.fftshift(waves).astype(np.float32)
    other = np.roll(one[::-1, ::-1], 1, (0, 1))
    around = cv2.blur(np.maximum(one, other), (2 * NEAR + 1, 2 * NEAR + 1)) + FLOOR
    places = np.arange(TILE) - TILE // 2
    high = np.hypot(places[:, None], places) >= LOWEST
    excess = np.where(high, (one - other) / around, 0).astype(np.float32)
    return np.asarray(cv2.dilate(excess, np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)), np.float32)


def _across(rgb: Pixels, fields: Box | None) -> Pixels:
    """The rows of a picture in which the fields stand, from edge to edge of the page, its portrait included."""
    low, across = (round(EDGE * side) for side in rgb.shape[:2])
    rows = slice(max(fields.y, 0), fields.y + fields.height) if fields else slice(low, rgb.shape[0] - low)
    return rgb[rows, across : rgb.shape[1] - across]
