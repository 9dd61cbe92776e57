"""A search for conjunctions of conditions that tell some examples from others: a beam, widened by one condition at a
time, each number cut where it tells most. The same examples give the same answer, in whatever order they come.

What is tried is scored by its likelihood ratio, of which each condition after the first has to earn what the best of so
many can pretend. How good a conjunction really is, examples that this search has not seen must tell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.policy.expression import COMPARATORS, Compare, Operator, Values
from tools.evidence import FactSpec, Value

Mask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
LONGEST, WIDTH, TRIES = 3, 16, 8
"""Conditions of a conjunction; how many are widened further; cuts of a number tried before it is given up."""
LEAST = 3
"""Of those looked for, how many a conjunction has to find."""
DIGITS = 12
"""A threshold that takes more to tell two values apart is none that a person would write."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition, with a value that fulfils it and one that does not."""

    compare: Compare
    fulfils: Value
    fails: Value

    @property
    def text(self) -> str:
        """The condition in the language of the policy."""
        fact, sign, value = self.compare.fact, self.compare.operator, self.compare.value
        if isinstance(value, bool):
            return fact if value else f"not {fact}"
        return f'{fact} {sign} "{value}"' if isinstance(value, str) else f"{fact} {sign} {value:.{DIGITS}g}"


@dataclass(frozen=True)
class Conjunction:
    """A conjunction, the examples that it holds for, and how many of those are looked for."""

    terms: tuple[Term, ...]
    holds: Mask
    caught: int
    score: float

    @property
    def text(self) -> str:
        return " and ".join(term.text for term in self.terms)

    @property
    def precision(self) -> float:
        return self.caught / int(self.holds.sum())


class Examples:
    """Facts of examples by column. `wanted` marks those that are looked for."""

    def __init__(self, rows: Sequence[Values], wanted: Sequence[bool], specs: Mapping[str, FactSpec]) -> None:
        self.wanted: Mask = np.array(wanted, bool)
        self.specs = {name: spec for name, spec in sorted(specs.items()) if any(name in row for row in rows)}
        self.numbers = {name: _column(name, rows) for name, spec in self.specs.items() if spec.kind in _NUMERIC}
        terms = [term for spec in self.specs.values() for term in _words(spec)]
        self.words = {term: np.array([term.compare.truth(row) is True for row in rows]) for term in terms}

    def search(self, precision: float) -> list[Conjunction]:
        """Conjunctions that hold for at least so large a share of those looked for, the best first."""
        found: dict[str, Conjunction] = {}
        beam = [Conjunction((), np.ones(len(self.wanted), bool), 0, 0.0)]
        for _ in range(LONGEST):
            grown = {each.text: each for parent in beam for each in self._grown(parent, precision)}
            beam = sorted(grown.values(), key=_rank)[:WIDTH]
            found |= grown
        return sorted((each for each in found.values() if each.precision >= precision), key=_rank)

    def _grown(self, parent: Conjunction, precision: float) -> Iterator[Conjunction]:
        """A conjunction with one condition more, for each condition that finds enough and tells something."""
        taken = {(term.compare.fact, term.compare.operator) for term in parent.terms}
        for term, gain in (*self._worded(parent.holds), *self._cut(parent.holds, precision)):
            score = gain - self._price * len(parent.terms)
            if score > parent.score and (term.compare.fact, term.compare.operator) not in taken:
                holds = parent.holds & self._holds(term)
                caught = int((holds & self.wanted).sum())
                if caught >= LEAST:
                    terms = tuple(sorted((*parent.terms, term), key=lambda each: each.text))
                    yield Conjunction(terms, holds, caught, score)

    def _holds(self, term: Term) -> Mask:
        column = self.numbers.get(term.compare.fact)
        if column is None:
            return self.words[term]
        return np.asarray(COMPARATORS[term.compare.operator](column, term.compare.value), bool)

    def _worded(self, within: Mask) -> Iterator[tuple[Term, float]]:
        """Every condition on a flag or a word, and what it tells."""
        if self.words:
            both = np.array([*self.words.values()]) & within
            yield from zip(self.words, map(float, self._gain((both & self.wanted).sum(1), both.sum(1))), strict=True)

    def _cut(self, within: Mask, precision: float) -> Iterator[tuple[Term, float]]:
        """The cut of each number that tells most, each way, and the best one that is precise enough. A number that is
        told in part is cut no further than it is told."""
        for name, column in self.numbers.items():
            known = np.flatnonzero(within & ~np.isnan(column))
            known = known[np.argsort(column[known], kind="stable")]
            values, hits = column[known], np.cumsum(self.wanted[known], dtype=np.int64)
            ends = np.flatnonzero(np.diff(values) > 0) + 1
            if len(ends):
                below = hits[ends - 1]
                yield from self._best(name, ">=", values, ends, (hits[-1] - below, len(known) - ends), precision)
                yield from self._best(name, "<", values, ends, (below, ends), precision)

    def _best(
        self, name: str, sign: Operator, values: Floats, ends: Counts, counts: tuple[Counts, Counts], precision: float
    ) -> Iterator[tuple[Term, float]]:
        caught, held = counts
        spec = self.specs[name]
        told = (values[ends] <= _or(spec.least, math.inf)) & (values[ends - 1] >= _or(spec.most, -math.inf))
        gains = np.where(told, self._gain(caught, held), 0.0)
        precise = np.where(caught >= precision * held, gains, 0.0)
        for allowed in (gains,) if gains.argmax() == precise.argmax() else (gains, precise):
            yield from _first(spec, sign, values, ends, allowed)

    @cached_property
    def _price(self) -> float:
        """What the best of all conditions earns by chance, about."""
        cuts = sum(2 * len(np.unique(column[~np.isnan(column)])) for column in self.numbers.values())
        return 2 * math.log(max(cuts + len(self.words), 1))

    def _gain(self, caught: Counts, held: Any) -> Floats:  # noqa: ANN401 - numpy's integers
        """The likelihood ratio (G) of what holds for `held` examples, `caught` of them looked for; 0 where these are
        no more than by chance."""
        n, wanted = len(self.wanted), int(self.wanted.sum())
        table = (
            (caught, held, wanted),
            (held - caught, held, n - wanted),
            (wanted - caught, n - held, wanted),
            (n - held - wanted + caught, n - held, n - wanted),
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = [np.where(seen > 0, seen * np.log(seen * n / (row * side)), 0.0) for seen, row, side in table]
        return np.where(caught * n > held * wanted, 2 * np.sum(parts, axis=0), 0.0)


_NUMERIC = frozenset({"count", "number"})


def threshold(low: float, high: float, *, whole: bool) -> float | None:
    """The number with the fewest digits above `low` and not above `high`, the nearest to their middle; None where it
    would take more than a person writes."""
    middle = (low + high) / 2
    middle = math.ceil(middle) if whole else middle
    rounded = (float(f"{middle:.{digits}g}") for digits in range(1, DIGITS + 1))
    return next((each for each in rounded if low < each <= high and (not whole or each.is_integer())), None)


def _first(spec: FactSpec, sign: Operator, values: Floats, ends: Counts, gains: Floats) -> Iterator[tuple[Term, float]]:
    """The cut with the most gain that the policy can write, if any of the first few."""
    for place in np.argsort(-gains, kind="stable")[:TRIES]:
        low, high = float(values[ends[place] - 1]), float(values[ends[place]])
        at = threshold(low, high, whole=spec.kind == "count")
        if gains[place] > 0 and at is not None:
            below, above = (int(low), int(high)) if spec.kind == "count" else (low, high)
            compare = Compare(spec.name, sign, at)
            term = Term(compare, above, below) if sign == ">=" else Term(compare, below, above)
            yield term, float(gains[place])
            return


def _or(limit: float | None, none: float) -> float:
    return none if limit is None else limit


def _words(spec: FactSpec) -> Iterator[Term]:
    if spec.kind == "flag":
        yield from (Term(Compare(spec.name, "==", truth), truth, not truth) for truth in (True, False))
    elif spec.kind == "category":
        for word, other in zip(spec.choices, (*spec.choices[1:], *spec.choices[:1]), strict=True):
            yield Term(Compare(spec.name, "==", word), word, other)


def _column(name: str, rows: Sequence[Values]) -> Floats:
    """A fact of every example, not a number where it is unknown or there is none."""
    known = (row.get(name) for row in rows)
    return np.array([math.nan if value is None else float(value) for value in known])


def _rank(found: Conjunction) -> tuple[float, int, str]:
    return -found.score, len(found.terms), found.text
