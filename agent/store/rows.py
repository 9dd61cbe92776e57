"""Rows as the store writes them: a body, and the columns that repeat what it says. A row can be rebuilt from its body.

They are taken from the JSON, not from the model, so that a body outlives the model's shape. All raise one of
`UNREADABLE` for a body that is not what the table holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from agent.audit import read_body, value_sha256
from agent.errors import StoreError

Row = dict[str, object]
"""Values by column name."""

UNREADABLE = (ValueError, TypeError, LookupError, RecursionError)


@contextmanager
def reading_back(what: str) -> Iterator[None]:
    """Tell of a row that somebody changed to what this version cannot read."""
    try:
        yield
    except UNREADABLE as error:
        remedy = "run `casework audit verify`; it was changed or written by another version"
        raise StoreError(f"a stored {what} cannot be read", remedy) from error


def case_row(body: str) -> Row:
    """The row of a case, without where it stands."""
    told = read_body(body)
    row: Row = {name: told[name] for name in ("case_id", "type", "flagged_at", "due_at", "exposure_usd")}
    return row | {"flags": json.dumps([flag["code"] for flag in told["flags"]]), "body": body}


def file_row(body: str) -> Row:
    """The row of a case file."""
    told = read_body(body)
    row: Row = {"case_id": told["case"]["case_id"], "attempt": told["attempt"], "sha256": value_sha256(told)}
    return row | {"disposition": told["draft"]["disposition"], "body": body}


def review_row(body: str, sequence: int) -> Row:
    """The row of the review that is number `sequence` of its case, from 1."""
    told = read_body(body)
    return {"case_id": told["case_id"], "sequence": sequence, "sha256": value_sha256(told), "body": body}


def made_with(body: str) -> dict[str, str]:
    """The names of the texts that a case file was made with, by their sha256."""
    told = read_body(body)
    return {told["policy_sha256"]: "policy"} | {sha256: name for name, sha256 in dict(told["prompts"]).items()}
