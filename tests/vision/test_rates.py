"""Every quality that has a similarity lies in one band, and what a bench prints reads again."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_faces import face_bench
from pydantic import ValidationError

from vision.face import USABLE
from vision.rates import BANDS, FaceBench, band_name, band_of


def test_bands_part_the_qualities_that_have_a_similarity() -> None:
    assert (BANDS[0], BANDS[-1]) == (USABLE, 1)
    assert [band_of(quality) for quality in (*BANDS, 0.4999, 0.7999)] == [
        *("0.25 to 0.5", "0.5 to 0.8", "0.8 to 1", "0.8 to 1"),
        *("0.25 to 0.5", "0.5 to 0.8"),
    ]


@given(st.floats(USABLE, 1))
def test_a_quality_lies_in_the_band_that_is_named(quality: float) -> None:
    (found,) = [each for each in pairwise(BANDS) if band_name(*each) == band_of(quality)]
    assert found[0] <= quality <= found[1]


def test_what_a_bench_prints_reads_again() -> None:
    rates = face_bench()
    assert FaceBench.model_validate_json(rates.model_dump_json()) == rates


@pytest.mark.parametrize("change", [{"value": 1.5}, {"low": -0.1}, {"high": float("nan")}, {"of": 0}])
def test_no_rate_lies_beyond_a_share(change: dict[str, float]) -> None:
    rates = face_bench().model_dump(mode="json")
    rates["false_match_rate"] |= change
    with pytest.raises(ValidationError):
        FaceBench.model_validate(rates)
