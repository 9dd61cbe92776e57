"""What the sentences of a draft promise, read back from their words.

Such a sentence is "If X were below 0.80 (now 0.91), the recommendation would be to approve."

They are read as a reviewer reads them, knowing nothing of how they were made. A figure is taken to the digits it is
written with, so that a value one step inside a bound must already fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from agent.case import DISPOSITIONS, Disposition, Statement
from agent.draft.plan import called, plain
from agent.render import SHARE
from tools.evidence import FactSpec, Value

NUMBER = r"-?[\d,]+(?:\.\d+)?"
STRETCH = re.compile(
    rf"(?P<low_word>from|above) (?P<low>{NUMBER}) to (?P<high_word>below )?(?P<high>{NUMBER})"
    rf"|exactly (?P<exactly>{NUMBER})|below (?P<below>{NUMBER})|above (?P<above>{NUMBER})"
    rf"|(?P<least>{NUMBER}) or more|(?P<most>{NUMBER}) or (?:fewer|less)|(?P<none>none)|(?P<anything>anything)"
)
PERCENT = re.compile(rf"({NUMBER})%")
OTHER_WORD = "something else"
LOW, HIGH = ("low", "above", "least"), ("high", "below", "most")
"""The groups of a stretch that tell where it begins, and where it ends."""
REACH = 2.0
"""How many times a bound a value may lie beyond it where nothing else limits it."""

Changes = Mapping[str, Value | None]
"""Reference to what its fact becomes, None where it is to have no value."""


@dataclass(frozen=True)
class Claim:
    """The disposition that some changes are said to lead to. Each of `trials` fits the words; none at all where the
    sentence could not be read."""

    references: tuple[str, ...]
    then: Disposition | None
    trials: tuple[Changes, ...]


def read_flip(told: Statement, specs: Mapping[str, FactSpec]) -> Claim:
    """The claim of a statement of what would change the recommendation."""
    names = [reference.partition(".")[2] for reference in told.references]
    changes = r" and ".join(rf"{re.escape(called(name, specs))} were (.+?) \(now .+?\)" for name in names)
    found = re.fullmatch(rf"If {changes}, the recommendation would be to (.+)\.", told.text)
    then = next((each for each in DISPOSITIONS if found and plain(each) == found[len(names) + 1]), None)
    if found is None or then is None or not names or any(name not in specs for name in names):
        return Claim(told.references, None, ())
    becomes = [values(found[place + 1], specs[name]) for place, name in enumerate(names)]
    return Claim(told.references, then, tuple(_together(told.references, becomes)))


def values(words: str, spec: FactSpec) -> tuple[Value | None, ...]:
    """Values of a fact that fit the words, ends and middle of every stretch; empty where they make no sense."""
    if spec.kind not in {"count", "number"}:
        return tuple(_word(each, spec) for each in words.split(" or "))
    unit = rf" (?:{re.escape(spec.unit)}|{re.escape(spec.unit.removesuffix('s'))})(?![a-z])" if spec.unit else r"(?!)"
    bare = re.sub(unit, "", PERCENT.sub(_part, words) if spec.unit == SHARE else words)
    if re.sub(r"^(?: or )?$", "", STRETCH.sub("", bare).replace(" or ", "")):
        return ()
    return tuple(dict.fromkeys(each for match in STRETCH.finditer(bare) for each in _stretch(match, spec)))


def _part(percentage: re.Match[str]) -> str:
    """A percentage as the part that it is of one, with the digits that it was written to: 92.5% is 0.925."""
    return str(Decimal(percentage[1].replace(",", "")).scaleb(-2))


def _together(references: tuple[str, ...], becomes: list[tuple[Value | None, ...]]) -> Iterator[Changes]:
    """Every value of each change, the others at the first of theirs."""
    if not all(becomes):
        return
    first = {reference: fitting[0] for reference, fitting in zip(references, becomes, strict=True)}
    for reference, fitting in zip(references, becomes, strict=True):
        yield from (first | {reference: value} for value in fitting)


def _word(word: str, spec: FactSpec) -> Value | None:
    if word == "none":
        return None
    if spec.kind == "flag":
        return word == "yes"
    if word == "anything else":
        return OTHER_WORD
    return next((choice for choice in spec.choices if choice.replace("_", " ") == word), word)


def _stretch(match: re.Match[str], spec: FactSpec) -> Iterator[Value | None]:
    if match["none"]:
        yield None
        return
    if match["exactly"]:
        yield _typed(_number(match["exactly"]), spec)
        return
    start, end = _ends(match, spec)
    first, last = start + _inset(match, spec, LOW), end - _inset(match, spec, HIGH)
    trials = (first, (first + last) / 2, last) if first <= last else ((start + end) / 2,)
    yield from dict.fromkeys(_typed(each, spec) for each in trials)


def _ends(match: re.Match[str], spec: FactSpec) -> tuple[float, float]:
    """Where a stretch begins and ends: as told, else where the fact does, else well beyond the other end."""
    low, high = _first_matched(match, LOW), _first_matched(match, HIGH)
    start = spec.low if low is None else _number(low)
    end = spec.high if high is None else _number(high)
    if start is None:
        start = 0.0 if end is None else end - REACH * max(abs(end), 1.0)
    return start, start + REACH * max(abs(start), 1.0) if end is None else end


def _inset(match: re.Match[str], spec: FactSpec, groups: tuple[str, ...]) -> float:
    """How far inside an end a value must lie: a step of what is shown, none for a count that belongs to the stretch."""
    told = _first_matched(match, groups)
    shut = match["low_word"] == "from" if groups == LOW else bool(match["high"]) and not match["high_word"]
    shut = shut or bool(match["least"] or match["most"])
    return 0.0 if told is None or (shut and spec.kind == "count") else _step(told, spec)


def _first_matched(match: re.Match[str], groups: tuple[str, ...]) -> str | None:
    return next((match[group] for group in groups if match[group]), None)


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _step(text: str, spec: FactSpec) -> float:
    return 1.0 if spec.kind == "count" else 10.0 ** -len(text.partition(".")[2])


def _typed(value: float, spec: FactSpec) -> Value:
    return int(value) if spec.kind == "count" else value
