"""The entries of a file of cases with the line that each begins on, whatever bytes the file holds: JSON Lines, or one
JSON array."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import NoReturn

from tools.evidence import Frozen

BOM = b"\xef\xbb\xbf"
BLANKS = " \t\r\n"
"""What JSON takes for nothing."""
BEGINNING = re.compile(rf"[{BLANKS}]*\[[{BLANKS}]*")
NEXT = re.compile(rf"[{BLANKS}]*(,[{BLANKS}]*+(?!\])|(?=\]))")
"""What follows an entry of an array: a comma and another entry, or the end."""

MOST_DIGITS = 300
"""Of a whole number: no more than a float can have."""
BROKEN = "is not part of the array: what comes before it is followed neither by a comma and an entry nor by the end"


class Fault(Frozen):
    """What is wrong with an entry: the line it begins on and which of all it is, both from 1; the field, empty for the
    entry as a whole; and why. It quotes no value, for that may be somebody's name."""

    line: int
    entry: int
    field: str = ""
    what: str


@dataclass(frozen=True)
class Read:
    """A JSON value, the line it begins on, and which of all it is."""

    line: int
    entry: int
    value: object


def entries(content: bytes) -> Iterator[Read | Fault]:
    """Every entry in order, or what is wrong with it. A line that does not read leaves those after it alone; an array
    ends where it does not read."""
    content = content.removeprefix(BOM)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        yield Fault(line=content.count(b"\n", 0, error.start) + 1, entry=1, what="is not UTF-8 text")
        return
    yield from _listed(text) if BEGINNING.match(text) else _by_line(text)


def _by_line(text: str) -> Iterator[Read | Fault]:
    # Not splitlines: a JSON text may hold other line ends of Unicode.
    lines = ((number, line.rstrip(BLANKS)) for number, line in enumerate(text.split("\n"), start=1))
    for entry, (number, line) in enumerate((each for each in lines if each[1]), start=1):
        read, end = _decoded(line, len(line) - len(line.lstrip(BLANKS)), number, entry)
        if isinstance(read, Read) and end < len(line):
            yield Fault(line=number, entry=entry, what="continues after its JSON has ended: write one case per line")
        else:
            yield read


def _listed(text: str) -> Iterator[Read | Fault]:
    beginning = BEGINNING.match(text)
    place, counted, line, entry = beginning.end() if beginning else 0, 0, 1, 0
    while not text.startswith("]", place):
        line, counted, entry = line + text.count("\n", counted, place), place, entry + 1
        read, place = _decoded(text, place, line, entry)
        yield read
        if isinstance(read, Fault):
            return
        following = NEXT.match(text, place)
        if not following:
            line += text.count("\n", counted, place)
            yield Fault(line=line, entry=entry + 1, what=BROKEN)
            return
        place = following.end()
    if text[place + 1 :].strip(BLANKS):
        line += text.count("\n", counted, place)
        yield Fault(line=line, entry=entry + 1, what="comes after the end of the array")


def _decoded(text: str, place: int, line: int, entry: int) -> tuple[Read | Fault, int]:
    """The value that begins at `place`, and where it ends."""
    try:
        value, end = _DECODER.raw_decode(text, place)
    except JSONDecodeError as error:
        column = error.pos - text.rfind("\n", 0, error.pos)
        row = line + text.count("\n", place, error.pos)
        what = f"is not JSON: it breaks at line {row}, column {column}"
    except ValueError as error:
        what = str(error)
    except RecursionError:
        what = "is nested too deep"
    else:
        return Read(line, entry, value), end
    return Fault(line=line, entry=entry, what=what), place


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("names a field twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("holds a number with too many digits")
    return int(digits)


def _no_number(_: str) -> NoReturn:
    raise ValueError("contains NaN or Infinity, which are not JSON")


_DECODER = JSONDecoder(object_pairs_hook=_unique, parse_int=_whole, parse_constant=_no_number)
