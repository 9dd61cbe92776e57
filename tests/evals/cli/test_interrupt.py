"""Ctrl-C while `casework eval run` answers: one line, nothing lost, and the same command does the rest alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from evals import runs

pytestmark = pytest.mark.heavy

WAIT_S = 120
PROCESSES = 1
PREFETCHED = 1
"""Cases that a pool hands to its workers beyond those at work."""


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("options", "same"), [((), "the same command"), (("--again",), "the same command without --again")]
)
def test_a_run_that_is_interrupted_keeps_what_was_answered_and_goes_on(
    casework: Callable[..., tuple[int, str, str]], exchange: Path, home: Path, options: tuple[str, ...], same: str
) -> None:
    split = str(exchange / "world")
    command = ("eval", "run", "--split", split, "--name", "stopped", "--processes", str(PROCESSES))
    folder = home / runs.FOLDER / "stopped"

    code, out, err = _interrupted((*command, *options), folder)
    assert (code, out) == (130, "")
    assert len(err.splitlines()) == 1
    assert err == f"casework: interrupted; finished work is kept, and {same} continues from there\n"
    kept = runs.answered(folder)
    info = runs.read_info(folder)
    assert 0 < len(kept) < info.n
    assert info.seconds is None

    code, _, err = casework(*command)
    assert (code, err) == (0, "")
    finished = runs.read(folder)
    redone = [file.case.case_id for file in finished.files if kept.get(file.case.case_id, file) != file]
    assert redone == [], "wall times differ where a case was answered twice"
    # What was at work was let finish: its evidence is remembered, though its answer came too late.
    begun = [note.case_id for note in finished.notes.values() if note.remembered]
    assert set(begun).isdisjoint(kept)
    assert 0 < len(begun) <= PROCESSES + PREFETCHED
    assert len(list(folder.glob("*.eval"))) == 1


def _interrupted(arguments: Sequence[str], folder: Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command where Ctrl-C comes as soon as a case is answered: to the whole group,
    as from a terminal."""
    with subprocess.Popen(
        [sys.executable, "-m", "agent", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        until = time.monotonic() + WAIT_S
        while not runs.answered(folder) and running.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=WAIT_S)
    return running.returncode, out, err
