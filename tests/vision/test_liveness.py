"""Liveness without a model: not assessed, never live, and never silent about weights it cannot use."""

import io
from pathlib import Path

import pytest
from PIL import Image

from vision.errors import BadImage, WeightsError
from vision.liveness import NO_WEIGHTS, assess


@pytest.fixture
def selfie() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (150, 120, 100)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_without_weights_nothing_is_assessed(selfie: bytes) -> None:
    answer = assess(selfie, None)
    assert (answer.verdict, answer.score, answer.model, answer.reason) == ("not_assessed", None, None, NO_WEIGHTS)


def test_a_folder_that_cannot_be_used_is_an_error(selfie: bytes, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"holds no model that this version can run; unset LIVENESS_WEIGHTS"):
        assess(selfie, tmp_path)
    with pytest.raises(WeightsError, match="is no folder"):
        assess(selfie, tmp_path / "gone")


def test_a_clip_or_another_file_is_refused_first(tmp_path: Path) -> None:
    for data in (b"\x00\x00\x00\x18ftypisom", b"text"):
        with pytest.raises(BadImage):
            assess(data, tmp_path)
