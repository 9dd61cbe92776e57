"""Clips of two rendered heads that chose no limit and trained no model, made once for all tests that look at clips."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from vision.synth.clips import ClipKind, Script, clip

PERSON, OTHER = 61_003, 61_004
Recorded = Callable[[ClipKind], bytes]


@pytest.fixture(scope="session")
def recorded() -> Recorded:
    """A clip of each kind of somebody who turns to their left; the swapped one ends with somebody else."""

    @cache
    def make(kind: ClipKind) -> bytes:
        return clip(Script(PERSON, 2, "turn_left", kind, OTHER))

    return make
