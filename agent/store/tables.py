"""The case store's tables, as its newest migration leaves them. A test holds the two together."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint

HEAD = "0001"
"""The newest migration. Opening a store compares it first, so that Alembic is only loaded when there is work."""

METADATA = MetaData()

CASES = Table(
    "cases",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("flagged_at", Text, nullable=False),
    Column("due_at", Text, nullable=False),
    Column("exposure_usd", Float, nullable=False),
    Column("flags", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("cases_by_status", "status", "type"),
)

FILES = Table(
    "files",
    METADATA,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("disposition", Text, nullable=False),
    Column("body", Text, nullable=False),
)

TEXTS = Table(
    "texts",
    METADATA,
    Column("sha256", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
)

REVIEWS = Table(
    "reviews",
    METADATA,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("body", Text, nullable=False),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    UniqueConstraint("case_id", "key", name="audit_once"),
)


def _guards(table: str, same: str) -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
    return {
        f"{table}_no_update": f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"{table}_no_delete": f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"{table}_no_replace": f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {known} {refuse}",
    }


GUARDS = {
    **_guards("audit", "case_id = NEW.case_id AND (sequence = NEW.sequence OR key = NEW.key)"),
    **_guards("reviews", "case_id = NEW.case_id AND sequence = NEW.sequence"),
    **_guards("files", "case_id = NEW.case_id AND attempt = NEW.attempt"),
    **_guards("texts", "sha256 = NEW.sha256"),
}
"""The triggers of the tables that only grow, by name, as SQLite keeps them."""
