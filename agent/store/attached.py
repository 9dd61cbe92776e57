"""The attached files that drafts rest on, held against what lies there now: what the chains do not cover."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import Connection, select

from agent.audit import Break
from agent.store.rows import UNREADABLE
from agent.store.tables import CASES, FILES


class Attachment(BaseModel):
    """What is read of an attachment of a case: its sha256 is of when it came."""

    role: str
    path: str
    sha256: str


class _Case(BaseModel):
    source: str
    attachments: tuple[Attachment, ...] = ()


class _Body(BaseModel):
    """What is read of a case file; all else in it is passed over, so that an older one reads too."""

    case: _Case
    files: dict[str, str] | None = None


@dataclass(frozen=True)
class Attached:
    """A file of a case: what it is (`role`), where it lies, and the sha256 it had."""

    case_id: str
    role: str
    path: Path
    sha256: str


def read_attached(connection: Connection, case_id: str) -> Iterator[Attached]:
    """The attached files of one case as its newest draft found them; as they came with the case where it has no draft
    since. A file that the draft could not read has no hash and is left out, as is a row that does not read: `verify`
    names that."""
    with suppress(*UNREADABLE):
        body = _newest(connection, case_id)
        for each, sha256 in as_found(body.case.attachments, body.files):
            yield Attached(case_id, each.role, Path(body.case.source) / each.path, sha256)


def as_found(attachments: Iterable[Attachment], files: Mapping[str, str] | None) -> Iterator[tuple[Attachment, str]]:
    """Each attachment with the sha256 that a draft found (`files`, by path), where it could read it; an old draft that
    kept none found them as they came."""
    for each in attachments:
        if files is None or each.path in files:
            yield each, each.sha256 if files is None else files[each.path]


def lost(files: Sequence[Attached], tell: Callable[[int, int], None] = lambda *_: None) -> tuple[Break, ...]:
    """The files that are gone or no longer what they were. Each is read whole; `tell` hears how many of how many were.
    They are named by case and role: file names are the customer's own words."""
    breaks = []
    for done, each in enumerate(files, 1):
        now = sha256_at(each.path)
        if now != each.sha256:
            what = f"the attached {each.role} is " + ("changed" if now else "gone, or cannot be read")
            breaks.append(Break(case_id=str(each.case_id), sequence=0, what=what))
        tell(done, len(files))
    return tuple(breaks)


def sha256_at(path: Path) -> str:
    """The sha256 of a file as it lies there now; nothing where it cannot be read."""
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as content:
                return hashlib.file_digest(content, "sha256").hexdigest()
    return ""


def _newest(connection: Connection, case_id: str) -> _Body:
    """A case that was replaced since its last draft is open again: that draft's files are not its own any more."""
    case = connection.execute(select(CASES.c.status, CASES.c.body).where(CASES.c.case_id == case_id)).one_or_none()
    newest = select(FILES.c.body).where(FILES.c.case_id == case_id).order_by(FILES.c.attempt.desc()).limit(1)
    draft = connection.execute(newest).scalar()
    if draft is not None and (case is None or case.status != "open"):
        return _Body.model_validate_json(draft)
    return _Body(case=_Case.model_validate_json(case.body if case else ""))
