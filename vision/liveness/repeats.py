"""Frames that stand still or come again: traces of a clip that was cut together, not recorded.

No two frames of a camera bear the same noise. A loop is therefore sought in the fine changes from frame to frame, so
that it is seen where the face hardly moves. The limits are those of rendered clips (`vision/bench/liveness.py`); real
cameras were not measured.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Signal
from vision.video import Clip

Floats = NDArray[np.float32]

STILL, FROZEN_SECONDS, SELDOM = 0.1, 0.6, 0.4
LOOP_SECONDS, SHORTEST, LOOPED = 0.4, 8, 0.18
# Grey levels a change counts up to. Movement reaches far beyond it and would drown the noise.
FINE = 1.5
# Deviation in grey levels below which a small copy shows nothing that could stand still, as from a covered lens.
BLANK = 5.0
# Grey levels by which small copies differ through rounding alone.
ROUNDED = 0.05


def signals(clip: Clip) -> tuple[Signal, ...]:
    """Frozen and looped stretches of a clip."""
    found = []
    steps = _steps(clip.marks)
    frozen = longest_still(np.where(_blank(clip.marks), np.inf, steps), np.diff(clip.times))
    if frozen >= FROZEN_SECONDS:
        found.append(_signal("frozen_frames", frozen, f"the picture stands still for {frozen:.1f} s"))
    excess, lag = nearest_repeat(clip.marks, clip.fps)
    limit = looped_from(steps, clip.fps)
    if excess >= limit:
        again = f"a stretch comes again after {lag / clip.fps:.1f} s, noise and all: its fine changes correlate by"
        meaning = f"{again} {excess:.2f} more than at any other distance, limit {limit:.2f}"
        found.append(_signal("looped_frames", excess, meaning))
    return tuple(found)


def _signal(code: str, score: float, meaning: str) -> Signal:
    return Signal(code=code, severity="high", score=round(min(max(score, 0), 1), 4), box=None, meaning=meaning)


def _blank(marks: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Of which steps neither end shows anything: (n - 1)."""
    empty = marks.std(axis=(1, 2)) < BLANK
    return np.asarray(empty[1:] & empty[:-1])


def _steps(marks: NDArray[np.uint8]) -> Floats:
    """How much each frame differs from the one before, in grey levels at half the size of the small copies, without
    what changes whole rows: the bands of a lamp are no movement."""
    small = np.stack([cv2.resize(mark, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for mark in marks])
    even = small.astype(np.float32)
    even -= even.mean(axis=2, keepdims=True)
    return np.asarray(np.abs(np.diff(even, axis=0)).mean((1, 2)), np.float32)


def longest_still(steps: Floats, lengths: NDArray[np.float64]) -> float:
    """Seconds of the longest run of frames that do not change. A single change may interrupt it, and another no sooner
    than 0.4 s later: a keyframe codes the same picture anew. Changes that come faster are those of a slow camera, whose
    pictures were repeated to fill a faster clip."""
    longest = run = since = 0.0
    for still, length in zip(steps < STILL, lengths, strict=True):
        run += float(length)
        longest = max(longest, run)
        if still:
            since += float(length)
        else:
            run, since = run if since >= SELDOM else since, 0.0
    return longest if (steps < STILL).any() else 0.0


def looped_from(steps: Floats, fps: float) -> float:
    """The excess of a loop. Where repeated frames leave fewer than 8 different pictures in a stretch, its median
    scatters more, as one over the root of their number, and so much more is asked for."""
    pictures = _length(fps) * (1 + int((steps >= STILL).sum())) / (1 + len(steps))
    return LOOPED * max(1.0, math.sqrt(SHORTEST / pictures))


def _length(fps: float) -> int:
    """Frames of the shortest stretch that is looked for."""
    return max(round(LOOP_SECONDS * fps), SHORTEST)


def nearest_repeat(marks: NDArray[np.uint8], fps: float) -> tuple[float, int]:
    """The lag in frames at which a stretch of at least 0.4 s comes again most clearly, and by how much: the correlation
    of fine changes that half of the stretch's frames reach, less the highest at any lag that has no loop in common with
    it. Bands and swaying are alike at many lags, noise at one and its multiples. 0 where the clip is too short."""
    length = _length(fps)
    changes = _changes(marks)
    alike = changes @ changes.T
    lags = np.arange(length, len(alike) - length + 1)
    if len(lags) < 2:
        return 0.0, 0
    reached = np.array([_stretch(np.diagonal(alike, lag), length) for lag in lags])
    lag = int(lags[reached.argmax()])
    return float(reached.max() - reached[np.gcd(lags, lag) < length].max(initial=0.0)), lag


def _stretch(alike: Floats, length: int) -> float:
    """The best stretch's median: one pair may be alike by chance, and keyframes by the way they are coded."""
    return float(np.median(np.lib.stride_tricks.sliding_window_view(alike, length), axis=1).max())


def _changes(marks: NDArray[np.uint8]) -> Floats:
    """How each frame departs from the mean of its neighbours, as rows of about unit length: (n - 2) x pixels. What
    light does to whole rows or columns, a lamp's bands or the exposure, is taken out."""
    grey = marks.astype(np.float32)
    change = grey[1:-1] - (grey[:-2] + grey[2:]) / 2
    shown = grey.mean(axis=0)
    for axis in (0, 1):
        change -= change.mean(axis=axis + 1, keepdims=True)
        lit = shown - shown.mean(axis=axis, keepdims=True)
        share = (change * lit).sum(axis=axis + 1, keepdims=True) / ((lit**2).sum(axis=axis, keepdims=True) + 1)
        change -= share * lit
    flat = np.clip(change, -FINE, FINE).reshape(len(change), shown.size)  # two frames leave no row
    lengths = np.linalg.norm(flat, axis=1, keepdims=True) + ROUNDED * np.sqrt(flat.shape[1])
    return np.asarray(flat / lengths, np.float32)
