"""Cases, case files, the policies and prompts they were made with, reviews, and the audit chain with its triggers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SAME = {
    "audit": "case_id = NEW.case_id AND (sequence = NEW.sequence OR key = NEW.key)",
    "reviews": "case_id = NEW.case_id AND sequence = NEW.sequence",
    "files": "case_id = NEW.case_id AND attempt = NEW.attempt",
    "texts": "sha256 = NEW.sha256",
}
"""The tables that only grow, and what tells their rows apart."""


def _text(name: str, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, primary_key=primary_key)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, primary_key=True)


def _case_id() -> sa.Column[str]:
    return sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), nullable=False, primary_key=True)


def upgrade() -> None:
    op.create_table(
        "cases",
        _text("case_id", primary_key=True),
        *map(_text, ("type", "status", "flagged_at", "due_at")),
        sa.Column("exposure_usd", sa.Float, nullable=False),
        *map(_text, ("flags", "body")),
    )
    op.create_index("cases_by_status", "cases", ["status", "type"])
    op.create_table("files", _case_id(), _number("attempt"), *map(_text, ("sha256", "disposition", "body")))
    op.create_table("texts", _text("sha256", primary_key=True), _text("name"), _text("body"))
    op.create_table("reviews", _case_id(), _number("sequence"), *map(_text, ("sha256", "body")))
    op.create_table(
        "audit",
        _case_id(),
        _number("sequence"),
        *map(_text, ("key", "at", "actor", "action", "content", "previous", "sha256")),
        sa.UniqueConstraint("case_id", "key", name="audit_once"),
    )
    for table, same in SAME.items():
        _append_only(table, same)


def _append_only(table: str, same: str) -> None:
    """Refuse UPDATE, DELETE, and the INSERT OR REPLACE that would do both without asking a trigger."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
    known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
    op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {known} {refuse}")
