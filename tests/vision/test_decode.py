"""The decoder in a child process: the same pixels as here, one error class whatever happens there."""

import json
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import fields, replace
from multiprocessing import get_context

import numpy as np
import pytest

from vision import decode, image, video
from vision.bench.badclips import clip_seeds
from vision.bench.badpictures import picture_seeds
from vision.child import Child
from vision.decode import Kind, Limits, packed, pictures, unpacked
from vision.errors import BadImage, VisionError

PICTURES = picture_seeds()


def processes() -> set[int]:
    return {each._process.pid for each in tuple(decode._children().queue) if each._process is not None}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_same_from_there_as_from_here(name: str) -> None:
    there, here = decode.still(PICTURES[name]), image.decode(PICTURES[name])
    assert np.array_equal(there.rgb, here.rgb)
    assert there.rgb.flags.writeable
    for field in fields(here)[1:]:
        assert getattr(there, field.name) == getattr(here, field.name), field.name


def test_a_clip_is_the_same_from_there_as_from_here() -> None:
    data = clip_seeds()["mp4 h264"]
    there, here = decode.clip(data), video.decode(data)
    for ours, theirs in ((here, there), (here.packets, there.packets)):
        for field in fields(ours):
            left, right = getattr(ours, field.name), getattr(theirs, field.name)
            same = np.array_equal(left, right) if isinstance(left, np.ndarray) else left == right
            assert same or field.name == "packets", field.name


def test_a_refusal_crosses_as_it_was_said() -> None:
    with pytest.raises(BadImage) as here:
        image.decode(PICTURES["jpeg"][:100])
    with pytest.raises(BadImage) as there:
        decode.still(PICTURES["jpeg"][:100])
    assert (there.value.what, there.value.remedy) == (here.value.what, here.value.remedy)


def test_one_process_serves_one_caller_after_another() -> None:
    decode.still(PICTURES["png"])
    before = processes()
    for _ in range(5):
        decode.still(PICTURES["png"])
    assert processes() == before
    assert decode.cpu_seconds() > 0


def test_many_threads_share_a_few_processes() -> None:
    names = list(PICTURES) * 4
    with ThreadPoolExecutor(8) as threads:
        loaded = list(threads.map(lambda name: decode.still(PICTURES[name]), names))
    for name, picture in zip(names, loaded, strict=True):
        assert np.array_equal(picture.rgb, image.decode(PICTURES[name]).rgb)
    assert len(processes()) <= decode.WORKERS


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch):
    """Other limits on this side of the pipe."""

    def made(kind: Kind, limits: Limits) -> None:
        monkeypatch.setitem(decode.LIMITS, kind, limits)

    return made


def test_a_picture_that_takes_too_long_is_refused_and_the_next_one_decoded(limited) -> None:
    limited("still", Limits(0.8, 0.001, 10**9))
    with pytest.raises(BadImage, match="takes more than") as refused:
        decode.still(PICTURES["jpeg large"])
    assert isinstance(refused.value.__cause__, TimeoutError)
    limited("still", Limits(0.8, 30.0, 10**9))
    assert decode.still(PICTURES["png"]).format == "PNG"


def test_an_answer_over_the_limit_is_no_picture(limited) -> None:
    limited("still", Limits(0.8, 30.0, 1000))
    with pytest.raises(BadImage, match="broke its decoder"):
        decode.still(PICTURES["png"])


def test_a_decoder_that_does_not_start_is_not_the_customers_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with decode._child() as each:
        each.close()
        monkeypatch.setattr(each, "_module", "no_module_of_this_name")
    with pytest.raises(VisionError, match="cannot be used") as raised:
        decode.warm()
    assert not isinstance(raised.value, BadImage)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no json\n",
        b"[]\n",
        b"{}\n",
        b'{"plain": {"array": 0}, "arrays": []}\n',
        b'{"plain": {}, "arrays": [["|u1", [4, 4]]]}\nshort',
        b'{"plain": {}, "arrays": [["|O", [1]]]}\n12345678',
        b'{"plain": {}, "arrays": [["|u1", [-1]]]}\n12345678',
        b'{"plain": {}, "arrays": [["nonsense", [1]]]}\n12345678',
        b'{"error": ["alone"]}\n',
    ],
)
def test_an_answer_that_is_none_is_a_refusal(answer: bytes) -> None:
    with pytest.raises(BadImage, match="broke its decoder"):
        unpacked(bytearray(answer), pictures())


def test_fields_of_another_type_are_refused() -> None:
    picture = image.decode(PICTURES["jpeg"])
    assert unpacked(bytearray(b"".join(packed(picture))), pictures()).quantisation == picture.quantisation
    for wrong in ({"format": "GIF"}, {"stored_size": ("a", 2)}, {"rgb": "no pixels"}, {"software": 7}):
        with pytest.raises(BadImage):
            unpacked(bytearray(b"".join(packed(replace(picture, **wrong)))), pictures())


def test_the_child_answers_in_json_and_bytes() -> None:
    (refusal,) = decode.answer(b"still\n" + b"no picture")
    assert json.loads(bytes(refusal))["error"][0] == "the file is not a JPEG, PNG or WebP picture"
    line, pixels = decode.answer(b"still\n" + PICTURES["png"])
    assert json.loads(bytes(line))["arrays"] == [["|u1", list(image.decode(PICTURES["png"]).rgb.shape)]]
    assert bytes(pixels) == image.decode(PICTURES["png"]).rgb.tobytes()


def _shape(data: bytes) -> tuple[int, ...]:
    return decode.still(data).rgb.shape


def test_processes_of_a_pool_have_decoders_of_their_own() -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert set(pool.map(_shape, [PICTURES["webp lossless"]] * 4)) == {(48, 64, 3)}


def test_the_child_holds_no_network(tmp_path) -> None:
    child = Child("vision.decode")
    try:
        child.start()
        child.ask((b"still\n", PICTURES["png"]), 8.0, 10**8)
        assert child._process is not None
        with open(f"/proc/{child._process.pid}/maps") as stream:
            mapped = stream.read()
        assert "numpy" in mapped
        assert not any(name in mapped for name in ("torch", "cv2", "onnxruntime", "duckdb"))
        assert os.stat(f"/proc/{child._process.pid}").st_uid == os.getuid()
    finally:
        child.close()
