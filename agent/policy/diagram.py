"""Reduced ordered decision diagrams with many-valued nodes."""

from __future__ import annotations

from collections.abc import Sequence


class Diagrams:
    """Nodes over numbered facts, one branch a cell. Equal nodes are one; numbers below `ends` are ends, not nodes.

    Facts are asked for in ascending order along every branch, which makes the diagram of a function unique.
    """

    def __init__(self, ends: int) -> None:
        self.facts = [-1] * ends
        self.branches: list[tuple[int, ...]] = [()] * ends
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}

    def node(self, fact: int, branches: tuple[int, ...]) -> int:
        if branches.count(branches[0]) == len(branches):
            return branches[0]
        found = self._known.get((fact, branches))
        if found is None:
            found = self._known[fact, branches] = len(self.facts)
            self.facts.append(fact)
            self.branches.append(branches)
        return found

    def restricted(self, node: int, cells: Sequence[int | None]) -> int:
        """The diagram that is left when the facts with a cell in `cells` are known."""
        fact = self.facts[node]
        if fact < 0:
            return node
        cell = cells[fact]
        if cell is not None:
            return self.restricted(self.branches[node][cell], cells)
        return self.node(fact, tuple(self.restricted(branch, cells) for branch in self.branches[node]))
