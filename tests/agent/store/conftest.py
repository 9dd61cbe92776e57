"""A place that other users of this machine get to."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def office() -> Iterator[Path]:
    """A folder that others may look into: those of the test run are for its user alone."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
