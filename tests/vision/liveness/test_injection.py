"""Traces of software in a file: its words, its encoder, its clock."""

from __future__ import annotations

import numpy as np
import pytest

from vision import video
from vision.liveness import injection as liveness_injection
from vision.liveness.injection import converted, unevenness
from vision.synth.clips import TICKS, Encoding, encode
from vision.video import Packets

FRAMES = np.random.default_rng(0).integers(0, 255, (20, 48, 64, 3)).astype(np.uint8)
EVEN = TICKS // 25 * np.arange(1, 21)
SHAKY = EVEN + np.random.default_rng(1).normal(0, 150, 20).astype(np.int64)


def codes(encoding: Encoding) -> frozenset[str]:
    clip = video.decode(encode(FRAMES, encoding))
    return frozenset(signal.code for signal in liveness_injection.traces(clip))


def test_a_phone_leaves_none() -> None:
    assert codes(Encoding(SHAKY)) == set()


def test_even_timing_alone_is_no_conversion() -> None:
    found = codes(Encoding(EVEN))
    assert found == {"even_timing"}
    assert not converted(found)


def test_a_software_encoder_with_an_unsteady_clock_is_no_conversion() -> None:
    found = codes(Encoding(SHAKY, software=True))
    assert found == {"software_encoder"}
    assert not converted(found)


def test_both_together_are() -> None:
    assert converted(codes(Encoding(EVEN, software=True)))


@pytest.mark.parametrize(
    ("comment", "code"),
    [
        ("OBS Virtual Camera", "virtual_camera"),
        ("recorded with ManyCam", "virtual_camera"),
        ("Adobe Premiere Pro", "video_editor"),
        ("holiday in Jobs Bay, observed", None),
    ],
)
def test_names_that_programs_leave_are_read(comment: str, code: str | None) -> None:
    found = codes(Encoding(SHAKY, metadata={"comment": comment}))
    assert found == ({code} if code else set())
    assert converted(found) is (code is not None)


def packets(times: np.ndarray) -> Packets:
    return Packets(times, np.ones(len(times), np.int64), np.ones(len(times), np.bool_), False)


def test_rounding_to_milliseconds_is_still_even() -> None:
    spread = unevenness(packets(np.round(np.arange(60) / 30, 3)))
    assert spread is not None
    assert spread < liveness_injection.EVEN


def test_few_frames_tell_nothing_of_a_clock() -> None:
    assert unevenness(packets(np.arange(5) / 25)) is None
