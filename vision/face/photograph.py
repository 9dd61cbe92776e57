"""Whether two pictures of a face are one photograph: a selfie that is the portrait of the document shows nobody live.

Fine detail tells: hairs, pores, catchlights and the edges of shadows never fall twice alike, whoever sits for it. The
two aligned faces are laid on one another as exactly as an affine map does it, as they are and mirrored, and their
detail is compared place by place. Cutting, resizing, saving, brightening, printing or turning a picture leaves it where
it was.

The limit stands in `agent/policy/thresholds.yaml`. It was chosen on 38 pairs of 25 real photographs, as they are and
with either one printed small, on 147 portraits of rendered heads on captured documents with a selfie each, and on both
kinds of portrait against themselves in twelve ways.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.face.sface import SIDE

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

FINE, COARSE, NEAR = 1.2, 4.0, 7.0
"""Standard deviations in pixels of an aligned crop: between the first two lies detail, within the third it is compared.
What is wider than detail is much alike in two photographs of one person as well."""
EVEN = 4.0
"""Where detail is weaker than the root of this, in grey levels squared, there is nothing to compare."""
STEPS, ENOUGH, SMOOTHED = 50, 1e-4, 5
FURTHEST, STRONGEST = 30.0, 0.35
"""Shift in pixels, and change of scale or slant, beyond which a map did not find the other face."""


def shared_detail(left: Pixels, right: Pixels) -> float:
    """How far the fine detail of two aligned crops (112 x 112 x 3) is the same, in [-1, 1]: the mean of its correlation
    in every place of the face."""
    one, other = (cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32) for crop in (left, right))
    return max(_correlation(one, _laid_on(one, turned)) for turned in (other, np.ascontiguousarray(other[:, ::-1])))


def _laid_on(one: Floats, other: Floats) -> Floats:
    """The other face moved to where the first one lies; left where it is if no map is found."""
    start = np.eye(2, 3, dtype=np.float32)
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, ENOUGH)
    inside = _oval().astype(np.uint8)
    try:
        _, found = cv2.findTransformECC(one, other, start.copy(), cv2.MOTION_AFFINE, until, inside, SMOOTHED)
    except cv2.error:  # the two are too unlike for it to settle
        return other
    change = np.abs(found - start)
    if change[:, 2].max() > FURTHEST or change[:, :2].max() > STRONGEST:
        return other
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(other, found, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _correlation(one: Floats, other: Floats) -> float:
    first, second = (_blurred(each, FINE) - _blurred(each, COARSE) for each in (one, other))
    strength = np.sqrt(_blurred(first**2, NEAR) * _blurred(second**2, NEAR) + EVEN)
    return float((_blurred(first * second, NEAR) / strength)[_oval()].mean())


def _blurred(values: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)


@cache
def _oval() -> NDArray[np.bool_]:
    """Where the face is in an aligned crop, without hair and ground, which a document may have changed."""
    down, across = np.mgrid[:SIDE, :SIDE]
    return np.asarray(((across - 56) / 36) ** 2 + ((down - 66) / 44) ** 2 < 1)
