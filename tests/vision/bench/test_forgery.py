"""The bench measures the detector as it answers."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from vision.bench.cards import Cards
from vision.bench.forgery import DIRECT, block_trees, examined, joint_figures, measure
from vision.bench.forgery_scores import Seen
from vision.forgery.blocks import BlockForgery
from vision.forgery.detector import ForgeryModel
from vision.forgery.limits import Looks
from vision.forgery.net import ForgeryNet, ForgeryShape
from vision.image import decode
from vision.synth.deal import draw
from vision.synth.deck import ALL_OUT
from vision.train.forgery_pictures import Kept


def kept(side: int) -> Kept:
    rgb, buffer = np.random.default_rng(side).integers(0, 255, (side, side, 3), np.uint8), io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG")
    return Kept(buffer.getvalue(), b"", (0, 0), "genuine", "", "", "", "", "")


def test_recapture_is_what_the_trees_say_where_they_are_given() -> None:
    net, trees = ForgeryNet(ForgeryShape(stem=8, quarter=8, eighth=8, sixteenth=8)).eval(), BlockForgery()
    large = kept(288)
    assert examined(net, large, trees).recapture == trees.recapture_logit(decode(large.data))
    assert examined(net, large).recapture != examined(net, large, trees).recapture
    assert examined(net, kept(96), trees).recapture == pytest.approx(DIRECT)


def seen(truth: str, image: float, trees: float | None) -> Seen:
    nothing = np.zeros(4, np.int64)
    return Seen(truth, "", image, -3.0, "", Looks(1000, 800, 1, 1, 0), nothing, nothing, 0.5, trees)  # type: ignore[arg-type]


def test_both_witnesses_together_are_measured_and_the_trees_alone() -> None:
    said = [
        seen("genuine", -1.0, 3.0),
        seen("genuine", -1.0, -1.0),
        seen("edited", 9.0, 2.0),
        seen("edited", -4.0, None),
    ]
    trees, joint = block_trees(said, draws=50), joint_figures(said, draws=50)
    assert trees is not None
    assert trees.value == pytest.approx(0.25)
    assert joint.area is not None
    assert joint.area.value == pytest.approx(0.5)
    assert (joint.false_alarms, joint.caught) == (0.0, 0.5)


def test_a_named_edit_is_counted_where_both_call_it_forged_and_the_guess_is_sure() -> None:
    told = {"operator": "text", "guess": "text", "sure": 0.9}
    forged = seen("edited", 9.0, 2.0)
    said = [
        replace(forged, **told),
        replace(forged, **told | {"guess": "digit"}),
        replace(forged, **told | {"sure": 0.4}),
        replace(seen("edited", -9.0, -2.0), **told),
    ]
    joint = joint_figures(said, draws=50)
    assert (joint.named.value, joint.named.of) == (pytest.approx(2 / 3), 3)
    assert (joint.named_rightly.value, joint.named_rightly.of) == (0.5, 2)


def test_pictures_that_are_false_as_a_whole_are_counted_by_kind() -> None:
    said = [
        seen("genuine", -1.0, -1.0),
        replace(seen("fabricated", 9.0, 2.0), fabrication="synthetic"),
        replace(seen("fabricated", -9.0, -2.0), fabrication="metadata"),
    ]
    joint = joint_figures(said, draws=50)
    assert joint.fabricated is not None
    assert joint.fabricated.value == pytest.approx(0.5)
    assert {kind: one.value for kind, one in joint.fabricated_caught.items()} == {"metadata": 0.0, "synthetic": 1.0}
    assert joint.area is None


def test_a_set_tells_what_is_false_about_its_fabricated_pictures() -> None:
    made = draw(replace(ALL_OUT, truths={"fabricated": 1.0}), 0)
    cards = Cards("all_out", (made,), "", unchanged=False)
    figures = measure(ForgeryModel(), cards, draws=20)
    assert list(figures.joint.fabricated_caught) == [made.fabrication]


def test_no_picture_has_no_area() -> None:
    assert block_trees([]) is None
    assert joint_figures([]).area is None
