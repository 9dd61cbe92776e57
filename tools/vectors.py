"""When a vector of a face can be compared: its cosine with another one says something only where both have length 1."""

from __future__ import annotations

TOLERANCE = 0.02
"""By how much the square of a length may differ from 1: what is kept in half precision is off by less."""


def unit(squared: str) -> str:
    """DuckDB's SQL for whether a vector has length 1, given that for the square of its length. False for zeros, NaN,
    infinite numbers and another length; NULL where there is no vector."""
    return f"ABS({squared} - 1) <= {TOLERANCE}"


def squared(column: str) -> str:
    """DuckDB's SQL for the square of the length of the vectors in a column."""
    return f"ARRAY_INNER_PRODUCT({column}, {column})"
