"""The values a fact can take, cut into the finitely many cells that the policy can tell apart.

Two values lie in the same cell when every comparison the rules make of the fact comes out alike. A rule is then a
function of cells, and statements over all values of an unknown fact can be proven by trying each cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise

from agent.policy.expression import ORDERINGS, Compare, Known
from agent.render import format_value
from tools.evidence import FactSpec, Value

_OTHER = "\uffffany other text"


@dataclass(frozen=True)
class Piece:
    """One word, or a stretch of numbers that no constant of the policy cuts. An end that is None is unbounded;
    `closed` says that the ends belong to it. The example None stands for having no value."""

    example: Value | None
    low: float | None = None
    high: float | None = None
    closed: bool = True

    def gap(self, value: float) -> float:
        """How far a number lies outside, 0 inside or at an end."""
        below = 0.0 if self.low is None else self.low - value
        above = 0.0 if self.high is None else value - self.high
        return max(below, above, 0.0)


@dataclass(frozen=True)
class Domain:
    """One fact's pieces in ascending order, and the cells they make together. A fact may have no value where its spec
    names a count for that."""

    spec: FactSpec
    leaves: tuple[Compare | Known, ...]

    @property
    def numeric(self) -> bool:
        return self.spec.kind in {"count", "number"}

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        none = (Piece(None),) if self.spec.none_where else ()
        return (*(self._stretches() if self.numeric else map(Piece, self._choices())), *none)

    @cached_property
    def cells(self) -> tuple[tuple[Piece, ...], ...]:
        """Pieces grouped by how the comparisons come out, in the order of their first piece."""
        return tuple(map(tuple, self._by_signature.values()))

    @cached_property
    def _by_signature(self) -> dict[tuple[bool | None, ...], list[Piece]]:
        groups: dict[tuple[bool | None, ...], list[Piece]] = {}
        for piece in self.pieces:
            groups.setdefault(self.signature(piece.example), []).append(piece)
        return groups

    @cached_property
    def _indices(self) -> dict[tuple[bool | None, ...], int]:
        return {signature: index for index, signature in enumerate(self._by_signature)}

    def signature(self, value: Value | None) -> tuple[bool | None, ...]:
        return tuple(leaf.truth({self.spec.name: value}) for leaf in self.leaves)

    def index(self, value: Value | None) -> int:
        """The number of the cell that a value of the domain lies in."""
        return self._indices[self.signature(value)]

    def masses(self, value: float) -> list[float]:
        """The probability of each cell when the value is measured anew with Gaussian noise of the spec's size.

        Measurements beyond the ends of the domain count as the end.
        """
        return [sum(self._mass(piece, value) for piece in cell) for cell in self.cells]

    def distance(self, value: Value, cell: int) -> float:
        """How far a value is from a cell, as a share of the domain, or of the value where the domain has no end.

        What has no order, and having no value at all, is always one whole step away.
        """
        stretches = [piece for piece in self.cells[cell] if piece.example is not None]
        if isinstance(value, bool | str) or not stretches:
            return 1.0
        gap = min(piece.gap(value) for piece in stretches)
        low, high = self.spec.low, self.spec.high
        return gap / (high - low) if low is not None and high is not None else gap / max(abs(value), gap, 1.0)

    def _choices(self) -> Iterable[Value]:
        if self.spec.kind == "flag":
            return (False, True)
        if self.spec.kind == "category" and self.spec.choices:
            return self.spec.choices
        return (*dict.fromkeys(each for leaf in self.leaves for each in constants(leaf)), _OTHER)

    def _stretches(self) -> Iterator[Piece]:
        """Points at the constants and the open stretches between; for counts the whole numbers in each, if any."""
        low, high = self.spec.low, self.spec.high
        ends = [end for end in (low, high) if end is not None]
        cuts = sorted({*ends, *(float(each) for leaf in self.leaves for each in constants(leaf))})
        points = [Piece(cut, cut, cut) for cut in cuts]
        gaps = [_between(a, b) for a, b in pairwise([None, *cuts, None])]
        ordered = [gaps[0], *(piece for pair in zip(points, gaps[1:], strict=True) for piece in pair)]
        for piece in ordered:
            kept = _whole(piece) if self.spec.kind == "count" else piece
            if kept is not None and self._inside(kept.example):
                yield kept

    def _inside(self, value: Value | None) -> bool:
        return value is not None and admit(value, self.spec) == value

    def _mass(self, piece: Piece, value: float) -> float:
        below = 0.0 if piece.low is None or self._is_end(piece.low) else _normal(piece.low, value, self.spec.noise)
        above = 1.0 if piece.high is None or self._is_end(piece.high) else _normal(piece.high, value, self.spec.noise)
        return 0.0 if piece.low is not None and piece.low == piece.high else above - below

    def _is_end(self, value: float) -> bool:
        return value in {self.spec.low, self.spec.high}


def describe(domain: Domain, cells: Iterable[int]) -> str:
    """The union of some cells in plain words: `below 0.80`, `2 or fewer`, `match or partial`, `none`."""
    wanted = {piece for cell in cells for piece in domain.cells[cell]}
    runs = [list(run) for inside, run in groupby(domain.pieces, wanted.__contains__) if inside]
    words = [word for run in runs for word in _words(domain, run)]
    return " or ".join(words)


def _words(domain: Domain, run: list[Piece]) -> Iterator[str]:
    if domain.numeric and run[0].example is not None:
        yield _stretch(domain.spec, run[0], next(piece for piece in reversed(run) if piece.example is not None))
    elif not domain.numeric:
        words = [piece.example for piece in run if piece.example is not None]
        yield from ("anything else" if word == _OTHER else format_value(word, domain.spec) for word in words)
    if run[-1].example is None:
        yield "none"


def admit(value: Value, spec: FactSpec) -> Value | None:
    """The value as the policy may read it: numbers brought into the declared range, None for what the spec rules out.

    A value of the wrong kind is no evidence, so its fact stays unknown.
    """
    if spec.kind == "flag":
        return value if isinstance(value, bool) else None
    if spec.kind not in {"count", "number"}:
        known = isinstance(value, str) and (spec.kind != "category" or not spec.choices or value in spec.choices)
        return value if known else None
    if isinstance(value, bool | str) or not math.isfinite(value) or (spec.kind == "count" and value % 1):
        return None
    if spec.low is not None and value < spec.low:
        return spec.low
    return spec.high if spec.high is not None and value > spec.high else value


def misfit(compare: Compare, spec: FactSpec) -> str | None:
    """Why a comparison makes no sense for a fact of this kind, None where it does."""
    if spec.kind not in {"count", "number"} and compare.operator in ORDERINGS:
        return f"{spec.name} is a {spec.kind} and has no order"
    wanted = {"flag": "flag", "count": "number", "number": "number"}.get(spec.kind, "word")
    for constant in constants(compare):
        if wanted != ("flag" if isinstance(constant, bool) else "word" if isinstance(constant, str) else "number"):
            return f"{spec.name} is a {spec.kind} and is compared with {constant!r}"
        if spec.choices and constant not in spec.choices:
            return f"{spec.name} is never {constant!r}, only {', '.join(spec.choices)}"
    return _beyond(constants(compare), spec)


def _beyond(compared: Iterable[Value], spec: FactSpec) -> str | None:
    """What a fact is compared with although it is told where it is known in part, when the whole may be on either
    side."""
    numbers = [each for each in compared if isinstance(each, int | float)]
    for limit, beyond in ((spec.least, max), (spec.most, min)):
        if limit is not None and numbers and beyond(*numbers, limit) != limit:
            far = beyond(numbers)
            return f"{spec.name} is told in part from {limit:g} on: move that in its query to compare it with {far:g}"
    return None


def constants(leaf: Compare | Known) -> tuple[Value, ...]:
    """What a fact is compared with."""
    if isinstance(leaf, Known):
        return ()
    return leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)


def _between(low: float | None, high: float | None) -> Piece:
    if low is not None and high is not None:
        example = (low + high) / 2
    else:
        example = low + 1 if low is not None else high - 1 if high is not None else 0.0
    return Piece(example, low, high, closed=False)


def _whole(piece: Piece) -> Piece | None:
    """The whole numbers of a stretch as a closed one, None where it has none."""
    low = None if piece.low is None else math.ceil(piece.low) if piece.closed else math.floor(piece.low) + 1
    high = None if piece.high is None else math.floor(piece.high) if piece.closed else math.ceil(piece.high) - 1
    if low is not None and high is not None and low > high:
        return None
    return Piece(low if low is not None else high if high is not None else 0, low, high)


def _normal(at: float, mean: float, deviation: float) -> float:
    return 0.5 * (1 + math.erf((at - mean) / (deviation * math.sqrt(2))))


def _stretch(spec: FactSpec, first: Piece, last: Piece) -> str:
    """A run of pieces in words; an end of the domain goes without saying where it belongs to the run."""
    if first.low is not None and first.low == last.high:
        return f"exactly {_figure(first.low, spec)}"
    low = None if first.low is None or (first.low == spec.low and first.closed) else _figure(first.low, spec)
    high = None if last.high is None or (last.high == spec.high and last.closed) else _figure(last.high, spec)
    if low and high:
        return f"{'from' if first.closed else 'above'} {low} {'to' if last.closed else 'to below'} {high}"
    if high:
        fewer = "or fewer" if spec.kind == "count" else "or less"
        return f"{high} {fewer}" if last.closed else f"below {high}"
    if low:
        return f"{low} or more" if first.closed else f"above {low}"
    return "anything"


def _figure(value: float, spec: FactSpec) -> str:
    return format_value(int(value) if spec.kind == "count" else value, spec)
