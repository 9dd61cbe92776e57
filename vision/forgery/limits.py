"""What validation fixed beside the network's weights: thresholds, calibration by quality, and when nothing may be
claimed. Those of the forests stand in `vision.forgery.blocks`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np

from vision.forgery.sight import Floats, Rgb, clarity, quality, too_small, unclear
from vision.types import Frozen, Quality, Verdict

FINEST = 2
"""The residual of `noise_level` whose size says how much fine grain a picture kept."""


@overload
def sigmoid(logit: float) -> float: ...
@overload
def sigmoid(logit: Floats) -> Floats: ...
def sigmoid(logit: float | Floats) -> float | Floats:
    """Probability of a logit, or of each in an array, in the precision it came in."""
    probability = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    return probability if isinstance(logit, np.ndarray) else float(probability)


class Band(Frozen):
    """Pictures of like quality in validation: those with a detail below `below` and of no lower band. `caught` is the
    share of their edited pictures at or above the threshold; slope and offset turn a logit into a calibrated one."""

    below: float
    slope: float
    offset: float
    caught: float
    genuine: int
    edited: int

    def probability(self, logit: float) -> float:
        """The calibrated probability that a picture of this band with this score was edited."""
        return sigmoid(self.slope * logit + self.offset)


class Limits(Frozen):
    """Thresholds and bands. `line` is the logit of a picture's score from which it counts as forged, `heat` that of a
    cell of the mask, both from validation captures nobody edited; `recaptured` is a probability by the network's own
    head, which reports do not use. `side` and `pixels` bound the pictures that were ever measured, `sharpness` is part
    of `Quality`. In a band of whose edits less than `floor` were caught, no finding is no sign of a genuine picture."""

    line: float
    heat: float
    recaptured: float
    floor: float
    side: int
    pixels: int
    sharpness: float
    bands: tuple[Band, ...]

    def verdict(self, image: float, looks: Looks) -> Verdict:
        """What is answered to a picture with this score. At the line false alarms are as rare as validation fixed them;
        below it "genuine" is claimed only where validation showed that edits would have been seen."""
        if looks.shortcoming(self):
            return "inconclusive"
        if image >= self.line:
            return "forged"
        return "genuine" if self.band(looks.detail).caught >= self.floor else "inconclusive"

    def band(self, detail: float) -> Band:
        """The band of a picture with this detail."""
        return next((band for band in self.bands if detail < band.below), self.bands[-1])


@dataclass(frozen=True)
class Looks:
    """What decides whether a picture can tell: size in pixels, sharpness and exposure in [0, 1], and detail: the fine
    grain that saving left in its quiet places, in octaves of grey levels."""

    width: int
    height: int
    sharpness: float
    exposure: float
    detail: float

    @property
    def side(self) -> int:
        """The longer one."""
        return max(self.width, self.height)

    def shortcoming(self, limits: Limits) -> str:
        """Why this picture cannot tell, "" if it can as far as looks go."""
        if small := too_small(self.side, limits.side):
            return small
        if self.width * self.height > limits.pixels:
            return f"the picture has more than {limits.pixels / 1e6:.1f} megapixels, which was never measured"
        return unclear(self.sharpness, self.exposure, limits.sharpness)

    def quality(self, limits: Limits) -> Quality:
        """The same as the shared value; detail at which edits hide counts into sharpness, a half at the floor."""
        told = limits.band(self.detail).caught / (2 * limits.floor)
        return quality(min(self.sharpness, told), self.exposure, self.side, limits.side)


def look(rgb: Rgb, noise: Floats) -> Looks:
    """Judge a picture's quality for this purpose; `noise` is its `noise_level`."""
    return Looks(rgb.shape[1], rgb.shape[0], *clarity(rgb), round(float(np.log2(noise[FINEST])), 3))
