"""How well edits are found on the frozen sets, beside detectors without a network on the same pictures.

    casework vision bench forgery --set left_out_operator

Nothing is fitted here: the limits are those that were shipped with the weights. What was reached stands in the card,
`vision/weights/forgery.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from vision.forgery.detector import ForgeryModel, grid
from vision.forgery.joint import LINE, JointForgery
from vision.forgery.limits import look
from vision.forgery.net import MASK_STEP, ForgeryNet
from vision.forgery.tiles import predict
from vision.forgery.views import noise_level
from vision.image import Picture
from vision.synth.deck import Truth
from vision.types import Frozen, ModelVersion

Score = Callable[[Picture], float]
DIRECT = -30.0
"""Logit of a picture in which nothing can speak for a screen or a print."""


class JointFigures(Frozen):
    """Network and trees together: the area, and the shares of genuine and of edited pictures at or above their line,
    before any is called inconclusive."""

    area: Area | None
    false_alarms: float
    caught: float


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
    return Seen(
        truth=one.truth,
        operator=one.operator or "",
        image=said.image,
        recapture=DIRECT if again is None else again,
        guess=net.shape.operators[int(said.operator.argmax())] if net.shape.operators else "",
        looks=looks,
        inside=inside,
        outside=outside,
        seconds=seconds,
        trees=trees.picture_logit(picture) if trees and min(picture.rgb.shape[:2]) >= SMALLEST else None,
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
    return interval(*_split(seen, [DIRECT if one.trees is None else one.trees for one in seen]), draws)


def joint_figures(seen: Sequence[Seen], draws: int = DRAWS) -> JointFigures:
    """What both witnesses together are worth on pictures that both have seen; the network speaks alone where a picture
    is too small for the trees."""
    logits = [JointForgery.joined(one.trees or 0.0, one.image) for one in seen]
    clean, edited = _split(seen, logits)
    called = [[LINE.probability(logit) >= LINE.forged for logit in part] for part in (clean, edited)]
    alarms, caught = (float(np.mean(part)) if part else float("nan") for part in called)
    return JointFigures(area=interval(clean, edited, draws), false_alarms=alarms, caught=caught)


def _split(seen: Sequence[Seen], values: Sequence[float]) -> tuple[list[float], list[float]]:
    """The values of genuine and those of edited pictures."""
    paired = list(zip(seen, values, strict=True))
    clean, edited = ([value for one, value in paired if one.truth == truth] for truth in ("genuine", "edited"))
    return clean, edited


def measure(model: ForgeryModel, cards: Cards, draws: int = DRAWS) -> ForgeryBench:
    """Measure the detectors and the baselines on a set of pictures."""
    seen = [examined(model.net, one, model.trees) for one in cards.specimens]
    trees = block_trees(seen, draws)
    return ForgeryBench(
        network=figures(cards.name, seen, model.limits, draws),
        joint=joint_figures(seen, draws),
        baselines=({"block_trees": trees} if trees else {}) | compared(cards.specimens, baselines(), draws),
        model=model.version,
        pictures_sha256=cards.sha256,
        pictures_unchanged=cards.unchanged,
    )
