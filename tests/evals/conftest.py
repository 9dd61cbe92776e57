"""Saved reviews of a small exchange and a run over it, made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.case import CaseFile
from agent.session import review_case
from agent.settings import Settings
from agent.store import Store
from evals.cases import opened, read
from evals.runs import Run
from evals.runs.making import run
from evals.runs.workers import Way
from evals.scored import Scored, scored
from evals.scorers.decision import read_costs
from evals.world.label import Label


@pytest.fixture(scope="session")
def reviewed(exchange: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[CaseFile, Label]]:
    home = Path(shutil.copytree(exchange / "home", tmp_path_factory.mktemp("reviewed") / "home"))
    store, settings = Store(home), Settings(casework_home=home, _env_file=None)  # type: ignore[call-arg]
    _, labels = read(exchange / "world")
    files = [review_case(store, settings, label.case_id, with_model=False) for label in labels]
    store.close()
    return list(zip(files, labels, strict=True))


@pytest.fixture(scope="session")
def reviews(reviewed: list[tuple[CaseFile, Label]]) -> list[Scored]:
    """What those reviews score."""
    costs = read_costs()
    return [scored(file, label, costs) for file, label in reviewed]


@pytest.fixture(scope="session")
def ran_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the run; tests may read it, and make further runs in it."""
    return tmp_path_factory.mktemp("ran")


@pytest.fixture(scope="session")
def ran(exchange: Path, ran_home: Path) -> Run:
    """A run without a model over the exchange, by one worker process."""
    settings = Settings(casework_home=ran_home, _env_file=None)  # type: ignore[call-arg]
    return run(opened(str(exchange / "world"), ran_home), Way(settings, "template"), processes=1)
