"""The cases of the store that people have decided, as a labelled set: how often would casework have said the same?

`evals.cases.settled` says what the label is. Such labels flatter, for people had seen the draft. Nothing is copied and
no warehouse is named: files stay where they lie, and evidence is gathered as of the flag from the warehouse of the
settings, as it is when somebody asks (`evals.cases.since` tells what it says otherwise by then).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.case import Case
from agent.desk import file_hashes
from agent.errors import AgentError
from agent.review.allowed import changes
from agent.review.queue import ALL, Filters, QueueRow
from agent.store import Store
from evals.cases.placed import check_place, write_set
from evals.cases.settled import Told, Waiting
from evals.table import FLATTERED
from evals.world.label import Label
from tools.evidence import Frozen

KIND = "decided"
Reason = Waiting | Literal["decided on other days", "with files that are gone or changed", "not drawn"]
"""Why a case is left out."""
Telling = Callable[[int, int], None]
"""Told how many cases are looked at, and of how many."""


@dataclass(frozen=True)
class Days:
    """The first and the last day (ISO 8601, UTC) on which a case may have been decided."""

    first: str = "0000-00-00"
    last: str = "9999-12-31"

    def hold(self, moment: str) -> bool:
        return self.first <= moment.partition("T")[0] <= self.last


EVER = Days()


class Decided(Frozen):
    """What was made: how many cases of how many customers, how many of them fraud and honest (of the rest nobody said),
    and in how many more than one person gave an opinion."""

    out: str
    cases: int
    customers: int
    fraud: int
    honest: int
    of_several: int
    left_out: dict[Reason, int]


def made(
    store: Store,
    out: Path,
    filters: Filters = ALL,
    days: Days = EVER,
    *,
    n: int = 0,
    seed: int = 7,
    tell: Telling = lambda *_: None,
) -> Decided:
    """Write the set of the decided cases that pass to the folder `out`, or of `n` of them drawn by `seed`.

    Raises AgentError where there is none, or `out` holds something else or cannot be written.
    """
    check_place(out, KIND, "a set of decided cases")
    rows, found, left = store.queue(filters), list[tuple[Case, Label]](), Counter[Reason]()
    for done, row in enumerate(rows, 1):
        one = _labelled(store, row, days)
        if isinstance(one, tuple):
            found.append(one)
        else:
            left[one] += 1
        tell(done, len(rows))
    kept = _drawn(found, n, seed)
    left["not drawn"] = len(found) - len(kept)
    told = {why: count for why, count in left.most_common() if count}
    if not kept:
        what = ", ".join(f"{count} {why}" for why, count in told.items()) or "there is no such case"
        raise AgentError(f"no case is decided: {what}", "decide some with `casework work`, or ask for other days")
    write_set(out, KIND, FLATTERED, kept)
    return _summary(out, [label for _, label in kept], told)


def _labelled(store: Store, row: QueueRow, days: Days) -> tuple[Case, Label] | Reason:
    """A case with its label, or why it is left out."""
    told = Told.of(store, row.case_id)
    if waits := told.waits(row.status):
        return waits
    if not days.hold(told.at):
        return "decided on other days"
    case, file = store.case(row.case_id), store.latest_file(row.case_id)
    if file is None or changes(file, case, file_hashes(case), file.policy_sha256):
        return "with files that are gone or changed"
    return case.model_copy(update={"source": str(Path(case.source).resolve())}), told.label(case)


def _drawn(found: Sequence[tuple[Case, Label]], n: int, seed: int) -> list[tuple[Case, Label]]:
    """So many of them by lot, all where `n` is 0; those of one source together, for which one warehouse stays open."""
    lots = sorted(found, key=lambda pair: hashlib.sha256(f"{seed}:{pair[0].case_id}".encode()).digest())
    kept = lots[:n] if n else lots
    return sorted(kept, key=lambda pair: (pair[0].source, pair[0].flagged_at, pair[0].case_id))


def _summary(out: Path, labels: Sequence[Label], left_out: Mapping[Reason, int]) -> Decided:
    return Decided(
        out=str(out.resolve()),
        cases=len(labels),
        customers=len({label.customer_id for label in labels}),
        fraud=sum(label.is_fraud is True for label in labels),
        honest=sum(label.is_fraud is False for label in labels),
        of_several=sum(bool(label.reviewers) for label in labels),
        left_out=dict(left_out),
    )
