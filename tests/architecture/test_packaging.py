"""What is installed is whole: a wheel holds every file that the packages read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"][
    "package-data"
]


def files_of(package: str) -> set[Path]:
    """Everything in a package but code."""
    found = (ROOT / package).rglob("*")
    return {path for path in found if path.is_file() and path.suffix != ".py" and path.parent.name != "__pycache__"}


@pytest.mark.parametrize("package", ["agent", "tools", "vision", "evals", "prompts"])
def test_every_file_beside_the_code_is_packed_by_a_pattern_and_every_pattern_packs_one(package: str) -> None:
    packed = {pattern: {path for path in (ROOT / package).glob(pattern)} for pattern in DATA[package]}
    assert files_of(package) - set().union(*packed.values()) == set()
    assert [pattern for pattern, paths in packed.items() if not paths] == []
