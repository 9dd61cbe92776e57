"""Whether a picture shows a copy: one without colour, or one in which a screen or print beats against the sensor."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vision.consistency.report import Check
from vision.image import Pixels
from vision.types import Box

Floats = npt.NDArray[np.float32]

SIDE = 400
EDGE = 0.08
"""Share of the picture on each side that may show what the page lies on."""
GREY = 14.0
"""Colourfulness in steps of 255 below which a page counts as grey; see `vision.bench.consistency`."""
TILE = 256
MOIRE = 3.4
"""Height of spectral peaks, as a natural logarithm of power over what surrounds them, from which it is moire."""
AXIS, LOWEST, NEAR = 3, 14, 4
LATTICE = TILE // 8
"""Bins of the spectrum: beside the axes, of the lowest frequencies, around a peak, and between lines of JPEG blocks."""


def grey_copy(rgb: Pixels, fields: Box | None) -> Check:
    """Whether the part of an upright picture between its first and last field has no colour but that of the light.

    The light is taken out by scaling each channel until paper is white; what is left on a grey copy is noise. The value
    is the colourfulness that one pixel in fifty exceeds, in steps of 255."""
    part = _across(rgb, fields)
    if min(part.shape[:2]) < 32:
        return Check(name="grey_copy", result="not_assessed", meaning="the page is too small in the picture")
    scale = min(1.0, SIDE / max(part.shape[:2]))
    shrunk = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    small = cv2.GaussianBlur(shrunk, (0, 0), 1.0)
    bright = small[small.mean(axis=2) >= np.median(small.mean(axis=2))]
    white = small / np.maximum(np.median(bright, axis=0), 1) * 230
    spread = white.max(axis=2) - white.min(axis=2)
    value = float(np.quantile(spread, 0.98))
    found = value < GREY
    return Check(
        name="grey_copy",
        result="failed" if found else "passed",
        meaning="the page has no colour: a copy" if found else "the page has colour",
        value=round(value, 2),
        limit=GREY,
    )


def moire(rgb: Pixels) -> Check:
    """Whether red and blue beat against each other in lone peaks of the spectrum, as over the stripes of a display.

    Luma is no use here: security print is periodic itself. Ridges along the axes (straight edges) and the lattice of
    JPEG blocks are left out. The value is the height of the second highest peak, so that one ornament is not enough.
    Most recaptures show no such peaks, so their absence is "not_assessed": recapture is the forgery model's to judge.
    """
    if min(rgb.shape[:2]) < TILE:
        return Check(name="moire", result="not_assessed", meaning=f"the picture is smaller than {TILE} pixels")
    value = _second_peak(_spectrum(rgb[..., 0].astype(np.float32) - rgb[..., 2]))
    found = value >= MOIRE
    return Check(
        name="moire",
        result="failed" if found else "not_assessed",
        meaning=f"{'a' if found else 'no'} periodic pattern lies over the picture",
        value=round(value, 2),
        limit=MOIRE,
    )


def _spectrum(channel: Floats) -> Floats:
    """The logarithm of power that four of five tiles exceed, so that a pattern must lie over most of the picture."""
    fade = np.outer(np.hanning(TILE), np.hanning(TILE)).astype(np.float32)
    fine = channel - cv2.GaussianBlur(channel, (0, 0), 3)
    down = np.linspace(0, channel.shape[0] - TILE, 4).astype(int)
    across = np.linspace(0, channel.shape[1] - TILE, 5).astype(int)
    tiles = np.stack([fine[y : y + TILE, x : x + TILE] * fade for y in down for x in across])
    power = np.quantile(np.log(np.abs(np.fft.rfft2(tiles)) ** 2 + 1), 0.2, axis=0)
    return np.fft.fftshift(power, axes=0).astype(np.float32)


def _second_peak(power: Floats) -> float:
    """How far the second highest peak stands above its surroundings; peaks are more than `NEAR` bins apart."""
    half = TILE // 2
    down, across = np.mgrid[-half:half, 0 : power.shape[1]]
    off = [np.minimum(place % LATTICE, LATTICE - place % LATTICE) for place in (down, across)]
    free = (np.abs(down) > AXIS) & (across > AXIS) & (np.hypot(down, across) > LOWEST) & (np.maximum(*off) > 1)
    above = np.where(free, power - cv2.blur(power, (15, 15)), -np.inf)
    y, x = np.unravel_index(int(above.argmax()), above.shape)
    above[max(y - NEAR, 0) : y + NEAR + 1, max(x - NEAR, 0) : x + NEAR + 1] = -np.inf
    return float(above.max())


def _across(rgb: Pixels, fields: Box | None) -> Pixels:
    """The rows of a picture in which the fields stand, from edge to edge of the page, its portrait included."""
    low, across = (round(EDGE * side) for side in rgb.shape[:2])
    rows = slice(max(fields.y, 0), fields.y + fields.height) if fields else slice(low, rgb.shape[0] - low)
    return rgb[rows, across : rgb.shape[1] - across]
