"""What a line of a page is likely to be before it is read: part of a machine readable zone, a label, something else.

Only places and sizes count. A wrong guess costs time, not a field: what was taken for a label and does not read as one
is read again as a value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

import numpy as np

from vision.ocr import Floats, tallness

Rows = tuple[Floats, ...]

# A zone's line is at least this many times as long as it is high; all lines of a zone are about equally long.
ZONE_SHAPE, ZONE_EVEN = 12.0, 0.08
# A label is smaller than the value below it.
TALLER = 1.1
# Of a label its beginning is read, this many times its height; a longer line may hold two labels.
HEAD, LONGEST_LABEL = 6.4, 16.0
# A page's titles stand above its labels, if those are at least FEW, by more than ABOVE times their height.
FEW, ABOVE = 4, 1.5


def straightened(quads: Sequence[Floats]) -> list[Floats]:
    """The corners with the page's tilt, the median over its lines, taken out."""
    along = [quad[1] - quad[0] for quad in quads]
    angle = float(np.median([np.arctan2(y, x) for x, y in along])) if along else 0.0
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    return [np.asarray(quad @ back.T, np.float32) for quad in quads]


def zones(quads: Sequence[Floats]) -> Iterator[Rows]:
    """Neighbouring rows that may be a machine readable zone, the lowest on the page first, three before two."""
    rows = [row for row in _rows(quads) if _across(row) >= ZONE_SHAPE * tallness(row)]
    for size in (3, 2):
        for end in range(len(rows), size - 1, -1):
            window = rows[end - size : end]
            if all(_stacked(above, below) for above, below in pairwise(window)):
                yield tuple(window)


def labels(quads: Sequence[Floats]) -> dict[int, int]:
    """The places of lines that stand, left-aligned, right above a taller one, each with the place of that: labels and
    their values, most likely. A value has one label, the nearest."""
    flat = straightened(quads)
    nearest: dict[int, int] = {}
    for place in sorted(range(len(flat)), key=lambda place: float(flat[place][:, 1].mean())):
        below = [other for other, value in enumerate(flat) if _labels(flat[place], value)]
        if below and _across(flat[place]) < LONGEST_LABEL * tallness(flat[place]):
            nearest[min(below, key=lambda other: float(flat[other][:, 1].mean()))] = place
    return {label: value for value, label in nearest.items()}


def from_top(quads: Sequence[Floats], labels: Collection[int]) -> set[int]:
    """The places of lines that are no titles: none stands much higher than the highest of some labels, for that may be
    another one's. All of them where labels are few."""
    flat = straightened(quads)
    if len(labels) < FEW:
        return set(range(len(flat)))
    first = min((flat[place] for place in labels), key=lambda quad: float(quad[:, 1].min()))
    top = float(first[:, 1].min()) - ABOVE * tallness(first)
    return {place for place, quad in enumerate(flat) if quad[:, 1].mean() >= top}


def outside(quads: Sequence[Floats], rows: Rows) -> tuple[Floats, ...]:
    """The lines that are no part of some rows."""
    return tuple(quad for quad in quads if not any(_within(quad.mean(axis=0), row) for row in rows))


def _within(place: Floats, row: Floats) -> bool:
    start, end = row[[0, 3]].mean(axis=0), row[[1, 2]].mean(axis=0)
    along, to = end - start, place - start
    return abs(float(along[0] * to[1] - along[1] * to[0])) < 0.5 * tallness(row) * float(np.linalg.norm(along))


def longer(quad: Floats) -> bool:
    """Whether the head of a line is not all of it."""
    return _across(quad) > HEAD * tallness(quad)


def head(quad: Floats) -> Floats:
    """The beginning of a line."""
    share = np.float32(min(HEAD * tallness(quad) / max(_across(quad), 1.0), 1.0))
    cut = quad.copy()
    cut[1], cut[2] = quad[0] + share * (quad[1] - quad[0]), quad[3] + share * (quad[2] - quad[3])
    return cut


def _labels(label: Floats, value: Floats) -> bool:
    height, taller = tallness(label), tallness(value)
    down = float(value[:, 1].mean() - label[:, 1].mean())
    aside = abs(float(value[[0, 3], 0].mean() - label[[0, 3], 0].mean()))
    return taller > TALLER * height and 0.4 * height < down < 2.2 * height + 0.5 * taller and aside < 1.5 * height


def _stacked(above: Floats, below: Floats) -> bool:
    height, long = tallness(above), _across(above)
    close = 0.5 * height < below[:, 1].mean() - above[:, 1].mean() < 3 * height
    even = np.abs(below - above)[:, 0].max() < max(ZONE_EVEN * long, 2 * height)
    return bool(close and even)


def _rows(quads: Sequence[Floats]) -> list[Floats]:
    """The lines from top to bottom, pieces of one row joined."""
    rows: list[Floats] = []
    for quad in sorted(quads, key=lambda quad: float(quad[0, 0])):
        left = next((place for place, row in enumerate(rows) if _continues(row, quad)), None)
        if left is None:
            rows.append(quad.copy())
        else:
            rows[left][1], rows[left][2] = quad[1], quad[2]
    return sorted(rows, key=lambda row: float(row[:, 1].mean()))


def _continues(row: Floats, quad: Floats) -> bool:
    height = tallness(row)
    aside = quad[[0, 3], 0].mean() - row[[1, 2], 0].mean()
    down = quad[[0, 3], 1].mean() - row[[1, 2], 1].mean()
    return bool(abs(down) < 0.4 * height and -height < aside < 2 * height)


def _across(quad: Floats) -> float:
    return float(np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
