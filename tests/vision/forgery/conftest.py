"""The document whose pictures the tests of detectors look at."""

from __future__ import annotations

from datetime import date

import pytest

from vision.synth.documents import Holder, Issue, Rendered, render
from vision.synth.portraits import stand_in


@pytest.fixture(scope="session")
def page() -> Rendered:
    holder = Holder("Lindqvist", "Mira", date(1990, 5, 17), "F", "SWE", "K41TRX882")
    return render(holder, Issue("passport", 4, date(2020, 3, 1), date(2030, 2, 28)), stand_in(8), seed=2)
