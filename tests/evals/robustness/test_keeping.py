"""What is kept is given out as it was, a failure with whose fault it is."""

import time
from typing import Any, get_args

import pytest

from agent.nodes import ask
from evals.robustness.keeping import keeping
from tools.evidence import Fault, Provenance, Unavailable


@pytest.mark.parametrize("fault", get_args(Fault))
def test_a_failure_is_whose_it_was(tiny: Any, fault: Fault) -> None:
    was = Unavailable(
        id="E1", tool="one", reason="not assessed", fault=fault, provenance=Provenance(tool="one", version="1")
    )
    entry = ask(keeping(tiny.desk(), {"one": was}), tiny.case, "one", "E1", time.monotonic() + 5)
    assert isinstance(entry, Unavailable)
    assert entry.fault == fault
    assert entry.reason.startswith("not assessed; ")
    assert tiny.asked == []
