from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from vision.decode import still
from vision.synth.capture import KINDS, capture, decode, exported, messenger, photograph, shoot, upload
from vision.synth.documents import Rendered, render
from vision.synth.portraits import stand_in


def detail(rgb: np.ndarray) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_an_upright_jpeg_of_about_the_pages_size(passport: Rendered, kind: str) -> None:
    picture = still(capture(passport.rgb, kind, seed=4))
    assert picture.format == "JPEG"
    assert 0.85 < picture.rgb.shape[1] / passport.rgb.shape[1] < 1.25
    assert picture.quantisation


def test_captures_are_deterministic_and_seeds_differ(passport: Rendered) -> None:
    assert capture(passport.rgb, "phone", 4) == capture(passport.rgb, "phone", 4)
    assert capture(passport.rgb, "phone", 4) != capture(passport.rgb, "phone", 5)


def test_only_the_blurred_kind_loses_its_detail(passport: Rendered) -> None:
    sharp = {kind: detail(decode(capture(passport.rgb, kind, 4))) for kind in KINDS}
    assert all(sharp[kind] > 5 * sharp["blurred"] for kind in KINDS if kind != "blurred")


def test_colours_survive_the_sensor(passport: Rendered) -> None:
    painted = passport.rgb.copy()
    painted[200:500, 100:300] = (220, 40, 30)
    shot = shoot(painted, "scan", 1)
    x, y = shot.pose.forward(np.array([[200.0, 350.0]]))[0].astype(int)
    red, green, blue = shot.rgb[y, x].astype(int)
    assert red > 150 > 90 > max(green, blue)


@pytest.mark.parametrize("seed", range(8))
def test_an_exported_page_lies_where_its_pose_says(passport: Rendered, seed: int) -> None:
    shot = exported(passport.rgb, np.random.default_rng(seed))
    assert shot.pose.size == shot.rgb.shape[1::-1]
    back = cv2.warpPerspective(
        shot.rgb, shot.pose.plane, passport.rgb.shape[1::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    inner = np.s_[8:-8, 8:-8]
    assert np.corrcoef(back[inner].ravel(), passport.rgb[inner].ravel())[0, 1] > 0.9


def test_an_exported_page_has_no_grain_or_the_same_everywhere() -> None:
    grey = np.full((600, 800, 3), 128, np.uint8)
    shots = [exported(grey, np.random.default_rng(seed)).rgb for seed in range(12)]
    assert 0 < sum(shot[120:-120, 120:-120].std() == 0 for shot in shots) < len(shots)
    for shot in shots:
        inner = shot[120:-120, 120:-120].astype(float)
        left, right = (part.std(axis=0).mean() for part in np.split(inner[:, : inner.shape[1] // 2 * 2], 2, axis=1))
        assert left == pytest.approx(right, abs=0.2)


def test_exported_pages_differ_in_scale_and_frame(passport: Rendered) -> None:
    planes = [exported(passport.rgb, np.random.default_rng(seed)).pose.plane for seed in range(12)]
    scales = [plane[0, 0] for plane in planes]
    assert min(scales) < 0.9 < 1.1 < max(scales)
    assert 0 < sum(plane[0, 2] > 2 for plane in planes) < 12


def test_boxes_follow_the_page_into_the_photograph(passport: Rendered, photo: Rendered) -> None:
    other = render(passport.holder, passport.issue, stand_in(99), seed=1)
    moved = photograph(other, "phone", seed=5)
    changed = cv2.absdiff(moved.rgb, photo.rgb).max(axis=2) > 60
    box = photo.boxes["portrait"]
    window = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
    assert changed[window].sum() > 0.8 * changed.sum()
    for box in photo.boxes.values():
        assert box.x + box.width <= photo.rgb.shape[1]
        assert box.y + box.height <= photo.rgb.shape[0]


@pytest.mark.parametrize("kind", ["screen", "print"])
def test_a_recapture_leaves_a_pattern_on_bare_paper_that_a_photograph_lacks(kind: str) -> None:
    bare = np.full((600, 800, 3), 190, np.uint8)

    def peak(kind: str, seed: int) -> float:
        colour = shoot(bare, kind, seed).rgb[150:406, 250:506].astype(np.float32)
        spectrum = np.abs(
            np.fft.rfft2((colour - colour.mean(axis=(0, 1))) * np.hanning(256)[:, None, None], axes=(0, 1))
        )
        return float(np.log(spectrum[5:-5, 5:].max() / np.median(spectrum)))

    assert (
        np.median([peak(kind, seed) for seed in range(5)]) > np.median([peak("phone", seed) for seed in range(5)]) + 0.5
    )


def test_uploads_and_messages_are_saved_at_their_qualities(photo: Rendered) -> None:
    data = upload(photo.rgb, 2)
    sent = messenger(data, 2)
    assert decode(data).shape == photo.rgb.shape
    assert decode(sent).shape[1] < 0.92 * photo.rgb.shape[1]
    assert len(sent) < 0.7 * len(data)
    assert Image.open(io.BytesIO(sent)).format == "JPEG"
