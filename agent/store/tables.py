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
