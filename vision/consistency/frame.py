"""A hash of what lies around the page in a photograph: the table, and the light and shadow on it.

It is made where such a rim can tell one photograph from another, and nowhere else. On each of the four sides the edge
of the page must be seen inside the picture, or the rim would be the print that every document of the series has; and
the rim must have a texture, or it would be the lid of a scanner or an even desk, of which there are many alike. Of the
rim it is the texture that is hashed, without what changes slowly along a side, as many lamps hang above a table: 160
places, each less those around it, in 64 sums whose signs are the bits, so that each bit hangs on all of them.
"""

from __future__ import annotations

from functools import cache
from hashlib import shake_256

import cv2
import numpy as np
import numpy.typing as npt

from vision.image import Pixels

Floats = npt.NDArray[np.float32]

BITS, PLACES, AROUND = 64, 40, 15
"""Bits, places along a side, and how many of them around a place count as its surroundings (odd)."""
RIM, DEEP, LONGEST = 0.008, 0.45, 1600
"""Depth of the rim, a share of the picture's longer side, so little that a page inside hardly reaches into it. How far
in the page's edge is sought, a share of the way across. Pixels of the longer side that are looked at."""
STEP, ROUGH, SLOPE, LINE = 14.0, 4.0, 0.5, 0.75
"""Grey levels by which a page stands out from the rim, more where the rim is rough: so many times its texture. How
steep the page's edge may be, in depths of the rim a place; the share of a side's places that must lie on it. Of 150
pictures cut to the page or into it, and of 232 scans, none is told; of 392 photographs 359 are."""
TEXTURE = 0.9
"""Least texture of each side in grey levels (a standard deviation, of the median). Scans have 0.1 to 0.9."""
CLIP = 3.0
"""In units of the texture: what stands out further, as a corner of the page in the rim does, counts as this."""


def texture_hash(picture: Pixels) -> int | None:
    """64 bits of the rim of an upright RGB picture, None where it cannot tell this photograph from others."""
    grey = _small(picture)
    bands = [band for turn in range(4) if (band := _band(np.rot90(grey, turn), RIM * max(grey.shape))) is not None]
    if len(bands) < 4 or min(_on_edge(band) for band in bands) < LINE:
        return None
    rims = [_texture(band[0]) for band in bands]
    spread = [_spread(rim) for rim in rims]
    if min(spread) < TEXTURE:
        return None
    even = np.concatenate([np.clip(rim / unit, -CLIP, CLIP) for rim, unit in zip(rims, spread, strict=True)])
    return int(sum(1 << bit for bit, high in enumerate(_signs() @ even > 0) if high))


def _small(picture: Pixels) -> Floats:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    share = LONGEST / max(grey.shape)
    size = (max(round(grey.shape[1] * share), 1), max(round(grey.shape[0] * share), 1))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA) if share < 1 else grey, np.float32)


def _band(side: Floats, rim: float) -> Floats | None:
    """The top of a picture as far down as an edge is sought, its first row the rim, (rows, 40) grey levels. None where
    a rim has no pixels."""
    rows = int(DEEP * side.shape[0] / rim)
    if rows < 2 or rim < 1 or side.shape[1] < PLACES:
        return None
    deep = np.ascontiguousarray(side[: round(rows * rim)])
    return np.asarray(cv2.resize(deep, (PLACES, rows), interpolation=cv2.INTER_AREA), np.float32)


def _on_edge(band: Floats) -> float:
    """The share of places at which the picture first departs from its rim on one straight line."""
    away = np.abs(band - band[0]) > max(STEP, ROUGH * _spread(_texture(band[0])))
    place = np.flatnonzero(away.any(axis=0))
    depth = away.argmax(axis=0)[place].astype(np.float32)
    first, last = np.triu_indices(len(place), PLACES // 4)
    if len(first) == 0:
        return 0.0
    slope = (depth[last] - depth[first]) / (place[last] - place[first])
    line = depth[first, None] + slope[:, None] * (place - place[first, None])
    met = (np.abs(depth - line) <= 1).sum(axis=1) * (np.abs(slope) <= SLOPE)
    return float(met.max()) / PLACES


def _texture(rim: Floats) -> Floats:
    """Each place less the mean of those around it."""
    wide = np.pad(rim, AROUND // 2, mode="reflect")
    return np.asarray(rim - np.convolve(wide, np.full(AROUND, 1 / AROUND), "valid"), np.float32)


def _spread(rim: Floats) -> float:
    return float(1.4826 * np.median(np.abs(rim)))


@cache
def _signs() -> Floats:
    """Which places each bit adds and which it takes away, (64, 160): the same for ever, as hashes are kept."""
    drawn = np.frombuffer(shake_256(b"casework background").digest(BITS * 4 * PLACES // 8), np.uint8)
    return np.asarray(np.unpackbits(drawn).reshape(BITS, 4 * PLACES) * 2.0 - 1, np.float32)
