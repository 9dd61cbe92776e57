"""One passport, drawn once and shared: nothing here writes to it."""

from __future__ import annotations

from datetime import date

import pytest

from vision.synth.capture import photograph
from vision.synth.documents import Holder, Issue, Rendered, render
from vision.synth.portraits import stand_in


@pytest.fixture(scope="session")
def holder() -> Holder:
    return Holder("Öztürk-Moreno", "Anna Maria", date(1987, 6, 5), "F", "DEU", "X4RT7781K")


@pytest.fixture(scope="session")
def passport(holder: Holder) -> Rendered:
    return render(holder, Issue("passport", 3, date(2021, 2, 3), date(2031, 2, 2)), stand_in(3), seed=1)


@pytest.fixture(scope="session")
def photo(passport: Rendered) -> Rendered:
    return photograph(passport, "phone", seed=5)
