"""Other users of this machine, for tests of who may do what: only root can become them."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")


def acting(user: int, group: int, act: Callable[[], object], umask: int = 0o027) -> str:
    """What an act of that user comes to, or the error that it ends with, as text. It happens in a process of its own,
    and whatever it needs has to be imported before."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, _told(user, group, act, umask).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told


def _told(user: int, group: int, act: Callable[[], object], umask: int) -> str:
    try:
        os.setgroups([group])
        os.setgid(group)
        os.setuid(user)
        os.umask(umask)
        return str(act())
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is told of it
        return f"{type(error).__name__}: {error}"
