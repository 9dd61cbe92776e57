from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.synth.capture.pose import FLAT, Pose, background, illumination, lie
from vision.types import Box

PAGE = (600, 420)


def pose(seed: int, flat: bool = False) -> Pose:
    return lie(PAGE, (0.9, 1.1), flat, np.random.default_rng(seed))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(20, 580), st.floats(20, 400))
def test_the_way_there_and_the_way_back_agree(seed: int, x: float, y: float) -> None:
    lying = pose(seed)
    column, row = np.rint(lying.forward(np.array([[x, y]])))[0].astype(int)
    across, down = lying.places(Box(x=int(column), y=int(row), width=1, height=1))
    assert abs(across[0, 0] - x) < 1.2
    assert abs(down[0, 0] - y) < 1.2


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_moved_box_holds_the_mask_of_the_box(seed: int) -> None:
    lying = pose(seed)
    flat = np.zeros((PAGE[1], PAGE[0]), np.bool_)
    flat[100:180, 150:390] = True
    mask, box = lying.mask(flat), lying.moved(Box(x=150, y=100, width=240, height=80))
    outside = mask.copy()
    outside[box.y : box.y + box.height, box.x : box.x + box.width] = False
    assert mask.any()
    assert not outside.any()
    assert mask.sum() > 0.6 * box.width * box.height


def test_a_window_of_places_is_cut_from_the_whole() -> None:
    lying = pose(3)
    across, down = lying.places()
    part = lying.places(Box(x=40, y=30, width=50, height=20))
    np.testing.assert_allclose(part[0], across[30:50, 40:90], atol=1e-2)
    np.testing.assert_allclose(part[1], down[30:50, 40:90], atol=1e-2)


def test_a_scanner_lies_flat_and_some_pages_before_a_camera_bend() -> None:
    assert all(pose(seed, flat=True).bend == FLAT for seed in range(12))
    assert any(pose(seed).bend != FLAT for seed in range(12))
    corner = np.array([[0.0, 0.0]])
    for seed in range(5):
        scanned, filmed = pose(seed, flat=True), pose(seed)
        assert abs(scanned.plane[2, :2]).max() < abs(filmed.plane[2, :2]).max()
        assert (scanned.forward(corner) >= -1).all()


def test_a_scaled_pose_has_more_pixels_and_the_same_page() -> None:
    lying = pose(4)
    large = lying.scaled(1.5)
    point = np.array([[300.0, 200.0]])
    assert large.size[0] == lying.size[0] * 3 // 2 // 2 * 2
    shares = [np.array(view.forward(point)[0] + 0.5) / view.size for view in (lying, large)]
    np.testing.assert_allclose(shares[0], shares[1], atol=1e-6)


def test_pictures_have_an_even_number_of_pixels_a_side() -> None:
    assert all(side % 2 == 0 for seed in range(8) for side in pose(seed).size)


def test_light_is_even_under_a_lid_and_uneven_elsewhere() -> None:
    spread = {
        flat: np.median(
            [np.ptp(illumination((320, 240), flat, np.random.default_rng(seed))[..., 1]) for seed in range(9)]
        )
        for flat in (True, False)
    }
    assert spread[True] < 0.1 < spread[False]


def test_backgrounds_are_bright_under_a_lid_and_dark_beside_a_display() -> None:
    rng = np.random.default_rng(0)
    assert background((60, 40), rng, lid=True, dark=False).mean() > 220
    assert background((60, 40), rng, lid=False, dark=True).mean() < 60
    assert background((60, 40), rng, lid=False, dark=False).shape == (40, 60, 3)
