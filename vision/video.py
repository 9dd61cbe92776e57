"""Bytes to one checked clip: what `vision.image` is for stills. Nothing else in the project decodes video.

The first bytes alone choose the demuxer. Left to guess, FFmpeg also tries formats that are lists of other files, and a
customer's upload could name files of this machine. Whatever a decoder stumbles over, the caller sees `BadImage`.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import with_config

from vision.errors import BadImage
from vision.image import MAX_PIXELS, MIN_SIDE, Pixels

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Seconds = npt.NDArray[np.float64]
Container = Literal["mp4", "matroska", "avi"]

MAX_BYTES = 60_000_000
MAX_SECONDS = 30.0
MAX_FRAMES = 1800
# 30 seconds of 1920 x 1080 at 30 frames a second: what a patient reviewer's machine decodes.
MAX_TOTAL_PIXELS = 1_900_000_000
# Enough to see a blink of a sixth of a second in eight seconds.
SAMPLED = 60
LONGEST = 1280
MOST_DRAWN_OUT = 16
"""The longer side over the shorter one: beyond it the small copies would be a few pixels high."""
SAME_SHAPE = 1.03
"""How far the shape of a picture, its width over its height, may change where its size does: sizes are whole pixels."""
MARK = 128
"""The longer side of the small grey copy that is kept of every frame."""
MAX_TEXT, MAX_ENTRIES = 100, 20
MICROSECONDS = 1_000_000
"""In which a container tells how long it lasts."""
MISSING_SECONDS, MISSING_SHARE = 0.5, 0.1
"""What may be missing of the length that a file tells: sound often runs on for some frames after the pictures end."""

MAGIC: tuple[tuple[int, bytes, Container], ...] = (
    (4, b"ftyp", "mp4"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (8, b"AVI ", "avi"),
)
CODECS = ("h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4", "mjpeg")
# What a file may say of itself; places and names of people are left behind.
TOLD = ("encoder", "software", "handler", "brand", "creation", "make", "model", "comment", "version", "vendor")
# Written into the stream itself by software encoders, hardly ever by a phone's chip.
TAGS = (b"x264 - core", b"x265 (build", b"Lavc", b"HandBrake", b"NVENC")


@with_config(arbitrary_types_allowed=True)
@dataclass(frozen=True, eq=False)
class Clip:
    """A decoded clip of n frames, upright after its display matrix.

    `frames` are at most 60 of them, sampled evenly: k x height x width x 3 (RGB uint8), shrunk to 1280 pixels where
    longer; `sampled_at` their times. `marks` is a small grey copy of every frame
    (n x h x w uint8, longer side 128) and `times` the presentation times of all. `packets` are those of the stream, in
    stored order. Times are seconds from the first frame. `metadata` is what the file claims of itself, cleaned and cut:
    hints, easily forged.
    """

    frames: Pixels
    sampled_at: Seconds
    marks: Pixels
    times: Seconds
    packets: Packets
    stored_size: tuple[int, int]
    duration: float
    fps: float
    codec: str
    container: Container
    metadata: tuple[tuple[str, str], ...]


@with_config(arbitrary_types_allowed=True)
@dataclass(frozen=True, eq=False)
class Packets:
    """Compressed frames as stored: presentation `times` in seconds, `sizes` in bytes, which are `keyframes`, and
    whether some are `reordered` (shown in another order than stored)."""

    times: Seconds
    sizes: npt.NDArray[np.int64]
    keyframes: npt.NDArray[np.bool_]
    reordered: bool


def is_clip(data: bytes) -> bool:
    """Whether the first bytes are those of a clip that may be read here. A HEIC or AVIF still is none."""
    return _container(data) is not None


def decode(data: bytes) -> Clip:
    """Decode an MP4, MOV, Matroska, WebM or AVI clip in this process: at most 60 MB, 30 seconds, 1800 frames, 25
    megapixels a frame and 1.9 gigapixels in all, at least 2 frames of 16 pixels a side, none drawn out over 16 to 1.
    A customer's go to `vision.decode.clip`. Raises `BadImage` for anything else, and for a truncated or damaged clip.
    """
    import av

    container = check(data)
    try:
        with av.open(
            io.BytesIO(data),
            mode="r",
            format=container,
            container_options={"codec_whitelist": ",".join(CODECS), "probesize": "1000000"},
            metadata_errors="replace",
        ) as opened:
            return _clip(opened, container)
    except (av.FFmpegError, ValueError, LookupError, ArithmeticError, MemoryError, RuntimeError, OSError) as error:
        what = f"the clip is truncated or damaged ({type(error).__name__})"
        raise BadImage(what, "record the clip again") from None


def _container(data: bytes) -> Container | None:
    # Stills in the same kind of box as MP4 name themselves in the brand that follows.
    if data[4:8] == b"ftyp" and data[8:12] in {b"heic", b"heix", b"mif1", b"avif"}:
        return None
    return next((kind for at, magic, kind in MAGIC if data[at : at + len(magic)] == magic), None)


def check(data: bytes) -> Container:
    """The container of a clip, by its first bytes. Raises `BadImage` for bytes that no decoder needs to see."""
    if not data:
        raise BadImage("the file is empty", "send the clip again")
    if len(data) > MAX_BYTES:
        raise BadImage(f"the clip has more than {MAX_BYTES // 10**6} MB", "send a shorter clip")
    container = _container(data)
    if container is None:
        raise BadImage("the file is not an MP4, MOV, WebM or AVI clip", "send one of these formats")
    return container


def _clip(opened: InputContainer, container: Container) -> Clip:
    from av.stream import Disposition

    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    films = [each for each in opened.streams.video if not each.disposition & covers]
    if not films:
        raise BadImage("the clip holds no moving pictures", "record the clip again")
    if len(films) > 1:  # which one a person is shown is up to the player
        raise BadImage(f"the file holds {len(films)} films", "send a clip of one")
    stream = films[0]
    _check_codec(stream)
    stream.codec_context.thread_count = 1
    _check_size(stream.codec_context.width, stream.codec_context.height)
    stored = [packet for packet in _bounded(opened.demux(stream)) if packet.size]
    packets = _packets(stored)
    _check_whole(opened, stream, stored)
    shown = _shown(stream, stored, _evenly(packets.times))
    times = np.array(shown.times)
    start = times[0]
    duration = float(times[-1] - start) * len(times) / (len(times) - 1)
    return Clip(
        frames=_of_one_size(shown.frames),
        sampled_at=np.array(shown.sampled_at) - start,
        marks=_of_one_size(shown.marks),
        times=times - start,
        packets=packets,
        stored_size=max(shown.sizes, key=math.prod),
        duration=duration,
        fps=len(times) / duration if duration > 0 else 0.0,
        codec=stream.codec_context.name,
        container=container,
        metadata=_metadata(opened, stream, stored),
    )


def _check_codec(stream: VideoStream) -> None:
    """Refuse a codec that is not read. FFmpeg holds only its own look at a new file to the list it is given, not the
    decoder that is opened for the frames."""
    codec = stream.codec_context.name if stream.codec_context is not None else "unknown"
    if codec not in CODECS:
        what = f"the pictures of the clip are stored as {codec!r}, a codec that is not read"
        raise BadImage(what, "send H.264, HEVC, VP8, VP9, AV1, MPEG-4 or MJPEG")


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        what = f"the clip has {width} x {height} pixels, more than {MAX_PIXELS // 10**6} megapixels"
        raise BadImage(what, "send a smaller clip")
    if min(width, height) < MIN_SIDE:
        raise BadImage(f"the clip has {width} x {height} pixels", f"record one of at least {MIN_SIDE} pixels a side")
    if max(width, height) > MOST_DRAWN_OUT * min(width, height):
        raise BadImage(f"the clip has {width} x {height} pixels", "record one that is less elongated")


def _bounded(packets: Iterable[Packet[VideoStream]]) -> Iterator[Packet[VideoStream]]:
    """Packets until there are too many of them, or they last too long."""
    first: float | None = None
    for count, packet in enumerate(packets):
        at = float(packet.pts * packet.time_base) if packet.pts is not None else first
        first = at if first is None else first
        if count > MAX_FRAMES:
            raise BadImage(f"the clip has more than {MAX_FRAMES} frames", "send a shorter clip")
        if at is not None and first is not None and abs(at - first) > MAX_SECONDS + 0.5:
            raise BadImage(f"the clip is longer than {MAX_SECONDS:.0f} seconds", "send a shorter clip")
        yield packet


def _check_whole(opened: InputContainer, stream: VideoStream, stored: list[Packet[VideoStream]]) -> None:
    """Refuse a clip whose pictures end clearly before the stream, or else the container, says that they do. A recorder
    that writes as it goes may say nothing."""
    own = stream.duration and stream.time_base and float(stream.duration * stream.time_base)
    told = own or (opened.duration or 0) / MICROSECONDS
    times = sorted(float(packet.pts * packet.time_base) for packet in stored if packet.pts is not None)
    lasts = max(float((packet.duration or 0) * packet.time_base) for packet in stored)
    end = times[-1] + max(lasts, times[-1] - times[-2])
    missing = told - max(end, end - times[0])
    if missing > max(MISSING_SECONDS, MISSING_SHARE * told):
        raise BadImage(f"the clip is truncated: {missing:.1f} of {told:.1f} s are missing", "record the clip again")


def _packets(stored: list[Packet[VideoStream]]) -> Packets:
    times = np.array([float(p.pts * p.time_base) if p.pts is not None else np.nan for p in stored])
    if len(times) < 2 or not np.isfinite(times).all():
        raise BadImage("the clip has fewer than two frames with a time", "record the clip again")
    return Packets(
        times=times - times.min(),
        sizes=np.array([packet.size for packet in stored], np.int64),
        keyframes=np.array([packet.is_keyframe for packet in stored], np.bool_),
        reordered=bool((np.diff(times) < 0).any()),
    )


def _evenly(times: Seconds) -> set[int]:
    """Which frames are shown nearest to so many moments spread evenly over the clip, all frames where they are few. By
    their number alone a second of many frames would outweigh the rest, and with it whom the rest shows."""
    shown = np.sort(times)
    if len(shown) <= SAMPLED:
        return set(range(len(shown)))
    moments = np.linspace(0, shown[-1], SAMPLED)
    later = np.searchsorted(shown, moments).clip(1, len(shown) - 1)
    nearest = later - (moments - shown[later - 1] <= shown[later] - moments)
    return set(nearest.tolist())


@dataclass
class _Shown:
    """What was decoded: sampled frames with their times, the marks and times of all, and the sizes that they had."""

    frames: list[Pixels] = field(default_factory=list)
    sampled_at: list[float] = field(default_factory=list)
    marks: list[Pixels] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    sizes: set[tuple[int, int]] = field(default_factory=set)


def _shown(stream: VideoStream, stored: list[Packet[VideoStream]], wanted: set[int]) -> _Shown:
    """All that is kept of the frames. Raises `BadImage`."""
    shown = _Shown()
    for at, frame in _decoded(stream, stored):
        if len(shown.times) in wanted:
            shown.frames.append(_upright(frame, LONGEST, "rgb24"))
            shown.sampled_at.append(at)
        shown.marks.append(_upright(frame, MARK, "gray"))
        shown.times.append(at)
        shown.sizes.add((frame.width, frame.height))
    if len(shown.times) < 2 or shown.times[-1] <= shown.times[0]:
        raise BadImage("the clip has no two frames of different times", "record the clip again")
    shapes = [width / height for width, height in shown.sizes]
    if max(shapes) > SAME_SHAPE * min(shapes):
        raise BadImage("the picture of the clip changes its shape", "record the clip again, and hold the phone one way")
    return shown


def _of_one_size(pictures: list[Pixels]) -> Pixels:
    """Pictures of one shape at the size of the largest: recorders send smaller ones while a connection is slow."""
    largest = max((each.shape[:2] for each in pictures), key=math.prod)
    return np.stack([each if each.shape[:2] == largest else _enlarged(each, largest) for each in pictures])


def _enlarged(picture: Pixels, size: tuple[int, ...]) -> Pixels:
    height, width = size
    return np.asarray(cv2.resize(picture, (width, height)), np.uint8)


def _decoded(stream: VideoStream, stored: list[Packet[VideoStream]]) -> Iterator[tuple[float, VideoFrame]]:
    total = 0
    for packet in (*stored, None):
        for frame in stream.codec_context.decode(packet):
            _check_size(frame.width, frame.height)
            total += frame.width * frame.height
            if total > MAX_TOTAL_PIXELS:
                raise BadImage("the clip has too many pixels in all", "send a shorter or smaller clip")
            # A decoder that gives its last frames at the end of the file leaves out their time base.
            if frame.pts is not None and stream.time_base is not None:
                yield float(frame.pts * stream.time_base), frame


def _upright(frame: VideoFrame, longest: int, layout: Literal["rgb24", "gray"]) -> Pixels:
    """The frame shrunk to `longest` pixels and turned as its display matrix says."""
    pixels = np.asarray(frame.to_ndarray(format=layout), np.uint8)
    scale = longest / max(frame.width, frame.height)
    if scale < 1:
        size = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90)))


def _metadata(
    opened: InputContainer, stream: VideoStream, stored: list[Packet[VideoStream]]
) -> tuple[tuple[str, str], ...]:
    entries = {**opened.metadata, **stream.metadata}
    told = {_clean(key).lower(): _clean(value) for key, value in entries.items()}
    kept = [(key, value) for key, value in told.items() if value and any(word in key for word in TOLD)]
    kept += [("bitstream", tag) for tag in _tags(stream, bytes(stored[0]))]
    return tuple(sorted(kept)[:MAX_ENTRIES])


def _tags(stream: VideoStream, first: bytes) -> Iterator[str]:
    """Names that encoders left in the stream's header or its first frame."""
    where = (stream.codec_context.extradata or b"") + first[:4000]
    for tag in TAGS:
        if tag in where:
            yield tag.decode("ascii").partition(" ")[0]


def _clean(value: object) -> str:
    """Text of the file without control characters, cut to 100 characters."""
    return "".join(character for character in str(value) if character.isprintable()).strip()[:MAX_TEXT]
