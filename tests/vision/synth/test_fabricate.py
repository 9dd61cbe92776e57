from __future__ import annotations

import numpy as np

from vision.synth.documents import Rendered
from vision.synth.fabricate import (
    CHANGED,
    DETAILS,
    EDITORS,
    SOFTWARE,
    TAKEN,
    camera_exif,
    edited_exif,
    grey_copy,
    synthetic,
)


def test_a_copy_is_grey_and_steep(passport: Rendered) -> None:
    copy = grey_copy(passport.rgb, np.random.default_rng(1))
    assert np.ptp(copy.astype(int), axis=2).max() == 0
    assert copy.std() > passport.rgb.mean(axis=2).std()


def test_a_synthetic_page_lies_where_its_pose_says(passport: Rendered) -> None:
    shot = synthetic(passport.rgb, np.random.default_rng(2))
    assert shot.rgb.shape[1::-1] == shot.pose.size
    box, flat = passport.boxes["mrz"], passport.rgb
    moved = shot.pose.moved(box)
    seen = shot.rgb[moved.y : moved.y + moved.height, moved.x : moved.x + moved.width]
    drawn = flat[box.y : box.y + box.height, box.x : box.x + box.width]
    assert abs(float(seen.mean()) - float(drawn.mean())) < 25


def test_cameras_write_no_editor_and_no_contradiction() -> None:
    for seed in range(5):
        exif = camera_exif(np.random.default_rng(seed))
        assert SOFTWARE not in exif
        assert exif[CHANGED] == exif.get_ifd(DETAILS)[TAKEN]


def test_edited_metadata_name_an_editor_and_contradict_themselves() -> None:
    for seed in range(5):
        exif = edited_exif(np.random.default_rng(seed))
        changed, taken = exif[CHANGED], exif.get_ifd(DETAILS)[TAKEN]
        assert exif[SOFTWARE] in EDITORS
        assert len(changed) == len(taken) == len("2024:01:31 10:20:30")
        assert changed < taken, "years come first, so text sorts as time does"
