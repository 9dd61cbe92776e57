"""Labelled cases: the frozen splits dev, val and test, and sets that somebody made of a world or of public data.

A set is a folder with `cases.jsonl` (one Case a line, its `source` relative to the folder), `labels.jsonl`,
`warehouse.duckdb`, `files/` and `source.json`. Cases that people decided lie elsewhere, with their files, and bring no
warehouse. The splits lie under CASEWORK_HOME/cases/. A locked split is opened only by somebody who says why, and every
time is put down in CASEWORK_HOME/cases/openings.jsonl, which is only ever added to.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.case import Case
from agent.errors import AgentError
from evals.cases.hashes import labels_sha256
from evals.cases.splits import load_splits
from evals.lines import read_lines
from evals.world.label import Label
from tools.evidence import Frozen

FOLDER = "cases"
OPENINGS = "openings.jsonl"


class Opening(Frozen):
    """One time a locked split was opened: the how manieth, when (ISO 8601, UTC), why, for what, at which commit."""

    split: str
    number: int
    at: str
    why: str
    what: str
    commit: str


@dataclass(frozen=True)
class LabelledCases:
    """A set as it was opened: cases and labels in the same order. `opening` is the record of a locked split."""

    name: str
    folder: Path
    cases: tuple[Case, ...]
    labels: tuple[Label, ...]
    locked: bool = False
    opening: Opening | None = None

    @property
    def own(self) -> bool:
        """Whether the cases lie in the folder of the set, which then brings their warehouse."""
        return all(Path(case.source) == self.folder.resolve() for case in self.cases)


def opened(name: str, home: Path, *, why: str = "", what: str = "") -> LabelledCases:
    """The split of that name under `home` (CASEWORK_HOME), else the set in the folder of that path.

    A locked split needs a reason; the opening is recorded before anything is handed out, with `what` it is for.

    Raises:
        AgentError: it is not there, does not read, or is locked and nobody said why.
    """
    folder = home / FOLDER / name if name in load_splits() else Path(name)
    lock = _lock(name, folder, home)
    if lock and not why.strip():
        told = len(openings(home, lock))
        raise AgentError(
            f"split {lock!r} is locked and was opened {told} times",
            '`--unlock-test "why"`, of `casework eval run` and `casework eval robust`, opens it again and records why',
        )
    cases, labels = read(folder, name)
    opening = _recorded(home, lock, why, what) if lock else None
    return LabelledCases(lock or name, folder.resolve(), cases, labels, bool(lock), opening)


def _lock(name: str, folder: Path, home: Path) -> str:
    """The locked split that this is, by name, by place, or as a copy that holds its labels; "" for all else. A copy of
    a part of it is known where the split itself is built."""
    labels, lines = labels_sha256(folder), _label_lines(folder)
    for split in load_splits().values():
        if not split.locked:
            continue
        place = home / FOLDER / split.name
        copied = (labels and labels == split.sha256.labels) or lines & _label_lines(place)
        if name == split.name or folder.resolve() == place.resolve() or copied:
            return split.name
    return ""


def _label_lines(folder: Path) -> frozenset[bytes]:
    path = folder / "labels.jsonl"
    return frozenset(path.read_bytes().splitlines()) if path.is_file() else frozenset()


def read(folder: Path, name: str = "") -> tuple[tuple[Case, ...], tuple[Label, ...]]:
    """Cases, which point at the folder where it stands now unless they lie elsewhere, and labels. Raises AgentError as
    `opened` does."""
    if not (folder / "cases.jsonl").is_file():
        build = f"casework eval cases build {name if name in load_splits() else 'dev'}"
        raise AgentError(f"no labelled cases {str(name or folder)!r}", f"run `{build}`, or name a folder that has some")
    cases = tuple(_placed(case, folder) for case in read_lines(folder / "cases.jsonl", Case))
    labels = tuple(read_lines(folder / "labels.jsonl", Label))
    for fault in _unpaired(cases, labels):
        what = f"cases and labels in {str(folder)!r} do not match: {fault}"
        raise AgentError(what, "put the label of each line of cases.jsonl on the same line of labels.jsonl")
    return cases, labels


def _placed(case: Case, folder: Path) -> Case:
    return case.model_copy(update={"source": str((folder / case.source).resolve())})


def _unpaired(cases: Sequence[Case], labels: Sequence[Label]) -> Iterator[str]:
    """What keeps the labels from being those of the cases, line by line."""
    ids, labelled = ([each.case_id for each in lines] for lines in (cases, labels))
    if not cases:
        yield "there is no case"
    yield from (f"case {each!r} appears twice in cases.jsonl" for each, n in Counter(ids).items() if n > 1)
    yield from (f"case {each!r} has {n} labels" for each, n in Counter(labelled).items() if n > 1)
    yield from (f"case {each!r} has no label" for each in sorted({*ids} - {*labelled}))
    yield from (f"label {each!r} has no case" for each in sorted({*labelled} - {*ids}))
    for number, (case, label) in enumerate(zip(cases, labels, strict=False), 1):
        if case.case_id != label.case_id:
            yield f"line {number} holds case {case.case_id!r} and label {label.case_id!r}"
        elif case.customer_id != label.customer_id:
            yield f"the label of case {case.case_id!r} names another customer_id than the case"


def openings(home: Path, name: str) -> tuple[Opening, ...]:
    """Every recorded opening of a locked split, oldest first."""
    path = home / FOLDER / OPENINGS
    return tuple(each for each in read_lines(path, Opening) if each.split == name) if path.is_file() else ()


def _recorded(home: Path, name: str, why: str, what: str) -> Opening:
    opening = Opening(
        split=name,
        number=len(openings(home, name)) + 1,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        why=why.strip(),
        what=what,
        commit=commit(),
    )
    with (home / FOLDER / OPENINGS).open("a", encoding="utf-8") as record:
        record.write(f"{opening.model_dump_json()}\n")
    return opening


def commit() -> str:
    """The commit of this checkout, with a plus where it was changed since; empty outside of one."""
    asked = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip()
