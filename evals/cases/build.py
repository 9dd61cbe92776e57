"""Makes the frozen splits and holds what is on disk against their hashes."""

from __future__ import annotations

import shutil
from pathlib import Path

from agent.errors import AgentError
from evals.cases import FOLDER, read
from evals.cases.hashes import hashes
from evals.cases.splits import Hashes, Split
from evals.world import build as world
from evals.world.build import Progress
from tools.evidence import Frozen


class Part(Frozen):
    """One part of a set: what is frozen and what is on disk, either empty where there is none."""

    name: str
    frozen: str
    found: str

    @property
    def same(self) -> bool:
        return self.frozen == self.found


def make(split: Split, home: Path, *, images: bool = True, progress: Progress = lambda *_: None) -> bool:
    """Make a split under `home` unless it stands there complete. False where nothing had to be done.

    Finished pictures wait in a folder beside it until it is complete, so that a build that was cut off goes on there.
    """
    folder = home / FOLDER / split.name
    if complete(split, folder, images):
        return False
    kept = folder.with_name(f"{split.name}.pictures")
    if images:
        kept.mkdir(parents=True, exist_ok=True)
    world.build(
        folder,
        seed=split.seed,
        customers=split.customers,
        cases=split.cases,
        images=images,
        stratum=split.stratum,
        kept=kept,
        progress=progress,
    )
    if images:
        shutil.rmtree(kept)
    return True


def complete(split: Split, folder: Path, images: bool = True) -> bool:
    """Whether a split is there as it is frozen, with pictures if they are asked for. Their bytes may be others."""
    try:
        parts = {part.name: part for part in verified(split, folder)}
    except AgentError:
        return False
    return all(parts[name].same for name in ("cases", "labels", "rows")) and bool(parts["pictures"].found or not images)


def verified(split: Split, folder: Path) -> tuple[Part, ...]:
    """Every part of a split, as frozen and as found in the folder. Raises AgentError where it is not there."""
    cases, _ = read(folder, split.name)
    frozen, found = split.sha256.model_dump(), hashes(folder, cases).model_dump()
    if found["pictures"] in split.other_pictures:
        frozen["pictures"] = found["pictures"]
    return tuple(Part(name=name, frozen=frozen[name], found=found[name]) for name in Hashes.model_fields)
