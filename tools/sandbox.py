"""Free-form questions, asked in a warm child process that can be killed.

The child sees no environment, may write no file, and has little address space: a query that cannot be interrupted ends
with the child, and the next question starts another one. Parent and child exchange one line of JSON each way.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cache
from typing import IO, Any

from pydantic import ValidationError

from tools.catalogue import Catalogue
from tools.errors import GuardRefused, WarehouseError
from tools.evidence import Frozen
from tools.guard import guard
from tools.warehouse import TIME_LIMIT_S, Warehouse
from vision.errors import CaseworkError

Cell = bool | int | float | str | None
HARD_LIMIT_S = TIME_LIMIT_S + 2.0
START_LIMIT_S = 30.0
ADDRESS_SPACE = 1536 * 1024**2
"""Bytes the child may map on top of what it has mapped when it is ready."""
ERRORS: Mapping[str, type[CaseworkError]] = {"GuardRefused": GuardRefused, "WarehouseError": WarehouseError}


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
    """One process that answers questions, started when the first one comes and again after it was killed."""

    def __init__(self, hard_limit_s: float = HARD_LIMIT_S) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self.hard_limit_s = hard_limit_s

    def ask(self, question: Question) -> Answer:
        with self._lock:
            process = self._running()
            try:
                reply = self._exchange(process, question)
            except (OSError, EOFError) as error:
                self.close()
                what = "the question took too long or too much memory and its process was ended"
                raise WarehouseError(what, "ask for less") from error
        answer = json.loads(reply)
        if "error" in answer:
            kind, what, remedy = answer["error"]
            raise ERRORS[kind](what, remedy)
        return Answer.model_validate(answer)

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):
                    _open(stream).close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tools.sandbox"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            try:
                _line(_open(self._process.stdout), START_LIMIT_S)
            except (OSError, EOFError) as error:
                self.close()
                raise WarehouseError(
                    "the process for free-form questions does not start", "run `casework doctor`"
                ) from error
        return self._process

    def _exchange(self, process: subprocess.Popen[bytes], question: Question) -> bytes:
        stdin = _open(process.stdin)
        stdin.write(question.model_dump_json().encode() + b"\n")
        stdin.flush()
        return _line(_open(process.stdout), self.hard_limit_s)


@cache
def _child() -> Child:
    child = Child()
    atexit.register(child.close)
    return child


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise EOFError("the process has no pipe")
    return stream


def _line(stream: IO[bytes], limit_s: float) -> bytes:
    """One line from a pipe. Raises TimeoutError after the limit, EOFError where the other end has gone."""
    until = time.monotonic() + limit_s
    received = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not received.endswith(b"\n"):
            if not selector.select(max(0.0, until - time.monotonic())):
                raise TimeoutError("no answer in time")
            chunk = os.read(stream.fileno(), 1 << 16)
            if not chunk:
                raise EOFError("the process has ended")
            received += chunk
    return bytes(received)


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


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """The child's loop: a line in, a line out, until the parent closes the pipe."""
    _confine()
    replies.write(b'{"ready": true}\n')
    replies.flush()
    for request in requests:
        replies.write(json.dumps(_reply(request)).encode() + b"\n")
        replies.flush()


def _reply(request: bytes) -> dict[str, Any]:
    try:
        return answer(Question.model_validate_json(request)).model_dump(mode="json")
    except (GuardRefused, WarehouseError) as error:
        return {"error": [type(error).__name__, error.what, error.remedy]}
    except (MemoryError, RecursionError, ValidationError) as error:
        return {"error": ["WarehouseError", f"the question failed with {type(error).__name__}", "ask for less"]}


def _confine() -> None:
    """Take from this process what a question has no need of."""
    with open("/proc/self/statm", encoding="ascii") as stream:
        mapped = int(stream.read().split()[0]) * resource.getpagesize()
    limit = mapped + ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
