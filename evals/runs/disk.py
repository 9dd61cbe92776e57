"""A folder that one process at a time may write into, and files that appear there whole."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import AgentError, because

LOCKS = Path("/proc/locks")
"""Where Linux tells which process holds what."""


@contextmanager
def hold(folder: Path, what: str) -> Iterator[None]:
    """Hold a folder for this process. The system lets go of it when the process ends, however it ends.

    Raises AgentError, in which the folder goes by `what`, where another process holds it or it cannot be held.
    """
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise AgentError(f"{what} cannot be written: {because(error)}", "name a folder that exists") from error
    try:
        _lock(held, what)
        yield
    finally:
        os.close(held)


def _lock(held: int, what: str) -> None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        remedy = "wait until that ends, then run the command again"
        raise AgentError(f"{what} is being written by {_holder(os.fstat(held).st_ino)}", remedy) from None
    except OSError as error:
        raise AgentError(f"{what} cannot be locked: {because(error)}", "put it on a disk of this machine") from error


def _holder(inode: int) -> str:
    """The process that holds a file or folder, as far as the system tells."""
    told = LOCKS.read_text("ascii") if LOCKS.is_file() else ""
    found = re.search(rf"\bFLOCK +\S+ +\S+ +([1-9]\d*) \S+:{inode} ", told)
    return f"process {found[1]}" if found else "another process"


def replace(path: Path, text: str) -> None:
    """The file appears whole, or not at all."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(text, "utf-8")
    os.replace(partial, path)
