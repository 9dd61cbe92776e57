from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.bench.forgery_scores import (
    EDGES,
    Seen,
    area,
    calibration_chance,
    calibration_error,
    counted,
    f1,
    figures,
    interval,
)
from vision.forgery.limits import Band, Limits, Looks
from vision.types import Verdict

LIMITS = Limits(
    line=1.0, heat=0.0, recaptured=0.5, floor=0.3, side=600, pixels=4_000_000, sharpness=0.3,
    bands=(
        Band(below=-2, slope=1, offset=0, caught=0.1, genuine=9, edited=9),
        Band(below=99, slope=1, offset=0, caught=0.9, genuine=9, edited=9),
    ),
)  # fmt: skip


def seen(truth: str, image: float, detail: float = 0.0, operator: str = "", hot: float = -9.0) -> Seen:
    mask = np.full((4, 4), -9.0, np.float32)
    edited = np.zeros((4, 4), bool)
    edited[:2] = truth == "edited"
    mask[edited] = hot
    return Seen(truth, operator, image, -3.0, operator, Looks(1000, 800, 1, 1, detail), *counted(mask, edited), 0.5)  # type: ignore[arg-type]


scores = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=30)


@settings(deadline=None, max_examples=60)
@given(scores, scores)
def test_the_area_is_the_share_of_pairs_in_the_right_order(clean: list[float], edited: list[float]) -> None:
    found = area(np.array(clean, np.float32), np.array(edited, np.float32))
    assert found == pytest.approx(np.mean([(high > low) + (high == low) / 2 for low in clean for high in edited]))


def test_an_interval_holds_its_area_and_knows_the_easy_case() -> None:
    rng = np.random.default_rng(0)
    found = interval(list(rng.normal(0, 1, 60)), list(rng.normal(1, 1, 50)), 200)
    assert found
    assert found.low < found.value < found.high
    assert found.pictures == 50
    easy = interval([0.0] * 9, [1.0] * 9, 20)
    assert easy
    assert (easy.low, easy.value, easy.high) == (1, 1, 1)
    assert interval([], [1.0]) is None


def test_f1_of_counted_cells_is_that_of_the_cells_themselves() -> None:
    rng = np.random.default_rng(3)
    mask, edited = rng.normal(0, 3, (40, 50)).astype(np.float32), rng.random((40, 50)) < 0.2
    curve = f1(*counted(mask, edited))
    for index in (100, 240, 260):
        called = mask >= EDGES[index]
        assert curve[index] == pytest.approx(2 * (called & edited).sum() / (called.sum() + edited.sum()), abs=0.002)


def test_calibration_is_perfect_where_probabilities_are_shares() -> None:
    probability = np.repeat(np.arange(0.05, 1, 0.1), 100).astype(np.float32)
    edited = np.concatenate([np.arange(100) < round(100 * share) for share in np.arange(0.05, 1, 0.1)])
    assert calibration_error(probability, edited) < 1e-6
    assert calibration_error(np.ones(50, np.float32), np.zeros(50, bool)) == 1


def test_chance_alone_makes_few_pictures_look_miscalibrated() -> None:
    few, many = (np.linspace(0.02, 0.98, count).astype(np.float32) for count in (110, 5000))
    assert 0.05 < calibration_chance(few, 200) < 0.12
    assert calibration_chance(many, 200) < 0.02
    assert calibration_chance(np.ones(30, np.float32), 5) == 0


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (seen("genuine", 0.9), "genuine"),
        (seen("genuine", 1.0), "forged"),
        (seen("edited", 5.0, detail=-3.0), "forged"),
        (seen("edited", 0.5, detail=-3.0), "inconclusive"),
        (replace(seen("edited", 5.0), looks=Looks(500, 400, 1, 1, 0)), "inconclusive"),
    ],
)
def test_a_verdict_waits_for_a_band_that_can_tell(one: Seen, verdict: Verdict) -> None:
    assert one.verdict(LIMITS) == verdict


def test_figures_count_what_was_answered_and_what_was_not() -> None:
    pictures = [
        seen("genuine", 0.0), seen("genuine", 2.0), seen("genuine", 0.5, detail=-3.0), seen("recaptured", 9.0),
        seen("edited", 3.0, operator="text", hot=5.0), seen("edited", 0.2, operator="digit"),
    ]  # fmt: skip
    found = figures("toy", pictures, LIMITS, draws=20)
    assert (found.genuine, found.edited) == (3, 2)
    assert (found.false_alarms, found.caught, found.inconclusive) == (pytest.approx(1 / 3), 0.5, 0.2)
    assert found.right_or_inconclusive == pytest.approx(0.6)
    assert {name: one.value for name, one in found.operators.items()} == {"digit": pytest.approx(1 / 3), "text": 1.0}
    assert found.pixel_f1 == pytest.approx(2 * 8 / (16 + 8))
    assert found.pixel_f1 <= found.oracle_f1
    assert found.named_rightly == 1
    assert found.area
    assert found.area.value == pytest.approx(4 / 6)


def test_a_set_without_edited_pictures_has_no_area() -> None:
    found = figures("empty", [seen("genuine", 0.0)], LIMITS, draws=5)
    assert found.area is None
    assert found.operators == {}
    assert np.isnan(found.caught)
