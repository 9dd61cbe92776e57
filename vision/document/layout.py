"""What a line of a page is likely to be before it is read: part of a machine readable zone, a label, something else.

Only places and sizes count. A wrong guess costs time, not a field: what was taken for a label and does not read as one
is read again as a value.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low

import numpy as np

from vision.document.quads import Floats, tallness

Rows = tuple[Floats, ...]

# A zone's line is at least this many times as long as it is high; all lines of a zone are about equally long. Of one
# that ends in pale fillers no more may be found than this share, and its height is about that of the other.
ZONE_SHAPE, ZONE_EVEN, ZONE_FOUND, ZONE_ALIKE = 12.0, 0.08, 0.2, 1.35
# A label is smaller than the value below it.
TALLER = 1.1
# A label stands no more than this many times as far above its value as others do in the median.
FARTHER = 1.5
# Of a label its beginning is read, this many times its height; a longer line may hold two labels.
HEAD, LONGEST_LABEL = 6.4, 16.0
# A page's titles stand above its labels, if those are at least FEW, by more than ABOVE times their height.
FEW, ABOVE = 4, 1.5


@dataclass(frozen=True)
class _Spot:
    """Where a line stands: the middles of its left and right end, its own middle and top, its height and length."""

    left: tuple[float, float]
    right: tuple[float, float]
    middle: float
    top: float
    height: float
    length: float


def tilt(quads: Sequence[Floats]) -> float:
    """The angle in radians at which lines fall to the right, the median over them."""
    along = [quad[1] - quad[0] for quad in quads]
    return float(np.median([np.arctan2(y, x) for x, y in along])) if along else 0.0


def straightened(quads: Sequence[Floats]) -> list[Floats]:
    """The corners with the page's tilt taken out."""
    angle = tilt(quads)
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    return [np.asarray(quad @ back.T, np.float32) for quad in quads]


def zones(quads: Sequence[Floats]) -> Iterator[Rows]:
    """Neighbouring rows that may be a machine readable zone, the lowest on the page first, three before two: pieces of
    a row joined, then each alone, for print beside the page may stand in the same row. Last come the lowest rows of the
    page where one is long and of another the end was not found: it is drawn out."""
    rows = _rows(quads)
    yield from _even_rows(rows)
    if len(rows) < len(quads):
        yield from _even_rows(sorted(quads, key=lambda quad: _spot(quad).middle))
    yield from _drawn_out([(row, _spot(row)) for row in rows])


def labels(quads: Sequence[Floats]) -> dict[int, int]:
    """The places of lines that stand, left-aligned, right above a taller one, each with the place of that: labels and
    their values, most likely. A value has one label, the nearest. None stands much farther above than is usual on the
    page: between the two was a label that was not found, or a value."""
    spots = [_spot(quad) for quad in straightened(quads)]
    nearest: dict[int, int] = {}
    for place, spot in sorted(enumerate(spots), key=lambda each: each[1].middle):
        below = [other for other, value in enumerate(spots) if _labels(spot, value)]
        if below and spot.length < LONGEST_LABEL * spot.height:
            nearest[min(below, key=lambda other: spots[other].middle)] = place
    down = {value: spots[value].middle - spots[label].middle for value, label in nearest.items()}
    most = FARTHER * median_low(down.values()) if down else 0.0
    return {label: value for value, label in nearest.items() if down[value] <= most}


def expected(quads: Sequence[Floats], labels: Mapping[int, int], values: Sequence[int]) -> list[Floats]:
    """Where the labels of some values would stand: their beginnings, as far above as the page's other `labels` stand
    above their own values, by the median. None where there are no others."""
    if not labels:
        return []
    straight, angle = straightened(quads), tilt(quads)
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    offset = np.median([straight[label][[0, 3]] - straight[value][0] for label, value in labels.items()], axis=0)
    ends = [straight[value][0] + offset for value in values]
    return [np.asarray(_beginning(*each) @ back, np.float32) for each in ends]


def from_top(quads: Sequence[Floats], labels: Collection[int]) -> set[int]:
    """The places of lines that are no titles: none stands much higher than the highest of some labels, for that may be
    another one's. All of them where labels are few."""
    spots = [_spot(quad) for quad in straightened(quads)]
    if len(labels) < FEW:
        return set(range(len(spots)))
    first = min((spots[place] for place in labels), key=lambda spot: spot.top)
    return {place for place, spot in enumerate(spots) if spot.middle >= first.top - ABOVE * first.height}


def outside(quads: Sequence[Floats], rows: Rows) -> tuple[Floats, ...]:
    """The lines that are no part of some rows."""
    spots = [_spot(row) for row in rows]
    return tuple(quad for quad in quads if not any(_within(quad, spot) for spot in spots))


def _beginning(top: Floats, bottom: Floats) -> Floats:
    """The head of a level line, from the corners of its left end."""
    along = np.array([HEAD * (bottom[1] - top[1]), 0])
    return np.stack([top, top + along, bottom + along, bottom])


def longer(quad: Floats) -> bool:
    """Whether the head of a line is not all of it."""
    spot = _spot(quad)
    return spot.length > HEAD * spot.height


def head(quad: Floats) -> Floats:
    """The beginning of a line."""
    spot = _spot(quad)
    share = np.float32(min(HEAD * spot.height / max(spot.length, 1.0), 1.0))
    cut = quad.copy()
    cut[1], cut[2] = quad[0] + share * (quad[1] - quad[0]), quad[3] + share * (quad[2] - quad[3])
    return cut


def _spot(quad: Floats) -> _Spot:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad.tolist()
    length = (math.hypot(x1 - x0, y1 - y0) + math.hypot(x2 - x3, y2 - y3)) / 2
    left, right = ((x0 + x3) / 2, (y0 + y3) / 2), ((x1 + x2) / 2, (y1 + y2) / 2)
    return _Spot(left, right, (left[1] + right[1]) / 2, min(y0, y1, y2, y3), tallness(quad), length)


def _labels(label: _Spot, value: _Spot) -> bool:
    down, aside = value.middle - label.middle, abs(value.left[0] - label.left[0])
    close = 0.4 * label.height < down < 2.2 * label.height + 0.5 * value.height
    return value.height > TALLER * label.height and close and aside < 1.5 * label.height


def _even_rows(rows: Sequence[Floats]) -> Iterator[Rows]:
    """Neighbours among some rows from top to bottom that are long, and of one length below one another."""
    spots = [(row, _spot(row)) for row in rows]
    long = [(row, spot) for row, spot in spots if spot.length >= ZONE_SHAPE * spot.height]
    for size in (3, 2):
        for end in range(len(long), size - 1, -1):
            window = long[end - size : end]
            if all(_stacked(above, below) and _even(above, below) for (_, above), (_, below) in pairwise(window)):
                yield tuple(row for row, _ in window)


def _drawn_out(rows: Sequence[tuple[Floats, _Spot]]) -> Iterator[Rows]:
    """The lowest rows that begin below one another made equally long, where at least one has the shape of a zone's and
    not all of them are even already. What else stands in such a row is the rest of it."""
    anchor = next((spot for _, spot in reversed(rows) if spot.length >= ZONE_SHAPE * spot.height), None)
    begun = [(row, spot) for row, spot in rows if anchor and _begins(anchor, spot)]
    for size in (3, 2):
        window = begun[-size:]
        pairs = list(pairwise(spot for _, spot in window))
        heights = [spot.height for _, spot in window]
        alike = len(window) == size and max(heights) < ZONE_ALIKE * min(heights)
        if alike and all(_stacked(*pair) for pair in pairs) and not all(_even(*pair) for pair in pairs):
            longest = max(spot.length for _, spot in window)
            yield tuple(_to_length(row, spot, longest) for row, spot in window)


def _begins(anchor: _Spot, spot: _Spot) -> bool:
    aside = abs(spot.left[0] - anchor.left[0])
    return ZONE_FOUND * anchor.length < spot.length and aside < max(ZONE_EVEN * anchor.length, 2 * anchor.height)


def _to_length(row: Floats, spot: _Spot, length: float) -> Floats:
    more, drawn = np.float32(length / spot.length), row.copy()
    drawn[1], drawn[2] = row[0] + more * (row[1] - row[0]), row[3] + more * (row[2] - row[3])
    return drawn


def _stacked(above: _Spot, below: _Spot) -> bool:
    """Whether two rows begin one below the other."""
    aside = abs(below.left[0] - above.left[0])
    close = 0.5 * above.height < below.left[1] - above.left[1] < 3 * above.height
    return close and aside < max(ZONE_EVEN * max(above.length, below.length), 2 * above.height)


def _even(above: _Spot, below: _Spot) -> bool:
    """Whether two rows end one below the other."""
    return abs(below.right[0] - above.right[0]) < max(ZONE_EVEN * above.length, 2 * above.height)


def _rows(quads: Sequence[Floats]) -> list[Floats]:
    """The lines from top to bottom, pieces of one row joined."""
    rows: list[tuple[Floats, _Spot]] = []
    for quad in sorted(quads, key=lambda quad: float(quad[0, 0])):
        spot = _spot(quad)
        place = next((place for place, (_, row) in enumerate(rows) if _continues(row, spot)), None)
        if place is None:
            rows.append((quad, spot))
        else:
            left = rows[place][0]
            joined = np.stack([left[0], quad[1], quad[2], left[3]])
            rows[place] = joined, _spot(joined)
    return [row for row, _ in sorted(rows, key=lambda each: each[1].middle)]


def _continues(row: _Spot, line: _Spot) -> bool:
    aside, down = line.left[0] - row.right[0], line.left[1] - row.right[1]
    return abs(down) < 0.4 * row.height and -row.height < aside < 2 * row.height


def _within(quad: Floats, row: _Spot) -> bool:
    """Whether the middle of a line lies on the axis of a row."""
    x, y = quad.mean(axis=0).tolist()
    along = row.right[0] - row.left[0], row.right[1] - row.left[1]
    across = along[0] * (y - row.left[1]) - along[1] * (x - row.left[0])
    return bool(abs(across) < 0.5 * row.height * math.hypot(*along))
