"""Selfie clips of rendered heads: what an honest customer records, and what attackers send instead.

A few poses are rendered and the frames between them are made by optical flow, so that a clip of 2.4 seconds costs about
four CPU seconds. Equal scripts give equal bytes. All kinds but two leave the same phone's encoder; `injected` and
`converted` come from software, the first through a virtual camera, the second as an honest clip that was sent on.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vision.synth import heads
from vision.synth.heads import Look, Pose
from vision.synth.presentations import Screen
from vision.types import Challenge

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

Frames = NDArray[np.uint8]
ClipKind = Literal["genuine", "converted", "replayed", "looped", "frozen", "swapped", "injected"]
KINDS: tuple[ClipKind, ...] = ("genuine", "converted", "replayed", "looped", "frozen", "swapped", "injected")

WIDTH, HEIGHT, FPS, COUNT = 360, 480, 25, 60
TICKS = 90_000
BLINK = (0.55, 1.0, 1.0, 0.55)
"""How far the lids are closed in the frames of one blink."""
TURN, NOD = (0.0, 8.0, 16.0, 24.0), (0.0, 7.0, 14.0)


@dataclass(frozen=True)
class Script:
    """One clip: who stands before the camera, what the customer does, and how the clip reaches us. `other` takes over
    halfway through a `swapped` clip; `seed` draws light, ground, hands and camera."""

    person: int
    seed: int = 0
    action: Challenge = "turn_left"
    kind: ClipKind = "genuine"
    other: int = 0


@dataclass(frozen=True, eq=False)
class Encoding:
    """How frames become a file: when each is shown (ticks of 1/90000 s) and what the encoder says of itself."""

    ticks: NDArray[np.int64]
    software: bool = False
    metadata: dict[str, str] = field(default_factory=dict)


def clip(script: Script) -> bytes:
    """The clip of a script as an MP4 file (H.264, 360 x 480, 60 frames or a few fewer)."""
    rng = np.random.default_rng([0xC11F, script.person, script.seed, KINDS.index(script.kind)])
    frames = _recorded(script, rng)
    if script.kind == "looped":
        frames = np.concatenate([frames[:22], frames[:22], frames[:16]])
    elif script.kind == "frozen":
        frames = np.concatenate([frames[:14], np.repeat(frames[14:15], COUNT - 14, axis=0)])
    return encode(frames, _encoding(script.kind, len(frames), rng))


def _recorded(script: Script, rng: Generator) -> Frames:
    """The frames as the camera delivers them, before anything is cut."""
    frames = _held(performed(script.person, script.seed, script.action), rng)
    if script.kind == "swapped":
        other = _held(performed(script.other, script.seed, script.action), rng)
        frames = np.concatenate([frames[: COUNT // 2], other[COUNT // 2 :]])
    if script.kind == "replayed":
        screen = Screen.drawn(rng, (WIDTH, HEIGHT))
        frames = np.stack([screen.show(frame, number / FPS) for number, frame in enumerate(frames)])
    return _grained(frames, rng)


@lru_cache(maxsize=2)
def performed(person: int, seed: int, action: Challenge) -> Frames:
    """60 frames of somebody who blinks once and then does what was asked, with a camera that neither moves nor has
    noise: 60 x 480 x 360 x 3."""
    rng = np.random.default_rng([0xAC70, person, seed])
    look = Look(seed=int(rng.integers(1 << 30)), framing=float(rng.uniform(3.6, 4.4)))
    rest = Pose(float(rng.normal(0, 2)), float(rng.normal(0, 2)), float(rng.normal(0, 2)))
    poses = _poses(rest, action)
    stills = [_still(person, pose, look) for pose in poses]
    lids = {share: _still(person, _with(rest, blink=share), look) for share in sorted(set(BLINK))}
    frames = _between(stills, _course(len(poses), rng))
    for first in (6, 32) if action == "blink" else (6,):
        for step, share in enumerate(BLINK):
            frames[first + step] = lids[share]
    return np.stack(frames)


def _poses(rest: Pose, action: Challenge) -> list[Pose]:
    """The poses from rest to the end of the movement. The customer's own left is the right of the picture."""
    if action == "blink":
        return [rest]
    if action == "nod":
        return [_with(rest, pitch=rest.pitch + angle) for angle in NOD]
    sign = 1 if action == "turn_left" else -1
    return [_with(rest, yaw=rest.yaw + sign * angle) for angle in TURN]


def _with(rest: Pose, yaw: float | None = None, pitch: float | None = None, blink: float = 0.0) -> Pose:
    yaw, pitch = rest.yaw if yaw is None else yaw, rest.pitch if pitch is None else pitch
    return Pose(yaw, pitch, rest.roll, blink=blink, gaze=(-0.5 * yaw, -0.5 * pitch))


def _still(person: int, pose: Pose, look: Look) -> Frames:
    square = heads.render(person, pose, look, HEIGHT)
    edge = (HEIGHT - WIDTH) // 2
    return square[:, edge : edge + WIDTH]


def _course(poses: int, rng: Generator) -> NDArray[np.float64]:
    """Where along the poses the head is in each frame: out between about 0.6 and 1.2 s, back before 2.2 s."""
    out, back = rng.integers(14, 18), rng.integers(36, 40)
    share = np.interp(np.arange(COUNT), (out, out + 13, back, back + 14), (0, 1, 1, 0))
    return (poses - 1) * share**2 * (3 - 2 * share)


def _between(stills: list[Frames], course: NDArray[np.float64]) -> list[Frames]:
    """A frame for every place on the course: neighbouring stills moved towards each other along the optical flow."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(still, cv2.COLOR_RGB2GRAY) for still in stills]
    room = np.zeros((*grey[0].shape, 2), np.float32)
    flows = [(flow.calc(a, b, room.copy()), flow.calc(b, a, room.copy())) for a, b in pairwise(grey)]
    frames = []
    for place in course:
        lower = int(min(place, len(stills) - 1))
        share = np.float32(place - lower)
        if share < 0.02:
            frames.append(stills[lower].copy())
            continue
        there, back = flows[lower]
        near, far = _moved(stills[lower], back * share), _moved(stills[lower + 1], there * (1 - share))
        frames.append(cv2.addWeighted(near, float(1 - share), far, float(share), 0).astype(np.uint8))
    return frames


def _moved(still: Frames, flow: NDArray[np.float32]) -> Frames:
    x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    moved = cv2.remap(still, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _held(frames: Frames, rng: Generator) -> Frames:
    """As from a phone in the hand: it sways by a few pixels and a fraction of a degree."""
    sways = [_sway(len(frames), rng) for _ in range(4)]
    held = []
    for frame, across, down, turn, near in zip(frames, *sways, strict=True):
        view = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), float(turn) * 0.25, 1.03 + float(near) * 0.003)
        view[:, 2] += (1.2 * across, 1.2 * down)
        held.append(cv2.warpAffine(frame, view, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
    return np.stack(held).astype(np.uint8)


def _sway(count: int, rng: Generator) -> NDArray[np.float64]:
    """A slow unsteady movement, about 1 strong."""
    at = np.arange(count) / FPS
    waves = [rng.normal(0, 1) * np.sin(2 * np.pi * rng.uniform(0.3, 2.5) * at + rng.uniform(0, 6)) for _ in range(3)]
    return np.asarray(np.sum(waves, axis=0))


def _grained(frames: Frames, rng: Generator) -> Frames:
    """With the noise of the sensor, anew in every frame, and an exposure that wavers."""
    pool = rng.normal(0, rng.uniform(1.8, 3.5), (HEIGHT + 64, WIDTH + 64, 3)).astype(np.float32)
    pool = np.asarray(cv2.GaussianBlur(pool, (0, 0), 0.6) * 2, np.float32)
    grained = np.empty_like(frames)
    for number, frame in enumerate(frames):
        top, left = rng.integers(0, 64, 2)
        noise = pool[top : top + HEIGHT, left : left + WIDTH]
        grained[number] = np.clip(frame * np.float32(1 + rng.normal(0, 0.002)) + noise + 0.5, 0, 255)
    return grained


def _encoding(kind: ClipKind, count: int, rng: Generator) -> Encoding:
    step = TICKS // FPS
    if kind == "injected":
        return Encoding(step * np.arange(count), software=True, metadata=VIRTUAL[int(rng.integers(len(VIRTUAL)))])
    if kind == "converted":
        return Encoding(step * np.arange(count), software=True)
    jitter = rng.normal(0, 0.03 * step, count).round().astype(np.int64)
    return Encoding(step * np.arange(1, count + 1) + jitter, metadata={"com.android.version": "14"})


VIRTUAL: tuple[dict[str, str], ...] = ({"comment": "OBS Virtual Camera"}, {"software": "ManyCam 8.2"}, {})


SOFTWARE = {"preset": "veryfast", "crf": "21"}
PHONE = {"preset": "veryfast", "crf": "21", "bf": "0", "g": "25", "sc_threshold": "0"}


def encode(frames: Frames, encoding: Encoding) -> bytes:
    """Frames (n x height x width x 3, RGB, even sides) to an MP4 file.

    As from a phone: a keyframe a second, no reordering, nothing said about software. As from software: x264 as it
    comes, with its name in the stream and in the file."""
    import av

    buffer = io.BytesIO()
    options = {"movflags": "use_metadata_tags"} | ({} if encoding.software else {"fflags": "+bitexact"})
    with av.open(buffer, "w", format="mp4", options=options) as out:
        out.metadata.update(encoding.metadata)
        stream = out.add_stream("libx264", rate=FPS, options=SOFTWARE if encoding.software else PHONE)
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS)
        stream.codec_context.thread_count = 1
        silent = None if encoding.software else av.BitStreamFilterContext("filter_units=remove_types=6", stream)
        for packet in _packets(stream, frames, encoding.ticks):
            for kept in silent.filter(packet) if silent else (packet,):
                kept.stream, kept.time_base = stream, stream.codec_context.time_base
                out.mux_one(kept)
    return buffer.getvalue()


def _packets(stream: VideoStream, frames: Frames, ticks: NDArray[np.int64]) -> Iterator[Packet[VideoStream]]:
    import av

    for pixels, tick in zip(frames, ticks, strict=True):
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = int(tick), Fraction(1, TICKS)
        yield from stream.encode(frame)
    yield from stream.encode(None)
