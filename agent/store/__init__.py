"""The case store: cases, case files, the texts they were made with, reviews and the audit chain, in one SQLite file.

Every change of a case is one transaction together with its audit entry. A change carries an idempotency key that is
unique in its case: asked for twice, as after a crash, it happens once. Policies, prompts, case files, reviews and audit
entries are append-only; triggers refuse to change them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from agent.audit import Break, Content
from agent.case import AuditEntry, Case, CaseFile, Review, Status
from agent.errors import StoreError
from agent.review.decisions import Asked, Decision
from agent.review.export import Entry, Text
from agent.review.queue import ALL, Filters, QueueRow
from agent.store.arriving import Taken, added, hold, insert_new
from agent.store.attached import Attached, read_attached
from agent.store.chain import append, read_chain
from agent.store.database import Database, Opening
from agent.store.decided import read_decisions
from agent.store.exported import read_texts, read_trail
from agent.store.queued import QUEUE, queue_row, stored, unknown
from agent.store.rows import case_row, file_row, reading_back, review_row
from agent.store.tables import AUDIT, CASES, FILES, REVIEWS, TEXTS
from agent.store.verify import chain_hashes, mentioned, missing_guards, verify_case, whole_texts
from tools.evidence import fingerprint

SYSTEM = "casework"
"""The actor of what no person did."""

Model = TypeVar("Model", bound=BaseModel)

_REVIEWS_OF = select(REVIEWS.c.body).where(REVIEWS.c.case_id == bindparam("of")).order_by(REVIEWS.c.sequence)


class Store:
    """One open case store under the folder `home`. Raises `StoreError` for a disk or database that does not obey, and
    where there is none, unless it is to begin one."""

    def __init__(self, home: Path, opening: Opening = "begin") -> None:
        self._database = Database(home / "casework.db", opening)
        self.path = self._database.path

    def close(self) -> None:
        self._database.close()

    def add_cases(self, cases: Iterable[Case]) -> int:
        """Put cases into the queue and say how many were new or different. A case of a known id takes the old one's
        place and is open again, unless a person has already reviewed it: then it stays as it is."""
        with self._database.writing() as connection:
            return sum(_add(connection, case) for case in cases)

    def take_in(
        self,
        cases: Sequence[Case],
        actor: str,
        *,
        replace: bool = False,
        keep: bool = True,
        tell: Callable[[int, int], None] = lambda *_: None,
    ) -> Taken:
        """Put cases from outside into the queue, all or none, and say what became of them. None is put there where one
        has the id of another case that it may not replace, or where they are not to be kept; `actor` brought them."""
        with self._database.writing() if keep else self._database.reading() as connection:
            held = hold(connection, cases, replace=replace)
            if keep and not held.taken.clashes:
                insert_new(connection, held.new, actor, tell)
                for case in held.changed:
                    _put(connection, case, actor)
        return held.taken

    def case(self, case_id: str) -> Case:
        """The case of that id; `UnknownCase` names the nearest ids."""
        with self._database.reading() as connection:
            return _parse(Case, stored(connection, case_id).body)

    def one_of_each_source(self) -> tuple[Case, ...]:
        """A case of every source that cases came from."""
        firsts = select(func.min(CASES.c.case_id)).group_by(func.json_extract(CASES.c.body, "$.source"))
        with self._database.reading() as connection:
            bodies = connection.execute(select(CASES.c.body).where(CASES.c.case_id.in_(firsts))).scalars()
            return tuple(_parse(Case, body) for body in bodies)

    def row(self, case_id: str) -> QueueRow:
        """One case as the queue shows it."""
        with self._database.reading() as connection:
            return queue_row(stored(connection, case_id))

    def status(self, case_id: str) -> Status:
        return self.row(case_id).status

    def queue(self, filters: Filters = ALL) -> tuple[QueueRow, ...]:
        """The cases that pass the filters, oldest flag first. Ordering by priority and the limit are the caller's."""
        with self._database.reading() as connection:
            rows = connection.execute(QUEUE.order_by(CASES.c.flagged_at, CASES.c.case_id)).all()
        return tuple(row for row in map(queue_row, rows) if filters.admit(row))

    def set_status(self, case_id: str, status: Status, actor: str, action: str, key: str) -> bool:
        """Move a case to another status, with an audit entry that says who did what. False when it was done before."""
        with self._database.writing() as connection:
            fresh = append(connection, case_id, actor, action, {"status": status}, key)
            if fresh:
                _move(connection, case_id, status)
        return fresh

    def save_file(self, file: CaseFile) -> bool:
        """Keep what a review came to and mark the case drafted. False when this attempt was saved before."""
        case_id = file.case.case_id
        content: Content = {
            "status": "drafted",
            "attempt": file.attempt,
            "file": file.sha256,
            "policy": file.policy_sha256,
            "disposition": file.draft.disposition,
        }
        with self._database.writing() as connection:
            fresh = append(connection, case_id, SYSTEM, "drafted", content, f"{file.attempt}:ground")
            if fresh:
                connection.execute(insert(FILES).values(file_row(file.model_dump_json())))
                _move(connection, case_id, "drafted")
        return fresh

    def latest_file(self, case_id: str) -> CaseFile | None:
        """The newest draft of a case with all it was made of; None before the first review."""
        newest = select(FILES.c.body).where(FILES.c.case_id == case_id).order_by(FILES.c.attempt.desc()).limit(1)
        with self._database.reading() as connection:
            stored(connection, case_id)
            body = connection.execute(newest).scalar()
        return None if body is None else _parse(CaseFile, body)

    def file(self, case_id: str, attempt: int) -> CaseFile | None:
        """A draft of a case by its number, whatever came after it; None where the case has none of that number."""
        numbered = select(FILES.c.body).where(FILES.c.case_id == case_id, FILES.c.attempt == attempt)
        with self._database.reading() as connection:
            stored(connection, case_id)
            body = connection.execute(numbered).scalar()
        return None if body is None else _parse(CaseFile, body)

    def attempts(self, case_id: str) -> int:
        """How many case files a case has."""
        with self._database.reading() as connection:
            return _count(connection, FILES, case_id)

    def save_policy(self, sha256: str, body: str) -> None:
        """Keep the policy that a draft was made with, so that it can be replayed after the policy has changed."""
        self._keep({sha256: ("policy", body)})

    def policy(self, sha256: str) -> str:
        """The policy of that hash as it was saved."""
        return self._kept(sha256, "policy")

    def save_prompts(self, bodies: Mapping[str, tuple[str, str]]) -> None:
        """Keep the files of prompts, each name and body by its hash, for the same reason."""
        self._keep(bodies)

    def prompt(self, name: str, sha256: str) -> str:
        """The prompt file of that hash as it was saved."""
        return self._kept(sha256, f"prompt {name}")

    def _keep(self, bodies: Mapping[str, tuple[str, str]]) -> None:
        with self._database.writing() as connection:
            known = set(connection.execute(select(TEXTS.c.sha256).where(TEXTS.c.sha256.in_(bodies))).scalars())
            for sha256 in bodies.keys() - known:
                name, body = bodies[sha256]
                connection.execute(insert(TEXTS).values(sha256=sha256, name=name, body=body))

    def _kept(self, sha256: str, name: str) -> str:
        with self._database.reading() as connection:
            body = connection.execute(select(TEXTS.c.body).where(TEXTS.c.sha256 == sha256)).scalar()
        if body is None:
            raise StoreError(f"{name} {sha256[:12]!r} is not in {str(self.path)!r}", "review the case again")
        return str(body)

    def add_review(self, review: Review, status: Status, key: str) -> bool:
        """Record what a person decided and the status it leads to. False when exactly this was recorded before."""
        content: Content = {
            "status": status,
            "attempt": review.attempt,
            "disposition": review.disposition,
            "outcome": review.outcome,
            "reason_code": review.reason_code,
            "file": review.draft_sha256,
            "review": fingerprint(review),
            **({"login": review.login} if review.login else {}),
        }
        with self._database.writing() as connection:
            fresh = append(connection, review.case_id, review.reviewer, "reviewed", content, key)
            if fresh:
                sequence = _count(connection, REVIEWS, review.case_id) + 1
                connection.execute(insert(REVIEWS).values(review_row(review.model_dump_json(), sequence)))
                _move(connection, review.case_id, status)
        return fresh

    def reviews(self, case_id: str) -> tuple[Review, ...]:
        """Every review of a case by a person, oldest first."""
        with self._database.reading() as connection:
            bodies = connection.execute(_REVIEWS_OF, {"of": case_id}).scalars()
            return tuple(_parse(Review, body) for body in bodies)

    def decided(self, case_id: str) -> tuple[tuple[Review, Status], ...]:
        """The same, each with the status that its audit entry says it led to."""
        told = select(AUDIT.c.content).where(AUDIT.c.case_id == case_id, AUDIT.c.action == "reviewed")
        with self._database.reading() as connection, reading_back(f"review of case {case_id!r}"):
            bodies = connection.execute(_REVIEWS_OF, {"of": case_id}).scalars()
            contents = connection.execute(told.order_by(AUDIT.c.sequence)).scalars()
            led = [json.loads(content)["status"] for content in contents]
            return tuple(zip(map(Review.model_validate_json, bodies), led, strict=True))

    def decisions(self, asked: Asked, tell: Callable[[int, int], None] = lambda *_: None) -> Iterator[Decision]:
        """The decisions of all cases that are asked for, each beside its draft: case by case, oldest first. They are
        read as they are taken, so that no more than a few drafts are in memory."""
        with self._database.reading() as connection:
            yield from read_decisions(connection, asked, tell)

    def note(self, case_id: str, actor: str, action: str, content: Content, key: str) -> bool:
        """Append an audit entry that changes nothing else. False when exactly this was noted before."""
        with self._database.writing() as connection:
            return append(connection, case_id, actor, action, content, key)

    def audit(self, case_id: str) -> tuple[AuditEntry, ...]:
        """The audit chain of one case, oldest entry first."""
        with self._database.reading() as connection:
            stored(connection, case_id)
            return read_chain(connection, case_id)

    def texts(self) -> Iterator[Text]:
        """Every policy and prompt that is kept, as a line of an export."""
        with self._database.reading() as connection:
            yield from read_texts(connection)

    def trail(self, case_id: str) -> Iterator[Entry]:
        """The audit chain of one case as lines of an export, oldest entry first. A case whose row is gone has one."""
        with self._database.reading() as connection:
            yield from read_trail(connection, case_id)

    def case_ids(self) -> tuple[str, ...]:
        """Every case that anything is stored of, its own row or not."""
        with self._database.reading() as connection:
            return mentioned(connection)

    def verify(self, case_id: str | None = None) -> tuple[Break, ...]:
        """Every place where what is stored of one case, or of all, does not hold in itself or with the audit trail."""
        with self._database.reading() as connection:
            chosen, texts = _chosen(connection, case_id), whole_texts(connection)
            return tuple(found for each in chosen for found in verify_case(connection, each, texts))

    def chains(self, case_id: str | None = None) -> dict[str, tuple[str, ...]]:
        """The hashes of the audit entries of one case, or of all, oldest first."""
        with self._database.reading() as connection:
            return {each: chain_hashes(connection, each) for each in _chosen(connection, case_id)}

    def attached(self, case_id: str | None = None) -> tuple[Attached, ...]:
        """The attached files of one case, or of all, as their newest draft found them, or as they came."""
        with self._database.reading() as connection:
            return tuple(each for case in _chosen(connection, case_id) for each in read_attached(connection, case))

    def unguarded(self) -> tuple[str, ...]:
        """The triggers that keep what is recorded from being changed and that are gone, or no longer as they were."""
        with self._database.reading() as connection:
            return missing_guards(connection)


def _chosen(connection: Connection, case_id: str | None) -> tuple[str, ...]:
    """One case that anything is stored of, or all of them."""
    ids = mentioned(connection)
    if case_id is not None and case_id not in ids:
        raise unknown(connection, case_id)
    return ids if case_id is None else (case_id,)


def _parse(model: type[Model], body: str) -> Model:
    with reading_back(model.__name__):
        return model.model_validate_json(body)


def _move(connection: Connection, case_id: str, status: Status) -> None:
    connection.execute(update(CASES).where(CASES.c.case_id == case_id).values(status=status))


def _count(connection: Connection, table: Table, case_id: str) -> int:
    return connection.execute(select(func.count()).select_from(table).where(table.c.case_id == case_id)).scalar_one()


def _add(connection: Connection, case: Case) -> bool:
    body, case_id = case.model_dump_json(), case.case_id
    known = connection.execute(select(CASES.c.body).where(CASES.c.case_id == case_id)).scalar()
    if known == body or _count(connection, REVIEWS, case_id):
        return False
    if known is None:
        insert_new(connection, [case], SYSTEM)
        return True
    return _put(connection, case, SYSTEM)


def _put(connection: Connection, case: Case, actor: str) -> bool:
    """Put a case in the place of the one that has its id."""
    case_id, row = case.case_id, case_row(case.model_dump_json()) | {"status": "open"}
    connection.execute(update(CASES).where(CASES.c.case_id == case_id).values(row))
    return append(connection, case_id, actor, "added", added(case), f"add:{_count(connection, AUDIT, case_id)}")
