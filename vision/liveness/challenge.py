"""Whether the customer did what the app asked for: turn the head, nod or blink.

Directions are the customer's own, in a clip that is not mirrored. A nod is read from how the face travels, since a
detector's five points hardly show how it is tilted: somebody who moves a photograph down and up again passes it. A turn
and a blink are not had that way. Who turns is compared with who looks ahead (`vision.liveness.track`), and who nods;
the closed eyes of a blink are compared with nothing. Measured on rendered heads, which turn by 24 and bow by 14 degrees
(`vision/bench/liveness.py`); real people and other cameras were not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from vision.liveness.track import Track, Values
from vision.types import Challenge, ChallengeResult

TURNED, BOWED, CLOSED, OPEN_AGAIN = 0.14, 0.22, 0.65, 0.85
LONGEST_BLINK = 0.7
# Frames a second from which a blink of a sixth of a second cannot hide between two of them.
DENSE = 7.0
FEWEST = 6
SIGNS: Mapping[Challenge, int] = {"turn_left": 1, "turn_right": -1}
"""To which side of the picture a turn goes: 1 is right."""
OUT_OF_SIGHT = 0.2
"""Share of the frames without a face from which a movement may have been done unseen."""
SHOWN = 2
"""Turned frames that must show whose face it is, for the turn to be somebody's."""


def answered(track: Track, asked: Challenge) -> ChallengeResult:
    """Hold a track against a challenge. `answered` is None where the clip cannot tell, or shows a turn to the other
    side: many front cameras mirror what they save, which is nobody's fraud, and no answer either."""
    needs, measure, threshold = MEASURES[asked]
    if len(track.at) < FEWEST:
        return _unknown(asked, threshold, "the face is seen in too few frames")
    if needs and _rate(track) < DENSE:
        return _unknown(asked, threshold, "the frames lie too far apart to see a blink")
    measured = round(float(measure(track)), 4)
    done = measured >= threshold
    doubt = _whose(track, asked) if done else _excuse(track, asked)
    answer = None if doubt else done
    return ChallengeResult(asked=asked, answered=answer, measured=measured, threshold=threshold, reason=doubt)


def _whose(track: Track, asked: Challenge) -> str:
    """Why it is not known who made a movement; "" where it is, since those frames are compared with the others."""
    if asked not in SIGNS:
        return ""
    turned = track.comparable & (SIGNS[asked] * track.away >= TURNED)
    return "" if turned.sum() >= SHOWN else "the turned face is not seen well enough to tell whose it is; turn slowly"


def _excuse(track: Track, asked: Challenge) -> str:
    """What other than a refusal explains a movement that is not seen; "" where nothing does."""
    if asked in SIGNS and _turned(track, -SIGNS[asked]) >= TURNED:
        return "the head turns to the other side; record again without mirroring"
    if len(track.at) < (1 - OUT_OF_SIGHT) * track.sampled:
        return "the face is out of sight for a part of the clip; record again"
    return ""


def _unknown(asked: Challenge, threshold: float, reason: str) -> ChallengeResult:
    return ChallengeResult(asked=asked, answered=None, measured=None, threshold=threshold, reason=reason)


def _rate(track: Track) -> float:
    return float((len(track.at) - 1) / max(track.at[-1] - track.at[0], 1e-6))


def _smooth(values: Values) -> Values:
    """Median of three: one badly placed landmark is no movement."""
    padded = np.pad(values, 1, mode="edge")
    return np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)


def _turned(track: Track, sign: int) -> float:
    yaw = sign * _smooth(track.yaw)
    return float(yaw.max() - np.median(yaw[:FEWEST]))


def _bowed(track: Track) -> float:
    """How far the face goes down and comes back, over the length from eyes to mouth: the smaller of the two ways."""
    height = _smooth(track.height)
    lowest = int(height.argmax())
    return float(height[lowest] - max(height[: lowest + 1].min(), height[lowest:].min()))


def _blinked(track: Track) -> float:
    """1 minus how far the eyes stay open at the lowest point of a blink, 0 where they do not open again."""
    openness = track.eyes_open / np.median(track.eyes_open)
    deepest = 0.0
    for index in range(1, len(openness) - 1):
        near = np.abs(track.at - track.at[index]) <= LONGEST_BLINK
        before, after = near & (track.at < track.at[index]), near & (track.at > track.at[index])
        rim = min(openness[before].max(initial=0), openness[after].max(initial=0))
        if rim >= OPEN_AGAIN:
            deepest = max(deepest, 1 - float(openness[index]))
    return deepest


MEASURES: Mapping[Challenge, tuple[bool, Callable[[Track], float], float]] = {
    "turn_left": (False, lambda track: _turned(track, SIGNS["turn_left"]), TURNED),
    "turn_right": (False, lambda track: _turned(track, SIGNS["turn_right"]), TURNED),
    "nod": (False, _bowed, BOWED),
    "blink": (True, _blinked, 1 - CLOSED),
}
