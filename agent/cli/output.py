"""The files that a user names for a command to write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from agent.errors import OutputError, because

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula; some take the wide ones as well."""


@contextmanager
def writing(path: Path, option: str = "-o", *, fresh: bool = False) -> Iterator[TextIO]:
    """A file that a user named with an option, to be written; folders on its way are made, and a `fresh` file must not
    be there yet. Raises OutputError where it cannot be."""
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True)
        with path.open("x" if fresh else "w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        what = f"{str(path)!r} cannot be written: {because(error)}"
        raise OutputError(what, f"name another file with {option}") from error


def cell(value: str | float | bool | tuple[str, ...]) -> str:
    """A value as a cell that no spreadsheet takes for a formula."""
    if isinstance(value, bool):
        return str(value).lower()
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
