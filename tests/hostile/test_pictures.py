"""Damaged and hostile pictures and clips: only BadImage comes out, soon, and it repeats nothing of the file."""

import random
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision import decode, image, video
from vision.bench.badclips import absurd_clips, clip_seeds
from vision.bench.badinput import MUTATIONS, SLOW_MS, measure, outcome
from vision.bench.badpictures import absurd_pictures, picture_seeds
from vision.errors import BadImage

PICTURES, CLIPS = picture_seeds(), clip_seeds()
ABSURD = {**absurd_pictures(), **absurd_clips()}
MAGIC = (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\x00\x00\x00WEBPVP8 ", b"\0\0\0\x18ftypisom")
# What takes about as long as the limit: a fast machine decodes it, a slow one stops it.
HEAVY = {
    "jpeg padding",
    "jpeg tiny segments",
    "jpeg photoshop",
    "png tiny chunks",
    "jpeg most scans allowed",
    "jpeg many exif",
    "png largest",
    "webp largest",
}
HARMLESS = {
    "jpeg frame c9",
    "jpeg comments",
    "jpeg profiles",
    "jpeg exif loop",
    "jpeg exif count",
    "jpeg exif entries",
    "jpeg xmp",
    "jpeg before an archive",
    "jpeg scans behind the end",
    "jpeg indexes",
    "png half",
    "png more rows",
    "png text",
    "png long transparency",
    "png empty rows",
    "png exif loop",
    "webp profile",
}


def refusal(data: bytes) -> str:
    """What the door says to a file; "" if it is accepted. Any other exception fails the test."""
    try:
        (decode.clip if video.is_clip(data) else decode.still)(data)
    except BadImage as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", sorted(ABSURD))
def test_what_was_made_by_hand(name: str) -> None:
    said, spent = outcome(ABSURD[name])
    assert spent < SLOW_MS
    if name in HEAVY:
        assert said in {"decoded", "stopped"}
    elif not name.startswith("clip"):
        assert said == ("decoded" if name in HARMLESS else "refused")


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("kind", ["pictures", "clips"])
def test_mutations_are_decoded_or_refused(kind: str, mutation: str) -> None:
    rng = random.Random(f"{kind} {mutation}")
    seeds = list((PICTURES if kind == "pictures" else CLIPS).values())
    said = [outcome(MUTATIONS[mutation](rng.choice(seeds), rng)) for _ in range(60)]
    assert {each for each, _ in said} <= {"decoded", "refused"}
    assert max(spent for _, spent in said) < SLOW_MS


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(MAGIC))
def test_arbitrary_bytes_behind_a_magic_number(tail: bytes, magic: bytes) -> None:
    assert refusal(magic + tail)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PICTURES.keys() - {"jpeg mpo"})), st.floats(0.0, 0.9))
def test_a_torn_picture_is_refused(name: str, share: float) -> None:
    data = PICTURES[name]
    assert refusal(data[: int(len(data) * share)])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*PICTURES.values(), *CLIPS.values()]), st.text(min_size=8, max_size=60))
def test_no_refusal_repeats_what_the_file_says_or_where_this_runs(data: bytes, text: str) -> None:
    said = refusal(data[:40] + f"SECRET {text}".encode(errors="replace") + data[40:60])
    assert "SECRET" not in said
    assert not re.search(r"/\w+/|0x[0-9a-f]+|Traceback", said)


def test_every_refusal_names_a_remedy() -> None:
    for name in ABSURD.keys() - HARMLESS - HEAVY:
        if said := refusal(ABSURD[name]):
            assert "; " in said, name


def test_a_dead_decoder_takes_no_other_picture_with_it() -> None:
    assert "0.8 s" in refusal(ABSURD["jpeg tiny segments"])
    assert np.array_equal(decode.still(PICTURES["png"]).rgb, image.decode(PICTURES["png"]).rgb)


@pytest.mark.slow
def test_ten_thousand_files() -> None:
    figures = measure(10_000, seed=1)
    assert figures.all.files == 10_000
    assert figures.all.others == {}
    assert figures.all.over_1_s == figures.all.died == 0
    assert figures.all.refused > figures.all.decoded > 1000
