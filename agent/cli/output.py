"""The files that a user names for a command to write."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Literal, TextIO

import typer

from agent.errors import OutputError, because

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula; some take the wide ones as well."""


def to_write(option: typer.CallbackParam, path: Path | None) -> Path | None:
    """The callback of an option that names a file to write: an OutputError before the work if none can be written."""
    return _ready(option, path, fresh=False)


def to_make(option: typer.CallbackParam, path: Path | None) -> Path | None:
    """As `to_write`, for a file that must not be there yet."""
    return _ready(option, path, fresh=True)


def _ready(option: typer.CallbackParam, path: Path | None, *, fresh: bool) -> Path | None:
    if path is not None:
        with _told(path, option.opts[0]):
            _check(path, fresh=fresh)
    return path


@contextmanager
def writing(path: Path, option: str = "-o", *, fresh: bool = False) -> Iterator[TextIO]:
    """A file that a user named with an option, to be written; folders on its way are made, and a `fresh` file must not
    be there yet. An earlier file stays until the new one is whole. Raises OutputError where it cannot be written."""
    with _told(path, option):
        _check(path, fresh=fresh)
        if not path.parent.exists():
            path.parent.mkdir(parents=True)
        with _opened(path, fresh) as file:
            yield file


def cell(value: str | float | bool | tuple[str, ...]) -> str:
    """A value as a cell that no spreadsheet takes for a formula."""
    if isinstance(value, bool):
        return str(value).lower()
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


@contextmanager
def _told(path: Path, option: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"{str(path)!r} cannot be written: {because(error)}"
        raise OutputError(what, f"name another file with {option}") from error


def _check(path: Path, *, fresh: bool = False) -> None:
    """Raise OSError where a file cannot be written: that is a folder, lies in none that may be written to, or is there
    although it is to be `fresh`."""
    if fresh and path.exists():
        raise _error(errno.EEXIST)
    if path.is_dir():
        raise _error(errno.EISDIR)
    there = path if path.exists() else next(folder for folder in path.absolute().parents if folder.exists())
    if there != path and not there.is_dir():
        raise _error(errno.ENOTDIR)
    if not os.access(there, os.W_OK):
        raise _error(errno.EACCES)


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _opened(path: Path, fresh: bool) -> AbstractContextManager[TextIO]:
    if fresh:
        return _whole(path)
    # What is no plain file, such as /dev/stdout or a link to nowhere, is written through and never replaced; so is a
    # file in a folder where none can be made.
    plain = path.is_file() or not os.path.lexists(path)
    return _beside(path.resolve()) if plain and os.access(path.resolve().parent, os.W_OK) else _text(path, "w")


@contextmanager
def _beside(path: Path) -> Iterator[TextIO]:
    """A file that takes the place of another once it is whole, and is as readable as that."""
    partial = path.with_name(f".casework-{token_hex(8)}.part")
    with _whole(partial) as file:
        if path.exists():
            partial.chmod(stat.S_IMODE(path.stat().st_mode))
        yield file
        file.flush()
        partial.replace(path)


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """A file that is not there yet, and is removed unless it becomes whole."""
    with _text(path, "x") as file, ExitStack() as unless_whole:
        unless_whole.callback(path.unlink, missing_ok=True)
        yield file
        file.flush()
        unless_whole.pop_all()


def _text(path: Path, mode: Literal["x", "w"]) -> TextIO:
    return path.open(mode, encoding="utf-8", newline="")
