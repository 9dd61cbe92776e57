import math

import duckdb
import pytest

from tools.vectors import squared, unit


@pytest.mark.parametrize(
    ("vector", "comparable"),
    [
        ([1.0, 0.0], True),
        ([0.6, -0.8], True),
        ([1.009, 0.0], True),
        ([0.98, 0.0], False),
        ([1.02, 0.0], False),
        ([0.0, 0.0], False),
        ([math.nan, 1.0], False),
        ([-math.inf, 0.0], False),
        ([1e30, 0.0], False),
        (None, None),
    ],
)
def test_a_vector_can_be_compared_where_its_length_is_1(vector, comparable):
    asked = f"SELECT {unit(squared('v'))} FROM (SELECT $v::FLOAT[2] AS v)"
    assert duckdb.execute(asked, {"v": vector}).fetchone() == (comparable,)
