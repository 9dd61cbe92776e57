import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.wilson import share


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


def test_it_agrees_with_a_published_example() -> None:
    found = share(81, 263)
    assert (round(found.low, 4), round(found.high, 4), found.count) == (0.2553, 0.3662, 81)


def test_more_than_all_is_no_share() -> None:
    with pytest.raises(ValueError, match="5 of 4"):
        share(5, 4)


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_higher_confidence_is_wider(count: int, others: int) -> None:
    found, wider = share(count, count + others), share(count, count + others, z=3.0)
    assert found.count == count
    assert wider.low <= found.low + 1e-12
    assert wider.high >= found.high - 1e-12
