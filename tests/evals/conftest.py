"""Saved reviews of a small exchange, and their labels, made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.case import CaseFile
from agent.reviewing import review_case
from agent.settings import Settings
from agent.store import Store
from evals.cli import read_labels
from evals.world.label import Label


@pytest.fixture(scope="session")
def reviewed(exchange: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[CaseFile, Label]]:
    home = Path(shutil.copytree(exchange / "home", tmp_path_factory.mktemp("reviewed") / "home"))
    store, settings = Store(home), Settings(casework_home=home, _env_file=None)  # type: ignore[call-arg]
    labels = read_labels(exchange / "world")
    files = [review_case(store, settings, label.case_id, with_model=False) for label in labels]
    store.close()
    return list(zip(files, labels, strict=True))
