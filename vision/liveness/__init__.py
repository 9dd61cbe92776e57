"""Whether a selfie, still or clip, shows a live person.

Three things may speak. What a clip shows by itself: another face halfway through, a loop, a picture that mostly stands
still, a challenge that was not answered are attacks whatever a model says. A presentation-attack model, where one is
configured. And traces of a display or of software, or a picture that stands still for a moment, which only keep the
answer from being "live". A clip alone is ever live: a still shows nobody move, so a model may call it an attack and no
more. Without a model, or where the capture is too poor, it is not assessed. Physical attacks (masks, real prints, real
displays) were not measured here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from vision import decode, face, video
from vision.face.rotations import sight
from vision.liveness import challenge as liveness_challenge
from vision.liveness import display as liveness_display
from vision.liveness import injection as liveness_injection
from vision.liveness import repeats as liveness_repeats
from vision.liveness.track import Identity, Track, follow, identity
from vision.types import Box, Challenge, ChallengeResult, Liveness, ModelVersion, Signal

Pixels = NDArray[np.uint8]
Verdict = Literal["live", "attack", "not_assessed"]

SYNTHETIC = "synthetic"
"""In place of a folder of weights: the project's own network, which knows rendered heads alone."""
NO_WEIGHTS = "no liveness weights are configured"
STILL = "a still picture shows no movement"
NO_CLIP = "a movement was asked for, and a still picture came instead of a clip"
STALLED = "stalled_frames"
"""A picture that stands still and goes on, as where a phone or a connection falters: it accuses nobody."""
REPEATED = frozenset({"looped_frames", "frozen_frames", STALLED})
ATTACKS = REPEATED - {STALLED} | {"identity_swap", "challenge_failed"}
FOLLOWED, FEWEST, SCORED = 24, 6, 7
SAME_FACE, STRICTEST = 0.43, 0.74
"""Cosine of SFace from which two moments show one person: that of photographs, and the strictest under which honest
clips were measured (`vision/bench/liveness.py`). Who asks more of a match does not make two people of one."""
# Below this quality a face is no longer compared with itself: blur and stripes look like another person.
COMPARABLE = 0.5
COARSEST = 0.055
"""Bits of a keyframe's pixel from which a face can be compared with itself. Of eleven people rendered for this and
saved by x264 none looked like two at crf 38 or finer, one did at crf 40 (0.05 bits) and most at crf 43 (0.04). At its
usual crf 23 it takes seven times as many."""


class LivenessModel(Protocol):
    """Scores the face in a box of an upright RGB picture from 0 (attack) to 1 (live); live from `threshold` on."""

    threshold: float
    version: ModelVersion

    def score(self, rgb: Pixels, box: Box) -> float: ...


@lru_cache(maxsize=4)
def model_of(weights: Path | None, sha256: str = "") -> LivenessModel | None:
    """The model that settings name: none, a folder of MiniFASNet files with their hash, or the word "synthetic". Raises
    `WeightsError`."""
    if weights is None:
        return None
    if weights.name == SYNTHETIC and not weights.exists():
        from vision.liveness.net import SyntheticModel

        return SyntheticModel()
    from vision.liveness.minifas import MiniFas

    return MiniFas(weights, sha256)


def assess(
    capture: bytes, model: LivenessModel | None, challenge: Challenge | None = None, same_face: float = SAME_FACE
) -> Liveness:
    """Judge an encoded still or clip. `challenge` is what the customer was asked to do; `same_face` the cosine of SFace
    from which two pictures show one person, whichever recogniser compares pictures. Raises `BadImage` and
    `WeightsError`."""
    if not video.is_clip(capture):
        return _still(decode.still(capture).rgb, model, challenge)
    return _judged(_watched(decode.clip(capture), model, challenge, min(same_face, STRICTEST)), model)


def _still(rgb: Pixels, model: LivenessModel | None, challenge: Challenge | None) -> Liveness:
    # What was asked for did not come, whatever can be said of what came instead.
    usable = False if challenge else None
    if model is None:
        return Liveness(verdict="not_assessed", score=None, usable=usable, reason=NO_CLIP if challenge else NO_WEIGHTS)
    seen = sight(rgb, face.detector())
    judged = face.quality(seen.faces[0], face.align(seen.upright, seen.faces[0].landmarks)) if seen.faces else None
    refused = face.refusal(seen, judged)
    if refused:
        return Liveness(
            verdict="not_assessed", score=None, usable=usable, reason=refused, model=model.version, quality=judged
        )
    score = round(model.score(seen.upright, seen.count.boxes[0]), 4)
    attack = score < model.threshold
    return Liveness(
        verdict="attack" if attack else "not_assessed",
        score=score,
        usable=usable,
        reason="" if attack else NO_CLIP if challenge else STILL,
        model=model.version,
        quality=judged,
    )


@dataclass(frozen=True, eq=False)
class _Seen:
    """All that was measured on a clip; `poor` is why its face cannot be judged, "" where it can."""

    track: Track
    poor: str
    signals: tuple[Signal, ...]
    identity: Identity | None
    challenge: ChallengeResult | None
    score: float | None

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(signal.code for signal in self.signals)

    @property
    def unusable(self) -> str:
        """Why the clip is not good enough, "" where it is. Where it only stalls, all else was judged."""
        return self.poor or next((signal.meaning for signal in self.signals if signal.code == STALLED), "")

    @property
    def repeated(self) -> bool | None:
        return bool(self.codes & REPEATED) if _followed(self.track) else None


def _watched(clip: video.Clip, model: LivenessModel | None, challenge: Challenge | None, same_face: float) -> _Seen:
    # A blink is over in a sixth of a second; for all else fewer frames will do.
    track = follow(clip, video.SAMPLED if challenge == "blink" else FOLLOWED)
    poor = _poor(track) or _brief(clip) or _coarse(clip)
    alike = None if poor or track.quality.score < COMPARABLE else identity(track)
    answer = _answer(track, challenge, alike) if challenge and not poor else None
    found = (*_of_face(alike, same_face, answer), *traces(clip))
    # A covered lens shows a picture that stands still, and nobody who could be accused of it.
    signals = tuple(each for each in found if _followed(track) or each.code not in REPEATED)
    score = _score(track, model) if model and not poor else None
    return _Seen(track, poor, signals, alike, answer, score)


def _answer(track: Track, asked: Challenge, alike: Identity | None) -> ChallengeResult:
    """Whether the challenge was answered, and by the person whose clip it is."""
    found = liveness_challenge.answered(track, asked)
    if alike is not None or not found.answered:
        return found
    reason = "whether the movement is that of the person shown cannot be told"
    return found.model_copy(update={"answered": None, "reason": reason})


def traces(clip: video.Clip) -> tuple[Signal, ...]:
    """What a clip shows without regard to any face: repeats, a display that was filmed, software."""
    return (*liveness_repeats.signals(clip), *liveness_display.signals(clip), *liveness_injection.traces(clip))


def _followed(track: Track) -> bool:
    return len(track.at) >= max(FEWEST, track.sampled / 2)


def _poor(track: Track) -> str:
    found = len(track.at)
    if not _followed(track):
        fewest = f", fewer than {FEWEST}" if found < FEWEST else ", fewer than half"
        return f"a face is seen in {found} of {track.sampled} frames{fewest}"
    if track.rivals > found / 4:
        return "two faces of comparable size"
    if track.quality.score < face.USABLE:
        return f"the quality of the face is too low ({track.quality.note})"
    return ""


def _brief(clip: video.Clip) -> str:
    """Too short to stand still or to come again, as a photograph would be that was made a clip."""
    shortest = 2 * liveness_repeats.LOOP_SECONDS
    return f"the clip lasts {clip.duration:.2f} s, less than {shortest:g}" if clip.duration < shortest else ""


def _coarse(clip: video.Clip) -> str:
    keys = clip.packets.sizes[clip.packets.keyframes]
    bits = 8 * float((keys if len(keys) else clip.packets.sizes).mean()) / (clip.stored_size[0] * clip.stored_size[1])
    return f"the clip is compressed too hard: {bits:.3f} bits a pixel, below {COARSEST}" if bits < COARSEST else ""


def _of_face(alike: Identity | None, same_face: float, answer: ChallengeResult | None) -> tuple[Signal, ...]:
    """What the face itself gives away."""
    found = []
    if meaning := alike.swap(same_face) if alike else "":
        found.append(Signal(code="identity_swap", severity="high", score=1.0, box=None, meaning=meaning))
    if answer is not None and answer.answered is False:
        meaning = (
            f"{answer.asked.replace('_', ' ')} was asked for and not done: {answer.measured} of {answer.threshold}"
        )
        found.append(Signal(code="challenge_failed", severity="high", score=1.0, box=None, meaning=meaning))
    if answer is not None and answer.answered is None:
        meaning = f"whether the movement that was asked for was made cannot be told: {answer.reason}"
        found.append(Signal(code="challenge_unclear", severity="low", score=0.5, box=None, meaning=meaning))
    return tuple(found)


def _score(track: Track, model: LivenessModel) -> float:
    """The median over frames: one bad frame is no verdict."""
    chosen = np.linspace(0, len(track.at) - 1, SCORED).round().astype(int)
    boxes = track.boxes
    return round(float(np.median([model.score(track.frames[index], boxes[index]) for index in chosen])), 4)


def _judged(seen: _Seen, model: LivenessModel | None) -> Liveness:
    attacks = [signal.meaning for signal in seen.signals if signal.code in ATTACKS]
    doubt = _doubt(seen, model)
    unlike = seen.score is not None and model is not None and seen.score < model.threshold
    verdict: Verdict = "attack" if attacks or unlike else "not_assessed" if doubt else "live"
    return Liveness(
        verdict=verdict,
        score=seen.score,
        reason="; ".join(attacks) if verdict == "attack" else doubt,
        model=model.version if model else None,
        signals=seen.signals,
        quality=seen.track.quality if len(seen.track.at) else None,
        frames=len(seen.track.at),
        identity=seen.identity.least if seen.identity else None,
        identity_constant="identity_swap" not in seen.codes if seen.identity else None,
        challenge=seen.challenge,
        usable=not seen.unusable,
        repeated=seen.repeated,
        screen=liveness_display.filmed(seen.codes),
        converted=liveness_injection.converted(seen.codes),
    )


def _doubt(seen: _Seen, model: LivenessModel | None) -> str:
    """Why a clip without an attack is not called live; "" where nothing stands against it."""
    if seen.unusable:
        return seen.unusable
    if model is None:
        return NO_WEIGHTS
    if liveness_display.filmed(seen.codes):
        return "traces of a display that was filmed"
    if liveness_injection.converted(seen.codes):
        return "the file comes from software, not from a camera"
    if seen.identity is None:
        return "whether one person is shown throughout cannot be told"
    if seen.challenge is not None and seen.challenge.answered is None:
        return f"the challenge cannot be judged: {seen.challenge.reason}"
    return ""
