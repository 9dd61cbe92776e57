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
from itertools import pairwise
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
LIMITS: Mapping[Trait, float] = {"baseline": 0.09, "height": 0.1, "stroke": 0.18, "ink": 0.23}
"""Differences less scatter, in shares of the height, stroke and contrast of the field's letters, that make a break.
With other seeds than the bench's none exceeds 0.065, 0.069, 0.153 and 0.144 on 210 clean captures; of faults as the
bench plants them, 15 a trait and 60 of strokes, none is below 0.118, 0.149, 0.185 and 0.356."""
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
FEWEST = 5
"""Letters below which nothing is measured."""
WIDE = 1.2
"""Width, in heights of the letters, from which a piece of ink is more than one letter."""
NARROW = 0.7
"""Width of a letter with the space beside it, in heights of the letters."""
LONE, DATED = 0.9, 7
"""Width of a piece of ink, in shares of its height, from which it may be a digit and a slash; digits of a date with
slashes below which its line is not measured."""
SLASH = -0.8
"""Correlation of the places of ink across and down below which a piece is a slash. Of 178 slashes none has more than
-0.87, of letters and digits J the least, -0.59."""
HUNG = 0.08
"""How far a letter reaches below the line, and how much taller than others it is, in heights of the letters."""


@dataclass(frozen=True)
class Glyph:
    """One piece of ink: its left and right edge, the bottom and height of its box, and of each letter that it is made
    of the width of the strokes and the share of the light that their ink takes."""

    left: float
    right: float
    bottom: float
    height: float
    stroke: tuple[float, ...]
    ink: tuple[float, ...]


@dataclass(frozen=True)
class Break:
    """The largest difference of a run of letters from the rest of its field, less their scatter."""

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
    if sum(len(glyph.stroke) for glyph in letters) < FEWEST:
        return None
    breaks = [_worst(trait, letters) for trait in TRAITS[2:]]
    breaks += [_worst(trait, pieces) for trait, pieces in _on_line(letters, field.text)]
    return max(breaks, key=lambda each: each.share)


def _on_line(letters: Sequence[Glyph], text: str) -> Iterator[tuple[Trait, Sequence[Glyph]]]:
    """The pieces by which line and height are told, where they are enough for that.

    A slash reaches above and below its neighbours: in a date with slashes what runs together may hold one, and is left
    out. Six digits or fewer leave gaps there over which the tilt of the line is not told well enough."""
    slashed = "/" in text
    pieces = [glyph for glyph in letters if not slashed or glyph.right - glyph.left < LONE * glyph.height]
    if len(pieces) >= (DATED if slashed else FEWEST):
        yield "baseline", pieces
    if len(pieces) >= FEWEST:
        yield "height", pieces


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
    """The connected pieces of ink that do not touch the upper or lower edge and are as tall as letters, but slashes."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for number in range(1, count):
        left, top, width, height = (int(value) for value in stats[number, :4])
        if top > 0 and top + height < mask.shape[0] and height >= TALL * 0.25:
            own = labels[top : top + height, left : left + width] == number
            if _lean(own) > SLASH:
                yield Box(x=left, y=top, width=width, height=height), own


def _lean(own: npt.NDArray[np.bool_]) -> float:
    """The correlation of where ink is across and down: -1 for a line that rises to the right."""
    down, across = np.nonzero(own)
    scatter = np.cov(across, down)
    return float(scatter[0, 1] / math.sqrt(max(scatter[0, 0] * scatter[1, 1], 1e-6)))


def _glyph(ink: npt.NDArray[np.float32], box: Box, own: npt.NDArray[np.bool_]) -> Glyph:
    strength = ink[box.y : box.y + box.height, box.x : box.x + box.width]
    depth = cv2.distanceTransform(np.pad(own.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    top, bottom = _edges(strength, own)
    letters = [(part, own[:, part]) for part in _letters(box)]
    return Glyph(
        left=float(box.x),
        right=float(box.x + box.width),
        bottom=bottom + box.y,
        height=bottom - top,
        # In a stroke the mean distance from the edge is a quarter of the width.
        stroke=tuple(float(4 * depth[:, part][inside].mean()) for part, inside in letters),
        ink=tuple(float(np.quantile(strength[:, part][inside], 0.8)) for part, inside in letters),
    )


def _letters(box: Box) -> list[slice]:
    """The columns of each letter in a piece of ink, those of letters that run together at even steps."""
    count = round(box.width / (NARROW * box.height)) if box.width >= WIDE * box.height else 1
    edges = np.linspace(0, box.width, count + 1).round().astype(int)
    return [slice(int(left), int(right)) for left, right in pairwise(edges)]


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
    # Some letters, as J, reach below the line and are taller by that; one that is set anew does one of the two.
    hung = (off - np.median(off) > HUNG) & (np.array([glyph.height for glyph in kept]) > (1 + HUNG) * tall)
    return [glyph for glyph, out in zip(kept, hung, strict=True) if not out or len(glyph.stroke) > 1]


def _worst(trait: Trait, letters: Sequence[Glyph]) -> Break:
    """The run of two letters or more, at most half of the field, that differs most from the rest."""
    values, counts = _values(trait, letters)
    across = _middles(letters) / float(np.median([glyph.height for glyph in letters]))
    best = Break(trait, 0.0)
    for inside in _runs(counts):
        level = _levelled(across, values, inside) if trait == "baseline" else values
        amount = _apart(level[inside], level[~inside])
        if amount > best.amount:
            best = Break(trait, amount)
    return best


def _values(trait: Trait, letters: Sequence[Glyph]) -> tuple[Floats, list[int]]:
    """What is compared, in shares of the field's height, stroke or ink, and how many letters each value is of."""
    if trait in {"stroke", "ink"}:
        each = np.array([value for glyph in letters for value in getattr(glyph, trait)])
        return each / float(np.median(each)), [1] * len(each)
    heights = np.array([glyph.height for glyph in letters])
    values = heights if trait == "height" else np.array([glyph.bottom for glyph in letters])
    return values / float(np.median(heights)), [len(glyph.stroke) for glyph in letters]


def _runs(counts: Sequence[int]) -> Iterator[npt.NDArray[np.bool_]]:
    """Where neighbours stand that are two letters or more and at most half of the field."""
    for size in range(1, len(counts) // 2 + 1):
        for start in range(len(counts) - size + 1):
            if sum(counts[start : start + size]) > 1:
                inside = np.zeros(len(counts), bool)
                inside[start : start + size] = True
                yield inside


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
    """How far two groups are apart: between their medians, less how much both scatter."""
    return max(abs(float(np.median(run) - np.median(rest))) - _scatter(run, rest), 0.0)


def _scatter(run: Floats, rest: Floats) -> float:
    """The standard deviation of two groups about their medians, by the median of the deviations."""
    return float(1.48 * np.median(np.abs(np.concatenate([run - np.median(run), rest - np.median(rest)]))))
