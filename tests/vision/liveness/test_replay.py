"""Each trace of a replay on pictures made to have it, and on ones made not to."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision import video
from vision.liveness import replay as liveness_replay
from vision.synth.clips import TICKS, Encoding, encode
from vision.synth.presentations import Screen

COUNT = 50


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    """A bright disc that crosses a blurred room, by a shaking hand and with noise: 50 x 320 x 240 x 3."""
    rng = np.random.default_rng(3)
    room = cv2.GaussianBlur(rng.uniform(40, 200, (320, 240, 3)).astype(np.float32), (0, 0), 9)
    room = (room - room.mean()) * 6 + 120
    made = np.empty((COUNT, 320, 240, 3), np.uint8)
    for number, frame in enumerate(made):
        seen = room.copy()
        cv2.circle(seen, (60 + 2 * number, 140 + number), 45, (210, 170, 140), -1, cv2.LINE_AA)
        seen = np.roll(seen, rng.integers(-2, 3, 2), (0, 1))
        frame[:] = np.clip(seen + rng.normal(0, 3, seen.shape), 0, 255)
    return made


def decoded(frames: np.ndarray) -> video.Clip:
    return video.decode(encode(frames, Encoding(TICKS // 25 * np.arange(len(frames)))))


@pytest.fixture(scope="module")
def honest(frames: np.ndarray) -> video.Clip:
    return decoded(frames)


def codes(clip: video.Clip) -> set[str]:
    return {signal.code for signal in (*liveness_replay.repeats(clip), *liveness_replay.display(clip))}


def test_an_honest_clip_has_no_trace(honest: video.Clip) -> None:
    assert codes(honest) == set()


def test_a_stretch_that_comes_again_is_seen(frames: np.ndarray) -> None:
    clip = decoded(np.concatenate([frames[:20], frames[:20], frames[:10]]))
    [signal] = liveness_replay.repeats(clip)
    assert (signal.code, signal.severity) == ("looped_frames", "high")
    assert "after 0.8 s" in signal.meaning


def test_going_back_the_same_way_is_no_loop(frames: np.ndarray) -> None:
    assert liveness_replay.repeats(decoded(np.concatenate([frames[:25], frames[:25][::-1]]))) == ()


def test_a_picture_that_stands_still_is_seen(frames: np.ndarray) -> None:
    clip = decoded(np.concatenate([frames[:15], np.repeat(frames[15:16], 35, axis=0)]))
    assert [signal.code for signal in liveness_replay.repeats(clip)] == ["frozen_frames"]


@given(run=st.integers(0, 40))
def test_the_longest_still_stretch_is_measured(run: int) -> None:
    steps = np.full(60, 1.0, np.float32)
    steps[10 : 10 + run] = 0
    assert liveness_replay.longest_still(steps, np.full(60, 0.04)) == pytest.approx(
        0.04 * (run + 2 if run else 0), abs=0.05
    )


def test_stripes_of_a_display_are_seen_as_moire(frames: np.ndarray) -> None:
    screen = Screen.drawn(np.random.default_rng(5), (240, 320))
    shown = np.stack([screen.show(frame, number / 25) for number, frame in enumerate(frames)])
    clip = decoded(shown)
    assert liveness_replay.moire(clip) > liveness_replay.MOIRE
    assert liveness_replay.bands(clip.marks) > liveness_replay.BANDS
    assert {"moire", "moving_bands"} <= codes(clip)


def test_a_dark_straight_border_is_counted_by_sides(honest: video.Clip) -> None:
    framed = honest.marks.copy()
    framed[:, :, :8] = framed[:, :, -8:] = 12
    assert liveness_replay.border(framed) == 2
    framed[:, :8] = framed[:, -8:] = 12
    assert liveness_replay.border(framed) == 4
    assert liveness_replay.border(honest.marks) == 0
    assert "dark_border" in codes(replace(honest, marks=framed))


def test_neither_bands_nor_a_border_alone_make_a_display() -> None:
    assert not liveness_replay.filmed(frozenset({"moving_bands"}))
    assert not liveness_replay.filmed(frozenset({"dark_border"}))
    assert liveness_replay.filmed(frozenset({"moving_bands", "dark_border"}))
    assert liveness_replay.filmed(frozenset({"moire"}))
