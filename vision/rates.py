"""How well faces are told apart: the figures that `vision.bench.face` measures on labelled pairs, and that a review
tells beside a single comparison. No network is loaded for that."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from pydantic import Field

from vision.types import Cosine, Frozen, ModelVersion, Share

BANDS = (0.25, 0.5, 0.8, 1.0)
"""Where the quality of a pair's worse face is parted; below the first, `vision.face.USABLE`, there is no similarity."""


def band_name(low: float, high: float) -> str:
    """How the pairs are named whose worse face has a quality from `low` up to `high`."""
    return f"{low:g} to {high:g}"


def band_of(quality: float) -> str:
    """The name of the band that a quality lies in; the best belongs to the last."""
    return next(band_name(low, high) for low, high in pairwise(BANDS) if quality < high or high == BANDS[-1])


class Estimate(Frozen):
    """A figure with its 95 % bootstrap interval over pictures: a picture drawn twice brings its pairs twice.

    The interval is never narrower than Wilson's of a share of `of` trials. An area or an equal error rate is taken for
    one of as many trials as the rarer kind of pair has: the variance of an area is at most that (Birnbaum and Klose,
    1957). `note` says where so few pairs cannot show what was asked, and what the figure is instead.
    """

    value: Share
    low: Share
    high: Share
    of: int = Field(ge=1)
    note: str = ""


class QualityBand(Frozen):
    """The error rates over the pairs whose worse face has a quality within the band; None where there are none."""

    genuine: int = Field(ge=0)
    impostor: int = Field(ge=0)
    false_match_rate: Estimate | None
    false_non_match_rate: Estimate | None


class FaceBench(Frozen):
    """Figures over the pairs both of whose pictures hold one usable face; `refused` counts the others.

    `tar` is the share of genuine pairs accepted at a threshold that lets at most the share in its name of the impostors
    here in; with a note where they are too few for such a share. The error rates hold at the thresholds in use. Of the
    false non-matches, `false_mismatch_rate` are called a mismatch; the others are called unclear. `qualities` part the
    pairs by the quality of the worse face.
    """

    pairs: int
    genuine: int
    impostor: int
    refused: int
    auc: Estimate
    eer: Estimate
    tar: Mapping[str, Estimate]
    match_threshold: Cosine
    mismatch_threshold: Cosine
    false_match_rate: Estimate
    false_non_match_rate: Estimate
    false_mismatch_rate: Estimate
    unclear_share: Estimate
    qualities: Mapping[str, QualityBand]
    reasons: Mapping[str, int]
    model: ModelVersion
