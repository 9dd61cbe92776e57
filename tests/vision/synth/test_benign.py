from __future__ import annotations

import cv2
import numpy as np

from vision.synth.benign import BENIGN, HIDEABLE, decorated
from vision.synth.capture import Photograph


def test_every_harmless_change_changes_something_and_is_always_the_same(photo: Photograph) -> None:
    for way in BENIGN:
        made, again = (decorated(photo, way, np.random.default_rng(3)) for _ in range(2))
        assert made.shape == photo.rgb.shape
        assert np.array_equal(made, again)
        assert not np.array_equal(made, photo.rgb)


def test_brightness_changes_everything_by_one_curve(photo: Photograph) -> None:
    made = decorated(photo, "brightness", np.random.default_rng(1))
    for level in (60, 120, 180):
        assert len(np.unique(made[photo.rgb == level])) == 1


def test_a_bar_lies_on_fields_alone(photo: Photograph) -> None:
    made = decorated(photo, "redaction", np.random.default_rng(2))
    changed = cv2.absdiff(made, photo.rgb).max(axis=2) > 0
    for name in HIDEABLE:
        box = photo.boxes[name]
        changed[max(box.y - 8, 0) : box.y + box.height + 8, max(box.x - 8, 0) : box.x + box.width + 8] = False
    assert not changed.any()


def test_a_bar_never_covers_an_edit(photo: Photograph) -> None:
    edited = np.zeros(photo.rgb.shape[:2], np.bool_)
    for name in HIDEABLE:
        box = photo.boxes[name]
        edited[box.y : box.y + box.height, box.x : box.x + box.width] = True
    for seed in range(4):
        assert np.array_equal(decorated(photo, "redaction", np.random.default_rng(seed), edited), photo.rgb)


def test_a_watermark_lets_the_picture_through(photo: Photograph) -> None:
    made = decorated(photo, "watermark", np.random.default_rng(4))
    changed = cv2.absdiff(made, photo.rgb).max(axis=2) > 6
    assert 0.002 < changed.mean() < 0.3
    assert np.corrcoef(made[changed].mean(axis=1), photo.rgb[changed].mean(axis=1))[0, 1] > 0.5
