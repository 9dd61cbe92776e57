"""Lines of text and pieces of them, as they stand on a page whose tilt is taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    # Only named here: whoever compares what was read elsewhere needs no reader of text.
    from vision.document.ocr import Line

THIN, THIN_WIDTH, CAPITAL_WIDTH, OTHER_WIDTH = frozenset(" .,:;'|Il/-"), 0.3, 0.7, 0.55
"""Widths of characters in a common typeface, in its size."""


@dataclass(frozen=True)
class Span:
    """A piece of a line in the straightened page: where it begins, ends and stands (its middle), and its height."""

    line: Line
    text: str
    left: float
    right: float
    middle: float
    height: float


def straightened(lines: Sequence[Line]) -> list[Span]:
    """The lines with the page's tilt, the median over its lines, taken out."""
    along = [line.quad[1] - line.quad[0] for line in lines]
    angle = float(np.median([np.arctan2(y, x) for x, y in along])) if along else 0.0
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    spans = []
    for line in lines:
        quad = line.quad @ back.T
        left, right = float(quad[[0, 3], 0].mean()), float(quad[[1, 2], 0].mean())
        spans.append(Span(line, line.text, left, right, float(quad[:, 1].mean()), line.height))
    return spans


def piece(span: Span, start: int, stop: int) -> Span:
    """The part of a line between two of its characters; where it stands is read off their share of the line."""
    step = (span.right - span.left) / max(len(span.text), 1)
    text = span.text[start:stop].strip()
    return Span(span.line, text, span.left + start * step, span.left + stop * step, span.middle, span.height)


def saying(line: Line, text: str) -> Line:
    """The part of a line that says a text, by the usual widths of characters; all of it where it does not."""
    start = line.text.find(text)
    if start < 0 or text == line.text:
        return line
    ends = (_width(line.text[:stop]) / _width(line.text) for stop in (start, start + len(text)))
    left, right = (np.float32(end) * (line.quad[[1, 2]] - line.quad[[0, 3]]) + line.quad[[0, 3]] for end in ends)
    return replace(line, text=text, quad=np.stack([left[0], right[0], right[1], left[1]]))


def _width(text: str) -> float:
    return sum(THIN_WIDTH if c in THIN else CAPITAL_WIDTH if c.isupper() else OTHER_WIDTH for c in text)
