"""The folder that a store lies in: for whom its files are, and what keeps one from being used.

Whoever may write in a home may write in its files, whatever the umask of the person whose command made them; they are
never for others. SQLite gives the files that it puts beside a database the permissions of that one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from grp import getgrgid
from pathlib import Path
from pwd import getpwuid
from shlex import quote
from stat import S_IMODE

GROUP = 0o060
"""What a file takes over from its folder."""
LEAST = 64 * 1024
"""Bytes without which SQLite can begin nothing: it shares 32 KiB between the processes that have a database open."""
BESIDE = ("-wal", "-shm", "-journal")
"""What the files end in that SQLite puts beside a database."""


def make_file(path: Path) -> None:
    """Make an empty file, unless it is there. Raises OSError."""
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 | GROUP)
        try:
            os.fchmod(descriptor, 0o600 | path.parent.stat().st_mode & GROUP)
        finally:
            os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make a folder in a home, with the home's own permissions, unless it is there. Raises OSError."""
    try:
        path.mkdir()
    except FileExistsError:
        if not path.is_dir():
            raise
    else:
        path.chmod(0o700 | path.parent.stat().st_mode & 0o2070)


def closed(path: Path) -> str:
    """Of a database, its folder and what lies beside it, the first that this user may not write to, and whose it is;
    nothing where there is none."""
    found = next(_closed(path), None)
    return f"{str(found)!r} belongs to {_whose(found)}, and you are {_user(os.geteuid())}" if found else ""


def hindrance(path: Path, reason: str = "") -> tuple[str, str]:
    """What stands in the way of a database for which SQLite or the disk gives this reason, if any, and the remedy. The
    first says nothing where the reason says it all."""
    if "malformed" in reason or "not a database" in reason:
        return "", "restore it from a backup, or point CASEWORK_HOME at another folder"
    if "locked" in reason:
        return "", "another process holds it; wait for it and try again"
    if _flags(path) & os.ST_RDONLY:
        return "its disk is read-only", "point CASEWORK_HOME at a copy of its folder"
    if told := closed(path):
        return told, sharing(path.parent)
    if _room(path) < LEAST or "full" in reason or "space" in reason:
        return f"the disk of {str(path.parent)!r} is full", "free some space; what was stored before is safe"
    return "", "check that CASEWORK_HOME is a folder you may write to"


def sharing(home: Path) -> str:
    """How a home is given to several people."""
    at = quote(str(home.absolute()))
    steps = f"chgrp -R GROUP {at}; chmod -R g+rwX,o= {at}; find {at} -type d -exec chmod g+s {{}} +"
    return f"share the home: have its owners, or root, run `{steps}` with a GROUP that all of you are in"


def _closed(path: Path) -> Iterator[Path]:
    home = path.parent
    if os.access(home, os.F_OK) and home.is_dir() and not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        yield home
    for each in (path, *(path.with_name(path.name + end) for end in BESIDE)):
        if os.access(each, os.F_OK) and not os.access(each, os.R_OK | os.W_OK):
            yield each


def _whose(path: Path) -> str:
    try:
        about = path.stat()
    except OSError:
        return "somebody else"
    return f"{_user(about.st_uid)} and group {_group(about.st_gid)} with permissions {S_IMODE(about.st_mode):04o}"


def _user(number: int) -> str:
    with suppress(KeyError):
        return getpwuid(number).pw_name
    return str(number)


def _group(number: int) -> str:
    with suppress(KeyError):
        return getgrgid(number).gr_name
    return str(number)


def _flags(path: Path) -> int:
    with suppress(OSError):
        return os.statvfs(path.parent).f_flag
    return 0


def _room(path: Path) -> int:
    """Bytes that are left on the disk of a file; as many as are needed where that is not told."""
    with suppress(OSError):
        disk = os.statvfs(path.parent)
        return disk.f_bavail * disk.f_frsize
    return LEAST
