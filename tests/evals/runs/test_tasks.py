"""The wrapper around inspect: an interrupt while cases are answered is one for whoever asked."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from agent.case import CaseFile
from evals.runs import read
from evals.runs.record import FOLDER
from evals.runs.tasks import labelled_task, logged


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_is_no_error_of_ours(tmp_path: Path) -> None:
    run = read(FOLDER)
    answers = {file.case.case_id: file for file in run.files}
    scores = {each.case_id: each for each in run.scored}

    async def interrupted(case_id: str) -> CaseFile:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(5)
        return answers[case_id]

    task = labelled_task("cut", [file.case for file in run.files], run.labels, interrupted, scores.__getitem__)
    with pytest.raises(KeyboardInterrupt):
        logged(task, tmp_path, at_once=1)
