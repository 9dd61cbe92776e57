"""The audit chain of one case: every entry carries the hash of the one before, so none can change unseen.

Pure functions; `agent.store` keeps the entries and its triggers refuse to change them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any

from agent.case import AuditEntry
from tools.evidence import Frozen, fingerprint

GENESIS = "0" * 64
"""What the first entry of a chain names as the one before."""

CORRECTED = timedelta(minutes=10)
"""By how much a clock may go back where it is put right, and those of machines that share a home may differ."""
Content = Mapping[str, str | int | None]
"""What an entry tells beside who and when: ids, hashes, dispositions, a colleague's reason. Never personal data."""


class Break(Frozen):
    """A place where the audit trail does not hold: which case, which entry (0 for the case as a whole), and how."""

    case_id: str
    sequence: int
    what: str


class Head(Frozen):
    """How long a chain was and the hash of its last entry: enough to tell later that it only grew."""

    entries: int
    sha256: str


@dataclass(frozen=True)
class Kept:
    """What is stored of a case besides its chain: the hashes of its body, files and reviews, oldest first, and where it
    stands. `case` is None where the row is gone; a hash is empty where its body does not read."""

    case: str | None
    status: str
    files: tuple[str, ...]
    reviews: tuple[str, ...]


def now() -> str:
    """The present moment, ISO 8601 in UTC to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical(content: Content) -> str:
    """The one way an entry's content is written, so that its hash is stable."""
    return _json(content)


def link(last: AuditEntry | None, case_id: str, at: str, actor: str, action: str, content: str) -> AuditEntry:
    """The next entry of a chain that ends in `last`."""
    bare = AuditEntry(
        case_id=case_id,
        sequence=last.sequence + 1 if last else 1,
        at=at,
        actor=actor,
        action=action,
        content=content,
        previous=last.sha256 if last else GENESIS,
        sha256="",
    )
    return bare.model_copy(update={"sha256": fingerprint(bare)})


def verify(case_id: str, entries: Iterable[AuditEntry]) -> tuple[Break, ...]:
    """Every place where a chain does not hold, in order; empty when it is whole."""
    breaks: list[Break] = []
    last: AuditEntry | None = None
    for place, entry in enumerate(entries, start=1):
        breaks += [Break(case_id=case_id, sequence=place, what=what) for what in _faults(case_id, place, entry, last)]
        last = entry
    return tuple(breaks)


def compare(case_id: str, entries: Iterable[AuditEntry], kept: Kept) -> tuple[Break, ...]:
    """Where a chain and the store part ways first: in the files, the reviews, the case, its status. It also finds a
    chain cut short at its end."""
    told = [(entry, _content(entry)) for entry in entries]
    faults: list[tuple[int, str]] = []
    for name, action, hashes in (("file", "drafted", kept.files), ("review", "reviewed", kept.reviews)):
        spoken = [(entry.sequence, content.get(name)) for entry, content in told if entry.action == action]
        faults += _astray(name, spoken, hashes)
    if kept.case is None:
        faults.append((0, "its row in cases is gone"))
    elif _last(told, "case") != kept.case:
        faults.append((0, "the case is not the one that was added last, or was changed"))
    elif _last(told, "status") != kept.status:
        faults.append((0, f"the case stands at {kept.status!r}, which its last entries do not say"))
    return tuple(Break(case_id=case_id, sequence=number, what=what) for number, what in faults)


def backwards(before: str, after: str) -> bool:
    """Whether a clock was set back further than to put it right. What is no time gives itself away by its hash."""
    try:
        return datetime.fromisoformat(after) < datetime.fromisoformat(before) - CORRECTED
    except (ValueError, TypeError):
        return False


def head(chain: Sequence[str]) -> Head:
    """Where a chain ends, given the hashes of its entries."""
    return Head(entries=len(chain), sha256=chain[-1] if chain else GENESIS)


def grown(heads: Mapping[str, Head], chains: Mapping[str, Sequence[str]]) -> tuple[Break, ...]:
    """Where chains are not those that ended in `heads`, with nothing but later entries: cut short, made anew, gone.
    Whether they hold in themselves is what `verify` tells."""
    breaks = []
    for case_id, old in heads.items():
        before = list(chains.get(case_id, ()))[: old.entries]
        if len(before) < old.entries:
            what = f"its chain had {old.entries} entries and now has {len(before)}"
        elif head(before) != old:
            what = f"its chain is not the one that had {old.entries} entries"
        else:
            continue
        breaks.append(Break(case_id=case_id, sequence=0, what=what))
    return tuple(breaks)


def body_sha256(body: str) -> str:
    """The hash of a stored value as `fingerprint` gave it, taken from its JSON: it outlives the model's shape. Raises
    as `read_body` does."""
    return value_sha256(read_body(body))


def value_sha256(stored: Mapping[str, object]) -> str:
    """The same of a body that was read. Wall times are left out, as `CaseFile.sha256` does."""
    timeless = {**stored, "timings_ms": {}} if "timings_ms" in stored else stored
    return hashlib.sha256(_json(timeless).encode()).hexdigest()


def read_body(body: str) -> dict[str, Any]:
    """The JSON object that a stored text holds. Raises ValueError where it holds none, RecursionError where it is
    nested without end."""
    value = json.loads(body)
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def _content(entry: AuditEntry) -> dict[str, Any]:
    """What an entry tells; nothing where its content does not read, for its hash gives that away."""
    try:
        return read_body(entry.content)
    except (ValueError, RecursionError):
        return {}


def _last(told: Sequence[tuple[AuditEntry, dict[str, Any]]], name: str) -> object:
    return next((content[name] for _, content in reversed(told) if name in content), None)


def _astray(name: str, spoken: Sequence[tuple[int, object]], kept: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The first stored value that is not the one an entry speaks of: (entry, what), or nothing."""
    for place, (said, stored) in enumerate(zip_longest(spoken, kept), start=1):
        if said is None:
            yield 0, f"no entry speaks of {name} {place}"
        elif said[1] != stored:
            yield said[0], f"the {name} it speaks of is gone, changed or out of order"
        else:
            continue
        return


def _json(content: Mapping[str, object]) -> str:
    return json.dumps(dict(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _faults(case_id: str, place: int, entry: AuditEntry, last: AuditEntry | None) -> Iterable[str]:
    if entry.case_id != case_id:
        yield f"belongs to case {entry.case_id!r}"
    if entry.sequence != place:
        yield f"is numbered {entry.sequence}: an entry is lost or out of order"
    if entry.previous != (last.sha256 if last else GENESIS):
        yield "does not follow from the entry before it"
    if last and backwards(last.at, entry.at):
        yield "is dated before the entry before it"
    if entry.sha256 != fingerprint(entry.model_copy(update={"sha256": ""})):
        yield "was changed after it was written"
