"""The letters of one line of print, each measured: where it stands, how tall it is, its strokes and its ink."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from vision.image import Pixels
from vision.types import Box

Floats = npt.NDArray[np.float64]

ASKEW = 0.05
"""Angle in radians from which a line is laid level before it is measured."""
TALL = 64
"""Height in pixels to which a field is scaled before it is measured."""
SMALLEST = 9
"""Height of a field's letters in pixels below which nothing is measured."""
WIDE, WIDE_DIGIT = 1.2, 0.9
"""Width of a piece of ink, in shares of its height, from which it is more than one letter, and in a date with slashes
more than one digit."""
NARROW = (0.5, 0.95)
"""Least and largest mean width of letters that run together, in their heights."""
SLASH, JOINED = -0.8, -0.65
"""Correlation of the places of ink across and down below which a piece is a slash, and below which a part of a piece
is one that a digit touches. Of 178 slashes none has more than -0.87, of letters and digits J the least, -0.59."""
HUNG = 0.08
"""How far a letter reaches below the line, and how much taller than others it is, in heights of the letters."""


@dataclass(frozen=True)
class Glyph:
    """One letter: its left and right edge, the bottom and height of its box, the width of its strokes and the share of
    the light that their ink takes."""

    left: float
    right: float
    bottom: float
    height: float
    stroke: float
    ink: float


def within(rgb: Pixels, box: Box) -> Pixels:
    """The part of a picture in a box."""
    return rgb[max(box.y, 0) : box.y + box.height, max(box.x, 0) : box.x + box.width]


def glyphs(rgb: Pixels, box: Box, wide: float = WIDE) -> list[Glyph]:
    """The letters and digits of full height in a box, from left to right, in pixels of a line scaled to `TALL`. A line
    that runs askew is laid level first; a piece of ink of `wide` heights is more than one letter."""
    letters = _measured(within(rgb, box), wide)
    x, bottoms = middles(letters), np.array([glyph.bottom for glyph in letters])
    angle = math.atan(_slope(x, bottoms, np.ones(len(letters), bool)))
    return letters if abs(angle) < ASKEW else _measured(_level(rgb, box, angle), wide)


def _level(rgb: Pixels, box: Box, angle: float) -> Pixels:
    """A line that falls to the right by an angle in radians, of which `box` is the upright box, cut out level."""
    cosine, sine = math.cos(angle), abs(math.sin(angle))
    shape = cosine**2 - sine**2
    width = max((box.width * cosine - box.height * sine) / shape, 1.0)
    height = max((box.height * cosine - box.width * sine) / shape, 1.0)
    centre = (box.x + box.width / 2, box.y + box.height / 2)
    turn = np.asarray(cv2.getRotationMatrix2D(centre, math.degrees(angle), 1), np.float64)
    turn[:, 2] -= box.x + (box.width - width) / 2, box.y + (box.height - height) / 2
    size = (round(width), round(height))
    return np.asarray(cv2.warpAffine(rgb, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _measured(line: Pixels, wide: float) -> list[Glyph]:
    if line.shape[0] < SMALLEST or line.shape[1] < SMALLEST:
        return []
    grey = cv2.cvtColor(line, cv2.COLOR_RGB2GRAY)
    factor = TALL / grey.shape[0]
    grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    paper = cv2.GaussianBlur(cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8)), (0, 0), 8)
    ink = np.clip(paper - grey, 0, 255)
    level, mask = cv2.threshold(ink.astype(np.uint8), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if level < 12:
        return []
    # Shadow dims paper and ink alike: what counts is the share of the light that ink takes.
    share = ink / np.maximum(paper, 1)
    return _usual([glyph for place, own in _components(mask) for glyph in _letters(share, place, own, wide)], factor)


def _components(mask: npt.NDArray[np.uint8]) -> Iterator[tuple[Box, npt.NDArray[np.bool_]]]:
    """The connected pieces of ink that touch no edge, where one may be part of a stamp or of another line, and are as
    tall as letters, but slashes."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for number in range(1, count):
        left, top, width, height = (int(value) for value in stats[number, :4])
        inside = top > 0 and top + height < mask.shape[0] and left > 0 and left + width < mask.shape[1]
        if inside and height >= TALL * 0.25:
            own = labels[top : top + height, left : left + width] == number
            if _lean(own) > SLASH:
                yield Box(x=left, y=top, width=width, height=height), own


def _lean(own: npt.NDArray[np.bool_]) -> float:
    """The correlation of where ink is across and down: -1 for a line that rises to the right."""
    down, across = np.nonzero(own)
    scatter = np.cov(across, down)
    return float(scatter[0, 1] / math.sqrt(max(scatter[0, 0] * scatter[1, 1], 1e-6)))


def _letters(ink: npt.NDArray[np.float32], box: Box, own: npt.NDArray[np.bool_], wide: float) -> Iterator[Glyph]:
    """Each letter of a piece of ink. Where a slash touches a digit, which it reaches above and below, there is none."""
    parts = _parts(own, wide)
    if len(parts) > 1 and min(_lean(own[:, part]) for part in parts) < JOINED:
        return
    strength = ink[box.y : box.y + box.height, box.x : box.x + box.width]
    depth = cv2.distanceTransform(np.pad(own.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    for part in parts:
        inside = own[:, part]
        top, bottom = _edges(strength[:, part], inside)
        yield Glyph(
            left=float(box.x + part.start),
            right=float(box.x + part.stop),
            bottom=bottom + box.y,
            height=bottom - top,
            # In a stroke the mean distance from the edge is a quarter of the width.
            stroke=float(4 * depth[:, part][inside].mean()),
            ink=float(np.quantile(strength[:, part][inside], 0.8)),
        )


def _parts(own: npt.NDArray[np.bool_], wide: float) -> list[slice]:
    """The columns of each letter in a piece of ink. Letters that run together are as many as leave the least ink where
    they are parted: near even steps, each in the emptiest column."""
    height, width = own.shape
    if width < wide * height:
        return [slice(0, width)]
    fewest, most = (width / (share * height) for share in reversed(NARROW))
    counts = range(max(math.ceil(fewest), 2), max(math.floor(most), 2) + 1)
    columns = own.sum(axis=0)
    cuts = min((_cuts(columns, count) for count in counts), key=lambda each: float(columns[each].mean()))
    return [slice(left, right) for left, right in pairwise([0, *cuts, width])]


def _cuts(columns: npt.NDArray[np.int64], count: int) -> list[int]:
    """The emptiest column near each of the even steps that part a piece of ink into `count` letters."""
    step = len(columns) / count
    near = [slice(round((place - 0.25) * step), round((place + 0.25) * step) + 1) for place in range(1, count)]
    return [int(each.start + columns[each].argmin()) for each in near]


def _edges(strength: npt.NDArray[np.float32], own: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Where a glyph begins and ends, to a fraction of a pixel: half of the ink of its darkest rows near each end."""
    rows = np.where(own, strength, 0).max(axis=1)
    half = rows.max() / 2
    inside = np.flatnonzero(rows >= half)
    first, last = int(inside[0]), int(inside[-1])
    above = (rows[first] - half) / max(rows[first] - (rows[first - 1] if first else 0), 1e-6)
    below = (rows[last] - half) / max(rows[last] - (rows[last + 1] if last + 1 < len(rows) else 0), 1e-6)
    return first - min(above, 1.0), last + min(below, 1.0)


def _usual(found: Sequence[Glyph], factor: float) -> list[Glyph]:
    """Those of about the common height, in order: no dots, dashes and accents."""
    if not found:
        return []
    tall = float(np.median([glyph.height for glyph in found]))
    if tall / factor < SMALLEST:
        return []
    kept = sorted((glyph for glyph in found if 0.7 < glyph.height / tall < 1.4), key=lambda glyph: glyph.left)
    everywhere = np.ones(len(kept), bool)
    off = levelled(middles(kept), np.array([glyph.bottom for glyph in kept]), everywhere) / tall
    # Some letters, as J, reach below the line and are taller by that; one that is set anew does one of the two.
    hung = (off - np.median(off) > HUNG) & (np.array([glyph.height for glyph in kept]) > (1 + HUNG) * tall)
    return [glyph for glyph, out in zip(kept, hung, strict=True) if not out]


def middles(letters: Sequence[Glyph]) -> Floats:
    """Where letters stand along their line."""
    return np.array([(glyph.left + glyph.right) / 2 for glyph in letters])


def levelled(x: Floats, y: Floats, inside: npt.NDArray[np.bool_]) -> Floats:
    """Bottoms less the tilt of the line."""
    return np.asarray(y - _slope(x, y, inside) * x)


def _slope(x: Floats, y: Floats, inside: npt.NDArray[np.bool_]) -> float:
    """The median slope (Theil 1950, Sen 1968) of pairs on one side of the break."""
    first, second = np.triu_indices(len(x), 1)
    together = inside[first] == inside[second]
    slopes = ((y[second] - y[first]) / np.maximum(x[second] - x[first], 1e-6))[together]
    return float(np.median(slopes)) if slopes.size else 0.0
