"""The version as it is installed, and of a checkout the commit, however git keeps it."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from agent.version import _commit, this_version

COMMIT = "0123456789abcdef" * 2 + "01234567"


def git(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("packed", "packed-refs")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_the_version_begins_as_installed() -> None:
    assert this_version().split("+")[0] == version("casework")


@pytest.mark.parametrize(
    "files",
    [
        {"HEAD": f"{COMMIT}\n"},
        {"HEAD": "ref: refs/heads/main\n", "refs__heads__main": f"{COMMIT}\n"},
        {"HEAD": "ref: refs/heads/main\n", "packed": f"# pack-refs with: peeled\n{COMMIT} refs/heads/main\n"},
    ],
)
def test_the_commit_is_read_as_git_keeps_it(files: dict[str, str], tmp_path: Path) -> None:
    assert _commit(git(tmp_path, **files)) == COMMIT


def test_where_there_is_no_checkout_there_is_no_commit(tmp_path: Path) -> None:
    assert _commit(tmp_path / "none") == ""
    assert _commit(git(tmp_path, HEAD="ref: refs/heads/main\n")) == ""
