"""One face followed through a clip: where it is in each sampled frame, whose it is, how it is held, if it blinks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision import face
from vision.face import recogniser
from vision.face.rotations import USUAL, Rotation, Sight, sight
from vision.face.yunet import Detector, Face
from vision.types import Box, Quality
from vision.video import Clip

Pixels = NDArray[np.uint8]
Values = NDArray[np.float64]
Vectors = NDArray[np.float32]

SURE = 0.7
"""Lower than in a still: turned and blinking faces score less, and the frames before and after vouch for them."""
WINDOW, MOST_VECTORS = 3, 12
# The nose's offset from between the eyes, over their distance, up to which a face counts as seen from the front.
FRONTAL = 0.15
SIDEWAYS, LENIENT, LOOKED = 0.6, 0.9, 24
"""That offset up to which a turned face still tells whose it is; the share of the limit between two pictures that one
of two frames in a row must reach; and how many frames are looked at. In 34 honest rendered clips one of two always
reaches 0.77 where the limit is 0.74; of two of somebody else neither reaches nine tenths of it in 98 of 100 (1,902
draws). Real people were not measured, and may look less like themselves turned than from the front: hence nine tenths.
"""
LEAP, ALIKE = 8.0, 0.4
"""Another person who looks much alike: how many times the usual change a sudden one must be, and the share of the way
from the limit between two pictures up to 1 below which it counts. Honest rendered clips leap by 6 at most and stay 0.09
above the limit."""
LOOKED_FIRST = 1 / 2, 1 / 4, 3 / 4
"""Places of a clip, as shares of it, that are asked how it lies, each only while none before shows a sure face."""
# Eyes in an aligned crop of 112 pixels.
EYES = (slice(45, 58), slice(28, 48)), (slice(45, 58), slice(63, 83))


@dataclass(frozen=True, eq=False)
class Track:
    """k frames of a clip in which the face was found, of `sampled` looked at. `frames` are k upright pictures, `crops`
    the aligned faces (k x 112 x 112 x 3), `at` their times in seconds; `rivals` counts frames with a second face of
    comparable size."""

    sampled: int
    rivals: int
    frames: tuple[Pixels, ...]
    faces: tuple[Face, ...]
    crops: Pixels
    at: Values

    @property
    def boxes(self) -> tuple[Box, ...]:
        return tuple(
            Box(x=round(each.x), y=round(each.y), width=round(each.width), height=round(each.height))
            for each in self.faces
        )

    @property
    def quality(self) -> Quality:
        """That of the middle frame by its own score: neither the sharpest nor the most blurred speaks for all."""
        judged = [face.quality(each, crop) for each, crop in zip(self.faces, self.crops, strict=True)]
        return sorted(judged, key=lambda quality: quality.score)[len(judged) // 2]

    @property
    def yaw(self) -> Values:
        """How far the nose lies to the right of the picture from between the eyes, over the distance of the eyes."""
        points = np.stack([each.landmarks for each in self.faces]).astype(np.float64)
        across, offset = points[:, 1] - points[:, 0], points[:, 2] - points[:, :2].mean(1)
        return np.asarray((offset * across).sum(1) / (across**2).sum(1))

    @property
    def away(self) -> Values:
        """How far the face is turned from where it began, as `yaw` is measured, to the right of the picture."""
        return np.asarray(self.yaw - np.median(self.yaw[:WINDOW]))

    @property
    def comparable(self) -> NDArray[np.bool_]:
        """Frames that show whose face it is: eyes open, turned away not too far."""
        opened = self.eyes_open > 0.6 * np.median(self.eyes_open)
        return np.asarray((np.abs(self.away) < SIDEWAYS) & opened)

    @property
    def height(self) -> Values:
        """How far down the picture the face lies, over its length from the eyes to the mouth."""
        points = np.stack([each.landmarks for each in self.faces]).astype(np.float64)
        length = np.median(points[:, 3:, 1].mean(1) - points[:, :2, 1].mean(1))
        return np.asarray(points[:, :, 1].mean(1) / max(float(length), 1.0))

    @property
    def eyes_open(self) -> Values:
        """Contrast within the eyes over that of the face: a closed lid is nearly as even as a cheek."""
        grey = [cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float64) for crop in self.crops]
        return np.array([np.mean([one[eye].std() for eye in EYES]) / max(one[20:100, 20:92].std(), 1) for one in grey])


def follow(clip: Clip, most: int) -> Track:
    """Find the face in at most so many frames, in the rotation in which one of them surely shows it. Raises
    `WeightsError`."""
    detector = face.detector()
    turn = _rotation(clip.frames, detector)
    frames, faces, at, rivals = [], [], [], 0
    looked = np.unique(np.linspace(0, len(clip.frames) - 1, most).round().astype(int))
    for index in looked:
        upright = np.ascontiguousarray(np.rot90(clip.frames[index], -turn // 90))
        found = [each for each in detector.find(upright, USUAL) if each.score >= SURE and each.plausible]
        found.sort(key=lambda each: -each.side)
        if not found:
            continue
        rivals += len(found) > 1 and found[1].side >= face.COMPARABLE * found[0].side
        frames.append(upright)
        faces.append(found[0])
        at.append(float(clip.sampled_at[index]))
    crops = [face.align(frame, each.landmarks) for frame, each in zip(frames, faces, strict=True)]
    stacked = np.stack(crops) if crops else np.empty((0, 112, 112, 3), np.uint8)
    return Track(len(looked), rivals, tuple(frames), tuple(faces), stacked, np.array(at))


def _rotation(frames: Pixels, detector: Detector) -> Rotation:
    """How a clip lies, by its middle frame, and by others where the face is out of sight there."""
    seen: list[Sight] = []
    for place in LOOKED_FIRST:
        seen.append(sight(frames[int(place * len(frames))], detector))
        if seen[-1].faces:
            break
    return max(seen, key=lambda each: each.best).rotation


@dataclass(frozen=True)
class Identity:
    """Whether a clip shows one person, as cosines of the mean vectors of three frames each: `least` of the least alike
    two moments, `sudden` of the least alike two that follow one another; `usual` of single frames that do, and `at` the
    time in seconds of the sudden change. `apart` is the cosine with all that is seen from the front which not both of
    two frames in a row reach, turned ones as well, at its least, and `apart_at` the time of the first of the two."""

    least: float
    sudden: float
    usual: float
    at: float
    apart: float
    apart_at: float

    @property
    def leap(self) -> float:
        """How many times as much the face changes at once as it usually does from frame to frame."""
        return (1 - self.sudden) / max(1 - self.usual, 0.005)

    def swap(self, same_face: float) -> str:
        """How the clip shows two people, if `same_face` is the cosine from which two pictures show one; "" where it
        shows one."""
        if self.least < same_face:
            return f"two moments of the clip show different faces: similarity {self.least:.2f}, below {same_face:.2f}"
        if self.apart < LENIENT * same_face:
            brief = f"another face is seen for a moment after {self.apart_at:.1f} s: similarity {self.apart:.2f}"
            return f"{brief}, below {LENIENT * same_face:.2f}"
        limit = same_face + ALIKE * (1 - same_face)
        if self.sudden >= limit or self.leap < LEAP:
            return ""
        change = f"the face changes at once after {self.at:.1f} s: similarity {self.sudden:.2f}, below {limit:.2f}"
        return f"{change}, and {self.leap:.0f} times the usual change, limit {LEAP:.0f}"


def identity(track: Track, model: recogniser.Recogniser | None = None) -> Identity | None:
    """Compare the face with itself in frames that show it with open eyes: at length those from the front, the turned
    ones with these. None where it is seen from the front in too few. Raises `WeightsError`."""
    if len(track.at) < 2 * WINDOW:
        return None
    seen = np.flatnonzero(track.comparable & (np.abs(track.away) < FRONTAL))
    if len(seen) < 2 * WINDOW:
        return None
    chosen, looked = _spread(seen, MOST_VECTORS), _spread(np.flatnonzero(track.comparable), LOOKED)
    both = np.union1d(chosen, looked)
    embedded = (model or recogniser.load()).embed(track.crops[both])
    vectors = embedded[np.isin(both, chosen)]
    means = np.stack([vectors[start : start + WINDOW].mean(0) for start in range(len(vectors) - WINDOW + 1)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    following = (means[:-WINDOW] * means[WINDOW:]).sum(1)
    change = int(following.argmin())
    front = np.median(vectors, axis=0)  # not the mean: the few frames of somebody else would move it
    front /= np.linalg.norm(front)
    alone = embedded[np.isin(both, looked)] @ front
    pairs = np.maximum(alone[:-1], alone[1:])
    return Identity(
        least=round(float((means @ means.T).min()), 4),
        sudden=round(float(following[change]), 4),
        usual=round(float(np.median((vectors[:-1] * vectors[1:]).sum(1))), 4),
        at=round(float(track.at[chosen[change + WINDOW]]), 2),
        apart=round(float(pairs.min()), 4),
        apart_at=round(float(track.at[looked[int(pairs.argmin())]]), 2),
    )


def _spread(indices: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of them, evenly."""
    return np.asarray(indices[np.linspace(0, len(indices) - 1, min(most, len(indices))).round().astype(int)])
