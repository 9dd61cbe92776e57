"""Traces of a clip that never passed a camera, or was saved again since: its timing, its encoder, its own words.

None of them is proof. A messenger or an editor leaves the first two in an honest clip, and the third is only as good as
an attacker is careless. Together they say that the file is not the one the app recorded.
"""

from __future__ import annotations

import re

import numpy as np

from vision.types import Severity, Signal
from vision.video import Clip, Packets

# Names that programs leave in the files they write: cameras that do not exist, and editors.
CAMERAS = ("obs", "manycam", "virtual", "xsplit", "snap camera", "deepfacelive", "v4l2loopback", "droidcam", "iriun")
EDITORS = ("premiere", "after effects", "capcut", "davinci", "handbrake", "final cut", "imovie", "kdenlive", "filmora")
ENCODERS = ("x264", "x265", "lavc", "lavf", "nvenc")
# Deviation in seconds of the frames' times from an even grid. A container that rounds to milliseconds adds 0.0003;
# a camera's clock and its changing exposure usually more than this.
EVEN = 0.00045
FEWEST = 12


def traces(clip: Clip) -> tuple[Signal, ...]:
    """What in a file speaks for software instead of a camera."""
    said = " ".join(value for _, value in clip.metadata).lower()
    found = []
    if name := _named(said, CAMERAS):
        found.append(_signal("virtual_camera", "high", 1.0, f"the file names a virtual camera ({name})"))
    if name := _named(said, EDITORS):
        found.append(_signal("video_editor", "medium", 1.0, f"the file names a video editor ({name})"))
    if name := _named(said, ENCODERS):
        order = ", frames stored out of order" if clip.packets.reordered else ""
        found.append(_signal("software_encoder", "low", 1.0, f"the file was written by software ({name}){order}"))
    spread = unevenness(clip.packets)
    if spread is not None and spread < EVEN:
        meaning = f"frames follow one another to within {spread * 1000:.2f} ms, evener than cameras usually are"
        found.append(_signal("even_timing", "low", 1.0, meaning))
    return tuple(found)


def converted(codes: frozenset[str]) -> bool:
    """Whether a file's traces together say that it does not come from a camera: a name that cameras do not have, or a
    software encoder and even timing at once."""
    return bool(codes & {"virtual_camera", "video_editor"}) or codes >= {"software_encoder", "even_timing"}


def unevenness(packets: Packets) -> float | None:
    """Deviation in seconds of the frames' times from the nearest even grid; None for a clip of few frames."""
    times = np.sort(packets.times)
    if len(times) < FEWEST:
        return None
    at = np.arange(len(times))
    return float((times - np.polyval(np.polyfit(at, times, 1), at)).std())


def _named(said: str, names: tuple[str, ...]) -> str:
    return next((name for name in names if re.search(rf"\b{re.escape(name)}(?![a-z])", said)), "")


def _signal(code: str, severity: Severity, score: float, meaning: str) -> Signal:
    return Signal(code=code, severity=severity, score=round(min(max(score, 0), 1), 4), box=None, meaning=meaning)
