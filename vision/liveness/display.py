"""Traces of a display that was filmed: its dots, its stripes of colour, the bands of its light and its border.

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

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

MOIRE, BANDS, SIDES = 5.0, 0.5, 3
PATCH = 256
DARK, RISE = 60, 25
TURNING = 1.4
"""Natural logarithm of the power of colours that turn one way over that of the other way. Of 25 real photographs of
people, at 480 to 1280 pixels, none exceeds 0.94, of the honest rendered clips that chose it none 0.5."""
WIDEST, TURNED, NEAR = 512, 5, 9
"""Longest side in pixels and number of the pictures looked at for turning colours; bins of the spectrum by which
perspective spreads a pattern."""
THIRD = np.exp(2j * np.pi / 3)


def signals(clip: Clip) -> tuple[Signal, ...]:
    """Moire, turning colours, moving bands and the dark border of a display."""
    found = []
    if (peak := moire(clip)) >= MOIRE:
        meaning = f"a regular pattern stands out of the fine detail by {peak:.1f} in the logarithm of its power"
        found.append(_signal("moire", "medium", peak / 10, meaning))
    if (excess := turning(clip)) >= TURNING:
        times = f"{np.exp(excess):.0f} times as strongly one way as the other, limit {np.exp(TURNING):.0f}"
        meaning = f"colours turn through red, green and blue {times}, as over the stripes of a display"
        found.append(_signal("turning_colours", "medium", excess / 5, meaning))
    if (strength := bands(clip.marks)) >= BANDS:
        meaning = f"bands of light move over both edges of the picture alike, {strength:.1f} grey levels strong"
        found.append(_signal("moving_bands", "low", strength / 10, meaning))
    if (sides := border(clip.marks)) >= SIDES:
        found.append(_signal("dark_border", "low", sides / 4, f"a straight dark edge on {sides} sides of the picture"))
    return tuple(found)


def filmed(codes: frozenset[str]) -> bool:
    """Whether a clip's traces together say that a display was filmed: moire, turning colours, or bands within a dark
    border."""
    return bool(codes & {"moire", "turning_colours"}) or codes >= {"moving_bands", "dark_border"}


def _signal(code: str, severity: Severity, score: float, meaning: str) -> Signal:
    return Signal(code=code, severity=severity, score=round(min(max(score, 0), 1), 4), box=None, meaning=meaning)


def moire(clip: Clip) -> float:
    """How far the strongest regular pattern stands out of the fine detail: natural logarithm of its power over the
    median at frequencies like it, in the middle 256 pixels, over all sampled frames."""
    spectra = [_spectrum(frame) for frame in clip.frames[::6]]
    power = np.log(np.mean(spectra, axis=0) + 1)
    frequency = np.hypot(np.fft.fftfreq(power.shape[0])[:, None], np.fft.fftfreq(power.shape[1])[None])
    ring = np.minimum((frequency * 80).astype(int), 39)
    rings = [power[ring == index] for index in range(40)]  # a small picture has fewer
    usual = np.array([np.median(each) if each.size else 0.0 for each in rings])
    return float((power - usual[ring])[(frequency > 0.08) & (frequency < 0.5)].max())


def turning(clip: Clip) -> float:
    """How much more strongly colours turn through red, green and blue one way across the picture than the other way:
    natural logarithm of their power, at the frequency where it is highest.

    The three stripes of a display's pixel stand side by side, so that their beat against the sensor reaches the
    channels a third of a period apart: R + wG + w2B, w being a third of a turn, has power at its frequency and little
    at the opposite one. Light, skin and edges change the channels together, and such a spectrum is even. It also shows
    beats too wide to be moire: those of pixels about as wide as the camera's.
    """
    chosen = np.linspace(0, len(clip.frames) - 1, TURNED).round().astype(int)
    power = np.mean([_colour_power(_middle(clip.frames[index], WIDEST)) for index in chosen], axis=0)
    one = cv2.blur(power, (NEAR, NEAR)) + 0.01
    y, x = (np.arange(side) - side // 2 for side in one.shape)
    other = one[np.ix_(*((2 * (side // 2) - np.arange(side)) % side for side in one.shape))]
    frequency = np.hypot(y[:, None] / len(y), x / len(x))
    return float(np.log(one / other)[(frequency > 0.015) & (frequency < 0.35)].max())


def _spectrum(frame: Pixels) -> Floats:
    patch = cv2.cvtColor(_middle(frame, PATCH), cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = (patch - cv2.GaussianBlur(patch, (0, 0), 2)) * _fade(patch.shape)
    return np.asarray(np.abs(np.fft.fft2(fine)) ** 2, np.float32)


def _colour_power(patch: Pixels) -> Floats:
    """The power of the colours of a picture as turns, in percent of its light, by frequency with 0 in the middle."""
    fade = _fade(patch.shape)
    light = patch.astype(np.float32)
    colour = light @ np.array([1, THIRD, THIRD**2], np.complex64) / (light.mean(axis=2) + 10) * 100
    waves = np.fft.fft2((colour - colour.mean()) * fade) / (0.75 * fade.sum())
    return np.asarray(np.abs(np.fft.fftshift(waves)) ** 2, np.float32)


def _middle(frame: Pixels, longest: int) -> Pixels:
    """The middle of a picture, at most so many pixels high and wide."""
    height, width = (min(longest, side) for side in frame.shape[:2])
    top, left = (frame.shape[0] - height) // 2, (frame.shape[1] - width) // 2
    return frame[top : top + height, left : left + width]


def _fade(shape: tuple[int, ...]) -> Floats:
    """A window that is 1 in the middle of a picture and 0 at its edges."""
    return np.outer(np.hanning(shape[0]), np.hanning(shape[1])).astype(np.float32)


def bands(marks: Pixels) -> float:
    """Strength in grey levels of horizontal bands that move from frame to frame, alike at both edges of the picture,
    where the face is not."""
    width = max(marks.shape[2] // 8, 2)
    edges = [part.astype(np.float32).mean(2) for part in (marks[..., :width], marks[..., -width:])]
    waves = [np.fft.rfft(np.diff(edge - edge.mean(1, keepdims=True), axis=0), axis=1)[:, 1:12] for edge in edges]
    shared = np.median((waves[0] * waves[1].conj()).real, axis=0)
    return float(np.sqrt(max(shared.max(), 0)) * 2 / marks.shape[1])


def border(marks: Pixels) -> int:
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
