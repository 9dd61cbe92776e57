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

from vision.types import Severity, Signal
from vision.video import Clip

Floats = NDArray[np.float32]

STILL, FROZEN_SECONDS, SELDOM = 0.1, 0.6, 0.4
PAUSED, MOSTLY = 0.3, 0.4
"""Seconds of a pause, and the share of a clip in pauses from which it is frozen. A codec takes some frames, and another
at each keyframe, until a still picture no longer changes: half a clip that stands still measures as little as this."""
LOOP_SECONDS, SHORTEST, LOOPED = 0.4, 8, 0.18
MIRRORED_SECONDS, FEWEST, MOST_OF = 1.0, 20, 2 / 3
"""A stretch that comes backwards is longer than one that comes again, and more of its frames must be alike: a head that
turns and comes back goes the same way for some tenths of a second. In 33 clips of three rendered heads that do so, six
of them in exactly mirrored time, the excess is 0.05 at most; it is 0.22 or more in nine that are played backwards."""
LACKING, SPARSE, MOST_TIMED, SHORTEST_BEAT = 1.1, 2.5, 900, 1e-4
"""A clip lacks frames if it lasts for this many times as many beats as it has of them; if it has as few as the second,
the two passes of a loop have too few in common. How many are compared by their time, and the least seconds of a beat.
In 14 honest clips of four rendered people that Chromium recorded with gaps the excess is 0.10 at most, in five loops
0.40 or more, of which two are not seen by the number of frames; none is seen in a loop that kept 11 of 30 a second."""
NEAR = 4
"""Frames between two whose changes share no picture."""
# Grey levels a change counts up to. Movement reaches far beyond it and would drown the noise.
FINE = 1.5
# Deviation in grey levels below which a small copy shows nothing that could stand still, as from a covered lens.
BLANK = 5.0
# Grey levels by which small copies differ through rounding alone.
ROUNDED = 0.05


def signals(clip: Clip) -> tuple[Signal, ...]:
    """Frozen, stalled and repeated stretches of a clip."""
    steps = _steps(clip.marks)
    return (*_still(clip, steps), *_again(clip, looped_from(steps, clip.fps)))


def _still(clip: Clip, steps: Floats) -> list[Signal]:
    """A clip of which most stands still, or one that stands still and goes on, as where a phone falters. A file may
    say so by one picture that lasts, which is also how a recorder skips what it had no time for: it is never frozen."""
    blank, lengths = _blank(clip.marks), np.diff(clip.times)
    shown = np.where(blank, np.inf, steps)
    still = longest_still(shown, lengths)
    longest = max(still, float(lengths[~blank].max(initial=0)))
    if longest < FROZEN_SECONDS:
        return []
    meaning = f"the picture stands still for {longest:.1f} s"
    if still >= FROZEN_SECONDS and still_share(shown, lengths) >= MOSTLY:
        return [_signal("frozen_frames", "high", longest, meaning)]
    return [_signal("stalled_frames", "medium", longest, f"{meaning} and goes on")]


def _again(clip: Clip, limit: float) -> list[Signal]:
    """A stretch that comes again, forwards or backwards."""
    alike = alikeness(clip.marks)
    counted, lag = nearest_repeat(alike, clip.fps)
    looped, after = max((counted, lag / clip.fps), repeat_in_time(alike, clip.times[1:-1]))
    mirrored, turn = nearest_reversal(alike, clip.fps)
    ways = (
        (looped, f"again after {after:.1f} s", "distance"),
        (mirrored, f"backwards from {turn / clip.fps:.1f} s on", "turning point near it"),
    )
    return [
        _signal(
            "looped_frames",
            "high",
            excess,
            f"a stretch comes {way}, noise and all: its fine changes correlate by {excess:.2f} more than at any other "
            f"{other}, limit {limit:.2f}",
        )
        for excess, way, other in ways
        if excess >= limit
    ]


def _signal(code: str, severity: Severity, score: float, meaning: str) -> Signal:
    return Signal(code=code, severity=severity, score=round(min(max(score, 0), 1), 4), box=None, meaning=meaning)


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


def still_share(steps: Floats, lengths: NDArray[np.float64]) -> float:
    """Share of the clip in which the picture stands still for 0.3 s or more without a change: that of a slow camera
    changes sooner."""
    still = steps < STILL
    runs = np.split(np.arange(len(still)), np.flatnonzero(np.diff(still)) + 1)
    spans = [float(lengths[run].sum()) for run in runs if still[run[0]]]
    return sum(span for span in spans if span >= PAUSED) / float(lengths.sum())


def looped_from(steps: Floats, fps: float) -> float:
    """The excess of a loop. Where repeated frames leave fewer than 8 different pictures in a stretch, its median
    scatters more, as one over the root of their number, and so much more is asked for."""
    pictures = _length(fps) * (1 + int((steps >= STILL).sum())) / (1 + len(steps))
    return LOOPED * max(1.0, math.sqrt(SHORTEST / pictures))


def _length(fps: float) -> int:
    """Frames of the shortest stretch that is looked for."""
    return max(round(LOOP_SECONDS * fps), SHORTEST)


def nearest_repeat(alike: Floats, fps: float) -> tuple[float, int]:
    """The lag in frames at which a stretch of at least 0.4 s comes again most clearly, and by how much: the correlation
    of fine changes that half of the stretch's frames reach, less the highest at any lag that has no loop in common with
    it. Bands and swaying are alike at many lags, noise at one and its multiples. 0 where the clip is too short."""
    length = _length(fps)
    lags = np.arange(length, len(alike) - length + 1)
    if len(lags) < 2:
        return 0.0, 0
    reached = np.array([_stretch(np.diagonal(alike, lag), length) for lag in lags])
    lag = int(lags[reached.argmax()])
    return float(reached.max() - reached[np.gcd(lags, lag) < length].max(initial=0.0)), lag


def repeat_in_time(alike: Floats, times: NDArray[np.float64]) -> tuple[float, float]:
    """The same as `nearest_repeat` for a clip that lacks frames, with the lag in seconds: where a browser has no time
    for some, a stretch comes again after the same time, but not after as many frames. Each is compared with those of
    its lag later, give or take half a beat; where there is none, nothing is alike. 0 for a clip without gaps."""
    if not SHORTEST <= len(times) <= MOST_TIMED:
        return 0.0, 0.0
    beat, lasts = _beat(times), float(times[-1] - times[0])
    if lasts <= 0 or not LACKING * len(times) < lasts / beat < SPARSE * len(times):
        return 0.0, 0.0
    rate = len(times) / lasts
    length = _length(rate)
    lags = np.arange(length / rate, lasts - length / rate, beat / 2)
    if len(lags) < 2:
        return 0.0, 0.0
    reached = np.array([_stretch(_later(alike, times, lag, 0.55 * beat), length) for lag in lags])
    lag = float(lags[reached.argmax()])
    loops = [lag / parts for parts in (1, 2, 3) if lag / parts >= LOOP_SECONDS]
    common = [np.abs(lags - loop * np.round(lags / loop)) <= 3 * beat for loop in loops]
    return float(reached.max() - reached[~np.any(common, axis=0)].max(initial=0.0)), lag


def _beat(times: NDArray[np.float64]) -> float:
    """Seconds from frame to frame where none is missing: what all gaps are about multiples of."""
    gaps = np.diff(times)
    beat = float(np.quantile(gaps, 0.25))
    for _ in range(3):
        beat = float(gaps.sum() / np.maximum(np.round(gaps / max(beat, SHORTEST_BEAT)), 1).sum())
    return beat


def _later(alike: Floats, times: NDArray[np.float64], lag: float, tolerance: float) -> Floats:
    """How alike each frame is to the one that comes `lag` seconds later, 0 where none does."""
    after = np.searchsorted(times, times + lag)
    found = np.zeros(len(times), np.float32)
    for near in (after - 1, after.clip(max=len(times) - 1)):
        there = np.abs(times[near] - times - lag) <= tolerance
        found[there] = np.maximum(found[there], alike[there, near[there]])
    return found


def nearest_reversal(alike: Floats, fps: float) -> tuple[float, float]:
    """The frame from which a stretch of at least a second is played backwards most clearly, and by how much: the
    correlation of fine changes that two thirds of its frames reach, less the highest at any turning point nearby. 0
    where the clip is too short."""
    length = max(round(MIRRORED_SECONDS * fps), FEWEST)
    pairs = [_mirrored(alike, total) for total in range(max(2 * len(alike) - 1, 0))]
    reached = np.array([_stretch(each, length, MOST_OF) if len(each) >= length else 0.0 for each in pairs])
    if not reached.any():
        return 0.0, 0.0
    total = int(reached.argmax())
    others = np.r_[reached[max(total - length, 0) : total], reached[total + 1 : total + length + 1]]
    return float(reached[total] - others.max(initial=0.0)), total / 2 + 1


def _mirrored(alike: Floats, total: int) -> Floats:
    """How alike the frames on both sides of a turning point are, from the outermost inwards."""
    before = np.arange(max(total - len(alike) + 1, 0), (total - NEAR) // 2 + 1)
    return np.asarray(alike[before, total - before], np.float32)


def _stretch(alike: Floats, length: int, share: float = 0.5) -> float:
    """What so many of the best stretch's frames reach: one pair may be alike by chance, and keyframes by the way they
    are coded."""
    stretches = np.lib.stride_tricks.sliding_window_view(alike, length)
    return float(np.quantile(stretches, 1 - share, axis=1).max())


def alikeness(marks: NDArray[np.uint8]) -> Floats:
    """How the fine changes of every two frames correlate: (n - 2) x (n - 2)."""
    changes = _changes(marks)
    return np.asarray(changes @ changes.T, np.float32)


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
