"""Rings: accounts that anything links, directly or through others, over the whole warehouse. Nobody is judged here: a
ring is where a team looks next, and a family or a company can be one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from agent.mining.links import KINDS, LIMIT_S, By, Counts, Linked, linked
from tools.evidence import Frozen
from tools.playbook.spelled import spelled
from tools.warehouse import Warehouse

AT_ONCE = 1_000
"""Accounts that are asked about at a time."""
FIGURES = spelled("""
WITH incoming AS (
  SELECT customer_id, SUM(amount_usd) AS usd FROM deposits
  WHERE customer_id IN :members AND "at" <= CAST(:as_of AS TIMESTAMP)
    AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY GROUP BY customer_id
), outgoing AS (
  SELECT customer_id, SUM(amount_usd) AS usd FROM withdrawals
  WHERE customer_id IN :members AND "at" <= CAST(:as_of AS TIMESTAMP) AND status IS DISTINCT FROM 'cancelled'
    AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY GROUP BY customer_id
), verdicts AS (
  SELECT customer_id, MAX(GUILT_OF(outcome)) AS guilt FROM earlier_cases
  WHERE customer_id IN :members AND opened_at <= CAST(:as_of AS TIMESTAMP) GROUP BY customer_id
)
SELECT c.customer_id, CAST(c.created_at AS VARCHAR) AS since, COALESCE(i.usd, 0) AS paid_in,
  COALESCE(o.usd, 0) AS paid_out, COALESCE(v.guilt, -1) AS guilt
FROM customers AS c
LEFT JOIN incoming AS i ON i.customer_id = c.customer_id
LEFT JOIN outgoing AS o ON o.customer_id = c.customer_id
LEFT JOIN verdicts AS v ON v.customer_id = c.customer_id
WHERE c.customer_id IN :members ORDER BY c.customer_id
""").strip()


class Member(Frozen):
    """One account: when it was opened, what came in and went out in 30 days (USD), whether it has or had a case, and
    whether one of these was settled as confirmed fraud."""

    customer_id: str
    since: str = ""
    paid_in: float = 0.0
    paid_out: float = 0.0
    case: bool = False
    fraud: bool = False


class Ring(Frozen):
    """Accounts that are linked, in order of id, and how many shared values of each kind link any of them."""

    members: tuple[Member, ...]
    links: dict[By, int]

    @property
    def fraud(self) -> int:
        return sum(each.fraud for each in self.members)

    @property
    def cases(self) -> int:
        return sum(each.case for each in self.members)

    @property
    def unflagged(self) -> int:
        """Those that nobody has had a case of."""
        return len(self.members) - self.cases

    @property
    def first(self) -> str:
        """When the first of them was registered (ISO 8601), empty where nobody knows."""
        return min((each.since for each in self.members if each.since), default="")

    @property
    def last(self) -> str:
        return max((each.since for each in self.members), default="")

    @property
    def paid_in(self) -> float:
        return sum(each.paid_in for each in self.members)

    @property
    def paid_out(self) -> float:
        return sum(each.paid_out for each in self.members)


class Rings(Frozen):
    """All rings as of a moment, those first in which most accounts without a case stand beside confirmed fraud; and
    what linked and did not, by kind."""

    as_of: str
    counts: dict[By, Counts]
    rings: tuple[Ring, ...]


def rings(
    warehouse: Warehouse,
    as_of: datetime,
    cases: Mapping[str, bool],
    kinds: Sequence[By] = KINDS,
    least: int = 3,
    tell: Callable[[int, int], None] = lambda *_: None,
) -> Rings:
    """The rings of at least so many accounts. `cases` are the customers who have a case here, and whether one of theirs
    was settled as confirmed fraud. Raises WarehouseError as `linked` does."""
    found: list[Linked] = []
    for done, by in enumerate(kinds, 1):
        found.append(linked(warehouse, by, as_of))
        tell(done, len(kinds) + 1)
    groups = [each for each in components(_shared(found)) if len(each) >= least]
    known = _members(warehouse, as_of, cases, sorted(name for group in groups for name in group))
    place = {name: number for number, group in enumerate(groups) for name in group}
    binding = [Counter[By]() for _ in groups]
    for each in found:
        for accounts in each.accounts.values():
            if accounts[0] in place:
                binding[place[accounts[0]]][each.by] += 1
    made = (
        Ring(members=tuple(known[name] for name in group), links=dict(sorted(bound.items())))
        for group, bound in zip(groups, binding, strict=True)
    )
    return Rings(
        as_of=as_of.isoformat(),
        counts={each.by: each.counts for each in found},
        rings=tuple(sorted(made, key=_promising)),
    )


def components(groups: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """What hangs together where the members of each group do, each in order, by their first."""
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while (above := root.setdefault(name, name)) != name:
            root[name] = name = root[above]
        return name

    for group in groups:
        for name in group:
            left, right = find(group[0]), find(name)
            root[max(left, right)] = min(left, right)
    together: dict[str, list[str]] = {}
    for name in sorted(root):
        together.setdefault(find(name), []).append(name)
    return [tuple(each) for _, each in sorted(together.items())]


def _shared(found: Iterable[Linked]) -> Iterable[Sequence[str]]:
    return (accounts for each in found for accounts in each.accounts.values())


def _members(
    warehouse: Warehouse, as_of: datetime, cases: Mapping[str, bool], names: Sequence[str]
) -> dict[str, Member]:
    """What is known of accounts; an id that is no customer's has nothing but itself."""
    found = {name: Member(customer_id=name, case=name in cases, fraud=cases.get(name, False)) for name in names}
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        for row in warehouse.query(FIGURES, {"members": some, "as_of": as_of}, LIMIT_S):
            known = found[row["customer_id"]]
            told = {"since": row["since"] or "", "paid_in": row["paid_in"], "paid_out": row["paid_out"]}
            told |= {"case": known.case or row["guilt"] >= 0, "fraud": known.fraud or row["guilt"] == 2}
            found[known.customer_id] = known.model_copy(update=told)
    return found


def _promising(ring: Ring) -> tuple[int, int, int, str]:
    worth = ring.unflagged if ring.fraud else 0
    return -worth, -ring.fraud, -len(ring.members), ring.members[0].customer_id
