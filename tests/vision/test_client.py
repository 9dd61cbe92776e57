"""The in-process client: each model loaded once, when it is first asked for, from many threads."""

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from subprocess import run

import numpy as np
import pytest
from PIL import Image

from vision import liveness, weights
from vision.client import LocalVision
from vision.errors import BadImage, WeightsError
from vision.liveness import SYNTHETIC
from vision.protocol import Vision, VisionConfig
from vision.synth.portraits import stand_in
from vision.types import ModelVersion


def jpeg(rgb: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def picture() -> bytes:
    return jpeg(stand_in(1, 320))


def test_it_is_a_vision() -> None:
    vision: Vision = LocalVision(VisionConfig())
    assert vision.liveness(jpeg(np.zeros((32, 32, 3), np.uint8))).verdict == "not_assessed"


def test_the_protocol_imports_no_model() -> None:
    code = "import sys, vision.client; print([m for m in ('torch', 'cv2', 'onnxruntime', 'PIL') if m in sys.modules])"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_thresholds_reach_the_face_model(picture: bytes) -> None:
    compared = LocalVision(VisionConfig(face_match=0.77, face_mismatch=0.5)).match(picture, picture)
    assert compared.threshold == 0.77
    if compared.similarity is not None:
        assert compared.band == ("match" if compared.similarity >= 0.77 else "mismatch")


def test_each_call_answers_from_its_own_model(picture: bytes) -> None:
    vision = LocalVision(VisionConfig())
    assert vision.embed(picture).model.sha256 == weights.PINNED["sface"].sha256
    assert vision.read(picture).model.sha256 == weights.PINNED["text-read"].sha256


def test_many_threads_load_a_model_once(monkeypatch: pytest.MonkeyPatch, picture: bytes) -> None:
    made: list[object] = []
    load = LocalVision._load_reader
    monkeypatch.setattr(LocalVision, "_load_reader", lambda self: made.append(None) or load(self))
    vision = LocalVision(VisionConfig())
    with ThreadPoolExecutor(4) as pool:
        readings = list(pool.map(vision.read, [picture] * 4))
    assert len(made) == 1
    assert len(set(readings)) == 1


def test_a_failed_load_is_tried_again(monkeypatch: pytest.MonkeyPatch, picture: bytes) -> None:
    vision = LocalVision(VisionConfig())
    good = weights.PINNED["text-read"]
    monkeypatch.setitem(weights.PINNED, "text-read", replace(good, sha256="0" * 64))
    with pytest.raises(WeightsError, match="text-read"):
        vision.read(picture)
    monkeypatch.setitem(weights.PINNED, "text-read", good)
    assert vision.read(picture).type == "unknown"


def test_errors_pass_through(tmp_path: Path, picture: bytes) -> None:
    vision = LocalVision(VisionConfig(liveness_weights=tmp_path))
    with pytest.raises(BadImage):
        vision.match(picture, b"no picture")
    with pytest.raises(WeightsError):
        vision.liveness(picture)


@pytest.mark.parametrize(
    ("model", "sent", "used"), [(None, None, 0.9), (None, 0.7, 0.7), ("own.onnx", None, 0.43), ("own.onnx", 0.7, 0.43)]
)
def test_the_threshold_of_another_recogniser_does_not_judge_the_frames_of_a_clip(
    monkeypatch: pytest.MonkeyPatch, model: str | None, sent: float | None, used: float
) -> None:
    asked: list[float] = []
    monkeypatch.setattr(liveness, "assess", lambda capture, weights, challenge, same_face: asked.append(same_face))
    config = VisionConfig(face_match=0.9, face_model=Path(model) if model else None)
    LocalVision(config).liveness(b"a clip", same_face=sent)
    assert asked == [used]


def test_the_versions_name_the_liveness_model_and_the_reader_behind_an_endpoint() -> None:
    vision = LocalVision(VisionConfig(liveness_weights=Path(SYNTHETIC), reader_url="http://a", reader_model="reader-1"))
    assert [each.name for each in vision.versions(["liveness"])] == ["attack-synthetic"]
    assert vision.versions(["reading"])[-1] == ModelVersion(name="reader-1", sha256="")
    assert LocalVision(VisionConfig()).versions(["liveness"]) == ()


def test_liveness_weights_that_cannot_be_used_are_told_when_models_are_loaded(tmp_path: Path) -> None:
    (told,) = LocalVision(VisionConfig(liveness_weights=tmp_path / "gone")).load(["liveness"])
    assert isinstance(told, WeightsError)


def test_the_versions_name_every_every_file_behind_the_detector_of_forgery() -> None:
    named = {
        detector: [each.name for each in LocalVision(VisionConfig(forgery_detector=detector)).versions(["forgery"])]  # type: ignore[arg-type]
        for detector in ("blocks", "network", "joint")
    }
    both = ["forgery", "forgery-blocks"]
    assert named == {"blocks": ["forgery-blocks"], "network": both, "joint": both}
