"""Simulated reviewers: seeded, near the ideal, and further from it the more doubtful a story is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.case import DISPOSITIONS
from evals.world.label import Label, opinions

LABEL = {
    "case_id": "C-1", "customer_id": "U1", "story": "mule", "is_fraud": True, "ideal": "escalate",
    "proof": ("flow.in_out_hours",), "intolerable": True, "doubt": 0.1,
    "reviewers": ("escalate", "escalate", "reject"), "what_happened": "Money ran through.",
}  # fmt: skip


@given(st.sampled_from(DISPOSITIONS), st.floats(0, 1), st.integers(0, 2**31))
def test_nobody_strays_further_than_one_step(ideal, doubt, seed):
    for opinion in opinions(ideal, doubt, np.random.default_rng(seed)):
        assert abs(DISPOSITIONS.index(opinion) - DISPOSITIONS.index(ideal)) <= 1


@given(st.sampled_from(DISPOSITIONS), st.integers(0, 2**31))
def test_without_doubt_all_agree_and_with_certainty_of_error_none(ideal, seed):
    assert set(opinions(ideal, 0.0, np.random.default_rng(seed))) == {ideal}
    assert ideal not in opinions(ideal, 1.0, np.random.default_rng(seed))


@given(st.sampled_from(DISPOSITIONS), st.floats(0, 1), st.integers(0, 2**31))
def test_equal_seeds_give_equal_opinions(ideal, doubt, seed):
    first, second = (opinions(ideal, doubt, np.random.default_rng(seed)) for _ in range(2))
    assert first == second


def test_the_lenient_and_the_strict_lean_their_ways():
    assert opinions("request_information", 1.0, np.random.default_rng(0))[::2] == ("request_resubmission", "escalate")


@pytest.mark.parametrize(
    "wrong",
    [
        {"ideal": "shrug"},
        {"proof": ("nonsense",)},
        {"doubt": 2},
        {"what_happened": ""},
        {"reviewers": ()},
        {"is_fraud": "yes"},
        {"is_fraud": 1},
        {"intolerable": "true"},
        {"is_fraud": False},
        {"is_fraud": None},
        {"is_fraud": None, "intolerable": False},
        {"ideal": "approve"},
    ],
)
def test_a_wrong_label_is_refused(wrong):
    assert Label.model_validate(LABEL).story == "mule"
    with pytest.raises(ValidationError):
        Label.model_validate(LABEL | wrong)


def test_people_may_leave_open_whether_it_is_fraud_and_are_as_many_as_they_are():
    told = {"doubt": None, "is_fraud": None, "intolerable": False, "reviewers": ("approve", "reject")}
    label = Label.model_validate(LABEL | told)
    assert (label.decided, label.reviewers) == (True, ("approve", "reject"))
    assert not Label.model_validate(LABEL).decided
    with pytest.raises(ValidationError, match="is_fraud is not true"):
        Label.model_validate(LABEL | told | {"intolerable": True})


def test_a_label_does_not_change():
    with pytest.raises(ValidationError):
        Label.model_validate(LABEL).is_fraud = False
