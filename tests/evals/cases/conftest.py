"""A small unlocked and a small locked split, built without pictures in a home of their own."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import MappingProxyType

import pytest

from evals import cases
from evals.cases.build import make
from evals.cases.hashes import hashes
from evals.cases.splits import Split

SMALL = Split(name="small", letter="S", seed=3, cases=6, customers=40, place=0, of=3)
LOCKED = Split(name="shut", letter="X", seed=4, cases=6, customers=40, place=2, of=3, held_out=True, locked=True)


@pytest.fixture
def small(home: Path) -> Split:
    return frozen(SMALL, home)


def frozen(split: Split, home: Path) -> Split:
    """The split with the hashes of what is on disk."""
    given, _ = cases.read(home / cases.FOLDER / split.name)
    return split.model_copy(update={"sha256": hashes(home / cases.FOLDER / split.name, given)})


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("splits")
    for split in (SMALL, LOCKED):
        make(split, home, images=False)
    return home


@pytest.fixture
def home(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """CASEWORK_HOME with both splits in it, and nothing but them in `splits.toml`."""
    place = tmp_path / "home"
    shutil.copytree(built, place)
    known = MappingProxyType({split.name: frozen(split, place) for split in (SMALL, LOCKED)})
    for module in ("evals.cases", "evals.cases.splits"):
        monkeypatch.setattr(f"{module}.load_splits", lambda: known)
    return place
