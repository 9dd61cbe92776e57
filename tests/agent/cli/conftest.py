"""The drafts of a small exchange, made once for all tests of what people do with drafts."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from agent.session import review_case
from agent.settings import Settings
from agent.store import Store


@pytest.fixture(scope="session")
def reviewed(exchange: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which every case of the exchange has its draft. Nobody may write to it."""
    home = Path(shutil.copytree(exchange / "home", tmp_path_factory.mktemp("reviewed") / "home"))
    settings = Settings(casework_home=home, _env_file=None)  # type: ignore[call-arg]
    with closing(Store(home)) as store:
        for row in store.queue():
            review_case(store, settings, row.case_id, with_model=False)
    return home


@pytest.fixture
def drafts(reviewed: Path, home: Path) -> Path:
    """This test's own home, with the drafts in it."""
    return Path(shutil.copytree(reviewed, home, dirs_exist_ok=True))
