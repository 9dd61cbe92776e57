"""Which dispositions are still possible, and which unknown facts tell them apart: exactly, whatever is known.

A rule is a function of the cells of its facts (`agent.policy.domain`), the disposition table a function of which rules
fire. Both are read as reduced ordered decision diagrams: each node asks for the cell of one fact, equal subdiagrams are
one node, and a node whose answers all lead to one place is left out. Such a diagram is canonical, so what it says is
exact: its ends are the possible dispositions, and it asks for a fact if and only if there are two completions of the
unknown facts that differ in that fact alone and lead to different dispositions.

An example: the adverse rule `x > 5` and the suspicious rule `y == "low"`; the first row rejects what is adverse, the
second escalates what is suspicious, and all else is approved. With x = 7 only `reject` is left, and y is open no more.
With x = 3 `escalate` and `approve` are left, and y tells them apart. With nothing known all three are left, and both
facts are open.

The diagram of the table is expanded only over the facts that are unknown. A row stops mattering as soon as the findings
that can still come cannot change it, and states in which the same rows, counts and rules remain are solved once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from agent.policy.diagram import Diagrams
from agent.policy.domain import Domain
from agent.policy.expression import Expression, Known, Values, leaves
from agent.policy.fire import Compiled
from agent.policy.rows import Counted, Trail
from tools.evidence import Value

FALSE, TRUE = 0, 1
MEMORY = 100_000
Waiting = tuple[tuple[int, int], ...]
"""The rules that are still undecided, by position, each with the node of its diagram that is to be asked next."""
Cells = Sequence[int | None]
"""The cell of each fact of a table, in the table's order, None where it is unknown."""


@dataclass(frozen=True)
class Answer:
    """The ends that can be reached, ascending, and the facts that tell them apart, in the order of the diagram."""

    ends: tuple[int, ...]
    open_facts: tuple[str, ...]


@dataclass(frozen=True)
class Reached:
    """The ends that were found to be reached, and all there are where the search is `complete`; the states it took."""

    ends: frozenset[int]
    states: int
    complete: bool


@dataclass(frozen=True)
class View:
    """What a table comes to when some facts are known: the rules that fired, as bits, and those that wait."""

    fired: int
    waiting: Waiting


class Table:
    """A disposition table over some rules. `ends` gives the number that each row leads to; where no row holds, it is
    `otherwise`. Answers are remembered, which changes nothing but time; the lock is for cases reviewed side by side."""

    def __init__(
        self,
        rules: Sequence[Compiled],
        rows: Sequence[Expression],
        ends: Sequence[int],
        otherwise: int,
        domains: Mapping[str, Domain],
    ) -> None:
        self._lock = Lock()
        self.facts = _ordered(rules)
        self.domains = tuple(domains[name] for name in self.facts)
        self._rules = Diagrams(2)
        self._roots = tuple(self._diagram(each) for each in rules)
        self._readers = [[n for n, each in enumerate(rules) if name in each.facts] for name in self.facts]
        counted = Counted([each.rule for each in rules])
        self._rows = [(end, counted.condition(row)) for end, row in zip(ends, rows, strict=True)]
        self._otherwise = otherwise
        self._ends = max(*ends, otherwise) + 1
        self._forget()

    def cells(self, values: Values) -> Cells:
        """The cell of each fact of the table, None for those that are unknown."""
        pairs = zip(self.facts, self.domains, strict=True)
        return [domain.index(values[name]) if name in values else None for name, domain in pairs]

    def nodes(self, cells: Cells) -> list[int]:
        """What is left of each rule when some cells are known."""
        with self._lock:
            return [self._rules.restricted(root, cells) for root in self._roots]

    def renewed(self, nodes: Sequence[int], cells: Cells, facts: Iterable[int]) -> list[int]:
        """`nodes(cells)`, where `nodes` was made from cells that differ in these facts alone."""
        new = list(nodes)
        with self._lock:
            for rule in {rule for fact in facts for rule in self._readers[fact]}:
                new[rule] = self._rules.restricted(self._roots[rule], cells)
        return new

    def view(self, nodes: Sequence[int], without: Collection[int] = ()) -> View:
        """The rules that fired and those that wait; some of those that wait may be left out."""
        fired = sum(1 << rule for rule, node in enumerate(nodes) if node == TRUE)
        waiting = ((rule, node) for rule, node in enumerate(nodes) if node > TRUE and rule not in without)
        return View(fired, tuple(waiting))

    def answer(self, view: View) -> Answer:
        """The ends that can be reached over all completions of the unknown facts, and the facts that decide between."""
        with self._lock:
            if len(self._solved) > MEMORY:
                self._forget()
            node = self._solve(view.fired, view.waiting)
            reach, support = self._reach[node], self._support[node]
        return Answer(
            tuple(end for end in range(self._ends) if reach >> end & 1),
            tuple(name for number, name in enumerate(self.facts) if support >> number & 1),
        )

    def reached(self, view: View, known: Collection[int], most: int) -> Reached:
        """The ends that can be reached, as `answer` has them, and those `known` before, looking at `most` states at
        most. What can lead to no new end is left out, which is far quicker than the whole diagram where many facts are
        unknown."""
        found = {*known}
        seen: set[object] = set()
        ahead = [(view.fired, view.waiting)]
        while ahead:
            fired, waiting = ahead.pop()
            trail: Trail = []
            last, held = self._live_rows(fired, _bits(waiting), trail)
            if not trail:
                found.add(last)
            elif not found.issuperset((last, *held)):
                waiting = _moving(waiting, trail)
                key = (last, waiting, tuple(trail))
                if key not in seen:
                    if len(seen) >= most:
                        return Reached(frozenset(found), len(seen), complete=False)
                    seen.add(key)
                    ahead += self._answered(self._first(waiting), fired, waiting)
        return Reached(frozenset(found), len(seen), complete=True)

    def first_row(self, fired: int) -> int | None:
        """The first row that holds when exactly these rules (as bits) fire, None where none does."""
        return next((index for index, (_, row) in enumerate(self._rows) if row(fired, 0, []) is True), None)

    def asked(self, node: int) -> frozenset[str]:
        """The facts on which what is left of a rule depends."""
        if node <= TRUE:
            return frozenset()
        return frozenset({self.facts[self._rules.facts[node]]}).union(*map(self.asked, self._rules.branches[node]))

    def _forget(self) -> None:
        self._solved: dict[object, int] = {}
        self._diagrams = Diagrams(self._ends)
        self._reach = [1 << end for end in range(self._ends)]
        self._support = [0] * self._ends

    def _diagram(self, rule: Compiled) -> int:
        """A rule as a diagram, by trying its facts in order; it is settled early where comparisons allow."""
        read = sorted(self.facts.index(name) for name in rule.facts)
        early = not any(isinstance(leaf, Known) for leaf in leaves(rule.condition))

        def grown(depth: int, values: dict[str, Value | None]) -> int:
            truth = rule.evaluate(values) if early or depth == len(read) else None
            if truth is not None:
                return TRUE if truth else FALSE
            domain = self.domains[read[depth]]
            trials = [values | {domain.spec.name: cell[0].example} for cell in domain.cells]
            return self._rules.node(read[depth], tuple(grown(depth + 1, trial) for trial in trials))

        return grown(0, {})

    def _solve(self, fired: int, waiting: Waiting) -> int:
        trail: Trail = []
        last, _ = self._live_rows(fired, _bits(waiting), trail)
        if not trail:
            return last
        waiting = _moving(waiting, trail)
        key = (last, waiting, tuple(trail))
        found = self._solved.get(key)
        if found is None:
            found = self._solved[key] = self._expand(fired, waiting)
        return found

    def _live_rows(self, fired: int, waiting: int, trail: Trail) -> tuple[int, list[int]]:
        """Put on the trail what leaves rows undecided; the end that stands if none of them holds, and theirs."""
        undecided: list[tuple[int, int]] = []
        last = self._otherwise
        for end, row in self._rows:
            mark = len(trail)
            truth = row(fired, waiting, trail)
            if truth is None:
                undecided.append((end, mark))
                continue
            del trail[mark:]
            if truth:
                last = end
                break
        while undecided and undecided[-1][0] == last:
            del trail[undecided.pop()[1] :]
        return last, [end for end, _ in undecided]

    def _expand(self, fired: int, waiting: Waiting) -> int:
        """Ask for the first fact that any waiting rule asks for, and solve what each answer leaves."""
        fact = self._first(waiting)
        return self._noted(fact, tuple(self._solve(*state) for state in self._answered(fact, fired, waiting)))

    def _first(self, waiting: Waiting) -> int:
        return min(self._rules.facts[node] for _, node in waiting)

    def _answered(self, fact: int, fired: int, waiting: Waiting) -> Iterator[tuple[int, Waiting]]:
        """What has fired and what waits after each answer to a fact."""
        facts, branches = self._rules.facts, self._rules.branches
        asking = [(rule, branches[node]) for rule, node in waiting if facts[node] == fact]
        silent = [each for each in waiting if facts[each[1]] != fact]
        for cell in range(len(self.domains[fact].cells)):
            now, left = fired, silent.copy()
            for rule, answers in asking:
                node = answers[cell]
                if node == TRUE:
                    now |= 1 << rule
                elif node != FALSE:
                    left.append((rule, node))
            left.sort()
            yield now, tuple(left)

    def _noted(self, fact: int, branches: tuple[int, ...]) -> int:
        node = self._diagrams.node(fact, branches)
        if node == len(self._reach):
            reach, support = 0, 1 << fact
            for branch in branches:
                reach |= self._reach[branch]
                support |= self._support[branch]
            self._reach.append(reach)
            self._support.append(support)
        return node


def _bits(waiting: Waiting) -> int:
    return sum(1 << rule for rule, _ in waiting)


def _moving(waiting: Waiting, trail: Trail) -> Waiting:
    """Those of the waiting rules that can still move a row."""
    moving = 0
    for each in trail:
        moving |= each.movers
    return tuple((rule, node) for rule, node in waiting if moving >> rule & 1)


def _ordered(rules: Sequence[Compiled]) -> tuple[str, ...]:
    """The facts in the order in which they are asked for: those of adverse rules first, mitigating last."""
    rank = {"adverse": 0, "suspicious": 1, "mitigating": 2}
    by_rank = sorted(rules, key=lambda each: rank[each.rule.severity])
    return tuple(dict.fromkeys(name for each in by_rank for name in each.facts))
