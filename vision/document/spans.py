"""Lines of text and pieces of them, as they stand on a page whose tilt is taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    # Only named here: whoever compares what was read elsewhere needs no reader of text.
    from vision.document.ocr import Line


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
