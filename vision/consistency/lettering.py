"""Whether the letters of one field were made at one time: their baseline, height, stroke and ink, glyph by glyph.

A field is printed in one go, so its glyphs stand on one line, capitals and digits are equally tall, and strokes are
equally wide and dark. Where a run of neighbouring glyphs differs from the rest of its field by more than the field's
own scatter and a limit in plain units, that is a break, and the number says of what.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from vision.consistency.report import Check
from vision.image import Pixels
from vision.types import Box, ReadField

Floats = npt.NDArray[np.float64]
Trait = Literal["baseline", "height", "stroke", "ink"]

TRAITS: tuple[Trait, ...] = ("baseline", "height", "stroke", "ink")
LIMITS: Mapping[Trait, float] = {"baseline": 0.11, "height": 0.12, "stroke": 0.32, "ink": 0.25}
"""Differences in heights of the field's letters, in shares of its height, stroke and contrast, that make a break. On 40
clean captures with other seeds than the bench's none exceeds 0.098, 0.073, 0.244 and 0.091."""
SURE = 0.9
"""Confidence of a reading below which the letters may be of another script, which has its own heights. Of 62 breaks
that were found none has less than 0.95; Georgian and Hebrew read as digits and capitals has 0.87 at most."""
WORDS: Mapping[Trait, str] = {
    "baseline": "stands off the line by {:.0%} of the height of the letters",
    "height": "is {:.0%} taller or smaller",
    "stroke": "has strokes {:.0%} wider or thinner",
    "ink": "is {:.0%} darker or lighter",
}
ASKEW = 0.05
"""Angle in radians from which a line is laid level before it is measured."""
TALL = 64
"""Height in pixels to which a field is scaled before it is measured."""
SMALLEST = 9
"""Height of a field's letters in pixels below which nothing is measured."""
FEWEST, PIECES = 5, 4
"""Letters, and pieces of ink that they make where some run together, below which nothing is measured."""
WIDE = 1.2
"""Width, in heights of the letters, from which a piece of ink is more than one letter."""
NARROW = 0.7
"""Width of a letter with the space beside it, in heights of the letters."""
SLASH = 0.08
"""How far a slash reaches below the line, and how much taller than letters it is, in heights of the letters."""


@dataclass(frozen=True)
class Glyph:
    """One letter: its left edge, the bottom and height of its box, the width of its strokes, and the share of the light
    that its ink takes."""

    left: float
    bottom: float
    height: float
    stroke: float
    ink: float
    right: float


@dataclass(frozen=True)
class Break:
    """The largest difference of a run of glyphs from the rest of its field, in units of the trait's limit."""

    trait: Trait
    amount: float

    @property
    def share(self) -> float:
        return self.amount / LIMITS[self.trait]


def check(rgb: Pixels, fields: Sequence[ReadField]) -> Check:
    """The worst break in any field of the visual zone of an upright picture."""
    measured = [(field, found) for field in fields if (found := field_break(rgb, field)) is not None]
    if not measured:
        return Check(name="font_break", result="not_assessed", meaning="no field has letters large enough to measure")
    field, worst = max(measured, key=lambda each: each[1].share)
    failed = worst.share >= 1
    told = WORDS[worst.trait].format(worst.amount)
    meaning = f"part of {field.name} {told}" if failed else "the letters of each field are alike"
    return Check(
        name="font_break",
        result="failed" if failed else "passed",
        meaning=meaning,
        value=round(worst.share, 2),
        limit=1.0,
        box=field.box if failed else None,
    )


def field_break(rgb: Pixels, field: ReadField) -> Break | None:
    """The largest break in one field; None where it cannot be measured: too small, too few letters, another script."""
    if field.source != "visual" or field.box is None or field.confidence < SURE or not _plain(field.text):
        return None
    letters = glyphs(rgb, field.box)
    if len(letters) < PIECES or _count(letters) < FEWEST:
        return None
    # Where letters run together their line and height are not told by few pieces.
    traits = TRAITS if len(letters) >= FEWEST else TRAITS[2:]
    return max((_worst(trait, letters) for trait in traits), key=lambda each: each.share)


def _plain(text: str) -> bool:
    """Whether the letters of a text are capitals (but Q) and digits, which all stand on the line and reach one height.
    Signs between them are left out by their height."""
    return re.fullmatch(r"[A-PR-Z0-9\W]*", text) is not None


def glyphs(rgb: Pixels, box: Box) -> list[Glyph]:
    """The letters and digits of full height in a box, from left to right, in pixels of a line scaled to `TALL`. A line
    that runs askew is laid level first."""
    letters = _measured(rgb[max(box.y, 0) : box.y + box.height, max(box.x, 0) : box.x + box.width])
    x, bottoms = _middles(letters), np.array([glyph.bottom for glyph in letters])
    angle = math.atan(_slope(x, bottoms, np.ones(len(letters), bool)))
    return letters if abs(angle) < ASKEW else _measured(_level(rgb, box, angle))


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


def _measured(line: Pixels) -> list[Glyph]:
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
    return _usual([_glyph(share, place, own) for place, own in _components(mask)], factor)


def _components(mask: npt.NDArray[np.uint8]) -> Iterator[tuple[Box, npt.NDArray[np.bool_]]]:
    """The connected pieces of ink that do not touch the upper or lower edge and are as tall as letters."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for number in range(1, count):
        left, top, width, height = (int(value) for value in stats[number, :4])
        if top > 0 and top + height < mask.shape[0] and height >= TALL * 0.25:
            own = labels[top : top + height, left : left + width] == number
            yield Box(x=left, y=top, width=width, height=height), own


def _glyph(ink: npt.NDArray[np.float32], box: Box, own: npt.NDArray[np.bool_]) -> Glyph:
    strength = ink[box.y : box.y + box.height, box.x : box.x + box.width]
    depth = cv2.distanceTransform(np.pad(own.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    ridge = (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8))) & own
    top, bottom = _edges(strength, own)
    return Glyph(
        left=float(box.x),
        bottom=bottom + box.y,
        height=bottom - top,
        stroke=float(2 * depth[ridge].mean()),
        ink=float(np.quantile(strength[own], 0.8)),
        right=float(box.x + box.width),
    )


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
    """Those of about the common height, in order: no dots, dashes and accents. Letters that run together stay one."""
    if not found:
        return []
    tall = float(np.median([glyph.height for glyph in found]))
    if tall / factor < SMALLEST:
        return []
    kept = sorted((glyph for glyph in found if 0.7 < glyph.height / tall < 1.4), key=lambda glyph: glyph.left)
    everywhere = np.ones(len(kept), bool)
    off = _levelled(_middles(kept), np.array([glyph.bottom for glyph in kept]), everywhere) / tall
    # A slash reaches both above and below its neighbours; a letter set anew does one of the two.
    slash = (off - np.median(off) > SLASH) & (np.array([glyph.height for glyph in kept]) > (1 + SLASH) * tall)
    return [glyph for glyph, out in zip(kept, slash, strict=True) if not out]


def _worst(trait: Trait, letters: Sequence[Glyph]) -> Break:
    """The run of glyphs, two letters wide and at most half of the field, that differs most from the rest."""
    count, best = len(letters), Break(trait, 0.0)
    tall = float(np.median([glyph.height for glyph in letters]))
    values = np.array([glyph.bottom if trait == "baseline" else getattr(glyph, trait) for glyph in letters])
    scaled = values / (tall if trait == "baseline" else float(np.median(values)))
    for start, stop in _runs(letters, WIDE * tall):
        inside = np.zeros(count, bool)
        inside[start:stop] = True
        level = _levelled(_middles(letters) / tall, scaled, inside) if trait == "baseline" else scaled
        amount = _apart(level[inside], level[~inside])
        if amount > best.amount:
            best = Break(trait, amount)
    return best


def _runs(letters: Sequence[Glyph], wide: float) -> Iterator[tuple[int, int]]:
    """Neighbouring glyphs, from the first to before the last: two or more, or one that is several run together."""
    for size in range(1, len(letters) // 2 + 1):
        for start in range(len(letters) - size + 1):
            if size > 1 or letters[start].right - letters[start].left >= wide:
                yield start, start + size


def _count(letters: Sequence[Glyph]) -> int:
    """How many letters there are, those counted that run together."""
    tall = float(np.median([glyph.height for glyph in letters]))
    return sum(max(round((glyph.right - glyph.left) / (NARROW * tall)), 1) for glyph in letters)


def _middles(letters: Sequence[Glyph]) -> Floats:
    return np.array([(glyph.left + glyph.right) / 2 for glyph in letters])


def _levelled(x: Floats, y: Floats, inside: npt.NDArray[np.bool_]) -> Floats:
    """Bottoms less the tilt of the line."""
    return np.asarray(y - _slope(x, y, inside) * x)


def _slope(x: Floats, y: Floats, inside: npt.NDArray[np.bool_]) -> float:
    """The median slope (Theil 1950, Sen 1968) of pairs on one side of the break."""
    first, second = np.triu_indices(len(x), 1)
    together = inside[first] == inside[second]
    slopes = ((y[second] - y[first]) / np.maximum(x[second] - x[first], 1e-6))[together]
    return float(np.median(slopes)) if slopes.size else 0.0


def _apart(run: Floats, rest: Floats) -> float:
    """How far two groups are apart: between their medians, but none where they overlap."""
    gap = max(run.min() - rest.max(), rest.min() - run.max())
    return abs(float(np.median(run) - np.median(rest))) if gap > 0 else 0.0
