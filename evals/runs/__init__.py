"""A run on disk: what a way of answering said to every case of a labelled set, and how it was made.

CASEWORK_HOME/runs/NAME/ holds `run.json`, `labels.jsonl`, `files.jsonl` (one CaseFile a line), `notes.jsonl` and the
log that `inspect view` opens. A line is written as soon as its case is answered: a run that was cut off goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from agent.case import CaseFile, Role
from agent.errors import AgentError, because, one_of
from agent.llm import unanswered
from evals.lines import Line, fault, read_lines
from evals.runs.disk import hold, replace
from evals.scored import Noted, Scored, scored
from evals.scorers.decision import read_costs
from evals.world.label import Label
from tools.evidence import Frozen, fingerprint

FOLDER = "runs"
NAME = re.compile(r"\w[\w.-]*", re.ASCII)
"""What a run may be called: its folder lies under `runs`, and nowhere else."""
Answers = Literal["rules", "template", "review", "agent"]
"""Who answers: the rules with their titles alone, the review without a model, the review with a model, or a plain
tool-calling agent."""
NAMED = 5
"""How many runs an error names."""
ANEW = "it is damaged or of another version: run it again with --again"
HINDERED = "correct that, then run it again: it continues where it stopped"


class Made(Frozen):
    """All that a run's answers depend on. Runs of one fingerprint answer alike."""

    cases: str
    cases_sha256: str
    n: int
    answers: Answers
    model: str = ""
    endpoint: str = ""
    roles: tuple[Role, ...] = ()
    variants: dict[str, str] = Field(default_factory=dict)
    prompts: dict[str, str] = Field(default_factory=dict)
    policy_sha256: str
    settings_sha256: str
    code_sha256: str

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.made)[:8]

    @property
    def usual(self) -> str:
        """What such a run is called where nobody gives it a name."""
        return f"{self.cases}-{self.answers}-{self.fingerprint}"

    @property
    def made(self) -> Made:
        """What it was made from, without how the making went."""
        return Made.model_validate(self.model_dump(include=set(Made.model_fields)))


class RunInfo(Made):
    """A run as it stands in `run.json`. `seconds` is the time of the last sitting, None while cases are left; `asked`
    tool answers were needed in all, of which `remembered` came from the evidence cache."""

    name: str
    commit: str
    started_at: str
    seconds: float | None = None
    asked: int = 0
    remembered: int = 0
    log: str = ""


@dataclass(frozen=True)
class Run:
    """A finished run: the case files in the order of their labels. `asked_again` cases were answered anew just now, as
    the model had owed an answer in them."""

    info: RunInfo
    folder: Path
    labels: tuple[Label, ...]
    files: tuple[CaseFile, ...]
    notes: Mapping[str, Noted] = field(default_factory=dict)
    asked_again: int = 0

    @cached_property
    def scored(self) -> tuple[Scored, ...]:
        costs, pairs = read_costs(), zip(self.files, self.labels, strict=True)
        return tuple(scored(file, label, costs, self.notes.get(label.case_id)) for file, label in pairs)

    @property
    def owed(self) -> int:
        """The cases in which the model owes an answer."""
        return sum(map(owed, self.files))

    @property
    def log(self) -> Path:
        """The log that `inspect view` opens."""
        return self.folder / self.info.log


def owed(file: CaseFile) -> bool:
    """Whether a model call of a review got no answer. Such an outage says nothing of a prompt or of a model."""
    return any(map(unanswered, file.calls))


def read(folder: Path) -> Run:
    """A finished run. Raises AgentError for a folder that holds none, or one that is not finished."""
    info = read_info(folder)
    labels, files = tuple(_lines(folder / "labels.jsonl", Label)), tuple(answered(folder).values())
    if info.seconds is None:
        remedy = "run it again with the same options: it continues where it stopped"
        raise AgentError(f"run {info.name!r} is not finished: {len(files)} of {info.n} cases are answered", remedy)
    if len(files) != len(labels):
        raise AgentError(f"run {info.name!r} holds {len(files)} answers to {len(labels)} labels", ANEW)
    by_case = {file.case.case_id: file for file in files}
    try:
        ordered = tuple(by_case[label.case_id] for label in labels)
    except KeyError as error:
        raise AgentError(f"run {info.name!r} lacks case {error.args[0]!r}", ANEW) from error
    return Run(info, folder, labels, ordered, _noted(info, labels, noted(folder)))


def _noted(info: RunInfo, labels: Sequence[Label], notes: Mapping[str, Noted]) -> Mapping[str, Noted]:
    """The notes; where none says which answers were remembered and some were, those of any case may have been."""
    if not info.remembered or any(each.asked for each in notes.values()):
        return notes
    every = (notes.get(label.case_id, Noted(case_id=label.case_id)) for label in labels)
    return {each.case_id: each.model_copy(update={"remembered": info.remembered}) for each in every}


def read_info(folder: Path) -> RunInfo:
    """What `run.json` says of a run, finished or not. Raises AgentError where it is missing or does not read."""
    path = folder / "run.json"
    try:
        return RunInfo.model_validate_json(path.read_bytes())
    except OSError as error:
        what = f"no run at {str(folder)!r}: {because(error)}"
        raise AgentError(what, "`casework eval run` makes one, under the runs/ folder of CASEWORK_HOME") from error
    except ValidationError as error:
        raise AgentError(f"{str(path)!r} does not describe a run: {fault(error)}", ANEW) from None


def find(home: Path, name: str) -> Path:
    """The folder of a run: by its path, or by its name among the runs of `home`. Raises AgentError where there is none;
    it says which there are: those of a name much like it, else the last ones."""
    for path in (Path(name), home / FOLDER / name):
        if (path / "run.json").is_file():
            return path
    there = [info.name for info in reversed(listed(home))]
    if not there:
        raise AgentError(f"no run {name!r}", f"`casework eval run` makes one; there is none in {str(home / FOLDER)!r}")
    named = get_close_matches(name, there, NAMED) or there[:NAMED]
    more = f", and {len(there) - len(named)} more in {str(home / FOLDER)!r}" if len(there) > len(named) else ""
    raise AgentError(f"no run {name!r}", f"{one_of(named)}{more}")


def listed(home: Path) -> tuple[RunInfo, ...]:
    """The finished runs of a home, oldest first. What does not read is left out."""
    found = []
    for path in sorted((home / FOLDER).glob("*/run.json")):
        try:
            info = RunInfo.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue
        found += [info] if info.seconds is not None else []
    return tuple(sorted(found, key=lambda info: (info.started_at, info.name)))


def beside(home: Path, run: Run, others: Sequence[Run] = ()) -> Run | None:
    """A run without a model over the same cases: itself, the one made from all else alike, or one of the others."""
    if run.info.answers == "template":
        return run
    made = run.info.made.model_copy(update={"answers": "template", "model": "", "endpoint": "", "roles": ()})
    alike = [info.name for info in listed(home) if info.made == made]
    if alike:
        return read(home / FOLDER / (made.usual if made.usual in alike else alike[-1]))
    same = (each for each in others if each.info.cases_sha256 == made.cases_sha256)
    return next((each for each in same if each.info.answers == "template"), None)


def agents(home: Path, made: Made) -> list[Run]:
    """The last finished run of a plain agent over the same cases, for each model. One in which the model owes an answer
    is no measure of it, and left out."""
    found = [info for info in listed(home) if info.answers == "agent" and info.cases_sha256 == made.cases_sha256]
    heard = (run for info in found if not (run := read(home / FOLDER / info.name)).owed)
    return [*{run.info.model: run for run in heard}.values()]


def write(
    folder: Path,
    info: RunInfo,
    labels: Sequence[Label],
    files: Iterable[CaseFile] = (),
    notes: Iterable[Noted] = (),
) -> None:
    """Write a run whole: description, labels, and the case files and notes that are there already."""
    with _written(folder):
        folder.mkdir(parents=True, exist_ok=True)
    _write_lines(folder / "notes.jsonl", notes)
    _write_lines(folder / "labels.jsonl", labels)
    _write_lines(folder / "files.jsonl", files)
    write_info(folder, info)


def write_info(folder: Path, info: RunInfo) -> None:
    """Put another description in the place of the one that is there."""
    with _written(folder):
        replace(folder / "run.json", info.model_dump_json(indent=1) + "\n")


def append(folder: Path, file: CaseFile, note: Noted) -> None:
    """Keep the answer to one case, after what is noted of it: a file that is there is complete."""
    for name, line in (("notes", note), ("files", file)):
        with _written(folder), (folder / f"{name}.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(f"{line.model_dump_json()}\n")


def answered(folder: Path) -> dict[str, CaseFile]:
    """The answers that a run has so far, by case. A last line that was cut off is none."""
    return {file.case.case_id: file for file in _lines(folder / "files.jsonl", CaseFile)}


def noted(folder: Path) -> dict[str, Noted]:
    """What is noted of the cases so far."""
    return {each.case_id: each for each in _lines(folder / "notes.jsonl", Noted)}


def forget_owed(folder: Path) -> int:
    """Let a run lack the cases in which the model owes an answer, so that it goes on with those, and say how many."""
    info, files, notes = read_info(folder), answered(folder), noted(folder)
    kept = {case_id: file for case_id, file in files.items() if not owed(file)}
    if len(kept) < len(files):
        # Not finished first: a run that is cut off here goes on as well.
        write_info(folder, info.model_copy(update={"seconds": None}))
        _write_lines(folder / "files.jsonl", kept.values())
        _write_lines(folder / "notes.jsonl", (note for case_id, note in notes.items() if case_id in kept))
    return len(files) - len(kept)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a run for this process, and mend a line that an earlier one left half written."""
    with _written(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with hold(folder, f"run {folder.name!r}"):
        for name in ("notes", "files"):
            with _written(folder):
                _mend(folder / f"{name}.jsonl")
        yield


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    """Say of a run that it cannot be written: a full disk is none of the model's doing."""
    try:
        yield
    except OSError as error:
        raise AgentError(f"run {folder.name!r} cannot be written: {because(error)}", HINDERED) from error


def _mend(path: Path) -> None:
    if path.is_file():
        content = path.read_bytes()
        with path.open("r+b") as lines:
            lines.truncate(content.rfind(b"\n") + 1)


def _write_lines(path: Path, entries: Iterable[BaseModel]) -> None:
    with _written(path.parent):
        replace(path, "".join(f"{each.model_dump_json()}\n" for each in entries))


def _lines(path: Path, model: type[Line]) -> Iterator[Line]:
    return read_lines(path, model, ANEW, growing=True)
