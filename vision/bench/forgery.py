"""How well edits are found on the frozen sets, beside detectors without a network on the same pictures.

    casework vision bench forgery --set left_out_operator

Nothing is fitted here: the limits are those that were shipped with the weights. What was reached stands in the card,
`vision/weights/forgery.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import process_time
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from vision import image
from vision.bench.cards import Cards
from vision.bench.forgery_baselines import error_levels, noise_map
from vision.bench.forgery_scores import DRAWS, Area, Figures, Seen, counted, figures, interval
from vision.forgery.blocks import SMALLEST, BlockForgery
from vision.forgery.detector import SURE_OF_OPERATOR, ForgeryModel, grid, guessed
from vision.forgery.joint import LINE, JointForgery
from vision.forgery.limits import look
from vision.forgery.net import MASK_STEP, ForgeryNet
from vision.forgery.tiles import predict
from vision.forgery.views import noise_level
from vision.image import Picture
from vision.synth.deck import Truth
from vision.types import Frozen, ModelVersion
from vision.wilson import Share, share

Score = Callable[[Picture], float]
DIRECT = -30.0
"""Logit of a picture in which nothing can speak for a screen or a print."""


class JointFigures(Frozen):
    """Network and trees together: the area, and the shares of genuine and of edited pictures at or above their line,
    before any is called inconclusive. `named` of the latter are told how they were edited, and `named_rightly` is the
    share of these told rightly; left-out operators never are. `fabricated` are pictures that are false as a whole, by
    kind: their area against the genuine ones, and the share called forged."""

    area: Area | None
    false_alarms: float
    caught: float
    named: Share
    named_rightly: Share
    fabricated: Area | None
    fabricated_caught: dict[str, Share]


class ForgeryBench(Frozen):
    """What was measured on one set: the network, network and trees together, the areas of the trees and of the
    baselines, and whether these are the frozen pictures, byte for byte."""

    network: Figures
    joint: JointFigures
    baselines: dict[str, Area]
    model: ModelVersion
    pictures_sha256: str
    pictures_unchanged: bool


class Labelled(Protocol):
    """A picture with the truth about it, as `vision.synth.deck.Specimen` has it."""

    @property
    def data(self) -> bytes: ...
    @property
    def mask(self) -> npt.NDArray[np.bool_] | None: ...
    @property
    def truth(self) -> Truth: ...
    @property
    def operator(self) -> str | None: ...


def examined(net: ForgeryNet, one: Labelled, trees: BlockForgery | None = None) -> Seen:
    """What the network says of a labelled picture. Whether it was recaptured is told by the trees if they are given, of
    which a picture too small for them counts as direct; else by the network's own head."""
    picture = image.decode(one.data)
    started = process_time()
    noise = noise_level(picture.rgb)
    looks, said = look(picture.rgb, noise), predict(net, picture.rgb, grid(picture), noise)
    again = trees.recapture_logit(picture) if trees else said.recapture
    seconds = process_time() - started
    edited = np.zeros(said.mask.shape, bool)
    if one.mask is not None:
        rows, columns = said.mask.shape
        share = np.zeros((rows * MASK_STEP, columns * MASK_STEP), np.float32)
        share[: one.mask.shape[0], : one.mask.shape[1]] = one.mask
        edited = cv2.resize(share, (columns, rows), interpolation=cv2.INTER_AREA) >= 0.5
    inside, outside = counted(said.mask, edited)
    guess, sure = guessed(net, said)
    return Seen(
        truth=one.truth,
        operator=one.operator or "",
        image=said.image,
        recapture=DIRECT if again is None else again,
        guess=guess,
        looks=looks,
        inside=inside,
        outside=outside,
        seconds=seconds,
        trees=trees.picture_logit(picture) if trees and min(picture.rgb.shape[:2]) >= SMALLEST else None,
        sure=sure,
    )


def baselines() -> Mapping[str, Score]:
    """The detectors without training to be measured beside the others."""
    return {"error_levels": error_levels, "noise_map": noise_map}


def compared(pictures: Sequence[Labelled], scores: Mapping[str, Score], draws: int = DRAWS) -> dict[str, Area]:
    """How well each score tells edited from genuine pictures."""
    judged = [(one.truth, image.decode(one.data)) for one in pictures if one.truth in ("genuine", "edited")]
    found = {}
    for name, score in scores.items():
        said = [(truth, score(picture)) for truth, picture in judged]
        clean, edited = ([value for truth, value in said if truth == kind] for kind in ("genuine", "edited"))
        if (area := interval(clean, edited, draws)) is not None:
            found[name] = area
    return found


def block_trees(seen: Sequence[Seen], draws: int = DRAWS) -> Area | None:
    """How well the trees alone tell edited from genuine pictures."""
    logits = [DIRECT if one.trees is None else one.trees for one in seen]
    return interval(_of("genuine", seen, logits), _of("edited", seen, logits), draws)


def joint_figures(seen: Sequence[Seen], draws: int = DRAWS) -> JointFigures:
    """What both witnesses together are worth on pictures that both have seen; the network speaks alone where a picture
    is too small for the trees."""
    logits = [JointForgery.joined(one.trees or 0.0, one.image) for one in seen]
    clean, edited, made = (_of(truth, seen, logits) for truth in ("genuine", "edited", "fabricated"))
    caught = [one for one, called in zip(seen, map(_called, logits), strict=True) if called and one.truth == "edited"]
    named = [one for one in caught if one.sure >= SURE_OF_OPERATOR]
    return JointFigures(
        area=interval(clean, edited, draws),
        false_alarms=_share(clean),
        caught=_share(edited),
        named=share(len(named), len(caught)),
        named_rightly=share(sum(one.guess == one.operator for one in named), len(named)),
        fabricated=interval(clean, made, draws),
        fabricated_caught=_by_kind(seen, logits),
    )


def _by_kind(seen: Sequence[Seen], logits: Sequence[float]) -> dict[str, Share]:
    """The share of pictures that are false as a whole that is called forged, by what is false about them."""
    found: dict[str, list[bool]] = {}
    for one, logit in zip(seen, logits, strict=True):
        if one.truth == "fabricated":
            found.setdefault(one.fabrication, []).append(_called(logit))
    return {kind: share(sum(called), len(called)) for kind, called in sorted(found.items())}


def _called(logit: float) -> bool:
    return LINE.probability(logit) >= LINE.forged


def _share(logits: Sequence[float]) -> float:
    return float(np.mean([_called(logit) for logit in logits])) if logits else float("nan")


def _of(truth: Truth, seen: Sequence[Seen], values: Sequence[float]) -> list[float]:
    """The values of the pictures of which this is the truth."""
    return [value for one, value in zip(seen, values, strict=True) if one.truth == truth]


def measure(model: ForgeryModel, cards: Cards, draws: int = DRAWS) -> ForgeryBench:
    """Measure the detectors and the baselines on a set of pictures."""
    seen = [
        replace(examined(model.net, one, model.trees), fabrication=one.fabrication or "") for one in cards.specimens
    ]
    trees = block_trees(seen, draws)
    return ForgeryBench(
        network=figures(cards.name, seen, model.limits, draws),
        joint=joint_figures(seen, draws),
        baselines=({"block_trees": trees} if trees else {}) | compared(cards.specimens, baselines(), draws),
        model=model.version,
        pictures_sha256=cards.sha256,
        pictures_unchanged=cards.unchanged,
    )
