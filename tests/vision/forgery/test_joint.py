from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from pictures import png

from vision import decode
from vision.errors import BadImage
from vision.forgery.detector import ForgeryModel
from vision.forgery.joint import LINE, JointForgery
from vision.forgery.net import ForgeryNet, ForgeryShape, kept
from vision.synth.capture import capture, photograph, upload
from vision.synth.documents import Rendered
from vision.synth.forge import forge


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


def test_genuine_captures_pass(joint: JointForgery, page: Rendered) -> None:
    found = [joint.inspect(capture(page.rgb, kind, 1)).verdict for kind in ("phone", "scan")]
    assert found == ["genuine", "genuine"]


def test_reports_name_both_weight_files(joint: JointForgery, page: Rendered) -> None:
    report = joint.inspect(capture(page.rgb, "blurred", 3))
    assert report.verdict == "inconclusive"
    assert report.model == joint.version
    assert report.model.sha256 not in (joint.trees.version.sha256, joint.network.version.sha256)


@pytest.mark.parametrize("side", [40, 1500])
def test_what_the_network_was_not_measured_on_is_left_to_the_trees(joint: JointForgery, side: int) -> None:
    rng = np.random.default_rng(1)
    data = png(rng.integers(0, 255, (side, side, 3), dtype=np.uint8))
    assert joint.inspect(data) == joint.trees.inspect(data)


def test_no_picture_is_refused(joint: JointForgery) -> None:
    with pytest.raises(BadImage):
        joint.inspect(b"GIF89a")
