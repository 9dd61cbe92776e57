"""Traces of a clip that was played before: frames that stand still or come again, and those of a filmed display.

Each cue is a number a reviewer can check, held against a limit that rendered clips gave (`vision/bench/liveness.py`).
Real displays and cameras were not measured. Bands also come from lamps on the mains, dark borders from rooms, which is
why neither counts alone.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Severity, Signal
from vision.video import Clip

Floats = NDArray[np.float32]

STILL, FROZEN_SECONDS = 0.1, 0.6
LOOP_SECONDS, LOOPED = 0.4, 0.75
MOIRE, BANDS, SIDES = 5.0, 0.5, 3
PATCH = 256
DARK, RISE = 60, 25


def repeats(clip: Clip) -> tuple[Signal, ...]:
    """Frozen and looped stretches of a clip."""
    marks = _even(clip.marks)
    steps = np.abs(np.diff(marks, axis=0)).mean((1, 2))
    frozen = longest_still(steps, np.diff(clip.times))
    found = []
    if frozen >= FROZEN_SECONDS:
        found.append(_signal("frozen_frames", "high", frozen, f"the picture stands still for {frozen:.1f} s"))
    ratio, lag = nearest_repeat(marks, steps, clip.fps)
    if ratio < LOOPED:
        again = f"a stretch comes again after {lag / clip.fps:.1f} s; to {ratio:.2f} of the usual change"
        found.append(_signal("looped_frames", "high", 1 - ratio, f"{again} between neighbouring frames"))
    return tuple(found)


def display(clip: Clip) -> tuple[Signal, ...]:
    """Moire, moving bands and the dark border of a display."""
    found = []
    if (peak := moire(clip)) >= MOIRE:
        meaning = f"a regular pattern stands out of the fine detail by {peak:.1f} in the logarithm of its power"
        found.append(_signal("moire", "medium", peak / 10, meaning))
    if (strength := bands(clip.marks)) >= BANDS:
        meaning = f"bands of light move over both edges of the picture alike, {strength:.1f} grey levels strong"
        found.append(_signal("moving_bands", "low", strength / 10, meaning))
    if (sides := border(clip.marks)) >= SIDES:
        found.append(_signal("dark_border", "low", sides / 4, f"a straight dark edge on {sides} sides of the picture"))
    return tuple(found)


def filmed(codes: frozenset[str]) -> bool:
    """Whether a clip's traces together say that a display was filmed: moire, or bands within a dark border."""
    return "moire" in codes or codes >= {"moving_bands", "dark_border"}


def _signal(code: str, severity: Severity, score: float, meaning: str) -> Signal:
    return Signal(code=code, severity=severity, score=round(min(max(score, 0), 1), 4), box=None, meaning=meaning)


def _even(marks: NDArray[np.uint8]) -> Floats:
    """Small copies at half size without what changes whole rows: the bands of a lamp are no movement."""
    small = np.stack([cv2.resize(mark, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for mark in marks])
    even = small.astype(np.float32)
    return np.asarray(even - even.mean(axis=2, keepdims=True), np.float32)


def longest_still(steps: Floats, lengths: NDArray[np.float64]) -> float:
    """Seconds of the longest run of frames that do not change. A single change may interrupt it: a keyframe codes
    the same picture anew."""
    longest = run = 0.0
    missed = 0
    for still, length in zip(steps < STILL, lengths, strict=True):
        missed = 0 if still else missed + 1
        run = 0.0 if missed > 1 else run + float(length)
        longest = max(longest, run)
    return longest if (steps < STILL).any() else 0.0


def nearest_repeat(marks: Floats, steps: Floats, fps: float) -> tuple[float, int]:
    """The stretch of at least 0.4 s that most resembles a later one: their mean difference over the clip's usual change
    from frame to frame, and the lag in frames. Nothing that moves comes back nearer than its neighbour; 9 where the
    clip is too short or mostly still."""
    count, length = len(marks), max(round(LOOP_SECONDS * fps), 8)
    moving = steps[steps >= STILL]
    if count < 3 * length or len(moving) < len(steps) / 2:
        return 9.0, 0
    usual = float(np.median(moving))
    best = (9.0, 0)
    for lag in range(length, count - length + 1):
        apart = np.abs(marks[lag:] - marks[:-lag]).mean((1, 2))
        stretch = np.convolve(apart, np.full(length, 1 / length), "valid").min()
        best = min(best, (float(stretch) / usual, lag))
    return best


def moire(clip: Clip) -> float:
    """How far the strongest regular pattern stands out of the fine detail: natural logarithm of its power over the
    median at frequencies like it, in the middle 256 pixels, over all sampled frames."""
    spectra = [_spectrum(frame) for frame in clip.frames[::6]]
    power = np.log(np.mean(spectra, axis=0) + 1)
    frequency = np.hypot(np.fft.fftfreq(power.shape[0])[:, None], np.fft.fftfreq(power.shape[1])[None])
    ring = np.minimum((frequency * 80).astype(int), 39)
    usual = np.array([np.median(power[ring == index]) for index in range(40)])
    return float((power - usual[ring])[(frequency > 0.08) & (frequency < 0.5)].max())


def _spectrum(frame: NDArray[np.uint8]) -> Floats:
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    side = min(PATCH, *grey.shape)
    top, left = (grey.shape[0] - side) // 2, (grey.shape[1] - side) // 2
    patch = grey[top : top + side, left : left + side]
    window = np.hanning(side)[:, None] * np.hanning(side)[None]
    fine = (patch - cv2.GaussianBlur(patch, (0, 0), 2)) * window
    return np.asarray(np.abs(np.fft.fft2(fine)) ** 2, np.float32)


def bands(marks: NDArray[np.uint8]) -> float:
    """Strength in grey levels of horizontal bands that move from frame to frame, alike at both edges of the picture,
    where the face is not."""
    width = max(marks.shape[2] // 8, 2)
    edges = [part.astype(np.float32).mean(2) for part in (marks[..., :width], marks[..., -width:])]
    waves = [np.fft.rfft(np.diff(edge - edge.mean(1, keepdims=True), axis=0), axis=1)[:, 1:12] for edge in edges]
    shared = np.median((waves[0] * waves[1].conj()).real, axis=0)
    return float(np.sqrt(max(shared.max(), 0)) * 2 / marks.shape[1])


def border(marks: NDArray[np.uint8]) -> int:
    """On how many sides of the picture, 0 to 4, a dark margin ends in a straight edge."""
    still = np.median(marks, axis=0).astype(np.float32)
    return sum(_edge(np.rot90(still, turn)) for turn in range(4))


def _edge(grey: Floats) -> bool:
    """Whether the left margin is dark and ends along a straight line."""
    reach = max(grey.shape[1] // 4, 4)
    rows = grey[grey.shape[0] // 8 : -(grey.shape[0] // 8), :reach]
    bright = rows > rows[:, :1] + RISE
    found = bright.any(1) & (rows[:, 0] < DARK)
    if found.mean() < 0.8:
        return False
    at, place = np.flatnonzero(found), bright.argmax(1)[found]
    line = np.polyval(np.polyfit(at, place, 1), at)
    return bool(place.min() >= 1 and np.median(np.abs(place - line)) < 0.7 and np.abs(place - line).mean() < 1.2)
