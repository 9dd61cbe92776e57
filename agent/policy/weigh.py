"""One case's known facts before the disposition table: what is recommended, and what if some figure were another.

The order in which a recommendation is found is told in `agent.policy.decide`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from agent.case import DISPOSITIONS, CaseType, Disposition
from agent.policy.domain import Domain
from agent.policy.expression import Compare, Known, Values, leaves
from agent.policy.fire import Compiled, Observation, policy_facts, ready
from agent.policy.model import Policy
from agent.policy.possible import Answer, Cells, Table, View
from tools.evidence import FactSpec

MISSING_ROW = "missing-evidence"
NO_ROW = "no-row"
SETTLED_SHARE = 0.9
STRICTNESS: Mapping[Disposition, int] = {disposition: rank for rank, disposition in enumerate(DISPOSITIONS)}


@dataclass(frozen=True)
class Judgement:
    """A disposition and the row it came from; `answer` is what is possible, `share` what missing evidence leaves of the
    confidence."""

    disposition: Disposition
    row: str
    answer: Answer
    share: float = 1.0


@dataclass(frozen=True)
class Scales:
    """The rules of a case type on what is known of a case. Weighing again with some facts in other cells is cheap.

    Three sets hold facts that a tool was asked for and did not tell, by what stood in the way:

    - `excused`: an optional rule does not wait for these. Anything stood in the way but a failure of ours.
    - `ours`: no customer can mend it. A failure, or something that is not set up.
    - `barred`: no rule waits for these. It was not permitted to find out.
    """

    policy: Policy
    case_type: CaseType
    rules: tuple[Compiled, ...]
    seen: Observation
    excused: frozenset[str]
    ours: frozenset[str]
    barred: frozenset[str]
    specs: Mapping[str, FactSpec]

    @cached_property
    def table(self) -> Table:
        ids = tuple(each.rule.id for each in self.rules)
        return disposition_table(self.policy, ids, tuple(self.specs[name] for name in policy_facts(self.policy, ids)))

    @cached_property
    def cells(self) -> Cells:
        return self.table.cells(self.seen.values)

    def disposition(self, moved: Mapping[int, int]) -> Disposition:
        return self.judge(moved).disposition

    def judge(self, moved: Mapping[int, int]) -> Judgement:
        """What is recommended when some known facts, by number, lie in other cells than they do."""
        cells = [moved.get(fact, cell) for fact, cell in enumerate(self.cells)]
        nodes = self.table.renewed(self._nodes, cells, moved)
        view = self.table.view(nodes)
        answer = self.table.answer(view)
        if len(answer.ends) == 1:
            return self._certain(view, answer, answer, 1.0)
        optional = [rule for rule, node in enumerate(nodes) if self.table.asked(node) & self._waived(rule)]
        view = self.table.view(nodes, without=optional)
        without = self.table.answer(view) if optional else answer
        if len(without.ends) == 1:
            return self._certain(view, without, answer, SETTLED_SHARE)
        return self._open(moved, without, answer)

    @cached_property
    def _nodes(self) -> list[int]:
        return self.table.nodes(self.cells)

    def _waived(self, rule: int) -> frozenset[str]:
        """The unknown facts that do not keep a rule waiting."""
        return self.excused if self.case_type in self.rules[rule].rule.optional else self.barred

    def _certain(self, view: View, sole: Answer, answer: Answer, share: float) -> Judgement:
        disposition = DISPOSITIONS[sole.ends[0]]
        return Judgement(disposition, self._row(view.fired, disposition), answer, share)

    def _open(self, moved: Mapping[int, int], open_answer: Answer, answer: Answer) -> Judgement:
        asked = max((self._wanted(fact) for fact in open_answer.open_facts), key=STRICTNESS.__getitem__)
        fired = self._fired(moved)
        first = self.table.first_row(fired)
        stands: Disposition = "escalate" if first is None else self.policy.rows[first].then
        least = DISPOSITIONS[open_answer.ends[0]]
        known = max(least, min(stands, "escalate", key=STRICTNESS.__getitem__), key=STRICTNESS.__getitem__)
        share = 1 / len(open_answer.ends)
        if STRICTNESS[asked] >= STRICTNESS[known]:
            return Judgement(asked, MISSING_ROW, answer, share)
        return Judgement(known, self._row(fired, known), answer, share)

    def _wanted(self, fact: str) -> Disposition:
        """What to do about a missing fact: what the policy says, or a person's look where the failure is our own."""
        return "escalate" if fact in self.ours else self.policy.gap(fact).then

    def _fired(self, moved: Mapping[int, int]) -> int:
        """The rules that fire, as bits, on what is known, unknown facts unknown."""
        values: Values = self.seen.values
        if moved:
            domains = self.table.domains
            values = {**values, **{self.table.facts[n]: domains[n].cells[cell][0].example for n, cell in moved.items()}}
        return sum(1 << place for place, each in enumerate(self.rules) if each.evaluate(values))

    def _row(self, fired: int, disposition: Disposition) -> str:
        """The row that gives a disposition: the first that holds if it is one, else the first that could."""
        first = self.table.first_row(fired)
        if first is not None and self.policy.rows[first].then == disposition:
            return self.policy.rows[first].id
        return next((row.id for row in self.policy.rows if row.then == disposition), NO_ROW)


@lru_cache(maxsize=64)
def disposition_table(
    policy: Policy, rule_ids: tuple[str, ...], specs: tuple[FactSpec, ...], *, by_row: bool = False
) -> Table:
    """The policy's table over some rules; its ends are numbered as DISPOSITIONS are, or by row, one more for none.

    `specs` are those of the facts that the rules read.
    """
    rules = ready(policy, rule_ids, {each.name: each for each in specs})
    asked: dict[str, dict[Compare | Known, None]] = {}
    for leaf in _leaves(rules):
        asked.setdefault(leaf.fact, {})[leaf] = None
    domains = {each.name: Domain(each, tuple(asked[each.name])) for each in specs}
    ends = range(len(policy.rows)) if by_row else [STRICTNESS[row.then] for row in policy.rows]
    otherwise = len(policy.rows) if by_row else STRICTNESS["escalate"]
    return Table(rules, [condition for _, condition in policy.table], ends, otherwise, domains)


def _leaves(rules: Iterable[Compiled]) -> Iterable[Compare | Known]:
    return (leaf for each in rules for leaf in leaves(each.condition) if isinstance(leaf, Compare | Known))
