"""Good small clips to damage, and clips no phone would record: lies about sizes and times, sound alone, other files."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import cast

import av
import numpy as np
from av.video.stream import VideoStream

WIDTH, HEIGHT = 64, 48
CODECS = {
    "mp4 h264": ("mp4", "libx264", "yuv420p"),
    "mp4 mpeg4": ("mp4", "mpeg4", "yuv420p"),
    "mov h264": ("mov", "libx264", "yuv420p"),
    "webm vp8": ("webm", "libvpx", "yuv420p"),
    "webm vp9": ("webm", "libvpx-vp9", "yuv420p"),
    "mkv h264": ("matroska", "libx264", "yuv420p"),
    "avi mjpeg": ("avi", "mjpeg", "yuvj420p"),
}


@cache
def clip_seeds() -> Mapping[str, bytes]:
    """Clips that decode, by name: twelve frames of 64 x 48 pixels in each container and codec that is read. They are
    recorded once a process: on some processors one in ten clips of x264 has other bytes, even with one thread."""
    return {name: recorded(*each) for name, each in CODECS.items()}


def recorded(
    container: str,
    codec: str,
    layout: str,
    count: int = 12,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    step: int = 1,
    start: int = 0,
    rate: int = 25,
) -> bytes:
    """A clip of a moving pattern; `step` and `start` are counted in frames, of which a second has `rate`."""
    file = io.BytesIO()
    pattern = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    with av.open(file, "w", format=container, options={"fflags": "+bitexact"}) as output:
        stream = cast(VideoStream, output.add_stream(codec, rate=rate))
        stream.width, stream.height, stream.pix_fmt = *size, layout
        stream.codec_context.time_base = Fraction(1, rate)
        for index in range(count):
            frame = av.VideoFrame.from_ndarray(np.roll(pattern, index, 1), format="rgb24")
            frame.pts = start + index * step
            frame.time_base = Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


@cache
def absurd_clips() -> Mapping[str, bytes]:
    """Files made by hand, by name. Each of them is to be refused, or decoded within the limits."""
    mp4 = recorded("mp4", "mpeg4", "yuv420p")
    h264 = recorded("mp4", "libx264", "yuv420p")
    webm = recorded("webm", "libvpx", "yuv420p")
    slow = recorded("webm", "libvpx", "yuv420p", step=5)
    track, coded = mp4.find(b"tkhd"), mp4.find(b"mp4v")
    made = {
        "one frame": recorded("mp4", "mpeg4", "yuv420p", count=1),
        "two frames": recorded("mp4", "mpeg4", "yuv420p", count=2),
        "smallest": recorded("mp4", "mpeg4", "yuv420p", size=(16, 16)),
        "a strip": recorded("mp4", "mpeg4", "yuv420p", size=(16, 256)),
        "a thread": recorded("mp4", "mpeg4", "yuv420p", size=(16, 1600)),
        "too many frames": recorded("mp4", "mpeg4", "yuv420p", count=1802, size=(16, 16), rate=100),
        "too long": recorded("mp4", "mpeg4", "yuv420p", step=100),
        "far start": recorded("mp4", "mpeg4", "yuv420p", start=10**9),
        "too small": recorded("avi", "mjpeg", "yuvj420p", size=(8, 8)),
        "sound alone": _sound(),
        "attached picture": _attached(mp4),
        "no index": mp4.replace(b"moov", b"xxxx"),
        "no media": mp4.replace(b"mdat", b"xxxx"),
        "index alone": mp4[:20] + mp4[mp4.find(b"moov") - 4 :],
        "track size": mp4[: track + 80] + b"\xff\xff\0\0\xff\xff\0\0" + mp4[track + 88 :],
        "coded size": mp4[: coded + 28] + b"\xff\xff\xff\xff" + mp4[coded + 32 :],
        **{f"{name} of samples": _counted(mp4, name) for name in ("stsz", "stts", "stco", "stsc")},
        "times at the end": _timed(mp4, 2**32 - 1),
        "times of nothing": _timed(mp4, 0),
        "references": _referring(mp4),
        "nested boxes": b"\0\0\0\x18ftypisom" + bytes(12) + _nested(20_000),
        "other stream inside": _inside(h264),
        "no codec": mp4.replace(b"mp4v", b"xxxx").replace(b"\x20\x11", b"\xff\x11"),
        "another codec": mp4.replace(b"mp4v", b"apcn"),
        "unknown length": webm.replace(b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\x01" + b"\xff" * 7, 1),
        "magic alone": b"\x1a\x45\xdf\xa3",
        "brand alone": b"\0\0\0\x18ftypisom",
        "playlist": b"\0\0\0\x18ftypisom#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "concatenation": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "cut off": slow[: len(slow) // 2],
        "zeros": b"\0\0\0\x18ftypisom" + bytes(5_000_000),
        "too large": b"\0\0\0\x18ftypisom" + bytes(60_000_000),
    }
    return {f"clip {name}": each for name, each in made.items()}


def _sound() -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=16_000, layout="mono")
        for index in range(8):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 16_000, index * 1024
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def _attached(data: bytes) -> bytes:
    """A clip whose only pictures are a cover."""
    cover = b"\0\0\0\x48covr" + b"\0\0\0\x40data\0\0\0\x0d\0\0\0\0" + b"\xff\xd8\xff\xe0" + bytes(44)
    listed = struct.pack(">I", len(cover) + 8) + b"ilst" + cover
    meta = struct.pack(">I", len(listed) + 12) + b"meta\0\0\0\0" + listed
    user = struct.pack(">I", len(meta) + 8) + b"udta" + meta
    return data.replace(b"trak", b"free") + struct.pack(">I", len(user) + 8) + b"moov" + user


def _counted(data: bytes, table: str) -> bytes:
    """A table of the index that claims to have four thousand million entries."""
    at = data.find(table.encode())
    place = at + (12 if table == "stsz" else 8)
    return data[:place] + b"\xff\xff\xff\xff" + data[place + 4 :]


def _timed(data: bytes, ticks: int) -> bytes:
    """Every frame lasts so many ticks."""
    at = data.find(b"stts")
    return data[: at + 16] + struct.pack(">I", ticks) + data[at + 20 :]


def _referring(data: bytes) -> bytes:
    """The media are said to lie in another file."""
    at = data.find(b"url ")
    return data[: at + 4] + b"\0\0\0\0" + data[at + 8 :].replace(b"stbl", b"url ", 1)


def _nested(depth: int) -> bytes:
    return b"".join(struct.pack(">I", 8 * (depth - each)) + b"moov" for each in range(depth))


def _inside(data: bytes) -> bytes:
    """A clip whose second half is another clip's beginning."""
    return data[: len(data) // 2] + data[: len(data) // 2]
