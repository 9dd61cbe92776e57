from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from vision.synth.deck import TRAIN, Recipe
from vision.train.forgery import drawn, staged

TOY = replace(TRAIN, name="toy", series=TRAIN.series[:2], heads=range(2), pipelines=("scan", "phone"))


@pytest.fixture(scope="session")
def toy() -> Recipe:
    """Few series and two rendered heads: the costly parts are drawn once."""
    return TOY


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the first ten pictures of the toy recipe."""
    folder = tmp_path_factory.mktemp("cards")
    drawn(TOY, 10, folder, processes=1)
    return folder


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scenes of the first five captures of the toy recipe."""
    return staged(TOY, 5, tmp_path_factory.mktemp("scenes"), processes=1)
