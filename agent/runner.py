"""Runs the graph of one case: from the flag to the draft, or from a person's decision to its record.

A run that was cut off, even by kill -9, goes on where it stopped when the same thing is asked for again.
"""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.audit import Content
from agent.case import Case, CaseFile, Review, Status
from agent.desk import Desk
from agent.errors import ReviewRefused, StoreError, because
from agent.nodes import State, made_with, plain
from agent.review.allowed import check_text
from agent.review.names import check_name
from agent.store.home import closed, hindrance, make_file, make_folder, sharing

if TYPE_CHECKING:
    # Only named here: the graph's library is loaded by whoever runs it, not by all who may.
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command, StateSnapshot

    from agent.graph import Graph

CHECKPOINTS = "checkpoints.db"
WAIT_S = 30.0
STEPS = 100
"""More steps than a review with its bounds can take."""

UNDECIDED: tuple[Status, ...] = ("drafted", "awaiting_second", "deferred")
DECIDING = ("await_review", "record")
"""The steps that follow a draft which stands in the store."""

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """The progress of a review that nobody watches."""


@dataclass(frozen=True)
class Reopening:
    """Who takes up a closed case again, and why, in their own words."""

    reviewer: str
    reason: str


@dataclass(frozen=True)
class Run:
    """The graph with its checkpoints, for one case that this process alone is working on."""

    graph: Graph
    saver: SqliteSaver
    desk: Desk
    case: Case
    progress: Progress

    def snapshot(self, attempt: int) -> StateSnapshot:
        return self.graph.get_state(self._config(attempt))

    def go(self, attempt: int, given: State | Command[Any] | None) -> None:
        """Run to the next interrupt or the end; None goes on where a run was cut off."""
        config, desk = self._config(attempt), self.desk
        for update in self.graph.stream(given, config, context=desk, durability="sync", stream_mode="updates"):
            self.progress(next(iter(update)))

    def wait(self, state: State, attempt: int) -> None:
        """Begin where a draft waits for a person."""
        self.graph.update_state(self._config(attempt), state, as_node="ground")
        self.go(attempt, None)

    def forget(self, attempt: int) -> None:
        self.saver.delete_thread(self._thread(attempt))

    def _thread(self, attempt: int) -> str:
        return f"{self.case.case_id}:{attempt}"

    def _config(self, attempt: int) -> RunnableConfig:
        return {"configurable": {"thread_id": self._thread(attempt)}, "recursion_limit": STEPS}


def review(
    desk: Desk,
    case: Case,
    progress: Progress = silent,
    reopen: Reopening | None = None,
    wanted: Callable[[], bool] = lambda: True,
) -> CaseFile:
    """Draft a case and leave it waiting for a person. A draft that was cut off is finished; else a new attempt begins.
    `wanted` is asked when nobody else can touch the case any more.

    Raises ReviewRefused for a closed case unless it is to be reopened, which is noted with who wants it and why; where
    another process works on it, or where no draft is wanted any more.
    """
    with _run(desk, case, progress) as run:
        attempt = desk.store.attempts(case.case_id)
        if _finish(run, attempt) not in ("ground", "await_review"):
            if not wanted():
                what, remedy = "is no longer waiting for a draft", f"look at it: `casework show {case.case_id}`"
                raise ReviewRefused(f"case {case.case_id!r} {what}", remedy)
            run.forget(attempt)
            attempt += 1
            _reopen(run, attempt, reopen)
            _draft(run, attempt)
    file = desk.store.latest_file(case.case_id)
    if file is None or file.attempt != attempt:
        raise StoreError(f"attempt {attempt} of case {case.case_id!r} left no draft", "review the case again")
    return file


def conclude(desk: Desk, case: Case, decided: Callable[[], tuple[Review, Status]]) -> Status:
    """Resume a waiting case with a person's decision. `decided` is called when nobody else can touch the case any more;
    it holds the decision against the rules and says which status it leads to."""
    from langgraph.types import Command

    with _run(desk, case, silent) as run:
        attempt = desk.store.attempts(case.case_id)
        _finish(run, attempt)
        review, status = decided()
        _await(run, attempt)
        if run.snapshot(attempt).next != ("await_review",):
            raise ReviewRefused(
                f"case {case.case_id!r} is not waiting for a decision", f"run `casework review {case.case_id}` first"
            )
        run.go(attempt, Command(resume={"review": plain(review), "status": status}))
        if not run.snapshot(attempt).next:
            run.forget(attempt)
    return status


def _reopen(run: Run, attempt: int, reopen: Reopening | None) -> None:
    """Note in a closed case who takes it up again, once for the attempt that this begins."""
    store, case_id = run.desk.store, run.case.case_id
    if store.status(case_id) != "closed":
        return
    if reopen is None:
        raise ReviewRefused(f"case {case_id!r} is closed", "give --reopen and --reason to review it again")
    check_name(reopen.reviewer, run.desk.settings.roster)
    check_text(reviewer=reopen.reviewer, reason=reopen.reason)
    if not reopen.reason.strip():
        raise ReviewRefused(f"case {case_id!r} cannot be reopened without a reason", "give --reason")
    who = hashlib.sha256(f"{reopen.reviewer}\n{reopen.reason}".encode()).hexdigest()[:16]
    content: Content = {"attempt": attempt, "reason": reopen.reason}
    store.note(case_id, reopen.reviewer, "reopened", content, f"{attempt}:reopen:{who}")


def _finish(run: Run, attempt: int) -> str | None:
    """Take the steps of an attempt that a cut-off run has left undone, and name the first; None if there were none.

    A decision that was cut off or failed is not taken up: nobody was told that it is recorded, and who asks now may
    want another. What the store has of it stands.
    """
    state = run.snapshot(attempt)
    if not state.next or state.interrupts:
        return None
    if state.next[0] not in DECIDING:
        run.go(attempt, None)
    return state.next[0]


def _await(run: Run, attempt: int) -> None:
    """Have a drafted case wait for its decision, whatever its checkpoints say: they may be gone (a home that was
    restored without them, a full disk), or hold a decision that failed. All that the rest needs stands in the store."""
    store, case_id = run.desk.store, run.case.case_id
    if store.status(case_id) not in UNDECIDED:
        return
    run.forget(attempt)
    rounds = sum(review.attempt == attempt for review in store.reviews(case_id))
    run.wait({"case_id": case_id, "attempt": attempt, "rounds": rounds}, attempt)


def _draft(run: Run, attempt: int) -> None:
    values, desk = run.snapshot(attempt).values, run.desk
    current = {"case": plain(run.case), "made_with": made_with(desk)}
    if values and all(values.get(name, now) == now for name, now in current.items()):
        run.go(attempt, None)
        return
    run.forget(attempt)
    run.go(attempt, {"case_id": run.case.case_id, "attempt": attempt})


@contextmanager
def _run(desk: Desk, case: Case, progress: Progress) -> Iterator[Run]:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver

    from agent.graph import build

    home = desk.settings.casework_home
    with alone(home, case.case_id), _as_store_errors(home), closing(_checkpoints(home)) as connection:
        saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        yield Run(build(saver), saver, desk, case, progress)


def _checkpoints(home: Path) -> sqlite3.Connection:
    """Raises StoreError where they may not be written to, before SQLite puts anything beside them that would keep their
    owner out."""
    path = home / CHECKPOINTS
    make_file(path)
    if told := closed(path):
        raise StoreError(f"checkpoints {str(path)!r}: {told}", sharing(home))
    return sqlite3.connect(path, timeout=WAIT_S, check_same_thread=False)


@contextmanager
def _as_store_errors(home: Path) -> Iterator[None]:
    path = home / CHECKPOINTS
    try:
        yield
    except sqlite3.Error as error:
        cause, remedy = hindrance(path, str(error))
        remedy = remedy if cause or "locked" in str(error) else "remove that file; drafts are kept"
        raise StoreError(f"checkpoints {str(path)!r}: {error}{f': {cause}' if cause else ''}", remedy) from error


@contextmanager
def alone(home: Path, case_id: str) -> Iterator[None]:
    """Hold a case for this process. The system lets go of it when the process ends, however it ends.

    Raises ReviewRefused where another process holds it, StoreError where its lock is for somebody else.
    """
    path = home / "locks" / hashlib.sha256(case_id.encode()).hexdigest()[:16]
    try:
        make_folder(path.parent)
        make_file(path)
        file = path.open("w")
    except PermissionError as error:
        what = f"case {case_id!r} cannot be locked: {closed(path) or because(error)}"
        raise StoreError(what, sharing(home)) from error
    with file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ReviewRefused(f"case {case_id!r} is being worked on by another process", "wait for it") from None
        yield
