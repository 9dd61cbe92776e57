from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from pictures import png

from vision import decode
from vision.errors import BadImage
from vision.forgery.blocks import STEP, pooled
from vision.forgery.detector import SURE_OF_OPERATOR, ForgeryModel
from vision.forgery.joint import LINE, MOST, JointForgery, hottest
from vision.forgery.net import ForgeryNet, ForgeryShape, kept
from vision.forgery.tiles import tiles
from vision.synth.capture import capture, photograph, upload
from vision.synth.documents import Rendered
from vision.synth.forge import forge
from vision.synth.resave import Save, encode

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def joint() -> JointForgery:
    return JointForgery(ForgeryModel())


def test_the_score_is_that_of_both_witnesses_and_the_marks_are_the_trees(joint: JointForgery, page: Rendered) -> None:
    data = upload(forge(photograph(page, "phone", 60), "portrait", 0).rgb, 0)
    picture, report, trees = decode.still(data), joint.inspect(data), joint.trees.inspect(data)
    logit = joint.joined(joint.trees.picture_logit(picture), joint.network_logit(picture))
    assert report.score == round(LINE.probability(logit), 4)
    assert report.verdict == "forged"
    assert (report.signals, report.heatmap_png, report.recapture) == (
        trees.signals,
        trees.heatmap_png,
        trees.recapture,
    )
    assert f"{LINE.forged:.2f}" in report.reason


def test_what_the_trees_mark_is_not_shown_where_both_call_the_picture_genuine(
    joint: JointForgery, page: Rendered, tmp_path: Path
) -> None:
    sure = ForgeryNet(ForgeryShape(stem=8, quarter=8, eighth=8, sixteenth=8))
    with torch.no_grad():
        sure.mask.weight.zero_()
        sure.mask.bias.fill_(-20)
    kept(sure, joint.network.limits.model_dump_json(), tmp_path / "sure.safetensors")
    data = upload(forge(photograph(page, "phone", 60), "portrait", 0).rgb, 0)
    assert [signal.code for signal in joint.inspect(data).signals if signal.box]
    report = JointForgery(ForgeryModel(tmp_path / "sure.safetensors")).inspect(data)
    assert (report.verdict, report.region) == ("genuine", "other")
    assert not [signal for signal in report.signals if signal.box]


def test_a_forged_picture_is_told_how_it_was_edited_where_the_network_is_sure(
    joint: JointForgery, page: Rendered
) -> None:
    data = upload(forge(photograph(page, "phone", 60), "portrait", 0).rgb, 0)
    report = joint.inspect(data)
    assert (report.verdict, report.operator) == ("forged", "portrait")
    assert report.operator_score is not None
    assert SURE_OF_OPERATOR <= report.operator_score <= 1
    clean = joint.inspect(capture(page.rgb, "phone", 1))
    assert (clean.verdict, clean.operator, clean.operator_score) == ("genuine", "", None)


def test_genuine_captures_pass(joint: JointForgery, page: Rendered) -> None:
    found = [joint.inspect(capture(page.rgb, kind, 1)).verdict for kind in ("phone", "scan")]
    assert found == ["genuine", "genuine"]


def test_reports_name_both_weight_files(joint: JointForgery, page: Rendered) -> None:
    report = joint.inspect(capture(page.rgb, "blurred", 3))
    assert report.verdict == "inconclusive"
    assert report.model == joint.version
    assert report.model.sha256 not in (joint.trees.version.sha256, joint.network.version.sha256)


def test_a_picture_too_small_for_the_trees_is_left_to_them(joint: JointForgery) -> None:
    data = png(np.random.default_rng(1).integers(0, 255, (40, 40, 3), dtype=np.uint8))
    assert joint.inspect(data) == joint.trees.inspect(data)


def test_in_a_picture_larger_than_any_measured_the_network_sees_the_hottest_tiles(
    joint: JointForgery, page: Rendered
) -> None:
    forged = upload(forge(photograph(page, "phone", 60), "portrait", 0).rgb, 0)
    desk = np.random.default_rng(2).integers(100, 110, (1700, 2900, 3)).astype(np.uint8)
    inner = decode.still(forged).rgb
    desk[300 : 300 + inner.shape[0], 800 : 800 + inner.shape[1]] = inner
    data = encode(desk, Save("jpeg", 95))
    picture, report = decode.still(data), joint.inspect(data)
    seen = joint.trees.measured(picture)
    assert seen.heat is not None
    only = hottest(seen.heat, STEP * seen.zoom, tiles(*picture.rgb.shape[:2]))
    assert len(only) == MOST < len(tiles(*picture.rgb.shape[:2]))
    logit = joint.joined(pooled(seen.heat), joint.network_says(picture, only).image)
    assert report.score == pytest.approx(LINE.probability(logit), abs=1e-4)
    assert (report.verdict, report.operator, report.model) == ("forged", "portrait", joint.version)
    assert "most suspicious tiles" in report.reason
    assert "tiles" not in joint.inspect(forged).reason


def test_the_hottest_tiles_hold_the_peaks_of_the_map() -> None:
    heat = np.zeros((60, 80), np.float32)
    heat[5, 70], heat[55, 10] = 3, 2
    found = hottest(heat, 32.0, tiles(60 * 32, 80 * 32))
    assert len(set(found)) == MOST
    for row, column in ((5, 70), (55, 10)):
        assert any(top <= row * 32 < bottom and left <= column * 32 < right for top, bottom, left, right in found[:4])


def test_no_picture_is_refused(joint: JointForgery) -> None:
    with pytest.raises(BadImage):
        joint.inspect(b"GIF89a")
