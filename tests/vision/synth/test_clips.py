"""Clips of rendered heads: the same for the same script, and each kind what it says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vision import decode
from vision.synth import clips
from vision.synth.clips import COUNT, FPS, HEIGHT, WIDTH, ClipKind, Script

pytestmark = pytest.mark.heavy

Recorded = Callable[[ClipKind], bytes]


def test_an_honest_clip_is_as_from_a_phone(recorded: Recorded) -> None:
    clip = decode.clip(recorded("genuine"))
    assert clip.frames.shape == (COUNT, HEIGHT, WIDTH, 3)
    assert abs(clip.fps - FPS) < 0.2
    assert clip.packets.keyframes.sum() == 3
    assert not clip.packets.reordered
    assert "bitstream" not in dict(clip.metadata)
    assert len(recorded("genuine")) < 600_000


def test_equal_scripts_give_equal_bytes(recorded: Recorded) -> None:
    assert clips.clip(Script(61_003, 2, "turn_left", "frozen", 61_004)) == recorded("frozen")


def test_a_loop_repeats_its_first_second_and_a_frozen_clip_its_fifteenth_frame(recorded: Recorded) -> None:
    looped, frozen = (decode.clip(recorded(kind)).marks.astype(int) for kind in ("looped", "frozen"))
    assert np.abs(looped[5] - looped[27]).mean() < np.abs(looped[5] - looped[6]).mean()
    assert np.abs(frozen[20] - frozen[24]).mean() < 0.5
    assert np.abs(frozen[2] - frozen[12]).mean() > 0.5


def test_software_says_so(recorded: Recorded) -> None:
    for kind in ("converted", "injected"):
        assert ("bitstream", "x264") in decode.clip(recorded(kind)).metadata


def test_the_head_turns_out_and_comes_back() -> None:
    course = clips._course(4, np.random.default_rng(0))
    assert len(course) == COUNT
    assert course[0] == course[-1] == 0
    assert course.max() == 3
    assert np.abs(np.diff(course)).max() < 0.6


def test_poses_go_to_the_side_that_was_asked_for() -> None:
    rest = clips.Pose()
    assert clips._poses(rest, "turn_left")[-1].yaw > 0 > clips._poses(rest, "turn_right")[-1].yaw
    assert clips._poses(rest, "nod")[-1].pitch > 0
    assert clips._poses(rest, "blink") == [rest]


def test_frames_between_two_stills_move_instead_of_fading() -> None:
    stills = [np.full((HEIGHT, WIDTH, 3), 60, np.uint8) for _ in range(2)]
    rng = np.random.default_rng(0)
    patch = rng.integers(80, 255, (120, 120, 1)).astype(np.uint8)
    for still, left in zip(stills, (100, 116), strict=True):
        still[150:270, left : left + 120] = patch
    [middle] = clips._between(stills, np.array([0.5]))
    wanted = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    wanted[150:270, 108:228] = patch
    inner = (slice(170, 250), slice(130, 210))
    faded = (stills[0].astype(int) + stills[1])[inner] / 2
    moved = np.abs(middle[inner].astype(int) - wanted[inner]).mean()
    assert moved < 0.5 * np.abs(faded - wanted[inner]).mean()
