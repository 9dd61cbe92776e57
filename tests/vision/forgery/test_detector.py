from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from pictures import png
from PIL import Image

from vision import weights
from vision.errors import BadImage
from vision.forgery.blocks import BlockForgery
from vision.forgery.detector import ForgeryModel, grid, printed_zone
from vision.forgery.limits import Band, Limits
from vision.forgery.net import MASK_STEP, ForgeryNet, ForgeryShape, kept
from vision.forgery.tiles import predict
from vision.forgery.views import noise_level
from vision.image import decode
from vision.synth.capture import capture, photograph, upload
from vision.synth.documents import Rendered
from vision.synth.forge import forge
from vision.types import ForgeryReport

pytestmark = pytest.mark.heavy

BAND = Band(below=99.0, slope=1.0, offset=0.0, caught=0.8, genuine=50, edited=50)
LIMITS = Limits(
    line=0.0, heat=0.0, recaptured=0.99, floor=1 / 3, side=700, pixels=4_000_000, sharpness=0.45, bands=(BAND,)
)
Make = Callable[..., ForgeryModel]


@pytest.fixture(scope="session")
def model() -> ForgeryModel:
    return ForgeryModel()


@pytest.fixture
def untrained(tmp_path: Path) -> Make:
    """A detector that knows nothing, under the limits asked for; `mask` is the logit it gives every cell."""

    def make(mask: float = -3.0, **changes: object) -> ForgeryModel:
        torch.manual_seed(0)
        net = ForgeryNet(ForgeryShape(operators=("text", "portrait"), stem=8, quarter=8, eighth=8, sixteenth=8))
        with torch.no_grad():
            net.mask.weight.zero_()
            net.mask.bias.fill_(mask)
            net.operator.bias.copy_(torch.tensor([0.0, 9.0]))
        kept(net, LIMITS.model_copy(update=changes).model_dump_json(), tmp_path / "net.safetensors")
        return ForgeryModel(tmp_path / "net.safetensors")

    return make


def test_masks_are_hotter_inside_a_swapped_portrait_than_outside(model: ForgeryModel, page: Rendered) -> None:
    differences = []
    for seed in range(3):
        forged = forge(photograph(page, "phone", 60 + seed), "portrait", seed)
        picture = decode(upload(forged.rgb, seed))
        mask = predict(model.net, picture.rgb, grid(picture), noise_level(picture.rgb)).mask
        edited = forged.mask[::MASK_STEP, ::MASK_STEP]
        assert edited.shape == mask.shape
        differences.append(float(mask[edited].mean() - mask[~edited].mean()))
    assert np.mean(differences) > 0.5


def test_reports_are_deterministic_and_name_the_weights(model: ForgeryModel, page: Rendered) -> None:
    data = capture(page.rgb, "scan", 1)
    first = model.inspect(data)
    assert first == ForgeryModel().inspect(data)
    assert first.model.sha256 == weights.PINNED["forgery"].sha256
    assert ForgeryReport.model_validate_json(first.model_dump_json()) == first


def test_the_shipped_limits_say_what_they_rest_on(model: ForgeryModel) -> None:
    limits = model.limits
    assert limits.bands[-1].below == 99
    assert [band.below for band in limits.bands] == sorted(band.below for band in limits.bands)
    assert all(band.genuine > 20 < band.edited for band in limits.bands)
    assert all(0 <= band.caught <= 1 and band.slope > 0 for band in limits.bands)
    assert len(model.net.shape.operators) >= 8


def test_a_score_at_the_line_is_forged_and_says_where_and_how(untrained: Make, page: Rendered) -> None:
    report = untrained(mask=2.0).inspect(capture(page.rgb, "phone", 3))
    assert report.verdict == "forged"
    assert report.score == pytest.approx(0.88, abs=0.01)
    assert report.region == "whole"
    assert report.operator == "portrait"
    assert report.operator_score == pytest.approx(1, abs=0.01)
    edits = [signal for signal in report.signals if signal.code == "EDIT_TRACES"]
    assert edits
    assert edits[0].box
    assert "above the threshold 0.50" in report.reason


def test_a_score_below_the_line_is_genuine_and_guesses_and_marks_nothing(untrained: Make, page: Rendered) -> None:
    report = untrained(mask=-2.0, heat=-3.0).inspect(capture(page.rgb, "phone", 3))
    assert (report.verdict, report.region, report.operator) == ("genuine", "other", "")
    assert report.score == pytest.approx(0.12, abs=0.01)
    assert not [signal for signal in report.signals if signal.code == "EDIT_TRACES"]


def test_screens_and_prints_are_told_by_the_trees_with_their_signal(untrained: Make, page: Rendered) -> None:
    model, trees = untrained(mask=-2.0), BlockForgery()
    for kind in ("screen", "phone"):
        data = capture(page.rgb, kind, 3)
        found = [each.inspect(data) for each in (model, trees)]
        again = [[one for one in report.signals if one.code == "RECAPTURED"] for report in found]
        assert found[0].recapture == found[1].recapture
        assert again[0] == again[1]
        assert bool(again[0]) == (kind == "screen")


def test_a_screen_is_told_even_where_the_network_does_not_look(untrained: Make, page: Rendered) -> None:
    report = untrained(pixels=500_000).inspect(capture(page.rgb, "screen", 3))
    assert (report.verdict, report.heatmap_png) == ("inconclusive", "")
    assert report.recapture
    assert [(signal.code, signal.severity) for signal in report.signals] == [("RECAPTURED", "info")]


def test_no_finding_at_a_quality_at_which_validation_caught_too_little_is_inconclusive(
    untrained: Make, page: Rendered
) -> None:
    weak = BAND.model_copy(update={"caught": 0.2})
    seen = untrained(mask=2.0, bands=(weak,)).inspect(capture(page.rgb, "phone", 3))
    assert seen.verdict == "forged"
    report = untrained(mask=-1.0, heat=-2.0, bands=(weak,)).inspect(capture(page.rgb, "phone", 3))
    assert (report.verdict, report.score, report.region) == ("inconclusive", None, "other")
    assert "only 20% were recognised" in report.reason
    assert report.signals
    assert all(signal.severity == "info" for signal in report.signals)
    assert report.heatmap_png
    assert report.quality.sharpness == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(("spoil", "word"), [("blurred", "blurred"), ("small", "too small"), ("dark", "dark")])
def test_a_picture_that_cannot_tell_is_inconclusive_with_its_reason(
    untrained: Make, page: Rendered, spoil: str, word: str
) -> None:
    rgb = decode(capture(page.rgb, "blurred" if spoil == "blurred" else "phone", 3)).rgb
    rgb = {"small": rgb[::2, ::2], "dark": rgb // 24}.get(spoil, rgb)
    report = untrained().inspect(png(rgb))
    assert report.verdict == "inconclusive"
    assert report.score is None
    assert report.reason.startswith("quality too low")
    assert word in report.reason


def test_a_larger_picture_than_was_ever_measured_is_not_judged(untrained: Make) -> None:
    report = untrained(pixels=500_000).inspect(png(np.full((900, 900, 3), 128, np.uint8)))
    assert report.verdict == "inconclusive"
    assert "megapixels" in report.reason
    assert (report.heatmap_png, report.recapture) == ("", None)


def test_a_tiny_picture_is_inconclusive_and_no_picture_is_refused(untrained: Make) -> None:
    report = untrained(side=20).inspect(png(np.full((40, 60, 3), 128, np.uint8)))
    assert report.verdict == "inconclusive"
    assert report.heatmap_png == ""
    with pytest.raises(BadImage):
        untrained().inspect(b"GIF89a")


def test_the_heat_map_is_a_small_grey_picture_of_the_documents_shape(untrained: Make, page: Rendered) -> None:
    data = capture(page.rgb, "scan", 1)
    report = untrained().inspect(data)
    shown = Image.open(io.BytesIO(base64.b64decode(report.heatmap_png)))
    rows, columns = decode(data).rgb.shape[:2]
    assert shown.mode == "L"
    assert abs(shown.width / shown.height - columns / rows) < 0.1
    assert len(report.heatmap_png) < 12_000


def test_the_grid_counts_only_where_the_pixels_lie_as_stored() -> None:
    picture, buffer = Image.fromarray(np.full((48, 64, 3), 90, np.uint8)), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(buffer, "JPEG", quality=80, exif=exif)
    turned = decode(buffer.getvalue())
    assert turned.rgb.shape[:2] == (64, 48)
    assert turned.quantisation
    assert grid(turned) == ()
    picture.save(buffer := io.BytesIO(), "JPEG", quality=80)
    assert len(grid(decode(buffer.getvalue()))) == 64
    assert grid(decode(png(np.zeros((48, 64, 3), np.uint8)))) == ()


def test_a_zone_is_seen_where_a_document_has_one(page: Rendered) -> None:
    assert 0.6 <= printed_zone(page.rgb) <= 0.95
    assert printed_zone(np.full_like(page.rgb, 200)) == 1
