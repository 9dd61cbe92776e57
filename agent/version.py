"""Which casework this is: for whoever reads, years later, a draft that it made."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DIGITS = 12
"""Of a commit's hash, that tell it from others."""
UNKNOWN = "unknown"


@cache
def this_version() -> str:
    """The version as it is installed, with the commit where this is a checkout: `0.1.0`, `0.1.0+ef43b8e02ca1`. What was
    edited since that commit is not told."""
    try:
        installed = version("casework")
    except PackageNotFoundError:
        installed = UNKNOWN
    commit = _commit(Path(__file__).parents[1] / ".git")
    return f"{installed}+{commit[:DIGITS]}" if commit else installed


def _commit(git: Path) -> str:
    """The commit that is checked out, as git keeps it; nothing where there is none, or it is kept otherwise."""
    with suppress(OSError, UnicodeDecodeError):
        head = (git / "HEAD").read_text("utf-8").strip()
        name = head.removeprefix("ref: ")
        if name == head:
            return head
        if (git / name).is_file():
            return (git / name).read_text("utf-8").strip()
        packed = (git / "packed-refs").read_text("utf-8").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
    return ""
