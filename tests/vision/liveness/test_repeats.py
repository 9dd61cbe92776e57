"""Stretches that stand still or come again, on frames cut that way, and honest movement that only looks like it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision import video
from vision.liveness import repeats
from vision.synth.clips import TICKS, Encoding, encode


def decoded(frames: np.ndarray, fps: int = 25) -> video.Clip:
    return video.decode(encode(frames, Encoding(TICKS // fps * np.arange(len(frames)))))


def still(frames: np.ndarray, count: int) -> np.ndarray:
    """A scene in which nothing moves, with the grain of a sensor anew in every frame."""
    rng = np.random.default_rng(4)
    noise = rng.normal(0, 5, (count, *frames.shape[1:])).astype(np.float32)
    grain = np.stack([cv2.GaussianBlur(each, (0, 0), 0.6) * 2 for each in noise])
    return np.asarray(np.clip(frames[:25].mean(axis=0) + grain, 0, 255), np.uint8)


def test_an_honest_clip_has_no_trace(frames: np.ndarray) -> None:
    assert repeats.signals(decoded(frames)) == ()


def test_a_stretch_that_comes_again_is_seen(frames: np.ndarray) -> None:
    [signal] = repeats.signals(decoded(np.concatenate([frames[:20], frames[:20], frames[:10]])))
    assert (signal.code, signal.severity) == ("looped_frames", "high")
    assert "after 0.8 s" in signal.meaning


def test_a_loop_shows_by_its_noise_where_nothing_moves(frames: np.ndarray) -> None:
    scene = still(frames, 60)
    assert repeats.nearest_repeat(repeats.alikeness(decoded(scene).marks), 25.0)[0] < repeats.LOOPED / 2
    looped = decoded(np.concatenate([scene[:22], scene[:22], scene[:16]]))
    excess, lag = repeats.nearest_repeat(repeats.alikeness(looped.marks), looped.fps)
    assert excess > 2 * repeats.LOOPED
    assert lag in {22, 44}


def test_light_that_beats_over_a_still_scene_is_no_loop(frames: np.ndarray) -> None:
    scene = still(frames, 60).astype(np.float32)
    rows = np.arange(scene.shape[1]) / scene.shape[1]
    beat = 1 + 0.05 * np.cos(2 * np.pi * (2.5 * rows[None] - np.arange(60)[:, None] / 12))
    lit = np.clip(scene * beat[..., None, None], 0, 255).astype(np.uint8)
    assert repeats.signals(decoded(lit)) == ()
    assert repeats.signals(decoded(np.ascontiguousarray(lit.transpose(0, 2, 1, 3)))) == ()


@pytest.mark.parametrize(
    "order",
    [
        [*range(30), *reversed(range(30))],
        [*range(30), *reversed(range(29))],
        [*range(45), *reversed(range(15, 45))],
    ],
    ids=["there and back", "without the turning frame twice", "the end alone"],
)
def test_a_stretch_that_is_played_backwards_is_seen(frames: np.ndarray, order: list[int]) -> None:
    [signal] = repeats.signals(decoded(frames[order]))
    assert (signal.code, signal.severity) == ("looped_frames", "high")
    assert "comes backwards from" in signal.meaning


def test_one_turn_does_not_hide_another(frames: np.ndarray) -> None:
    once = np.concatenate([frames[:30], frames[:30][::-1]])
    [signal] = repeats.signals(decoded(np.concatenate([once, once[:, :, ::-1]])))
    assert "comes backwards from" in signal.meaning


def test_a_still_scene_that_is_played_backwards_shows_by_its_noise(frames: np.ndarray) -> None:
    scene = still(frames, 60)
    assert repeats.nearest_reversal(repeats.alikeness(decoded(scene).marks), 25.0)[0] < repeats.LOOPED / 2
    turned = decoded(np.concatenate([scene[:30], scene[:30][::-1]]))
    excess, at = repeats.nearest_reversal(repeats.alikeness(turned.marks), 25.0)
    assert excess > 1.5 * repeats.LOOPED
    assert at == pytest.approx(29.5)


def there_and_back(noise: float) -> np.ndarray:
    """A disc that goes out and comes back in exactly mirrored time before a camera that stands on a table."""
    rng = np.random.default_rng(6)
    room = cv2.GaussianBlur(rng.uniform(40, 200, (320, 240, 3)).astype(np.float32), (0, 0), 9)
    way = np.interp(np.abs(np.arange(60) - 29.5), (4, 18), (1, 0))
    made = []
    for share in 24 * way**2 * (3 - 2 * way):
        seen = (room - room.mean()) * 6 + 120
        at = round(16 * (80 + 2 * share)), round(16 * (140 + share))
        cv2.circle(seen, at, 16 * 45, (210, 170, 140), -1, cv2.LINE_AA, 4)
        made.append(np.clip(seen + rng.normal(0, noise, seen.shape), 0, 255).astype(np.uint8))
    return np.stack(made)


@pytest.mark.parametrize("noise", [0.5, 2, 4])
def test_going_back_the_same_way_is_no_loop(noise: float) -> None:
    assert repeats.signals(decoded(there_and_back(noise))) == ()


def test_a_clip_too_short_to_come_again_shows_no_loop(frames: np.ndarray) -> None:
    alike = repeats.alikeness(decoded(frames[:12]).marks)
    assert repeats.nearest_repeat(alike, 25.0) == (0.0, 0)
    assert repeats.nearest_reversal(alike, 25.0) == (0.0, 0.0)


def lacking(frames: np.ndarray) -> video.Clip:
    """The frames as a browser on a slow machine saves them: some are missing, and the others come early or late."""
    rng = np.random.default_rng(11)
    kept = np.flatnonzero(rng.random(len(frames)) < 0.65)
    late = rng.normal(0, 0.1, len(kept))
    return video.decode(encode(frames[kept], Encoding((TICKS / 25 * (1 + kept + late)).round().astype(np.int64))))


def test_a_loop_that_lacks_frames_comes_again_after_a_time(frames: np.ndarray) -> None:
    scene = still(frames, 90)
    clip = lacking(np.concatenate([scene[:33], scene[:33], scene[:33]]))
    assert repeats.nearest_repeat(repeats.alikeness(clip.marks), clip.fps)[0] < repeats.LOOPED
    [signal] = repeats.signals(clip)
    assert signal.code == "looped_frames"
    assert "again after 1.3 s" in signal.meaning or "again after 2.6 s" in signal.meaning


def test_frames_that_are_missing_are_no_loop(frames: np.ndarray) -> None:
    for honest in (still(frames, 90), frames, there_and_back(2)):
        assert repeats.signals(lacking(honest)) == ()


def test_times_that_say_nothing_show_no_loop() -> None:
    alike = np.eye(40, dtype=np.float32)
    for times in (np.zeros(40), np.arange(40)[::-1], np.r_[np.zeros(39), 30.0], np.r_[0, 30 + np.arange(39) * 1e-9]):
        assert repeats.repeat_in_time(alike, times.astype(np.float64))[0] == 0


def test_two_frames_show_no_loop(frames: np.ndarray) -> None:
    assert repeats.signals(decoded(frames[:2])) == ()


def test_a_picture_that_stands_still_is_seen(frames: np.ndarray) -> None:
    clip = decoded(np.concatenate([frames[:15], np.repeat(frames[15:16], 35, axis=0)]))
    assert [signal.code for signal in repeats.signals(clip)] == ["frozen_frames"]


@pytest.mark.parametrize(
    ("count", "code"), [(12, None), (20, "stalled_frames"), (25, "stalled_frames"), (60, "frozen_frames")]
)
def test_a_picture_that_stalls_and_goes_on_is_not_frozen(frames: np.ndarray, count: int, code: str | None) -> None:
    clip = decoded(np.concatenate([frames[:20], np.repeat(frames[20:21], count, axis=0), frames[21:]]))
    assert [signal.code for signal in repeats.signals(clip)] == ([code] if code else [])


@pytest.mark.parametrize(("lasts", "code"), [(0.5, None), (0.7, "stalled_frames"), (9.0, "stalled_frames")])
@pytest.mark.parametrize("doubled", [True, False])
def test_one_picture_that_lasts_stalls_and_is_never_frozen(
    frames: np.ndarray, lasts: float, code: str | None, doubled: bool
) -> None:
    ticks = TICKS // 25 * np.arange(len(frames)) + np.where(np.arange(len(frames)) < 25, 0, round(lasts * TICKS))
    shown = frames.copy()
    shown[10] = shown[9] if doubled else shown[10]
    found = repeats.signals(video.decode(encode(shown, Encoding(ticks))))
    assert [signal.code for signal in found] == ([code] if code else [])


def test_a_covered_lens_that_lasts_is_no_stall(frames: np.ndarray) -> None:
    covered = frames.copy()
    covered[20:30] = 3
    ticks = TICKS // 25 * np.arange(len(frames)) + np.where(np.arange(len(frames)) < 25, 0, 2 * TICKS)
    assert repeats.signals(video.decode(encode(covered, Encoding(ticks)))) == ()


def test_stalls_that_together_fill_most_of_a_clip_are_frozen(frames: np.ndarray) -> None:
    still = [np.repeat(frames[each : each + 1], 20, axis=0) for each in (10, 30)]
    clip = decoded(np.concatenate([frames[:10], still[0], frames[11:30], still[1]]))
    assert [signal.code for signal in repeats.signals(clip)] == ["frozen_frames"]


@pytest.mark.parametrize("rate", [5, 7.5, 10, 12.5, 15, 20, 24])
@pytest.mark.parametrize("fps", [25, 30, 50])
def test_pictures_of_a_slow_camera_that_fill_a_faster_clip_are_no_repeat(
    frames: np.ndarray, rate: float, fps: int
) -> None:
    filled = frames[(np.arange(2 * fps) / fps * rate + 1e-6).astype(int)]
    assert repeats.signals(decoded(filled, fps)) == ()


def test_a_loop_is_seen_where_every_frame_was_doubled(frames: np.ndarray) -> None:
    looped = np.concatenate([frames[:20], frames[:20], frames[:10]])
    assert [signal.code for signal in repeats.signals(decoded(np.repeat(looped, 2, axis=0), 50))] == ["looped_frames"]


@pytest.mark.parametrize("every", [10, 14, 25])
def test_keyframes_that_code_a_still_picture_anew_are_no_movement(every: int) -> None:
    steps = np.zeros(59, np.float32)
    steps[every::every] = 0.4
    assert repeats.longest_still(steps, np.full(59, 0.04)) > repeats.FROZEN_SECONDS


@given(run=st.integers(0, 40))
def test_the_longest_still_stretch_is_measured(run: int) -> None:
    steps = np.full(60, 1.0, np.float32)
    steps[10 : 10 + run] = 0
    measured = repeats.longest_still(steps, np.full(60, 0.04))
    assert measured == pytest.approx(0.04 * (run + 2 if run else 0), abs=0.05)


@pytest.mark.parametrize("every", [5, 10, 25])
def test_the_share_of_a_clip_that_stands_still_leaves_out_a_slow_camera(every: int) -> None:
    steps = np.zeros(100, np.float32)
    steps[::every] = 1.0
    share = repeats.still_share(steps, np.full(100, 0.04))
    assert share == pytest.approx(0 if every == 5 else 1 - 1 / every)


def test_a_covered_lens_is_no_picture_that_stands_still(frames: np.ndarray) -> None:
    covered = frames.copy()
    covered[12:40] = 3
    assert repeats.signals(decoded(covered)) == ()
    frozen = frames.copy()
    frozen[12:40] = frames[12]
    assert [signal.code for signal in repeats.signals(decoded(frozen))] == ["frozen_frames"]
