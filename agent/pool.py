"""Processes that work on cases side by side. Threads of one would wait for one another where pictures are measured."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess


class _Worker(SpawnProcess):
    """A process that begins with interrupts blocked: one that comes while it starts is not for it either."""

    def start(self) -> None:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Deaf(SpawnContext):
    """Makes such processes for a pool."""

    Process = _Worker


@contextmanager
def workers(count: int) -> Iterator[Executor]:
    """So many processes. They end with this one, however it ends."""
    pool = ProcessPoolExecutor(count, _Deaf(), initializer=_prepare)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepare() -> None:
    # The cores are shared out by process already. An interrupt is for the parent: it waits for the cases at hand.
    os.environ.update(OMP_NUM_THREADS="1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # As the command line does: the warehouse's engine reports leaks where Python takes itself apart around it.
    atexit.register(os._exit, 0)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
