from __future__ import annotations

import numpy as np
import pytest

from vision.bench.forgery_scores import EDGES, Seen, counted
from vision.forgery.limits import Looks
from vision.train.forgery_fit import BANDS, FLOOR, fitted, platt


def seen(truth: str, image: float, detail: float, cell: float = -4.0) -> Seen:
    mask, edited = np.full((10, 10), cell, np.float32), np.zeros((10, 10), bool)
    edited[:3] = truth == "edited"
    looks = Looks(1000, 700, 1.0, 1.0, detail)
    return Seen(truth, "text", image, -2.0, "text", looks, *counted(mask, edited), 0.1)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pictures() -> list[Seen]:
    """Edits show at high detail and do not at low."""
    rng = np.random.default_rng(5)
    made = []
    for index in range(400):
        detail, truth = float(rng.uniform(-3, 0)), ("genuine", "edited")[index % 2]
        shift = 4.0 if truth == "edited" and detail > -1.5 else 0.0
        made.append(seen(truth, float(rng.normal(shift, 1)), detail, float(rng.normal(-4, 1))))
    return made


def test_a_logistic_curve_finds_the_odds_it_was_drawn_from() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 2, 5000).astype(np.float32)
    edited = (rng.random(5000) < 1 / (1 + np.exp(-(0.8 * scores - 0.5)))).astype(np.float32)
    slope, offset = platt(scores, edited)
    assert (slope, offset) == (pytest.approx(0.8, abs=0.07), pytest.approx(-0.5, abs=0.1))


def test_classes_that_do_not_overlap_have_a_finite_curve() -> None:
    slope, offset = platt(np.array([-2.0, -1, 1, 2], np.float32), np.array([0.0, 0, 1, 1], np.float32))
    assert 0 < slope < 20
    assert abs(offset) < 1


def test_a_curve_through_few_scattered_scores_does_not_run_away() -> None:
    rng = np.random.default_rng(1)
    for _ in range(40):
        edited = np.repeat([0.0, 1.0], 26).astype(np.float32)
        scores = (rng.normal(1, 2, 52) + rng.exponential(2, 52) * edited).astype(np.float32)
        slope, offset = platt(scores, edited)
        assert 0 < slope < 3
        assert abs(offset) < 5


def test_thresholds_hang_on_genuine_captures_alone(pictures: list[Seen]) -> None:
    limits = fitted(pictures)
    genuine = [one for one in pictures if one.truth == "genuine"]
    assert np.mean([one.image >= limits.line for one in genuine]) == pytest.approx(0.02, abs=0.01)
    others = [seen("edited", 50.0, one.looks.detail) for one in pictures if one.truth == "edited"]
    moved = fitted([*genuine, *others])
    assert (moved.line, moved.heat, moved.recaptured) == (limits.line, limits.heat, limits.recaptured)


def test_a_cell_counts_as_edited_where_few_genuine_cells_do(pictures: list[Seen]) -> None:
    limits = fitted(pictures)
    cells = sum(one.outside for one in pictures if one.truth == "genuine")
    assert cells[EDGES[:-1] >= limits.heat].sum() <= 0.002 * cells.sum()
    assert limits.heat < 3


def test_a_quality_at_which_edits_hide_is_told_from_one_at_which_they_show(pictures: list[Seen]) -> None:
    limits = fitted(pictures)
    assert len(limits.bands) == BANDS
    assert limits.bands[0].caught < FLOOR < limits.bands[-1].caught
    assert sum(band.genuine + band.edited for band in limits.bands) == 400
    verdicts = {one.verdict(limits) for one in pictures if one.looks.detail < -2.4}
    assert "genuine" not in verdicts


def test_sizes_that_validation_never_saw_are_beyond_the_limits(pictures: list[Seen]) -> None:
    limits = fitted(pictures)
    assert (limits.side, limits.pixels) == (1000, 700_000)
