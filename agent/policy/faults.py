"""What is wrong with an entry of the policy, in the words of who wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DAYS = frozenset({"effective", "expires"})
"""Keys that hold a day."""
QUOTED = 60
"""Characters of what was written that an error repeats."""


@dataclass(frozen=True)
class Fault:
    """The key of an entry that is to be corrected, what is wrong with it, and the remedy."""

    key: str
    what: str
    remedy: str


def fault(error: ValidationError, model: type[BaseModel]) -> Fault:
    """The first thing to correct in an entry that is no such model. A key that there is not goes before all else: it is
    why the one that was meant is missing."""
    errors = error.errors()
    unknown = next((each["loc"] for each in errors if each["type"] == "extra_forbidden"), None)
    if unknown is not None:
        missing = [each["loc"][-1] for each in errors if each["loc"][:-1] == unknown[:-1] and each["type"] == "missing"]
        return _unknown(unknown, [*map(str, missing)] if unknown[1:] else [*model.model_fields])
    place, what = errors[0]["loc"], errors[0]["msg"].removeprefix("Value error, ")
    key = str(place[0]) if place else ""
    remedy = "write a day as 2026-01-31" if key in DAYS else "correct this entry"
    return Fault(key, f"{'.'.join(map(str, place)) or 'entry'}: {what}", remedy)


def _unknown(place: tuple[int | str, ...], fields: list[str]) -> Fault:
    """A key that there is not, and the one of `fields` that was meant."""
    near = get_close_matches(str(place[-1]), fields, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else f"use only {', '.join(fields)}" if fields else "remove it"
    return Fault(str(place[0]), f"unknown key {'.'.join(map(str, place))[:QUOTED]!r}", remedy)
