from __future__ import annotations

import numpy as np
import pytest

from vision.forgery.limits import Band, Limits, Looks, look, sigmoid
from vision.forgery.views import noise_level

BANDS = (
    Band(below=-2.0, slope=0.5, offset=0.0, caught=0.1, genuine=40, edited=40),
    Band(below=99.0, slope=1.0, offset=0.5, caught=0.8, genuine=40, edited=40),
)
LIMITS = Limits(line=1.0, heat=0.5, recaptured=0.6, floor=1 / 3, side=700, pixels=2_000_000, sharpness=0.4, bands=BANDS)


def grain(sigma: float, level: float = 140.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    picture = rng.normal(level, sigma, (320, 480, 3))
    picture[::40] = 20
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def looked(rgb: np.ndarray) -> Looks:
    return look(rgb, noise_level(rgb))


@pytest.mark.parametrize(("detail", "band"), [(-9.0, 0), (-2.01, 0), (-2.0, 1), (3.0, 1), (200.0, 1)])
def test_a_picture_belongs_to_the_band_of_its_detail(detail: float, band: int) -> None:
    assert LIMITS.band(detail) == BANDS[band]


def test_a_probability_grows_with_the_score_and_stays_within_its_bounds() -> None:
    said = [BANDS[1].probability(logit) for logit in (-1e6, -1, 0, 1, 1e6)]
    assert said == sorted(said)
    assert said[0] < 1e-9
    assert said[2] == pytest.approx(0.622, abs=0.001)
    assert said[4] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("looks", "word"),
    [
        (Looks(600, 500, 1, 1, 0), "small"),
        (Looks(2000, 1500, 1, 1, 0), "megapixels"),
        (Looks(1200, 800, 0.1, 1, 0), "blurred"),
        (Looks(1200, 800, 1, 0.1, 0), "dark"),
        (Looks(800, 1200, 1, 1, 0), ""),
    ],
)
def test_each_shortcoming_has_its_sentence(looks: Looks, word: str) -> None:
    assert word in looks.shortcoming(LIMITS)
    assert bool(looks.shortcoming(LIMITS)) == bool(word)


def test_quality_is_its_weakest_part_and_falls_where_edits_hide() -> None:
    fine, coarse = (Looks(1200, 800, 1.0, 0.9, detail).quality(LIMITS) for detail in (0.0, -3.0))
    assert fine.score == 0.9
    assert coarse.score == coarse.sharpness == 0.15
    assert fine.exposure == 0.9


def test_looks_tell_grain_darkness_and_size() -> None:
    plain, quiet, dark = looked(grain(6)), looked(grain(1.5)), looked(grain(2, 12))
    assert (plain.width, plain.height) == (480, 320)
    assert plain.detail - quiet.detail == pytest.approx(2, abs=0.4)
    assert dark.exposure < 0.2 < plain.exposure


def test_a_sigmoid_never_overflows_and_keeps_its_precision() -> None:
    ends = sigmoid(np.array([-1e9, 0, 1e9], np.float32))
    assert ends[0] < 1e-9
    assert ends[1:].tolist() == [0.5, 1]
    assert ends.dtype == np.float32
    assert sigmoid(0.3) == 1 / (1 + np.exp(-0.3))
