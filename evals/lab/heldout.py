"""What a prompt must not hold: case and customer ids of held-out sets, and long phrases of their texts or of the
qualification questions, a short one of these whole. A prompt that quotes what it is measured on measures nothing.

The case ids are known from the splits themselves, customers and texts only where a set was built.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.case import CaseFile
from agent.errors import AgentError
from agent.llm.qualify import load_questions
from evals.cases.splits import Split, split
from evals.lines import read_lines
from evals.world.label import Label
from evals.world.stage import FIRST_CASE
from tools.evidence import Evidence

SETS = ("val", "test")
LENGTH = 8
"""Words in a row that are more than chance."""
SHORTEST = 4
"""Words of a text that is held out whole; shorter ones are values, as a country or a kind of document."""
PLACEHOLDER = re.compile(r"\{[\w.]*\}")
"""`{}` and `{E3.face.similarity}`: no words of a text."""
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
Phrase = tuple[str, ...]


@dataclass(frozen=True)
class HeldOut:
    """Ids and phrases that no prompt may hold, and where each comes from; `unbuilt` sets have their case ids alone."""

    ids: dict[str, str]
    phrases: dict[Phrase, str]
    unbuilt: tuple[str, ...] = ()

    def leaks(self, text: str) -> Iterator[tuple[int, str]]:
        """Line and fault of every id or phrase found in a text; of a longer phrase its beginning."""
        for number, line in enumerate(text.splitlines(), 1):
            for found in _standing(line, self.ids):
                yield number, f"{found!r} belongs to the {self.ids[found]} set"
        placed = [(word.casefold(), number) for number, line in enumerate(text.splitlines(), 1) for word in words(line)]
        told, last = tuple(word for word, _ in placed), -LENGTH
        for start in range(len(told)):
            possible = (told[start : start + length] for length in range(LENGTH, SHORTEST - 1, -1))
            phrase = next((each for each in possible if each in self.phrases), None)
            if phrase is not None:
                if start > last + 1:
                    yield placed[start][1], f"{' '.join(phrase)!r} appears in {self.phrases[phrase]}"
                last = start


def _standing(line: str, ids: Iterable[str]) -> Iterator[str]:
    """The ids that stand in a line by themselves, in capitals or not: no letter or digit before or after them."""
    told = line.casefold()
    for known in ids:
        wanted = known.casefold()
        if wanted in told and re.search(rf"(?<![^\W_]){re.escape(wanted)}(?![^\W_])", told):
            yield known


def words(text: str) -> list[str]:
    """The words of a text, placeholders apart."""
    return WORD.findall(PLACEHOLDER.sub(" ", text))


def phrases(text: str) -> Iterator[Phrase]:
    """Every run of eight words of a text, in small letters; a text that has fewer whole, unless it is a mere value."""
    told = tuple(word.casefold() for word in words(text))
    if SHORTEST <= len(told) < LENGTH:
        return iter([told])
    return (told[start : start + LENGTH] for start in range(len(told) - LENGTH + 1))


def held_out(home: Path, files: Iterable[tuple[str, CaseFile]] = ()) -> HeldOut:
    """Everything held out that is at hand: the case ids of the sets, their labels under `home`, texts of saved `files`
    with the name of their set, and the qualification questions."""
    labels = {name: tuple(_labels(home / "cases" / name / "labels.jsonl")) for name in SETS}
    found = HeldOut({}, {}, tuple(name for name in SETS if not labels[name]))
    for name in SETS:
        found.ids.update(dict.fromkeys(_case_ids(split(name)), name))
        for label in labels[name]:
            found.ids.update(dict.fromkeys((label.case_id, label.customer_id), name))
            _keep(found, label.what_happened, f"a label of the {name} set")
    for name, file in files:
        for text in _texts(file):
            _keep(found, text, f"a case of the {name} set")
    questions = load_questions()
    for text in (*questions.requests, *(each.says for each in questions.findings)):
        _keep(found, text, "the qualification questions")
    return found


def _case_ids(of: Split) -> Iterator[str]:
    """The ids that the cases of a split have wherever it is built."""
    return (f"{of.letter}-{FIRST_CASE + number}" for number in range(of.cases))


def _keep(found: HeldOut, text: str, where: str) -> None:
    found.phrases.update(dict.fromkeys(phrases(text), where))


def _texts(file: CaseFile) -> Iterator[str]:
    """What was written about this case alone: texts among its facts."""
    for entry in file.ledger.entries:
        if isinstance(entry, Evidence):
            yield from (fact.value for fact in entry.facts if isinstance(fact.value, str))


def _labels(path: Path) -> Iterator[Label]:
    """The labels of a set; none where it was never built or does not read."""
    try:
        yield from read_lines(path, Label)
    except AgentError:
        return
