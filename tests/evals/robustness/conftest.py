"""A small exchange without pictures, the rig of a dozen of its cases, and their reviews before any variant."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from agent.case import CaseFile
from agent.settings import Settings
from agent.store import Store
from evals.cases import opened
from evals.robustness.rig import Rig, rigged
from evals.robustness.run import VARIANTS, before
from evals.robustness.variant import Changed, Copy
from evals.world.build import build

CASES = 8


@dataclass(frozen=True)
class Told:
    """A set as a variant left it: the cases, and an open connection to its rows and to those before (`old`)."""

    changed: Changed
    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str, **values: Any) -> list[Any]:
        return self.connection.execute(sql, values or None).fetchall()

    def value(self, sql: str, **values: Any) -> Any:
        return self.rows(sql, **values)[0][0]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("robust")
    build(folder / "set", seed=5, customers=200, cases=60, images=False)
    return folder


@pytest.fixture(scope="session")
def rig(small: Path) -> Rig:
    settings = Settings(casework_home=small / "home", _env_file=None)  # type: ignore[call-arg]
    labelled = opened(str(small / "set"), settings.casework_home)
    return rigged(labelled, settings, Store(settings.casework_home), CASES)


@pytest.fixture(scope="session")
def files(rig: Rig) -> tuple[CaseFile, ...]:
    return before(rig)


@pytest.fixture
def tell(rig: Rig, files: tuple[CaseFile, ...], tmp_path: Path) -> Callable[[str], Told]:
    """Rewrite a copy of the small set as the variant of that name does."""

    def told(name: str) -> Told:
        copied = Path(shutil.copy(rig.warehouse, tmp_path / "copy.duckdb"))
        connection = duckdb.connect(str(copied))
        connection.execute(f"ATTACH '{rig.warehouse}' AS old (READ_ONLY)")
        changed = VARIANTS[name].change(Copy(connection, rig.cases, files, np.random.default_rng(1)))
        return Told(changed, connection)

    return told
