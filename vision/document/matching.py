"""Which lines are the value of which label, by where they stand on a page whose tilt is taken out. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from vision.document.labels import NAMES, Label
from vision.document.spans import Span, piece

Rows = tuple[Span, ...]
"""A value from top to bottom: a name may go on in further lines."""

# Labels stand below their values where at least so many do, nearer by this share than to the value below.
FEWEST_BELOW, NEARER = 2, 0.75
# Type is larger than another by this factor.
TALLER = 1.1
# Lines in one type are of about one height.
ALIKE = 0.92
# A second line of a name, and none with a mark or with what is said of the name: e/v, épouse, née.
NAME = re.compile(r"(?!(?:[eéEÉ][pP]|n[eé]|N[EÉ]|VVE|geb|GEB)\w*\b)[^\W\d_a-z][^\d/\[\]()]*")


def parts(value: Span, labels: Iterable[Label]) -> list[Span]:
    """A line of values, cut where the label of a second column stands above it."""
    edges = [
        label.span.left
        for label in labels
        if _below(label.span, value) and value.left + 2 * value.height < label.span.left < value.right
    ]
    blanks = [match.start() for match in re.finditer(" ", value.text)]
    if not edges or not blanks:
        return [value]
    step = (value.right - value.left) / len(value.text)
    cut = min(blanks, key=lambda blank: abs(value.left + blank * step - edges[0]))
    return [piece(value, 0, cut), piece(value, cut + 1, len(value.text))]


def matched(labels: Sequence[Label], values: Sequence[Span]) -> dict[int, Rows]:
    """For each label by its place the value below it, or above it on a page that labels so. A value belongs to one
    label, the nearest pairs first."""
    below = not _labelled_below(labels, values)
    pairs = []
    for place, label in enumerate(labels):
        for index, value in enumerate(values):
            near = _below(label.span, value) if below else _foot(label.span, value)
            if near and _aside(label.span, value) < 3 * value.height:
                pairs.append((_aside(label.span, value) + abs(value.middle - label.span.middle), place, index))
    found: dict[int, int] = {}
    for _, place, index in sorted(pairs):
        if place not in found and index not in found.values():
            found[place] = index
    free = [value for index, value in enumerate(values) if index not in found.values()]
    return {place: tuple(_rows(labels[place], _joined(values[index], free), free)) for place, index in found.items()}


def _below(label: Span, value: Span) -> bool:
    return 0.4 * label.height < value.middle - label.middle < 3.2 * label.height + 0.5 * value.height


def _foot(label: Span, value: Span) -> bool:
    """Whether a label stands right below a value in larger type."""
    larger = value.height > TALLER * label.height
    return larger and _below(value, label) and label.middle - value.middle < 2 * value.height


def _aside(label: Span, value: Span) -> float:
    return abs(value.left - label.left)


def _labelled_below(labels: Sequence[Label], values: Sequence[Span]) -> bool:
    """Whether labels stand below their values, as on Colombian cards."""

    def distance(label: Span, near: Iterable[Span]) -> float:
        beside = (value for value in near if _aside(label, value) < value.height)
        return min((abs(value.middle - label.middle) for value in beside), default=float("inf"))

    spans = [label.span for label in labels]
    above = [distance(span, (value for value in values if _foot(span, value))) for span in spans]
    under = [distance(span, (value for value in values if _below(span, value))) for span in spans]
    feet = sum(up < NEARER * down for up, down in zip(above, under, strict=True))
    return feet >= FEWEST_BELOW and 2 * feet > len(labels)


def _joined(value: Span, free: Collection[Span]) -> Span:
    """A value with what the detector cut off it: pieces without a label, less than a letter's width away in its row."""
    for other in sorted(free, key=lambda span: span.left):
        near = 0 <= other.left - value.right < 1.3 * value.height
        if near and abs(other.middle - value.middle) < 0.4 * value.height:
            text = f"{value.text} {other.text}"
            value = Span(value.line, text, value.left, other.right, value.middle, value.height)
    return value


def _rows(label: Label, value: Span, free: Collection[Span]) -> Iterator[Span]:
    """A value and, where it is a name, the lines in its type that go on right below it. Where the label is in no
    smaller type, or below the line stands another in larger type, that line may as well be a label."""
    yield value
    if label.field in NAMES and value.height > TALLER * label.span.height:
        least = max(ALIKE * value.height, (value.height + label.span.height) / 2)
        on = next((other for other in free if other.height > least and _goes_on(value, other)), None)
        if on and not any(other.height > on.height / ALIKE and _close(on, other) for other in free):
            yield from _rows(label, on, free)


def _goes_on(value: Span, other: Span) -> bool:
    """Whether a line is a further one of a name."""
    written = other.text.isupper() == value.text.isupper() and NAME.fullmatch(other.text)
    return _close(value, other) and bool(written)


def _close(value: Span, other: Span) -> bool:
    down = other.middle - value.middle
    return 0.5 * value.height < down < 1.5 * value.height and _aside(value, other) < 0.7 * value.height
