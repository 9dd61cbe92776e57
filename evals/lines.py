"""Files of JSON Lines: one model a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from agent.errors import AgentError, because

CASE_ID = re.compile(rb'"case_id"\s*:\s*"([\w.-]{1,40})"', re.ASCII)
Line = TypeVar("Line", bound=BaseModel)


def read_lines(
    path: Path, model: type[Line], remedy: str = "correct this line", *, growing: bool = False
) -> Iterator[Line]:
    """Each line of a file as a model. One that is `growing` may not be there yet, and a last line that was cut off is
    none.

    Raises AgentError where the file, or a line of it, does not read.
    """
    if growing and not path.is_file():
        return
    try:
        # Not splitlines: a JSON text may hold other line ends.
        *lines, last = path.read_bytes().split(b"\n")
    except OSError as error:
        what = f"{str(path)!r} cannot be read: {because(error)}"
        raise AgentError(what, "put the file there, with one JSON object a line") from error
    for number, line in enumerate(lines if growing or not last else [*lines, last], 1):
        yield _read(path, number, line, model, remedy)


def _read(path: Path, number: int, line: bytes, model: type[Line], remedy: str) -> Line:
    """One line of a file. Its values are not told: they may be a customer's."""
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        raise AgentError(f"{str(path)!r}, line {number}{_of_case(line)}: {fault(error)}", remedy) from None


def fault(error: ValidationError) -> str:
    """The first field that does not hold, and why, without its value."""
    first = error.errors()[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, "))))


def _of_case(line: bytes) -> str:
    found = CASE_ID.search(line)
    return f", case {found[1].decode()!r}" if found else ""
