import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.bench.wilson import share


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (38, 40, 0.835, 0.986),
        (1, 200, 0.0009, 0.0278),
    ],
)
def test_the_interval_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    found = share(count, of)
    assert (found.low, found.high, found.of) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3), of)
    assert found.low <= found.value <= found.high


def test_more_trials_tell_more() -> None:
    few, many = share(0, 20), share(0, 800)
    assert many.high < 0.005 < few.high


@given(of=st.integers(1, 5000), part=st.floats(0, 1))
def test_an_interval_holds_its_share(of: int, part: float) -> None:
    found = share(int(of * part), of)
    assert 0 <= found.low <= found.value + 1e-9
    assert found.value <= found.high + 1e-9 <= 1 + 2e-9
