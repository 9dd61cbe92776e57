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

from vision.consistency.picture import BURNT
from vision.consistency.report import Check
from vision.image import Pixels
from vision.types import Box, ReadField

Floats = npt.NDArray[np.float64]
Trait = Literal["baseline", "height", "stroke", "ink"]

TRAITS: tuple[Trait, ...] = ("baseline", "height", "stroke", "ink")
LIMITS: Mapping[Trait, float] = {"baseline": 0.09, "height": 0.1, "stroke": 0.18, "ink": 0.23}
"""Differences less scatter, in shares of the height, stroke and contrast of the field's letters, that make a break.
With other seeds than the bench's none exceeds 0.063, 0.061, 0.152 and 0.109 on 100 clean captures; of faults as the
bench plants them, 40 of the line, 30 of the height, 15 of strokes and 15 of ink, none is below 0.099, 0.137, 0.3 and
0.325."""
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
WIDE, WIDE_DIGIT = 1.2, 0.9
"""Width of a piece of ink, in shares of its height, from which it is more than one letter, and in a date with slashes
more than one digit."""
NARROW = (0.5, 0.95)
"""Least and largest mean width of letters that run together, in their heights."""
DATED = 7
"""Digits of a date with slashes below which its line is not measured."""
SLASH, JOINED = -0.8, -0.65
"""Correlation of the places of ink across and down below which a piece is a slash, and below which a part of a piece
is one that a digit touches. Of 178 slashes none has more than -0.87, of letters and digits J the least, -0.59."""
UNEVEN, AROUND = 16, 0.4
"""Levels by which paper is darker than where it is burnt out, from which that is glare; the side of what is looked at
to tell paper from ink, in heights of the line."""
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
    """The largest break in one field; None where it cannot be measured: too small, too few letters, another script,
    partly burnt out."""
    if field.source != "visual" or field.box is None or field.confidence < SURE or not _plain(field.text):
        return None
    if _glared(_within(rgb, field.box)):
        return None
    slashed = "/" in field.text
    letters = glyphs(rgb, field.box, WIDE_DIGIT if slashed else WIDE)
    if len(letters) < FEWEST:
        return None
    # Where slashes and what touches them are left out, six digits leave gaps too wide to tell the tilt of the line.
    told = [trait for trait in TRAITS if trait != "baseline" or not slashed or len(letters) >= DATED]
    return max((_worst(trait, letters) for trait in told), key=lambda each: each.share)


def _plain(text: str) -> bool:
    """Whether the letters of a text are capitals (but Q) and digits, which all stand on the line and reach one height.
    Signs between them are left out by their height."""
    return re.fullmatch(r"[A-PR-Z0-9\W]*", text) is not None


def _glared(line: Pixels) -> bool:
    """Whether light burnt out a part of the paper, where letters lose their edges. Paper that is white all over may as
    well be a scan's."""
    if not line.size:
        return False
    side = max(round(AROUND * line.shape[0]), 3)
    closed = cv2.morphologyEx(line.max(axis=2), cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    paper = cv2.blur(closed, (side, side))
    return bool(paper.max() >= BURNT and paper.min() < BURNT - UNEVEN)


def _within(rgb: Pixels, box: Box) -> Pixels:
    return rgb[max(box.y, 0) : box.y + box.height, max(box.x, 0) : box.x + box.width]


def glyphs(rgb: Pixels, box: Box, wide: float = WIDE) -> list[Glyph]:
    """The letters and digits of full height in a box, from left to right, in pixels of a line scaled to `TALL`. A line
    that runs askew is laid level first; a piece of ink of `wide` heights is more than one letter."""
    letters = _measured(_within(rgb, box), wide)
    x, bottoms = _middles(letters), np.array([glyph.bottom for glyph in letters])
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
    off = _levelled(_middles(kept), np.array([glyph.bottom for glyph in kept]), everywhere) / tall
    # Some letters, as J, reach below the line and are taller by that; one that is set anew does one of the two.
    hung = (off - np.median(off) > HUNG) & (np.array([glyph.height for glyph in kept]) > (1 + HUNG) * tall)
    return [glyph for glyph, out in zip(kept, hung, strict=True) if not out]


def _worst(trait: Trait, letters: Sequence[Glyph]) -> Break:
    """The run of two letters or more, at most half of the field, that differs most from the rest."""
    values = _values(trait, letters)
    across = _middles(letters) / float(np.median([glyph.height for glyph in letters]))
    best = Break(trait, 0.0)
    for inside in _runs(len(letters)):
        level = _levelled(across, values, inside) if trait == "baseline" else values
        amount = _apart(level[inside], level[~inside])
        if amount > best.amount:
            best = Break(trait, amount)
    return best


def _values(trait: Trait, letters: Sequence[Glyph]) -> Floats:
    """What is compared, in shares of the field's height, stroke or ink."""
    unit: Literal["height", "stroke", "ink"] = "height" if trait == "baseline" else trait
    name = "bottom" if trait == "baseline" else trait
    values = np.array([getattr(glyph, name) for glyph in letters], np.float64)
    return values / float(np.median([getattr(glyph, unit) for glyph in letters]))


def _runs(count: int) -> Iterator[npt.NDArray[np.bool_]]:
    """Where neighbours stand that are two letters or more and at most half of the field."""
    for size in range(2, count // 2 + 1):
        for start in range(count - size + 1):
            inside = np.zeros(count, bool)
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
