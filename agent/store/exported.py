"""The lines of an export, read case by case as they are taken. Of drafts and reviews no more is read than stands there,
and that from their JSON, so that those of another version are told as well."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, Row, Table, bindparam, select

from agent.audit import read_body, value_sha256
from agent.review.export import Entry, Exhibited, Origin, Text
from agent.store.attached import Attachment, as_found
from agent.store.rows import UNREADABLE, reading_back
from agent.store.tables import AUDIT, FILES, REVIEWS, TEXTS


class _Case(BaseModel):
    attachments: tuple[Attachment, ...] = ()


class _Ledger(BaseModel):
    entries: tuple[dict[str, Any], ...]


class _Body(BaseModel):
    """What is read of a case file; all else in it is passed over."""

    case: _Case
    ledger: _Ledger
    policy_sha256: str
    prompts: dict[str, str]
    model: str
    files: dict[str, str] | None = None
    version: str = ""


class _Content(BaseModel):
    """What an entry says of the draft, review and login that it is about."""

    attempt: int | None = None
    review: str = ""
    login: str = ""


class _Review(BaseModel):
    cited: tuple[str, ...] = ()


def read_texts(connection: Connection) -> Iterator[Text]:
    """Every policy and prompt that is kept, by name."""
    for row in connection.execute(select(TEXTS).order_by(TEXTS.c.name, TEXTS.c.sha256)):
        yield Text(name=row.name, sha256=row.sha256, body=row.body)


def read_trail(connection: Connection, case_id: str) -> Iterator[Entry]:
    """The audit entries of one case, oldest first, each with what its draft was made of."""
    drafts = {row.attempt: _origin(row) for row in _rows(connection, FILES, case_id)}
    cited = {row.sha256: _cited(row.body) for row in _rows(connection, REVIEWS, case_id)}
    for row in _rows(connection, AUDIT, case_id):
        with reading_back(f"audit entry of case {case_id!r}"):
            stored = {name: getattr(row, name) for name in Entry.model_fields if name in AUDIT.c}
            content = _content(row.content)
            yield Entry(
                **stored,
                login=content.login,
                attempt=content.attempt,
                cited=cited.get(content.review, ()),
                draft=drafts.get(content.attempt),
            )


def _rows(connection: Connection, table: Table, case_id: str) -> Iterator[Row[Any]]:
    query = select(table).where(table.c.case_id == bindparam("of")).order_by(*list(table.primary_key)[1:])
    yield from connection.execute(query, {"of": case_id})


def _origin(row: Row[Any]) -> Origin | None:
    """What a draft was made of; nothing where its body does not read, which `verify` names."""
    with suppress(*UNREADABLE):
        body = _Body.model_validate(read_body(row.body))
        hashes = [value_sha256(each) for each in body.ledger.entries]
        return Origin(
            sha256=row.sha256,
            version=body.version,
            model=body.model,
            policy_sha256=body.policy_sha256,
            prompts=body.prompts,
            ledger=hashlib.sha256("".join(hashes).encode()).hexdigest(),
            evidence=tuple(
                Exhibited(id=each["id"], tool=each["tool"], sha256=sha256)
                for each, sha256 in zip(body.ledger.entries, hashes, strict=True)
            ),
            files={each.role: sha256 for each, sha256 in as_found(body.case.attachments, body.files)},
        )
    return None


def _content(content: str) -> _Content:
    with suppress(*UNREADABLE):
        return _Content.model_validate(read_body(content))
    return _Content()


def _cited(body: str) -> tuple[str, ...]:
    with suppress(*UNREADABLE):
        return _Review.model_validate(read_body(body)).cited
    return ()
