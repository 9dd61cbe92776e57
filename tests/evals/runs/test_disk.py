"""A folder in one process's hands, and files that appear whole."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import AgentError
from evals.runs import disk
from evals.runs.disk import hold, replace

HOLDS = """
import sys, time
from pathlib import Path
from evals.runs.disk import hold

with hold(Path(sys.argv[1]), "it"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which holds the folder."""
    command, root = [sys.executable, "-c", HOLDS, str(tmp_path)], Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_who_holds_a_folder_is_named_and_a_process_that_was_killed_holds_nothing(
    tmp_path: Path, other: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    who = f"process {other.pid}" if disk.LOCKS.is_file() else "another process"
    with pytest.raises(AgentError) as told, hold(tmp_path, "run 'a'"):
        pass
    assert str(told.value) == f"run 'a' is being written by {who}; wait until that ends, then run the command again"
    monkeypatch.setattr(disk, "LOCKS", tmp_path / "none")
    with pytest.raises(AgentError, match="by another process; wait"), hold(tmp_path, "it"):
        pass
    other.kill()
    other.wait()
    with hold(tmp_path, "it"):
        assert [*tmp_path.iterdir()] == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match=r"it cannot be written: .*; name a folder"), hold(tmp_path / "none", "it"):
        pass


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    replace(tmp_path / "a", "one")
    replace(tmp_path / "a", "two")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "two"}
