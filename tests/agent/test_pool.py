"""Worker processes leave interrupts to the parent, and end with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time

import pytest

from agent.pool import workers

WAIT_S = 120
STARTING = 20
"""Interrupts, a tenth of a second apart, over the time in which a worker starts."""


@pytest.mark.usefixtures("interruptible")
def test_a_worker_that_is_interrupted_while_it_starts_says_nothing_and_works(capfd: pytest.CaptureFixture[str]) -> None:
    with workers(1) as pool:
        told = pool.submit(os.getpid)
        (started,) = multiprocessing.active_children()
        assert started.pid is not None
        for _ in range(STARTING):
            os.kill(started.pid, signal.SIGINT)
            time.sleep(0.1)
        assert told.result(WAIT_S) == started.pid
    assert capfd.readouterr().err == ""
