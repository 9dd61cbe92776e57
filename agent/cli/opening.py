"""The store and the drafts that a command works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from agent.case import CaseFile
from agent.errors import AgentError, ReviewRefused
from agent.settings import Settings, read_settings

if TYPE_CHECKING:
    # Only named here: who asks for help waits for no database.
    from agent.store import Store
    from agent.store.database import Opening


@contextmanager
def opened(opening: Opening = "write") -> Iterator[tuple[Store, Settings]]:
    """The case store and the settings, for one command. Only one that begins a home makes a store where there is
    none."""
    from agent.store import Store

    settings = read_settings()
    with closing(Store(settings.casework_home, opening)) as store:
        yield store, settings


def draft_of(store: Store, case_id: str, attempt: int | None) -> CaseFile | None:
    """The draft of a case that is asked for; where none is, the newest, None before the first. Raises AgentError for a
    number that no draft of the case has."""
    if attempt is None:
        return store.latest_file(case_id)
    file = store.file(case_id, attempt)
    if file is None:
        known = store.attempts(case_id)
        remedy = f"choose --attempt 1 to {known}" if known else f"it has none: run `casework review {case_id}`"
        raise AgentError(f"case {case_id!r} has no draft {attempt}", remedy)
    return file


def drafted(store: Store, case_id: str, attempt: int | None = None) -> CaseFile:
    """The same, where a case without any draft is no answer."""
    file = draft_of(store, case_id, attempt)
    if file is None:
        raise ReviewRefused(f"case {case_id!r} has no draft yet", f"run `casework review {case_id}`")
    return file
