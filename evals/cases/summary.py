"""What a split holds and how it stands to its frozen hashes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pydantic import Field

from agent.errors import AgentError
from evals.cases import FOLDER, Opening, openings, read
from evals.cases.build import Part, verified
from evals.cases.splits import Split
from tools.evidence import Frozen


class Summary(Frozen):
    """What a split holds and how it stands to its frozen hashes. `n` is 0 where it is not built, or is `damaged`: then
    that says what is wrong, and what to do."""

    name: str
    folder: str
    n: int = 0
    fraud: int = 0
    customers: int = 0
    pictured: int = 0
    stories: int = 0
    types: dict[str, int] = Field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    locked: bool = False
    openings: tuple[Opening, ...] = ()
    damaged: str = ""


def _bare(wanted: Split, home: Path) -> Summary:
    """A split of which nothing on disk is read but its openings."""
    folder = str(home / FOLDER / wanted.name)
    return Summary(name=wanted.name, folder=folder, locked=wanted.locked, openings=openings(home, wanted.name))


def listed(wanted: Split, home: Path) -> Summary:
    """What is on disk of a split, or what is wrong with it."""
    try:
        return summary(wanted, home)
    except AgentError as error:
        damaged = f"{error.what}; `casework eval cases build {wanted.name}` builds it again"
        return _bare(wanted, home).model_copy(update={"damaged": damaged})


def summary(wanted: Split, home: Path) -> Summary:
    """What is on disk of a split."""
    folder = home / FOLDER / wanted.name
    bare = _bare(wanted, home)
    if not (folder / "cases.jsonl").is_file():
        return bare
    given, labels = read(folder, wanted.name)
    return bare.model_copy(
        update={
            "n": len(given),
            "fraud": sum(label.is_fraud is True for label in labels),
            "customers": len({case.customer_id for case in given}),
            "pictured": sum(bool(case.attachments) for case in given),
            "stories": len({label.story for label in labels}),
            "types": dict(sorted(Counter(case.type for case in given).items())),
            "parts": verified(wanted, folder),
        }
    )
