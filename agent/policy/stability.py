"""How a recommendation hangs on single figures: what would change it, and how likely noise alone would. Pure.

Both are asked of a `Judge`, a function from known cells to the disposition that would be recommended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Protocol

from agent.case import DISPOSITIONS, Change, Disposition, Flip
from agent.policy.domain import describe
from agent.policy.fire import Observation
from agent.policy.possible import Cells, Table

MOST_FLIPS = 5
NEGLIGIBLE = 1e-6


class Judge(Protocol):
    """The disposition recommended when some facts lie in other cells than they do: fact number to cell."""

    def __call__(self, moved: dict[int, int]) -> Disposition: ...


@dataclass(frozen=True)
class _Move:
    """One known fact brought into another cell, and how far that is."""

    fact: int
    cell: int
    distance: float


def flips(table: Table, cells: Cells, seen: Observation, judge: Judge) -> tuple[Flip, ...]:
    """The smallest sets of changes to known facts that change the recommendation, nearest first, at most five.

    Sets of one change are looked for first, of two only where there is none of one; larger ones are not looked for.
    Cells of one fact that lead to the same disposition are told as one change.
    """
    now = judge({})
    moves = list(_moves(table, cells, seen))
    for size in (1, 2):
        found = _leading(size, moves, judge, now)
        if found:
            ranked = sorted(found.items(), key=lambda item: (_length(item[1]), DISPOSITIONS.index(item[0][1]), item[0]))
            return tuple(_flip(table, seen, sets, then) for (_, then), sets in ranked[:MOST_FLIPS])
    return ()


def steadiness(table: Table, cells: Cells, seen: Observation, judge: Judge) -> float:
    """The probability that the recommendation stays when each noisy known fact is measured anew, independently."""
    now = judge({})
    stays = total = 0.0
    for moved, chance in _remeasured(_noisy(table, cells, seen)):
        total += chance
        stays += chance if judge(moved) == now else 0.0
    return stays / total


Sets = list[tuple[_Move, ...]]
Leading = dict[tuple[tuple[int, ...], Disposition], Sets]


def _moves(table: Table, cells: Cells, seen: Observation) -> Iterator[_Move]:
    for fact, (name, domain) in enumerate(zip(table.facts, table.domains, strict=True)):
        value = seen.values.get(name)
        if value is not None:
            others = (cell for cell in range(len(domain.cells)) if cell != cells[fact])
            yield from (_Move(fact, cell, domain.distance(value, cell)) for cell in others)


def _leading(size: int, moves: Sequence[_Move], judge: Judge, now: Disposition) -> Leading:
    """The sets of moves of one size that lead elsewhere, by the facts moved and where they lead, the nearest first."""
    found: Leading = {}
    for moved in combinations(moves, size):
        facts = tuple(move.fact for move in moved)
        if len(set(facts)) == size:
            then = judge({move.fact: move.cell for move in moved})
            if then != now:
                found.setdefault((facts, then), []).append(moved)
    for sets in found.values():
        sets.sort(key=lambda moved: sum(move.distance for move in moved))
    return found


def _length(sets: Sets) -> float:
    return sum(move.distance for move in sets[0])


def _flip(table: Table, seen: Observation, sets: Sets, then: Disposition) -> Flip:
    """The nearest set, each change widened in turn to all cells that lead to the same with those of the others."""
    leading = {tuple(move.cell for move in moved) for moved in sets}
    wide = [[move.cell] for move in sets[0]]
    for place in range(len(wide)):
        cells = dict.fromkeys(moved[place].cell for moved in sets)
        wide[place] = [cell for cell in cells if leading.issuperset(product(*wide[:place], [cell], *wide[place + 1 :]))]
    changes = (_change(table, seen, move.fact, cells) for move, cells in zip(sets[0], wide, strict=True))
    return Flip(changes=tuple(changes), disposition=then)


def _change(table: Table, seen: Observation, fact: int, cells: Sequence[int]) -> Change:
    name = table.facts[fact]
    value = seen.values[name]
    if value is None:
        raise ValueError(f"{name} has no value that could change")
    return Change(fact=name, reference=seen.reference(name), now=value, becomes=describe(table.domains[fact], cells))


def _noisy(table: Table, cells: Cells, seen: Observation) -> list[tuple[int, list[tuple[int, float]]]]:
    """For each known fact with noise, the cells it may fall into and how likely."""
    noisy = []
    for fact, (name, domain) in enumerate(zip(table.facts, table.domains, strict=True)):
        value = seen.values.get(name)
        if domain.spec.noise > 0 and cells[fact] is not None and isinstance(value, int | float):
            likely = [(cell, mass) for cell, mass in enumerate(domain.masses(value)) if mass > NEGLIGIBLE]
            noisy.append((fact, likely))
    return noisy


def _remeasured(noisy: Sequence[tuple[int, list[tuple[int, float]]]]) -> Iterator[tuple[dict[int, int], float]]:
    """Every outcome of measuring anew, and its probability; those that hardly ever happen are left out."""
    if not noisy:
        yield {}, 1.0
        return
    (fact, likely), *rest = noisy
    for moved, chance in _remeasured(rest):
        for cell, mass in likely:
            if chance * mass > NEGLIGIBLE:
                yield moved | {fact: cell}, chance * mass
