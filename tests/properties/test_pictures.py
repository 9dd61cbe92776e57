"""Whatever picture is sent, its pixels come back as they were, upright, by the door and by the child's own decoder."""

import io
from contextlib import suppress

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from vision import decode, image
from vision.decode import packed, pictures, unpacked
from vision.errors import BadImage

SIDES = st.integers(image.MIN_SIDE, 40)
PIXELS = st.tuples(SIDES, SIDES).flatmap(lambda size: arrays.arrays(np.uint8, (*size, 3)))
UNDO = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}


def encoded(rgb: np.ndarray, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, kind, **options)
    return buffer.getvalue()


@settings(max_examples=40, deadline=None)
@given(PIXELS, st.sampled_from(["PNG", "WEBP"]))
def test_lossless_pictures_come_back_as_they_were(rgb: np.ndarray, kind: str) -> None:
    picture = decode.still(encoded(rgb, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert np.array_equal(picture.rgb, rgb)
    assert (picture.format, picture.stored_size) == (kind, (rgb.shape[1], rgb.shape[0]))


@settings(max_examples=40, deadline=None)
@given(PIXELS, st.sampled_from(sorted(UNDO)))
def test_a_turned_picture_comes_back_upright(rgb: np.ndarray, orientation: int) -> None:
    exif = Image.Exif()
    exif[image.ORIENTATION] = orientation
    stored = np.asarray(Image.fromarray(rgb).transpose(Image.Transpose(UNDO[orientation])))
    assert np.array_equal(decode.still(encoded(stored, "PNG", exif=exif)).rgb, rgb)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 100), st.text(max_size=200), PIXELS)
def test_what_a_file_says_of_itself_is_short_and_printable(quality: int, software: str, rgb: np.ndarray) -> None:
    exif = Image.Exif()
    exif[image.SOFTWARE] = software
    picture = decode.still(encoded(rgb, "JPEG", quality=quality, exif=exif))
    assert picture.software.isprintable()
    assert len(picture.software) <= image.MAX_TEXT
    assert all(len(table) == 64 for table in picture.quantisation)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 60))
def test_a_broken_answer_of_the_child_is_a_refusal_or_a_picture(noise: bytes, place: int) -> None:
    picture = image.Picture(np.zeros((16, 16, 3), np.uint8), "PNG", (16, 16))
    answer = bytearray(b"".join(packed(picture)))
    answer[place : place + len(noise)] = noise
    with suppress(BadImage):
        assert isinstance(unpacked(answer, pictures()), image.Picture)
