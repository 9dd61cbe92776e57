"""Sessions that a document shows at a prompt: their commands, what they print, and typing one in this process."""

from __future__ import annotations

import re
import shlex

import pytest

from agent.cli import run


def sessions(text: str) -> list[str]:
    """The sessions of a document, in order."""
    return re.findall(r"```console\n(.+?)```", text, re.S)


def session_with(text: str, command: str) -> str:
    """The session of a document that shows a command of `casework`."""
    return next(each for each in sessions(text) if f"$ casework {command}" in each)


def typed(text: str) -> list[str]:
    """The commands of `casework` that a document shows, without what it says of them."""
    return [line.split(" #")[0].strip() for line in re.findall(r"^\$ (casework .+)$", text, re.M)]


def quoted(session: str) -> list[str]:
    """What a session shows as printed between commands, cut where it leaves something out."""
    parts = re.split(r"^\$.*$|\.\.\.|^Findings$", session, flags=re.M)
    return [" ".join(part.split()) for part in parts if part.strip()]


def run_line(patch: pytest.MonkeyPatch, line: str) -> int:
    """Type a command and return its exit code."""
    patch.setattr("sys.argv", shlex.split(line))
    return run()
