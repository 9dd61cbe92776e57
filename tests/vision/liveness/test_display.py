"""Each trace of a filmed display on pictures made to have it, and on ones made not to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vision import video
from vision.liveness import display
from vision.synth.clips import TICKS, Encoding, encode
from vision.synth.presentations import Screen


def decoded(frames: np.ndarray) -> video.Clip:
    return video.decode(encode(frames, Encoding(TICKS // 25 * np.arange(len(frames)))))


def codes(clip: video.Clip) -> set[str]:
    return {signal.code for signal in display.signals(clip)}


@pytest.fixture(scope="module")
def honest(frames: np.ndarray) -> video.Clip:
    return decoded(frames)


def striped(frames: np.ndarray, period: float, turn: float) -> video.Clip:
    """Under upright stripes of a tenth of the light, each channel a share of a period after the one before."""
    phase = 2 * np.pi * np.arange(frames.shape[2]) / period
    stripes = np.stack([1 + 0.1 * np.cos(phase - 2 * np.pi * turn * channel) for channel in range(3)], axis=1)
    return decoded(np.clip(frames * stripes, 0, 255).astype(np.uint8))


def test_an_honest_clip_has_no_trace(honest: video.Clip) -> None:
    assert codes(honest) == set()


def test_stripes_of_a_display_are_seen_as_moire(frames: np.ndarray) -> None:
    screen = Screen.drawn(np.random.default_rng(5), (240, 320))
    clip = decoded(np.stack([screen.show(frame, number / 25) for number, frame in enumerate(frames)]))
    assert display.moire(clip) > display.MOIRE
    assert display.bands(clip.marks) > display.BANDS
    assert {"moire", "moving_bands"} <= codes(clip)


@pytest.mark.parametrize("turn", [1 / 3, -1 / 3])
def test_a_wide_beat_of_the_three_stripes_shows_in_the_colours_alone(frames: np.ndarray, turn: float) -> None:
    clip = striped(frames, 24.0, turn)
    assert codes(clip) == {"turning_colours"}
    assert display.turning(clip) > 2 * display.TURNING


@pytest.mark.parametrize("turn", [0.0, 0.5])
def test_stripes_whose_colours_do_not_turn_are_no_display(frames: np.ndarray, turn: float) -> None:
    assert display.turning(striped(frames, 24.0, turn)) < display.TURNING / 2


def test_a_dark_straight_border_is_counted_by_sides(honest: video.Clip) -> None:
    framed = honest.marks.copy()
    framed[:, :, :8] = framed[:, :, -8:] = 12
    assert display.border(framed) == 2
    framed[:, :8] = framed[:, -8:] = 12
    assert display.border(framed) == 4
    assert display.border(honest.marks) == 0
    assert "dark_border" in codes(replace(honest, marks=framed))


def test_neither_bands_nor_a_border_alone_make_a_display() -> None:
    assert not display.filmed(frozenset({"moving_bands"}))
    assert not display.filmed(frozenset({"dark_border"}))
    assert display.filmed(frozenset({"moving_bands", "dark_border"}))
    assert display.filmed(frozenset({"moire"}))
    assert display.filmed(frozenset({"turning_colours"}))
