"""Clips from bytes: what is read from them, and that anything else is one error."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition
from hypothesis import given, settings
from hypothesis import strategies as st

from vision import decode, video
from vision.bench.badclips import CODECS, recorded
from vision.errors import BadImage
from vision.synth.clips import TICKS, Encoding, encode

STEP = TICKS // 25


def moving(count: int = 30, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    """A bright square that wanders over noise: count x height x width x 3."""
    rng = np.random.default_rng(1)
    frames = rng.integers(60, 90, (count, size[1], size[0], 3)).astype(np.uint8)
    for number, frame in enumerate(frames):
        frame[10:30, number % 20 : number % 20 + 20] = (230, 120, 40)
    return frames


def phone(frames: np.ndarray, **metadata: str) -> bytes:
    return encode(frames, Encoding(STEP * np.arange(1, len(frames) + 1), metadata=metadata))


@pytest.fixture(scope="module")
def data() -> bytes:
    return phone(moving())


def test_a_clip_has_its_frames_times_and_packets(data: bytes) -> None:
    clip = decode.clip(data)
    assert clip.frames.shape == (30, 48, 64, 3)
    assert clip.frames.dtype == clip.marks.dtype == np.uint8
    assert clip.marks.shape == (30, 48, 64)
    assert (clip.codec, clip.container, clip.stored_size) == ("h264", "mp4", (64, 48))
    assert clip.times[0] == 0
    assert np.allclose(np.diff(clip.times), 0.04)
    assert clip.fps == pytest.approx(25)
    assert clip.duration == pytest.approx(1.2)
    assert len(clip.packets.sizes) == 30
    assert clip.packets.keyframes.tolist() == [index in (0, 25) for index in range(30)]
    assert not clip.packets.reordered


def test_colours_survive(data: bytes) -> None:
    red, green, blue = decode.clip(data).frames[0][15:25, 5:15].reshape(-1, 3).mean(0)
    assert red > green > blue


def test_frames_are_sampled_evenly_from_first_to_last(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(video, "SAMPLED", 4)
    clip = video.decode(data)
    assert clip.frames.shape[0] == 4
    assert np.allclose(clip.sampled_at, [0, 0.4, 0.76, 1.16], atol=0.041)


def test_frames_are_sampled_by_their_time_not_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "SAMPLED", 8)
    ticks = np.r_[np.arange(24) * TICKS // 120, TICKS // 5 + np.arange(6) * TICKS // 5]
    clip = video.decode(encode(moving(30), Encoding(ticks)))
    assert len(clip.times) == 30
    assert np.allclose(clip.sampled_at, [0, 0.17, 0.4, 0.6, 0.8, 1.0, 1.2], atol=0.041)


def beside(data: bytes, disposition: Disposition) -> bytes:
    """A file that holds a film and, as one of another kind, the same pictures again."""
    file = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(file, "w", format="matroska") as output:
        streams = [output.add_stream_from_template(source.streams.video[0]) for _ in range(2)]
        streams[1].disposition = disposition
        for packet in list(source.demux(video=0)):
            for stream in streams if packet.size else ():
                packet.stream = stream
                output.mux(packet)
    return file.getvalue()


def test_a_file_of_two_films_is_refused(data: bytes) -> None:
    with pytest.raises(BadImage, match="the file holds 2 films; send a clip of one"):
        video.decode(beside(data, Disposition.default))


def resized(codec: str, *sizes: tuple[int, int]) -> bytes:
    """A clip whose picture has another size for each 15 frames, as browsers save one over a slow connection."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as output:
        stream = output.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *sizes[0], "yuv420p"
        for part, size in enumerate(sizes):
            encoder = av.CodecContext.create(codec, "w")
            encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = *size, "yuv420p", Fraction(1, 25)
            shown = [av.VideoFrame.from_ndarray(frame, format="rgb24") for frame in moving(15, size)]
            for number, frame in enumerate(shown):
                frame.pts, frame.time_base = 15 * part + number, Fraction(1, 25)
            for packet in [each for frame in (*shown, None) for each in encoder.encode(frame)]:
                packet.stream = stream
                output.mux(packet)
    return file.getvalue()


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_a_picture_that_changes_its_size_is_read_at_the_largest(codec: str) -> None:
    for sizes in (((64, 48), (128, 96)), ((128, 96), (64, 48), (86, 64))):
        clip = video.decode(resized(codec, *sizes))
        assert clip.frames.shape == (15 * len(sizes), 96, 128, 3)
        assert clip.marks.shape == (15 * len(sizes), 96, 128)
        assert clip.stored_size == (128, 96)


def test_a_picture_that_changes_its_shape_is_refused() -> None:
    with pytest.raises(BadImage, match="the picture of the clip changes its shape; record the clip again, and hold"):
        video.decode(resized("libvpx", (64, 48), (48, 64)))


def test_large_frames_are_shrunk(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(video, "LONGEST", 32)
    monkeypatch.setattr(video, "MARK", 16)
    clip = video.decode(data)
    assert clip.frames.shape[1:] == (24, 32, 3)
    assert clip.marks.shape[1:] == (12, 16)


def test_software_is_told_by_the_stream_and_the_file() -> None:
    software = encode(moving(), Encoding(STEP * np.arange(30), software=True, metadata={"comment": "OBS"}))
    clip = decode.clip(software)
    told = dict(clip.metadata)
    assert (told["bitstream"], told["comment"]) == ("x264", "OBS")
    assert told["encoder"].startswith("Lavf")
    assert clip.packets.reordered
    assert not {"encoder", "bitstream"} & set(dict(decode.clip(phone(moving())).metadata))


def test_metadata_is_cleaned_cut_and_tells_no_place() -> None:
    clip = decode.clip(phone(moving(), comment="a\x1b[31m" + "b" * 300, location="+48.1+11.5/"))
    told = dict(clip.metadata)
    assert told["comment"] == ("a[31m" + "b" * 300)[:100]
    assert "location" not in told


def test_a_clip_is_turned_as_its_display_matrix_says(data: bytes) -> None:
    at = data.index(b"tkhd") + 4 + 40
    quarter = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    turned = decode.clip(data[:at] + quarter + data[at + 36 :])
    assert turned.frames.shape[1:] == (64, 48, 3)
    assert turned.stored_size == (64, 48)
    assert np.array_equal(turned.frames[0], np.rot90(decode.clip(data).frames[0], -1))


def test_matroska_is_read_as_well() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for pixels in moving(8):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode(None))
    clip = decode.clip(buffer.getvalue())
    assert (clip.container, clip.codec, len(clip.marks)) == ("matroska", "mpeg4", 8)


@pytest.mark.parametrize(
    ("container", "codec", "layout"),
    [
        ("matroska", "ffv1", "yuv420p"),
        ("matroska", "mpeg2video", "yuv420p"),
        ("avi", "flv", "yuv420p"),
        ("avi", "huffyuv", "yuv422p"),
        ("avi", "rawvideo", "yuv420p"),
        ("avi", "snow", "yuv420p"),
        ("avi", "wmv2", "yuv420p"),
        ("mov", "png", "rgb24"),
        ("mov", "prores_ks", "yuv422p10le"),
        ("mov", "qtrle", "rgb24"),
    ],
)
def test_a_codec_that_is_not_read_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch, container: str, codec: str, layout: str
) -> None:
    data = recorded(container, codec, layout)
    monkeypatch.setattr(video, "_decoded", lambda *_: pytest.fail("a frame was decoded"))
    with pytest.raises(BadImage) as refused:
        video.decode(data)
    assert f"stored as {codec.removesuffix('_ks')!r}, a codec that is not read" in refused.value.what
    assert "H.264" in refused.value.remedy


def test_every_codec_that_is_read_is_decoded() -> None:
    for made in (*CODECS.values(), ("webm", "libsvtav1", "yuv420p"), ("mp4", "libx265", "yuv420p")):
        assert len(video.decode(recorded(*made, size=(128, 96))).times) == 12


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (b"", "empty"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not an MP4"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not an MP4"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 99, "not an MP4"),
        (b"\x00\x00\x00\x18ftypisom" + b"\x00" * 99, "damaged|no pictures"),
        (b"\x1a\x45\xdf\xa3" + b"\xff" * 99, "damaged|no pictures"),
    ],
)
def test_what_is_no_clip_is_refused(wrong: bytes, said: str) -> None:
    with pytest.raises(BadImage, match=said):
        decode.clip(wrong)


def test_limits_hold(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    apart = encode(moving(4), Encoding(np.arange(4) * 12 * TICKS))
    with pytest.raises(BadImage, match="longer than 30 seconds"):
        decode.clip(apart)
    for name, value, said in (
        ("MAX_BYTES", 100, "more than"),
        ("MAX_FRAMES", 10, "more than 10 frames"),
        ("MAX_PIXELS", 2000, "megapixels"),
        ("MAX_TOTAL_PIXELS", 10_000, "pixels in all"),
        ("MIN_SIDE", 50, "at least 50 pixels"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(video, name, value)
            with pytest.raises(BadImage, match=said):
                video.decode(data)


@pytest.mark.parametrize(("container", "codec", "layout"), [CODECS["webm vp8"], ("matroska", "mjpeg", "yuvj420p")])
def test_a_clip_that_ends_before_it_says_is_truncated(container: str, codec: str, layout: str) -> None:
    whole = recorded(container, codec, layout, count=50)
    assert video.decode(whole).duration == pytest.approx(2.0, abs=0.01)
    for share in (0.3, 0.5):
        with pytest.raises(BadImage, match="truncated"):
            video.decode(whole[: int(len(whole) * share)])


def test_a_clip_that_does_not_say_how_long_it_is_is_read() -> None:
    whole = recorded("matroska", "mpeg4", "yuv420p", count=50)
    at = whole.index(b"\x44\x89\x88")  # the duration, made an element without meaning
    unsaid = whole[:at] + b"\xec\x40\x08" + bytes(8) + whole[at + 11 :]
    assert len(video.decode(unsaid[: len(unsaid) // 2]).times) < 40


def test_a_clip_much_longer_than_wide_is_refused() -> None:
    assert video.decode(recorded("mp4", "mpeg4", "yuv420p", size=(16, 256))).stored_size == (16, 256)
    with pytest.raises(BadImage, match="less elongated"):
        video.decode(recorded("mp4", "mpeg4", "yuv420p", size=(16, 272)))


def test_one_frame_is_no_clip() -> None:
    with pytest.raises(BadImage, match="two frames"):
        decode.clip(phone(moving(1)))


@given(cut=st.floats(0, 1))
@settings(max_examples=25)
def test_a_truncated_clip_is_refused_or_read(data: bytes, cut: float) -> None:
    assert _whole_or_none(data[: int(len(data) * cut)])


@given(places=st.lists(st.floats(0, 0.9999), min_size=1, max_size=20), value=st.integers(0, 255))
@settings(max_examples=60)
def test_a_damaged_clip_is_refused_or_read(data: bytes, places: list[float], value: int) -> None:
    changed = bytearray(data)
    for place in places:
        changed[int(place * len(data))] = value
    assert _whole_or_none(bytes(changed))


def _whole_or_none(damaged: bytes) -> bool:
    """Whether a clip is refused, or has frames and a mark for each of its times. Any other error passes on."""
    try:
        clip = video.decode(damaged)
    except BadImage:
        return True
    return len(clip.frames) >= 1 and len(clip.marks) == len(clip.times) >= 2


def test_it_lives_beside_opencv_without_a_warning(data: bytes) -> None:
    code = "import sys, cv2, av; from vision import video; print(len(video.decode(sys.stdin.buffer.read()).frames))"
    command = [sys.executable, "-W", "error", "-c", code]
    ran = subprocess.run(command, input=data, capture_output=True, check=True, timeout=120)
    assert (ran.stdout.strip(), ran.stderr) == (b"30", b"")
