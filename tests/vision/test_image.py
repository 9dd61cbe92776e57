"""The one decoder: what it accepts comes out upright and plain, what it refuses is refused as BadImage."""

import io
from time import perf_counter

import numpy as np
import pytest
from PIL import Image

from vision import decode, image
from vision.errors import BadImage

TALL, WIDE = 40, 60


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def scene() -> Image.Image:
    """Red on the left, blue on the right, a white bar on top: every turn of it looks different."""
    pixels = np.zeros((TALL, WIDE, 3), np.uint8)
    pixels[:, : WIDE // 2, 0] = 255
    pixels[:, WIDE // 2 :, 2] = 255
    pixels[:10] = 255
    return Image.fromarray(pixels)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_allowed_format_comes_out_as_rgb(scene: Image.Image, kind: str) -> None:
    picture = decode.still(encoded(scene, kind))
    assert picture.format == kind
    assert picture.rgb.shape == (TALL, WIDE, 3)
    assert picture.rgb.dtype == np.uint8
    assert np.abs(picture.rgb.astype(int) - np.asarray(scene)).mean() < 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_undone(scene: Image.Image, orientation: int) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = scene if orientation == 1 else scene.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[image.ORIENTATION] = orientation
    picture = decode.still(encoded(stored, "PNG", exif=exif))
    assert np.array_equal(picture.rgb, np.asarray(scene))
    assert picture.stored_size == stored.size


def test_jpeg_tables_and_exif_strings_are_kept_and_cleaned(scene: Image.Image) -> None:
    exif = Image.Exif()
    exif[image.SOFTWARE] = "Paint\x1b[31m 9\n" + "x" * 300
    exif[image.CHANGED] = "2026:01:02 03:04:05"
    picture = decode.still(encoded(scene, "JPEG", exif=exif, quality=80))
    assert [len(table) for table in picture.quantisation] == [64, 64]
    assert picture.software.startswith("Paint[31m 9x")
    assert len(picture.software) == image.MAX_TEXT
    assert picture.software.isprintable()
    assert picture.taken == "2026:01:02 03:04:05"


def test_damaged_exif_is_no_damaged_picture(scene: Image.Image) -> None:
    picture = decode.still(encoded(scene, "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff"))
    assert picture.rgb.shape == (TALL, WIDE, 3)
    assert picture.software == ""


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK"])
def test_every_mode_becomes_rgb(scene: Image.Image, mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    picture = decode.still(encoded(scene.convert(mode), kind))
    assert picture.rgb.shape == (TALL, WIDE, 3)
    assert picture.rgb[2, 2].min() > 240


def test_transparency_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert decode.still(encoded(clear, "PNG")).rgb.min() == 255


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 32 * 32, dtype=np.uint16).reshape(32, 32)
    rgb = decode.still(encoded(Image.fromarray(ramp), "PNG")).rgb
    assert np.array_equal(rgb[..., 0], (ramp >> 8).astype(np.uint8))


def test_the_second_picture_of_a_jpeg_is_ignored(scene: Image.Image) -> None:
    data = encoded(scene, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 20))])
    picture = decode.still(data)
    assert picture.format == "JPEG"
    assert picture.rgb.shape == (TALL, WIDE, 3)


def test_the_clip_behind_a_motion_photo_is_no_part_of_the_picture(scene: Image.Image) -> None:
    clip = b"\0\0\0\x18ftypmp42" + b"\xff\xda" * (image.MAX_SCANS + 1)
    preview = b"\xff\xe1\0\x08Exif\xff\xd9"
    for data in (encoded(scene, "JPEG"), encoded(scene, "JPEG", progressive=True)):
        whole = data[:2] + preview + data[2:]
        assert image.first(whole + clip) == whole
        assert np.array_equal(decode.still(whole + clip).rgb, decode.still(data).rgb)


@pytest.mark.parametrize("hidden", [b"", b"\xff\xd0", b"\xff\x02\xff\xff", b"\xff\xe1\0\x04\xff\xd9", b"\xff\xff\xff"])
def test_no_scan_of_the_first_picture_escapes_the_count(scene: Image.Image, hidden: bytes) -> None:
    data = encoded(scene, "JPEG", progressive=True)
    last = data[data.rfind(b"\xff\xda") : -2]
    bomb = data[:-2] + hidden + last * image.MAX_SCANS + data[-2:]
    for each in (bomb, bomb[:-2], bomb + b"tail", bomb + b"\xff" * (image.MAX_MARKS + 1)):
        with pytest.raises(BadImage, match="scans, more than 24"):
            image.check(each)


def test_the_end_of_a_picture_is_found_soon() -> None:
    for filling in (b"\xff\xe0\0\2", b"\xff\xff", b"\xff\0", b"\xff\xd0", b"\xff\xc0"):
        started = perf_counter()
        image.first(b"\xff\xd8" + filling * (image.MAX_BYTES // len(filling) - 1))
        image.first(b"\xff\xd8" + filling * (image.MAX_MARKS // 2 - 1))
        assert perf_counter() - started < 2


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "empty"),
        (b"hello, this is a letter", "not a JPEG"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"GIF89a....", "a GIF"),
        (b"\x00\x00\x00\x18ftypisom....", "a video clip"),
        (b"\x1a\x45\xdf\xa3webm", "a video clip"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "a video clip"),
        (b"\x00\x00\x00\x18ftypheic....", "a HEIC"),
        (b"\x00\x00\x00\x18ftyphevc....", "a HEIC"),
        (b"\x00\x00\x00\x18ftypmif2....", "a HEIC"),
        (b"\x00\x00\x00\x18ftypavis....", "an AVIF"),
        (b"II*\x00....", "a TIFF"),
    ],
)
def test_other_kinds_of_file_are_named(data: bytes, named: str) -> None:
    with pytest.raises(BadImage, match=named) as refused:
        decode.still(data)
    assert refused.value.remedy


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused(scene: Image.Image, kind: str) -> None:
    moving = encoded(scene, kind, save_all=True, append_images=[Image.new("RGB", scene.size)])
    with pytest.raises(BadImage, match="animation"):
        decode.still(moving)


def test_sides_and_pixels_have_limits() -> None:
    with pytest.raises(BadImage, match="15 x 40"):
        decode.still(encoded(Image.new("RGB", (15, 40)), "PNG"))
    with pytest.raises(BadImage, match="of the whole document"):
        decode.still(encoded(Image.new("RGB", (16, 513)), "JPEG"))
    with pytest.raises(BadImage, match="4001 x 4000 pixels, more than 16 megapixels"):
        decode.still(encoded(Image.new("1", (4001, 4000)), "PNG"))
    with pytest.raises(BadImage, match="5001 x 5000 pixels, more than 25 megapixels"):
        decode.still(encoded(Image.new("L", (5001, 5000)), "JPEG"))
    assert decode.still(encoded(Image.new("RGB", (16, 16)), "PNG")).rgb.shape == (16, 16, 3)


def test_a_file_over_25_mb_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(BadImage, match="has more than 25 MB"):
        decode.still(bytes(image.MAX_BYTES + 1))


def test_a_tiff_under_another_name_is_refused(scene: Image.Image) -> None:
    with pytest.raises(BadImage, match="TIFF"):
        decode.still(encoded(scene, "TIFF"))
