"""Which state a nationality names, whatever its form: a code, the state's name, or what its citizens are called. Pure.

A zone has a code where the print beside it has words: GBR and BRITISH CITIZEN. Two different texts contradict each
other only where both are known to name a state; words that stand in no table are not comparable, for no table of the
world's adjectives is whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations

from vision import agree
from vision.document.states import STATES
from vision.types import Agreement

MOST_WORDS = 8
"""Words of a text that are looked at; the longest entry of the table has six."""


def same(left: str, right: str) -> Agreement:
    """Whether two texts name one state; "absent" where that cannot be told."""
    first, second = states(left), states(right)
    if first & second or (left and agree.capitals(left) == agree.capitals(right)):
        return "match"
    return "mismatch" if first and second else "absent"


def states(text: str) -> frozenset[str]:
    """The states, as ISO 3166-1 alpha-3 codes, that a text may name: several where a word is used of several
    (CONGOLESE), none where it is not known. What stands behind a stroke says it again in another language."""
    found = [_code(part) or _worded(part) for part in re.split(r"[/|()]", text)]
    return frozenset().union(*found)


def _code(part: str) -> frozenset[str]:
    letters = "".join(agree.capitals(part.replace("<", "")))
    return _codes().get(letters, frozenset())


def _worded(part: str) -> frozenset[str]:
    """The states that the longest known run of words names. Blanks that a reader lost do not count."""
    words = agree.capitals(part)[:MOST_WORDS]
    runs = sorted(combinations(range(len(words) + 1), 2), key=lambda run: run[0] - run[1])
    named = (_names().get("".join(words[start:stop])) for start, stop in runs)
    return next(filter(None, named), frozenset())


@cache
def _codes() -> Mapping[str, frozenset[str]]:
    """The state that each code stands for."""
    return {code: frozenset({codes[0]}) for codes, _ in _table() for code in codes}


@cache
def _names() -> Mapping[str, frozenset[str]]:
    """The states that each name or adjective is used of, without blanks."""
    found: dict[str, frozenset[str]] = {}
    for codes, names in _table():
        for name in names:
            joined = "".join(agree.capitals(name))
            found[joined] = found.get(joined, frozenset()) | {codes[0]}
    return found


def _table() -> Iterator[tuple[list[str], list[str]]]:
    """The codes of each state, alpha-3 first, and its names."""
    for line in re.sub(r"\n +", " ", STATES.strip()).splitlines():
        codes, _, names = line.partition(": ")
        yield re.split(r"[ +]", codes), names.split(", ")
