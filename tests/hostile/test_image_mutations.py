"""Damaged and hostile pictures: nothing but BadImage comes out, soon, and nothing of the file in the message."""

import io
import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vision import image
from vision.errors import BadImage

SLOWEST_S = 1.0
MAGIC = (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\x00\x00\x00WEBPVP8 ")


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def seeds() -> list[bytes]:
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    plain = Image.fromarray(noise)
    exif = Image.Exif()
    exif[image.ORIENTATION], exif[image.SOFTWARE] = 6, "Editor 1.0"
    return [
        encoded(plain, "JPEG", exif=exif),
        encoded(plain, "JPEG", progressive=True),
        encoded(plain.convert("CMYK"), "JPEG"),
        encoded(plain, "PNG", exif=exif),
        encoded(plain.convert("RGBA"), "PNG"),
        encoded(plain.convert("P"), "PNG", transparency=3),
        encoded(Image.fromarray(noise[..., 0].astype(np.uint16) * 257), "PNG"),
        encoded(plain, "WEBP", exif=exif),
        encoded(plain.convert("RGBA"), "WEBP", lossless=True),
    ]


SEEDS = seeds()


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, cut out or put in, more often in the headers; sometimes the end torn off."""
    spoilt = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(min(len(spoilt), 200) if rng.random() < 0.6 else len(spoilt))
        match rng.randrange(5):
            case 0 | 1:
                spoilt[place] = rng.randrange(256)
            case 2:
                spoilt[place : place + rng.randint(1, 30)] = b""
            case 3:
                spoilt[place:place] = rng.randbytes(rng.randint(1, 12))
            case 4:
                del spoilt[max(place, 1) :]
        spoilt = spoilt or bytearray(b"\xff")
    return bytes(spoilt)


def outcome(data: bytes) -> str:
    """Load a picture; "" if it was accepted, else the refusal. Any other exception fails the test."""
    started = time.process_time()
    try:
        picture = image.load(data)
        said = ""
        assert picture.rgb.dtype == np.uint8
        assert picture.rgb.shape[2] == 3
        assert min(picture.rgb.shape[:2]) >= image.MIN_SIDE
    except BadImage as error:
        said = f"{error.what}; {error.remedy}"
    assert time.process_time() - started < SLOWEST_S
    return said


@pytest.mark.parametrize("seed", range(8))
def test_six_thousand_mutated_pictures(seed: int) -> None:
    rng = random.Random(seed)
    refused = sum(bool(outcome(mutated(rng.choice(SEEDS), rng))) for _ in range(750))
    assert 300 < refused < 750


@given(st.binary(max_size=400), st.sampled_from(MAGIC))
def test_arbitrary_bytes_behind_a_magic_number(tail: bytes, magic: bytes) -> None:
    assert outcome(magic + tail)


@given(st.sampled_from(SEEDS), st.floats(0.0, 0.9))
def test_a_torn_picture_is_refused(data: bytes, share: float) -> None:
    assert outcome(data[: int(len(data) * share)])


@given(st.sampled_from(SEEDS), st.text(min_size=8, max_size=60))
def test_no_refusal_repeats_what_the_file_says(data: bytes, text: str) -> None:
    secret = f"SECRET {text}".encode(errors="replace")
    said = outcome(data[:40] + secret + data[40:60])
    assert "SECRET" not in said


def test_a_small_file_of_many_pixels_is_refused_by_its_header() -> None:
    bomb = encoded(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 100_000
    assert "megapixels" in outcome(bomb)


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    scans = encoded(Image.new("RGB", (2000, 2000)), "JPEG", progressive=True)
    last = scans[scans.rfind(b"\xff\xda") : -2]
    assert "scans" in outcome(scans[:-2] + last * 500 + scans[-2:])
    assert outcome(scans) == ""


def test_names_of_formats_that_are_not_allowed_do_not_open() -> None:
    plain = Image.fromarray(np.zeros((32, 32, 3), np.uint8))
    for kind in ("PPM", "ICO", "TGA", "BMP", "GIF", "TIFF", "PCX"):
        assert outcome(encoded(plain, kind)), kind
