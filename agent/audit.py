"""The audit chain of one case: every entry carries the hash of the one before, so none can change unseen.

Pure functions; `agent.store` keeps the entries and its triggers refuse to change them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from agent.case import AuditEntry
from tools.evidence import Frozen, fingerprint

GENESIS = "0" * 64
"""What the first entry of a chain names as the one before."""

Content = Mapping[str, str | int | None]
"""What an entry tells beside who and when: ids, hashes, dispositions. Never personal data."""


class Break(Frozen):
    """A place where the audit trail does not hold: which case, which entry (0 for the case as a whole), and how."""

    case_id: str
    sequence: int
    what: str


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


def compare(case_id: str, entries: Sequence[AuditEntry], status: str, kept: frozenset[str]) -> tuple[Break, ...]:
    """Every place where a chain and the store part ways: `status` is where the case stands, `kept` the hashes of the
    case, its files and its reviews as they are stored. It also finds a chain cut short at its end."""
    told = [(entry.sequence, json.loads(entry.content)) for entry in entries]
    faults = list(_gone(told, kept))
    spoken = {content.get(name) for _, content in told for name in ("case", "file", "review")}
    if not kept <= spoken:
        faults.append((0, "something is stored that no entry speaks of, or was changed"))
    last = [content["status"] for _, content in told if "status" in content][-1:]
    if last != [status]:
        faults.append((0, f"the case stands at {status!r}, which its last entries do not say"))
    return tuple(Break(case_id=case_id, sequence=number, what=what) for number, what in faults)


def body_sha256(body: str) -> str:
    """The hash of a stored value as `fingerprint` gave it, taken from its JSON: it outlives the model's shape."""
    stored = json.loads(body)
    if "timings_ms" in stored:
        stored["timings_ms"] = {}
    return hashlib.sha256(_json(stored).encode()).hexdigest()


def _gone(told: Sequence[tuple[int, dict[str, str]]], kept: frozenset[str]) -> Iterable[tuple[int, str]]:
    for number, content in told:
        for name in ("file", "review"):
            if name in content and content[name] not in kept:
                yield number, f"the {name} it speaks of is gone or changed"


def _json(content: Mapping[str, object]) -> str:
    return json.dumps(dict(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _faults(case_id: str, place: int, entry: AuditEntry, last: AuditEntry | None) -> Iterable[str]:
    if entry.case_id != case_id:
        yield f"belongs to case {entry.case_id!r}"
    if entry.sequence != place:
        yield f"is numbered {entry.sequence}: an entry is lost or out of order"
    if entry.previous != (last.sha256 if last else GENESIS):
        yield "does not follow from the entry before it"
    if entry.sha256 != fingerprint(entry.model_copy(update={"sha256": ""})):
        yield "was changed after it was written"
