from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from pictures import png
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from vision import weights
from vision.errors import BadImage, WeightsError
from vision.forgery.blocks import (
    INKED,
    POOL,
    BlockForgery,
    BlockLimits,
    BlockLooks,
    pooled,
    shrunk,
    smoothed,
)
from vision.forgery.features import blocks
from vision.forgery.sight import zone_top
from vision.synth.capture import capture, decode, messenger, photograph, upload
from vision.synth.documents import Issue, Rendered, render
from vision.synth.forge import forge
from vision.synth.portraits import stand_in
from vision.synth.template import template
from vision.types import ForgeryReport

pytestmark = pytest.mark.heavy

PLAIN_LICENCE = next(number for number in range(99) if template("driving_licence", number).barcode is None)
LIMITS = BlockLimits(slope=1, offset=0, forged=0.8, recaptured=0.5, heat=1, side=800, sharpness=0.4, fineness=0.3)


@pytest.fixture(scope="session")
def model() -> BlockForgery:
    return BlockForgery()


def portrait_swaps(page: Rendered, count: int) -> list[bytes]:
    return [upload(forge(photograph(page, "phone", 60 + seed), "portrait", seed).rgb, seed) for seed in range(count)]


def test_most_swapped_portraits_are_found_where_they_are_and_most_genuine_captures_pass(
    model: BlockForgery, page: Rendered
) -> None:
    genuine = [model.inspect(capture(page.rgb, "phone", seed)) for seed in range(6)]
    forged = [model.inspect(data) for data in portrait_swaps(page, 6)]
    assert np.mean([report.score or 0 for report in forged]) > np.mean([report.score or 0 for report in genuine]) + 0.2
    assert sum(report.verdict == "forged" for report in genuine) <= 1
    found = [report for report in forged if report.verdict == "forged"]
    assert len(found) >= 3
    assert sum(report.region == "portrait" for report in found) >= len(found) / 2
    for report in found:
        assert report.signals
        assert report.signals[0].code == "EDIT_TRACES"


def test_screens_and_prints_are_told_from_direct_captures(model: BlockForgery, page: Rendered) -> None:
    again = [
        model.inspect(capture(page.rgb, kind, seed)).recapture for kind in ("screen", "print") for seed in range(3)
    ]
    direct = [model.inspect(capture(page.rgb, kind, seed)).recapture for kind in ("phone", "scan") for seed in range(3)]
    assert np.mean([value or 0 for value in again]) > np.mean([value or 0 for value in direct]) + 0.4


@pytest.mark.parametrize("spoil", ["blurred", "sent twice", "small"])
def test_a_picture_that_cannot_tell_is_inconclusive_with_its_reason(
    model: BlockForgery, page: Rendered, spoil: str
) -> None:
    data = capture(page.rgb, "phone", 3)
    if spoil == "blurred":
        data, reason = capture(page.rgb, "blurred", 3), "blurred"
    elif spoil == "sent twice":
        data, reason = messenger(messenger(data, 1), 2), "compressed|too small"
    else:
        data, reason = png(decode(data)[::3, ::3]), "too small"
    report = model.inspect(data)
    assert report.verdict == "inconclusive"
    assert report.score is None
    assert any(word in report.reason for word in reason.split("|"))
    assert report.reason.startswith("quality too low")
    assert all(signal.severity == "info" for signal in report.signals)


def test_the_heat_map_is_a_small_grey_picture_of_the_documents_shape(model: BlockForgery, page: Rendered) -> None:
    data = capture(page.rgb, "scan", 1)
    report = model.inspect(data)
    shown = Image.open(io.BytesIO(base64.b64decode(report.heatmap_png)))
    rows, columns = decode(data).shape[:2]
    assert shown.mode == "L"
    assert abs(shown.width / shown.height - columns / rows) < 0.1
    assert len(report.heatmap_png) < 12_000


def test_reports_are_deterministic_and_name_the_weights(model: BlockForgery, page: Rendered) -> None:
    data = capture(page.rgb, "scan", 1)
    first = model.inspect(data)
    assert first == BlockForgery().inspect(data)
    assert first.model.sha256 == weights.PINNED["forgery-blocks"].sha256
    assert ForgeryReport.model_validate_json(first.model_dump_json()) == first


def test_a_png_of_a_tiny_size_is_inconclusive_and_no_picture_is_refused(model: BlockForgery) -> None:
    report = model.inspect(png(np.zeros((40, 60, 3), np.uint8)))
    assert report.verdict == "inconclusive"
    assert report.heatmap_png == ""
    with pytest.raises(BadImage):
        model.inspect(b"GIF89a")


def test_a_huge_picture_is_examined_at_a_bounded_size(model: BlockForgery, page: Rendered) -> None:
    large = np.kron(page.rgb, np.ones((3, 3, 1), np.uint8))
    report = model.inspect(png(large))
    assert "smaller size" in report.quality.note
    for signal in report.signals:
        if signal.box:
            assert signal.box.x + signal.box.width <= large.shape[1] + 100


def test_weights_for_other_features_or_with_another_hash_are_refused(tmp_path: Path) -> None:
    arrays = load_file(weights.find("forgery-blocks"))
    limits = LIMITS.model_copy(update={"features": ("luma",)})
    save_file(arrays, tmp_path / "other.safetensors", metadata={"limits": limits.model_dump_json()})
    with pytest.raises(WeightsError, match="other features"):
        BlockForgery(tmp_path / "other.safetensors")


def test_only_a_picture_that_does_not_count_as_genuine_has_marks(page: Rendered, tmp_path: Path) -> None:
    file = weights.find("forgery-blocks")
    for name, forged in (("lenient", 1.0), ("strict", 0.0)):
        with safe_open(file, "numpy") as opened:
            limits = BlockLimits.model_validate_json(opened.metadata()["limits"])
        changed = limits.model_copy(update={"heat": -9.0, "recaptured": 0.0, "forged": forged})
        save_file(load_file(file), tmp_path / name, metadata={"limits": changed.model_dump_json()})
    for kind, name, verdict in (
        ("phone", "lenient", "genuine"),
        ("phone", "strict", "forged"),
        ("blurred", "lenient", "inconclusive"),
    ):
        report = BlockForgery(tmp_path / name).inspect(capture(page.rgb, kind, 3))
        assert report.verdict == verdict
        assert any(signal.code == "RECAPTURED" for signal in report.signals)
        assert any(signal.code == "EDIT_TRACES" for signal in report.signals) == (verdict != "genuine")


def test_a_pool_is_the_mean_of_the_hottest_windows() -> None:
    heat = np.zeros((10, 10), np.float32)
    heat[0, :POOL] = 3
    assert pooled(heat) == 3
    heat[0, 0] = 3 + POOL
    assert pooled(heat) == 4


def test_smoothing_spreads_one_window_over_its_neighbours() -> None:
    heat = np.zeros((5, 5), np.float32)
    heat[2, 2] = 16
    assert smoothed(heat)[1:4, 1:4].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_a_zone_is_seen_on_passports_and_not_on_licences(page: Rendered) -> None:
    # A licence without a barcode: its bars look like the rows of a zone.
    licence = render(
        page.holder, Issue("driving_licence", PLAIN_LICENCE, page.issue.issued, page.issue.expires), stand_in(1), 1
    )
    assert 0.7 < zone_top(blocks(page.rgb).spread, INKED) < 0.95
    assert zone_top(blocks(licence.rgb).spread, INKED) == 1


def test_looks_fall_with_blur_and_darkness(page: Rendered) -> None:
    data = capture(page.rgb, "phone", 3)
    plain, blurred = (BlockLooks.of(decode(one), 0.9) for one in (data, capture(page.rgb, "blurred", 3)))
    assert plain.sharpness > 0.8 > 0.3 > blurred.sharpness
    assert BlockLooks.of(page.rgb // 20, 0.9).exposure < 0.2
    assert plain.shortcoming(LIMITS) == ""


@pytest.mark.parametrize(
    ("looks", "word"),
    [
        (BlockLooks(700, 1, 1, 1), "small"),
        (BlockLooks(1200, 0.1, 1, 1), "blurred"),
        (BlockLooks(1200, 1, 0.1, 1), "dark"),
        (BlockLooks(1200, 1, 1, 0.1), "compressed"),
        (BlockLooks(1200, 1, 1, 1), ""),
    ],
)
def test_each_shortcoming_has_its_sentence_and_lowers_quality(looks: BlockLooks, word: str) -> None:
    assert word in looks.shortcoming(LIMITS)
    assert bool(looks.shortcoming(LIMITS)) == bool(word)
    assert (looks.quality(LIMITS, "").score < 0.6) == bool(word)


def test_small_pictures_stay_and_large_ones_shrink_to_the_bound() -> None:
    small = np.zeros((300, 400, 3), np.uint8)
    assert shrunk(small)[0] is small
    large, zoom = shrunk(np.zeros((3000, 4000, 3), np.uint8))
    assert zoom == pytest.approx(2.0)
    assert large.shape == (1500, 2000, 3)
