"""The bench measures the detector as it answers."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from vision.bench.forgery import DIRECT, examined
from vision.forgery.blocks import BlockForgery
from vision.forgery.net import ForgeryConfig, ForgeryNet
from vision.image import decode
from vision.train.forgery_pictures import Kept


def kept(side: int) -> Kept:
    rgb, buffer = np.random.default_rng(side).integers(0, 255, (side, side, 3), np.uint8), io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG")
    return Kept(buffer.getvalue(), b"", (0, 0), "genuine", "", "", "", "", "")


def test_recapture_is_what_the_trees_say_where_they_are_given() -> None:
    net, trees = ForgeryNet(ForgeryConfig(stem=8, quarter=8, eighth=8, sixteenth=8)).eval(), BlockForgery()
    large = kept(288)
    assert examined(net, large, trees).recapture == trees.recapture_logit(decode(large.data))
    assert examined(net, large).recapture != examined(net, large, trees).recapture
    assert examined(net, kept(96), trees).recapture == pytest.approx(DIRECT)
