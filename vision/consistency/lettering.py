"""Whether the letters of one field were made at one time: their baseline, height, stroke and ink, glyph by glyph.

A field is printed in one go, so its glyphs stand on one line, capitals and digits are equally tall, and strokes are
equally wide and dark. Where a run of neighbouring glyphs differs from the rest of its field by more than the field's
own scatter and a limit in plain units, that is a break, and the number says of what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from vision.consistency.glyphs import WIDE, WIDE_DIGIT, Floats, Glyph, glyphs, levelled, middles, within
from vision.consistency.picture import BURNT
from vision.consistency.report import Check
from vision.image import Pixels
from vision.types import ReadField

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
FEWEST = 5
"""Letters below which nothing is measured."""
DATED = 7
"""Digits of a date with slashes below which its line is not measured."""
UNEVEN, AROUND = 16, 0.4
"""Levels by which paper is darker than where it is burnt out, from which that is glare; the side of what is looked at
to tell paper from ink, in heights of the line."""


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
    if _glared(within(rgb, field.box)):
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
    """Whether light burnt out a part of the paper in all its colours, where letters lose their edges. Paper that is
    white all over may as well be a scan's, and of a tinted one a single colour is often burnt out everywhere."""
    if not line.size:
        return False
    side = max(round(AROUND * line.shape[0]), 3)
    closed = cv2.morphologyEx(line.min(axis=2), cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    paper = cv2.blur(closed, (side, side))
    return bool(paper.max() >= BURNT and paper.min() < BURNT - UNEVEN)


def _worst(trait: Trait, letters: Sequence[Glyph]) -> Break:
    """The run of two letters or more, at most half of the field, that differs most from the rest."""
    values = _values(trait, letters)
    across = middles(letters) / float(np.median([glyph.height for glyph in letters]))
    best = Break(trait, 0.0)
    for inside in _runs(len(letters)):
        level = levelled(across, values, inside) if trait == "baseline" else values
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


def _apart(run: Floats, rest: Floats) -> float:
    """How far two groups are apart: between their medians, less how much both scatter."""
    return max(abs(float(np.median(run) - np.median(rest))) - _scatter(run, rest), 0.0)


def _scatter(run: Floats, rest: Floats) -> float:
    """The standard deviation of two groups about their medians, by the median of the deviations."""
    return float(1.48 * np.median(np.abs(np.concatenate([run - np.median(run), rest - np.median(rest)]))))
