"""Free-form questions, asked in a warm child process that can be killed.

A query that cannot be interrupted ends with the child (`vision.child`), one that wants too much memory ends it, and
the next question starts another one.
Parent and child exchange JSON.
"""

from __future__ import annotations

import atexit
import json
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import ValidationError

from tools.catalogue import Catalogue
from tools.errors import NARROWER, Exhausted, GuardRefused, WarehouseError
from tools.evidence import Frozen
from tools.guard import guard
from tools.warehouse import TIME_LIMIT_S, Warehouse
from vision import child
from vision.errors import CaseworkError

Cell = bool | int | float | str | None
HARD_LIMIT_S = TIME_LIMIT_S + 2.0
ANSWER_BYTES = 32 * 1024**2
ADDRESS_SPACE = 1536 * 1024**2
"""Bytes the child may map on top of what it has mapped when it is ready."""
ERRORS: Mapping[str, type[CaseworkError]] = {kind.__name__: kind for kind in (Exhausted, GuardRefused, WarehouseError)}


class Question(Frozen):
    """What the child is asked."""

    url: str
    catalogue: Catalogue
    subjects: tuple[str, ...]
    sql: str


class Answer(Frozen):
    """What a question returned, and the query that was really asked in its place."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    asked: str


def ask(url: str, catalogue: Catalogue, subjects: Collection[str], sql: str) -> Answer:
    """Ask a DuckDB warehouse a free-form question about the subjects. Questions wait for one another.

    Raises:
        GuardRefused: the question is not allowed.
        WarehouseError: it failed, ran out of time or memory, or returned over 10,000 rows or 1 MB.
    """
    return _child().ask(Question(url=url, catalogue=catalogue, subjects=tuple(map(str, subjects)), sql=sql))


class Child:
    """The process that answers questions, for one caller at a time."""

    def __init__(self, hard_limit_s: float = HARD_LIMIT_S) -> None:
        self.process = child.Child("tools.sandbox")
        self.hard_limit_s = hard_limit_s

    def ask(self, question: Question) -> Answer:
        request = question.model_dump_json().encode()
        try:
            reply = self.process.ask((request,), self.hard_limit_s, ANSWER_BYTES)
        except ChildProcessError as error:
            what = "the process for free-form questions does not start"
            raise WarehouseError(what, "run `casework doctor`") from error
        except (OSError, EOFError) as error:
            what = "the question took too long or too much memory and its process was ended"
            raise WarehouseError(what, NARROWER) from error
        answer = json.loads(reply)
        if "error" in answer:
            kind, what, remedy = answer["error"]
            if kind == Exhausted.__name__:
                self.process.close()  # the engine's other threads may yet fail for the same want
            raise ERRORS[kind](what, remedy)
        return Answer.model_validate(answer)


@cache
def _child() -> Child:
    made = Child()
    atexit.register(made.process.close)
    return made


def answer(question: Question) -> Answer:
    """Guard a question and ask it, in this process. For the child, and for tests of what it does."""
    if not question.url.startswith("duckdb:///"):
        raise WarehouseError(
            "free-form questions can only be asked of a DuckDB warehouse", "export the case's rows to one"
        )
    asked = guard(question.sql, question.catalogue, question.subjects)
    try:
        rows = _warehouse(question.url, question.catalogue).query(asked, {})
    except WarehouseError as error:
        if "BinderException" in error.what:
            remedy = "use the columns of the catalogue that are not personal data"
            raise WarehouseError("the question names a column that is not open, or mixes types", remedy) from None
        raise
    return Answer(columns=rows.columns, rows=tuple(tuple(map(_cell, row)) for row in rows.values), asked=asked)


@cache
def _warehouse(url: str, catalogue: Catalogue) -> Warehouse:
    return Warehouse.open(url, catalogue)


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        number = float(value)
        return number if abs(number) < float("inf") else str(number)
    return value.isoformat() if isinstance(value, date) else str(value)


def _reply(request: bytes) -> dict[str, Any]:
    try:
        return answer(Question.model_validate_json(request)).model_dump(mode="json")
    except (GuardRefused, WarehouseError) as error:
        return {"error": [type(error).__name__, error.what, error.remedy]}
    except MemoryError:
        return {"error": [Exhausted.__name__, "the question wanted more memory than it may have", NARROWER]}
    except (RecursionError, ValidationError) as error:
        return {"error": ["WarehouseError", f"the question failed with {type(error).__name__}", NARROWER]}


if __name__ == "__main__":
    child.serve(lambda request: [json.dumps(_reply(request)).encode()], ADDRESS_SPACE)
