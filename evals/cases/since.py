"""What the warehouse says otherwise than it said when people decided.

Evidence is as of the flag, but a warehouse keeps some things without their time: how an earlier case ended, who lost a
dispute, the status of a withdrawal. Where the outcome of a case stands among the closed ones of its own customer, a
review of today may read the label off it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress

from agent.case import CaseFile
from agent.errors import UnknownCase
from agent.store import Store
from tools.evidence import Evidence, Frozen, Ledger, Value

DIGITS = 9
"""Places of a fraction that have to agree: engines add up in another order."""
Queries = Mapping[tuple[str, str], Mapping[str, Value]]
"""Facts by tool and arguments."""


class Since(Frozen):
    """Reviews held against the drafts that people saw: of how many cases the store has one, in how many of them a query
    comes to something else, and how often each does."""

    cases: int
    otherwise: int
    queries: dict[str, int]


def since(files: Iterable[CaseFile], store: Store) -> Since:
    """What the queries of these reviews tell otherwise than those of the newest drafts in the store."""
    cases, otherwise, queries = 0, 0, Counter[str]()
    for file in files:
        with suppress(UnknownCase):
            if draft := store.latest_file(file.case.case_id):
                moved = _moved(_recorded(draft.ledger), _recorded(file.ledger))
                cases, otherwise = cases + 1, otherwise + bool(moved)
                queries.update(moved)
    return Since(cases=cases, otherwise=otherwise, queries=dict(sorted(queries.items())))


def _moved(then: Queries, now: Queries) -> set[str]:
    """The tools that answered the same question otherwise."""
    return {asked[0] for asked in then.keys() & now.keys() if then[asked] != now[asked]}


def _recorded(ledger: Ledger) -> Queries:
    """What the exchange's own records told, by tool and arguments."""
    answered = (entry for entry in ledger.entries if isinstance(entry, Evidence) and entry.trust != "measured")
    return {
        (entry.tool, entry.provenance.arguments): {fact.name: _rounded(fact.value) for fact in entry.facts}
        for entry in answered
    }


def _rounded(value: Value) -> Value:
    return round(value, DIGITS) if isinstance(value, float) else value
