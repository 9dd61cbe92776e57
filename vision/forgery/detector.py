"""Traces of tampering in a picture of a document: how likely, where, and whether the picture can tell at all.

A network (`vision.forgery.net`) marks edited places; a picture's score is the mean of its hottest ones, calibrated on
validation pictures of like quality. Where validation showed that pictures of this quality hide edits, or where the
picture is outside what validation saw, the answer is "inconclusive" with the reason. Screens and prints are told by the
forest of `vision.forgery.blocks`, which does that far better than the network's own head.
Measured figures and limits: `vision/weights/forgery.md`.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from vision import decode, weights
from vision.forgery.blocks import BlockForgery
from vision.forgery.limits import Limits, Looks, look, sigmoid
from vision.forgery.net import MASK_STEP, ForgeryNet, opened
from vision.forgery.shown import edit_signals, heatmap, inconclusive, region, spots
from vision.forgery.sight import Rgb, zone_top
from vision.forgery.tiles import Prediction, Run, predict
from vision.forgery.views import noise_level
from vision.image import Picture
from vision.types import ForgeryReport, ModelVersion, Region, Signal

SMALLEST = 256
"""Pixels of the shorter side below which nothing is measured."""
SURE_OF_OPERATOR = 0.5
"""Probability from which a guess at how a picture was edited is told."""
LEAST = 3
"""Cells of the mask below which a patch is not shown."""
INKED = 20.0
"""Standard deviation of luma in a window of 24 pixels that holds print."""
SHAPES = 0.2, 0.14
"""How tall a portrait is at least and a line of text at most, as shares of the mask."""
HEAT_STEP = 4
"""Cells of the mask that one pixel of the heat map spans, in either direction."""


class ForgeryModel:
    """The detector with its weights. Safe to share between threads: nothing changes after it was made."""

    def __init__(self, path: Path | None = None, device: str = "cpu") -> None:
        """Load the pinned weights, or those at `path` (a run of `vision.train.forgery`). Raises `WeightsError`."""
        file = path or weights.find("forgery")
        self.net, limits = opened(file, device)
        self.run: Run = self.net
        self.limits, self.trees = Limits.model_validate_json(limits), BlockForgery()
        self.version = ModelVersion(name="forgery", sha256=weights.sha256_of(file))

    def inspect(self, data: bytes) -> ForgeryReport:
        """Look for traces of tampering in an encoded picture. Raises `BadImage`."""
        return self.examine(decode.still(data))

    def examine(self, picture: Picture) -> ForgeryReport:
        """Look for traces of tampering in a decoded picture."""
        noise = noise_level(picture.rgb)
        looks = look(picture.rgb, noise)
        reason, again = looks.shortcoming(self.limits), self._recapture(picture)
        if min(picture.rgb.shape[:2]) < SMALLEST or picture.rgb.size > 3 * self.limits.pixels:
            return self._inconclusive(looks, reason or "the picture is too small", None, again)
        said = predict(self.net, picture.rgb, grid(picture), noise, self.run)
        if reason:
            return self._inconclusive(looks, reason, said, again)
        return self._judged(picture.rgb, looks, said, again)

    def _recapture(self, picture: Picture) -> float | None:
        logit = self.trees.recapture_logit(picture)
        return None if logit is None else round(sigmoid(logit), 4)

    def _judged(self, rgb: Rgb, looks: Looks, said: Prediction, again: float | None) -> ForgeryReport:
        limits, band = self.limits, self.limits.band(looks.detail)
        verdict = limits.verdict(said.image, looks)
        if verdict == "inconclusive":
            reason = f"of edited pictures of this quality only {band.caught:.0%} were recognised in validation"
            return self._inconclusive(looks, reason, said, again)
        score, line, forged = band.probability(said.image), band.probability(limits.line), verdict == "forged"
        hot = spots(said.mask, limits.heat, LEAST) if forged else ()
        where: Region = "other"
        if forged:
            where = region(hot[0] if hot else None, said.mask.shape, printed_zone(rgb), *SHAPES)
        report = ForgeryReport(
            verdict=verdict,
            score=round(score, 4),
            recapture=again,
            region=where,
            signals=(*edit_signals(hot, MASK_STEP), *self._recaptured(again)),
            heatmap_png=heatmap(said.mask, HEAT_STEP),
            quality=looks.quality(limits),
            model=self.version,
            reason=f"score {score:.2f} is {'at or above' if forged else 'below'} the threshold {line:.2f}",
        )
        return self.named(report, said)

    def _inconclusive(self, looks: Looks, reason: str, said: Prediction | None, again: float | None) -> ForgeryReport:
        """No verdict and no score; what was seen all the same is there to be looked at."""
        hot = () if said is None else spots(said.mask, self.limits.heat, LEAST)
        return inconclusive(
            reason,
            looks.quality(self.limits),
            self.version,
            None if looks.sharpness < self.limits.sharpness else again,
            (*edit_signals(hot, MASK_STEP), *self._recaptured(again)),
            "" if said is None else heatmap(said.mask, HEAT_STEP),
        )

    def named(self, report: ForgeryReport, said: Prediction) -> ForgeryReport:
        """The report of a forged picture with the kind of edit, where one is likelier than all others together."""
        guess, sure = guessed(self.net, said)
        if report.verdict != "forged" or sure < SURE_OF_OPERATOR:
            return report
        return report.model_copy(update={"operator": guess, "operator_score": round(sure, 4)})

    def _recaptured(self, probability: float | None) -> tuple[Signal, ...]:
        return () if probability is None else self.trees.recaptured(probability)


def guessed(net: ForgeryNet, said: Prediction) -> tuple[str, float]:
    """The likeliest kind of edit and its probability among those that the network knows; "" where it knows none."""
    if not net.shape.operators:
        return "", 0.0
    shares = np.exp(said.operator - said.operator.max())
    best = int(shares.argmax())
    return net.shape.operators[best], float(shares[best] / shares.sum())


def grid(picture: Picture) -> tuple[int, ...]:
    """The quantisation steps of luma on the JPEG grid of the pixels; () where a turn moved them or there is none."""
    upright = picture.stored_size == (picture.rgb.shape[1], picture.rgb.shape[0])
    return picture.quantisation[0] if picture.quantisation and upright else ()


def printed_zone(rgb: Rgb) -> float:
    """Where a machine readable zone begins, as a share of the height; 1 if there is none."""
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    spread = np.sqrt(np.maximum(cv2.blur(luma * luma, (24, 24)) - cv2.blur(luma, (24, 24)) ** 2, 0))[8::16, 8::16]
    return zone_top(spread, INKED)
