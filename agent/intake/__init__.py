"""Flagged cases of an exchange's own on their way into the queue: read, and held against their files and the
warehouse.

What is wrong is told of every entry with its line and field, and quotes nothing: an entry speaks of a customer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.case import Case
from agent.errors import AgentError
from agent.intake.entry import made
from agent.intake.lines import BOM, Fault, Read, entries

if TYPE_CHECKING:
    # Only named here: who reads cases needs no engine for it.
    from tools.warehouse import Warehouse

AT_ONCE = 1000
"""Customers a question to the warehouse."""
ACCOUNTS = """
SELECT customer_id, CAST(MIN(created_at) AS TIMESTAMP) AS since FROM customers WHERE customer_id IN :names GROUP BY 1
"""

Telling = Callable[[int, int], None]
"""Told how much is done, and of how much."""


@dataclass(frozen=True)
class Intake:
    """The cases of a file by id, each with where it was read, and what is wrong with the others of its `entries`."""

    entries: int
    cases: Mapping[str, Case]
    read: Mapping[str, Read]
    faults: tuple[Fault, ...]

    def fault(self, case_id: str, field: str, what: str) -> Fault:
        """What is wrong with a case that was read."""
        return _fault(self.read[case_id], field, what)


def read_cases(content: bytes, root: Path, moment: datetime, tell: Telling = lambda *_: None) -> Intake:
    """What a file of cases holds. `root` is the folder its attachments lie in, `moment` is now.

    Raises AgentError where it holds nothing at all: an export that failed is not a day without cases.
    """
    root, lines, count = root.resolve(), content.count(b"\n") + 1, 0
    cases, read, faults = dict[str, Case](), dict[str, Read](), list[Fault]()
    for entry in entries(content):
        count = entry.entry
        tell(entry.line, lines)
        if isinstance(entry, Fault):
            faults.append(entry)
        elif not isinstance(case := made(entry.value, root, moment), Case):
            faults += [_fault(entry, field, what) for field, what in case]
        elif case.case_id in cases:
            faults.append(_fault(entry, "case_id", f"is that of line {read[case.case_id].line} too"))
        else:
            cases[case.case_id], read[case.case_id] = case, entry
    if not (count or content.removeprefix(BOM).strip()):
        raise AgentError("the file of cases is empty", "write [] if there are none")
    return Intake(count, cases, read, tuple(faults))


def strangers(intake: Intake, warehouse: Warehouse, tell: Telling = lambda *_: None) -> Iterator[Fault]:
    """The cases whose customer the warehouse has no account of at the time of the flag: nothing could be found out.

    Raises WarehouseError where it cannot be asked, or has no customers at all.
    """
    cases = list(intake.cases.values())
    if cases:
        warehouse.require("customers")
    for first in range(0, len(cases), AT_ONCE):
        some = cases[first : first + AT_ONCE]
        names = sorted({case.customer_id for case in some})
        since = {row["customer_id"]: row["since"] for row in warehouse.query(ACCOUNTS, {"names": names})}
        for case in some:
            if case.customer_id not in since:
                yield intake.fault(case.case_id, "customer_id", "is not in the table customers of the warehouse")
            elif not _opened(since[case.customer_id], case):
                yield intake.fault(case.case_id, "customer_id", "has no account in the warehouse at flagged_at")
        tell(first + len(some), len(cases))


def _opened(since: datetime | None, case: Case) -> bool:
    return since is not None and since <= case.subject.moment


def _fault(entry: Read, field: str, what: str) -> Fault:
    return Fault(line=entry.line, entry=entry.entry, field=field, what=what)
