"""Movements read from five points and two eyes, on tracks drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vision.face.yunet import Face
from vision.liveness.challenge import MEASURES, answered
from vision.liveness.track import Track
from vision.types import Challenge

REST = np.array([[80, 100], [120, 100], [100, 122], [85, 145], [115, 145]], np.float32)
COUNT = 30


def wave(height: float) -> np.ndarray:
    """At rest, out, and back."""
    return np.interp(np.arange(COUNT), (0, 8, 15, 22, 29), (0, 0, height, 0, 0))


def track(
    nose: float = 0, down: float = 0, shut: tuple[int, ...] = (), seconds: float = 2.5, count: int = COUNT
) -> Track:
    """A face whose nose goes `nose` pixels to the right, which sinks by `down` pixels, and shuts its eyes at times."""
    faces = []
    for right, low in zip(wave(nose)[:count], wave(down)[:count], strict=True):
        points = REST + np.array([0, low], np.float32)
        points[2, 0] += right
        faces.append(Face(60, 60, 80, 110, points, 0.95))
    crops = np.full((count, 112, 112, 3), 150, np.uint8)
    crops[:, 20:100:4] = 110
    for index in set(range(count)) - set(shut):
        crops[index, 50:54, 34:42] = crops[index, 50:54, 69:77] = 10
    frames = tuple(np.zeros((4, 4, 3), np.uint8) for _ in faces)
    return Track(count, 0, frames, tuple(faces), crops, np.linspace(0, seconds, count))


@pytest.mark.parametrize(
    ("made", "done"),
    [
        (track(nose=12), "turn_left"),
        (track(nose=-12), "turn_right"),
        (track(down=20), "nod"),
        (track(shut=(14, 15)), "blink"),
        (track(), None),
        (track(nose=3, down=4), None),
    ],
)
def test_a_movement_answers_its_own_challenge_alone(made: Track, done: Challenge | None) -> None:
    for asked in MEASURES:
        result = answered(made, asked)
        mirrored = {asked, done} == {"turn_left", "turn_right"}
        assert result.answered is (None if mirrored else asked == done)
        assert result.measured is not None
        assert (result.measured >= result.threshold) is (asked == done)
        assert ("other side" in result.reason) is mirrored


@pytest.mark.parametrize("nose", [12, 30])
def test_a_turn_counts_where_the_face_can_still_be_compared(nose: float) -> None:
    assert answered(track(nose=nose), "turn_left").answered is True


def test_a_leap_too_far_to_the_side_to_be_compared_is_nobody_s_answer() -> None:
    made = track(nose=40)
    kept = [index for index, away in enumerate(made.away) if not 0.1 < away < 0.6]
    leapt = Track(
        len(kept),
        0,
        tuple(made.frames[k] for k in kept),
        tuple(made.faces[k] for k in kept),
        made.crops[kept],
        made.at[kept],
    )
    result = answered(leapt, "turn_left")
    assert (result.answered, result.measured is not None) == (None, True)
    assert "whose it is" in result.reason


def test_a_movement_that_may_be_out_of_sight_is_not_refused() -> None:
    seen = track()
    hidden = Track(2 * COUNT, 0, seen.frames, seen.faces, seen.crops, seen.at)
    assert answered(hidden, "turn_left").answered is None
    assert answered(seen, "turn_left").answered is False


def test_eyes_that_stay_shut_are_no_blink() -> None:
    assert answered(track(shut=tuple(range(20, 30))), "blink").answered is False


def test_frames_too_far_apart_cannot_show_a_blink() -> None:
    result = answered(track(shut=(14,), seconds=20), "blink")
    assert (result.answered, result.measured) == (None, None)
    assert "too far apart" in result.reason


def test_too_few_frames_answer_nothing() -> None:
    result = answered(track(count=4), "turn_left")
    assert result.answered is None
    assert "too few" in result.reason
