from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from vision.synth.deal import draw
from vision.synth.deck import Recipe
from vision.train.forgery_pictures import opened, read, stored

pytestmark = pytest.mark.heavy


def test_what_is_kept_is_what_was_drawn(cache: Path, toy: Recipe) -> None:
    for index in (0, 3, 6):
        drawn, there = draw(toy, index), stored(toy, index, cache)
        assert there.data == drawn.data
        assert (there.truth, there.operator or None, there.pipeline) == (drawn.truth, drawn.operator, drawn.pipeline)
        assert (there.mask is None) == (drawn.mask is None)
        if there.mask is not None:
            assert np.array_equal(there.mask, drawn.mask)


def test_masks_have_the_shape_of_their_picture(cache: Path) -> None:
    pictures = [read(path) for path in (cache / "toy").glob("*.npz")]
    assert Counter(one.truth == "edited" for one in pictures)[True] >= 2
    for one in pictures:
        rgb, steps = opened(one.data)
        assert len(steps) in (0, 64)
        assert one.mask is None or one.mask.shape == rgb.shape[:2]
